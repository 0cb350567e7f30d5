import type { MutexKind } from "../../../src/core/lock.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Effect, Input } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { mutex } from "../../../src/protocols/mutex/definition.ts";
import type { MutexMessage, MutexSpeech } from "../../../src/protocols/mutex/message.ts";

type MutexEvent = MutexSpeech["event"];

/** A peer ID that ends in `digit`. */
function id(digit: string): PeerId {
  return digit.padStart(16, "0") as PeerId;
}

export const [A, B, C, D] = [id("a"), id("b"), id("c"), id("d")];

/** A message without its place on the link, which the bench fills in. */
export type Unplaced = MutexMessage extends infer M ? (M extends unknown ? Omit<M, "sequence"> : never) : never;

/** What came of one step: messages and events, in their order. */
export interface Outcome {
  readonly sent: readonly { readonly to: PeerId; readonly message: MutexMessage }[];
  readonly events: readonly MutexEvent[];
}

/** One machine on the bench: inputs go in by hand, effects come out. */
export class OnBench {
  readonly machine;
  now = 1000;
  /** The peer's own Lamport clock. */
  lamport = 0;
  readonly #places = new Map<PeerId, number>();

  constructor(kind: MutexKind, peer = B, options: Partial<MutexSpeech["options"]> = {}) {
    const fixed = {
      ...{ peer, kind, leaseMs: 9000, settleMs: 0, patienceMs: 2000 },
      lamport: () => this.lamport,
      advance: (time: number) => {
        this.lamport = Math.max(this.lamport, time);
      },
    };
    this.machine = mutex.start({ ...fixed, ...options }, [], seededRandom(1), this.now);
    this.command({ kind: "begin" });
  }

  get view(): MutexSpeech["view"] {
    return this.machine.view();
  }

  give(input: Input<MutexSpeech>): Outcome {
    return outcomeOf(this.machine.step(input, this.now));
  }

  command(command: MutexSpeech["command"]): Outcome {
    return this.give({ kind: "command", command });
  }

  acquire(name = "l", ticket = 1): Outcome {
    return this.command({ kind: "acquire", ticket, name });
  }

  release(name = "l", ticket = 1): Outcome {
    return this.command({ kind: "release", ticket, name });
  }

  /** A link comes up, and the peer at its other end says that it wants these. */
  link(peer: PeerId, wants: Extract<MutexMessage, { kind: "state" }>["wants"] = [], time = 1): Outcome {
    this.#places.set(peer, 0);
    const up = this.give({ kind: "link", peer, up: true });
    const heard = this.hear(peer, { kind: "state", time, anew: false, wants });
    return { sent: [...up.sent, ...heard.sent], events: [...up.events, ...heard.events] };
  }

  unlink(peer: PeerId): Outcome {
    return this.give({ kind: "link", peer, up: false });
  }

  /** A peer says something, as the next on its link. */
  hear(from: PeerId, message: Unplaced): Outcome {
    const sequence = (this.#places.get(from) ?? 0) + 1;
    this.#places.set(from, sequence);
    return this.receive(from, { ...message, sequence });
  }

  /** A message comes, whatever its place. */
  receive(from: PeerId, message: MutexMessage): Outcome {
    return this.give({ kind: "message", from: { peer: from }, message });
  }

  /** Time passes, with a timeout whenever one is due. */
  wait(ms: number): Outcome {
    const end = this.now + ms;
    const sent: Outcome["sent"][number][] = [];
    const events: MutexEvent[] = [];
    while (this.machine.deadline <= end) {
      this.now = Math.max(this.now, this.machine.deadline);
      const outcome = this.give({ kind: "timeout" });
      sent.push(...outcome.sent);
      events.push(...outcome.events);
    }
    this.now = end;
    return { sent, events };
  }
}

function outcomeOf(effects: readonly Effect<MutexSpeech>[]): Outcome {
  return {
    sent: effects.flatMap((effect) =>
      effect.kind === "send" && "peer" in effect.to ? [{ to: effect.to.peer, message: effect.message }] : [],
    ),
    events: effects.flatMap((effect) => (effect.kind === "event" ? [effect.event] : [])),
  };
}

/** The kinds of some events. */
export function kindsOf({ events }: Outcome): readonly string[] {
  return events.map(({ kind }) => kind);
}
