import type { Effect, Input, Speech } from "../../src/core/protocol.ts";

type Seen = Input<Speech>;
type Asked = readonly Effect<Speech>[];

/** A machine in the place of a protocol's own: it notes what it is given, and asks for what a test says. */
class Spy {
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly seen: Seen[] = [];
  answer: (input: Seen) => Asked = () => [];
  readonly #view: unknown;

  constructor(view: unknown) {
    this.#view = view;
  }

  step(input: Seen): Asked {
    this.seen.push(input);
    return this.answer(input);
  }

  view(): unknown {
    return this.#view;
  }

  checkpoint(): readonly never[] {
    return [];
  }

  /** What it was given of connections and on them. */
  get onSessions(): readonly Seen[] {
    return this.seen.filter(
      (input) => input.kind === "session" || (input.kind === "message" && "session" in input.from),
    );
  }
}

/** The latest machine of each of the protocols that deal with programs. */
export const spies = { notification: new Spy(null), gossip: new Spy(null) };

/** Stands in for `Notification`. */
export class Notification extends Spy {
  constructor() {
    super({ notices: [], subscribers: [], types: [], cached: { notices: 0, bytes: 0 }, counts: {} });
    spies.notification = this;
  }
}

/** Stands in for `Gossip`. */
export class Gossip extends Spy {
  constructor() {
    super({ ids: [], rounds: 0, pushes: 0, pulls: 0, responses: 0, refused: 0, unexpected: 0, exchanges: [] });
    spies.gossip = this;
  }
}
