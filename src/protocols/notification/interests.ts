import type { PeerId } from "../../core/peer-id.ts";
import type { Digests } from "./digests.ts";
import type { Neighbour } from "./neighbours.ts";
import type { Parts } from "./parts.ts";

/** Who subscribes what: tells the others what is subscribed here, and takes what they tell. */
export class Interests {
  readonly #parts: Parts;
  readonly #digests: Digests;
  /** When the others were last told, and when they are to be told again. */
  #toldAt = Number.NEGATIVE_INFINITY;
  #tellAt = Number.POSITIVE_INFINITY;

  constructor(parts: Parts, digests: Digests) {
    this.#parts = parts;
    this.#digests = digests;
  }

  get deadline(): number {
    return this.#tellAt;
  }

  /** Something else is subscribed here now. The others are told, but not too often: programs come and go as they like. */
  changed(now: number): void {
    const { options, neighbours } = this.#parts;
    this.#tellAt = Math.min(this.#tellAt, Math.max(now, this.#toldAt + options.digestIntervalMs));
    if (now < this.#tellAt) return;
    this.#tellAt = Number.POSITIVE_INFINITY;
    this.#toldAt = now;
    for (const { peer } of neighbours.all()) this.#tell(peer);
    this.#digests.begin(now);
  }

  /** Tells what is due. */
  wake(now: number): void {
    if (now >= this.#tellAt) this.changed(now);
  }

  /** Tells a peer that has just been linked. */
  introduce(peer: PeerId): void {
    if (this.#parts.audience.types().length > 0) this.#tell(peer);
  }

  /** A peer pushes what nobody here subscribes: what it was told may be lost. */
  remind({ peer, reminders }: Neighbour, now: number): void {
    if (reminders.take(now)) this.#tell(peer);
  }

  /** A peer subscribes these types and no others: what is held of those that are new is offered to it. */
  heard(neighbour: Neighbour, dataTypes: readonly number[], now: number): void {
    const added = this.#parts.branches.interest(neighbour, dataTypes);
    if (added.length > 0) this.#digests.offer(neighbour, new Set(added), now);
  }

  #tell(peer: PeerId): void {
    this.#parts.effects.send({ peer }, { kind: "interests", dataTypes: this.#parts.audience.types() });
  }
}
