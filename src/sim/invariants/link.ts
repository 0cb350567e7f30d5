import type { Address } from "../../core/address.ts";
import { decodeFrames } from "../../wire/more.ts";
import type { Wire } from "../network/station.ts";
import type { Received, Sent } from "../world/observer.ts";
import { type Heard, type Invariant, invariant, type Said } from "./invariant.ts";
import { isSameValue } from "./same-value.ts";

/**
 * What was read is compared with what its sender meant, field by field: where that is the same its bytes are, too, and a
 * codec that drops a field on both sides is found as well. What comes from programs that are no peers is theirs to
 * answer for.
 */
const onlyWhatWasSentArrives = invariant({
  name: "only-what-was-sent-arrives",
  source: "wire document, peer frame; DESIGN section 3.1",
  text: "What a peer receives on a connection was sent on it, in that order, and is read as it was meant.",
  watch: (broken) => {
    const peers = new Set<Address>();
    const queues = new Queues();
    return [
      {
        began: ({ address }) => {
          peers.add(address);
        },
        sent: ({ address }, sent) => queues.add(address, sent),
        received: ({ port }, { stream, remote, bytes, sent, inputs, failure }) => {
          if (!peers.has(remote)) return;
          const next = queues.take(remote, stream);
          if (next === undefined)
            return broken(`peer ${port} receives ${bytes.length} bytes that ${remote} never sent`);
          if (next.bytes !== (sent ?? bytes))
            return broken(`peer ${port} receives ${bytes.length} bytes of ${remote} out of order`);
          if (next.message.corruption !== undefined || sent !== null) return;
          if (failure !== undefined) return broken(`peer ${port} refuses what ${remote} sent: ${failure}`);
          const [input] = inputs;
          if (inputs.length !== 1 || input === undefined)
            return broken(`peer ${port} makes ${inputs.length} messages of one that ${remote} sent`);
          if (!isReadAsMeant(input, next.message))
            broken(`peer ${port} reads ${JSON.stringify(input)} where ${remote} said ${JSON.stringify(next.message)}`);
        },
      },
    ];
  },
});

/** A frame that was damaged twice has more flipped than the checksum promises to find. */
const damageIsRefused = invariant({
  name: "damage-is-refused",
  source: "Peterson and Brown 1961; wire document, peer frame",
  text: "A frame with one burst of at most 16 bits flipped outside its length is refused, and its connection closes.",
  watch: (broken) => {
    const damaged = new WeakSet<Buffer>();
    return [
      {
        sent: (_peer, { bytes, message }) => {
          if (message.corruption !== undefined) damaged.add(bytes);
        },
        received: (peer, received) => {
          if (!isDamagedOnce(received, damaged)) return;
          if (received.failure === undefined || received.inputs.length > 0)
            broken(`peer ${peer.port} accepts a damaged frame of ${received.remote}`);
        },
      },
    ];
  },
});

/** What must hold of connections and frames. */
export const linkInvariants: readonly Invariant[] = [onlyWhatWasSentArrives, damageIsRefused];

/** What is on its way on each connection, from either end. */
class Queues {
  readonly #queues = new WeakMap<Wire, Map<Address, Sent[]>>();

  add(from: Address, sent: Sent): void {
    const ends = this.#queues.get(sent.stream) ?? new Map<Address, Sent[]>();
    this.#queues.set(sent.stream, ends);
    const queue = ends.get(from);
    if (queue === undefined) ends.set(from, [sent]);
    else queue.push(sent);
  }

  /** The oldest that has not arrived. */
  take(from: Address, stream: Wire): Sent | undefined {
    return this.#queues.get(stream)?.get(from)?.shift();
  }
}

/** Whether a whole frame was damaged, by its sender's fault or on its way, and not by both. */
function isDamagedOnce({ bytes, sent }: Received, damaged: WeakSet<Buffer>): boolean {
  if (sent === null) return damaged.has(bytes);
  return !damaged.has(sent) && decodeFrames(sent).kind === "value";
}

/** A sequence number is sent modulo 2^32. */
function isReadAsMeant(heard: Heard, said: Said): boolean {
  if (heard.envelope?.lamport !== said.envelope?.lamport) return false;
  if (said.envelope !== null && heard.envelope?.sequence !== said.envelope.sequence % 2 ** 32) return false;
  return isSameValue(heard.content, said.content);
}
