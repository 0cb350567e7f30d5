import type { PeerId } from "../../core/peer-id.ts";
import type { Entry } from "./entry.ts";
import type { NotificationView } from "./message.ts";
import type { Neighbours } from "./neighbours.ts";

/** Notices that are shown. */
const MAX_SHOWN = 64;

/** The notices that came last, as a ring. */
export class Recent {
  readonly #ring: Entry[] = [];
  #next = 0;

  add(entry: Entry): void {
    this.#ring[this.#next] = entry;
    this.#next = (this.#next + 1) % MAX_SHOWN;
  }

  /** What is shown of them, newest last. */
  view(self: PeerId, neighbours: Neighbours): NotificationView["notices"] {
    const inOrder = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
    return inOrder.map((entry) => {
      const { notice, source: from, firstSeenAt, state, sentTo, duplicates } = entry;
      return { notice, from, firstSeenAt, state, sentTo, duplicates, ...spreadOf(entry, self, neighbours) };
    });
  }
}

/** Who is known to have a notice, and who could. */
function spreadOf(entry: Entry, self: PeerId, neighbours: Neighbours): { knownAt: number; knownOf: number } {
  const { notice, stream, holders } = entry;
  const known = new Set<PeerId>([self, ...(holders ?? [])]);
  const possible = new Set<PeerId>([self, ...(holders ?? [])]);
  if (entry.source !== null) known.add(entry.source);
  // The origin of a notice of another network is nobody here.
  if (notice.life !== 0) known.add(notice.origin);
  for (const neighbour of neighbours.all()) {
    if (neighbour.wants(notice.dataType)) possible.add(neighbour.peer);
    if (neighbour.holds(stream.key, notice.sequence)) known.add(neighbour.peer);
  }
  for (const peer of known) possible.add(peer);
  return { knownAt: known.size, knownOf: possible.size };
}
