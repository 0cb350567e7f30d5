import type { Address } from "../../../src/core/address.ts";
import type { Effect, Input, SessionId } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { FOREIGN_DEFAULTS } from "../../../src/protocols/foreign/definition.ts";
import { Foreign } from "../../../src/protocols/foreign/foreign.ts";
import type { Accepted, ForeignSpeech } from "../../../src/protocols/foreign/message.ts";
import { addressFrom } from "../../wire/vectors.ts";

export type ForeignEffect = Effect<ForeignSpeech>;
type Message = ForeignSpeech["message"];
type Event = ForeignSpeech["event"];

/** The first session number that may be dialled. */
export const FIRST = 2 ** 32 + 1;

/** The n-th address of the other network; we are the 0-th. */
export const place = (n: number): Address => addressFrom(`10.${n >> 8}.${n & 255}.1`, 6001);

export function announce(text: string, ttl = 0, dataType = 1337): Extract<Message, { kind: "announce" }> {
  return { kind: "announce", ttl, dataType, data: Buffer.from(text) };
}

export function send(text: string, ttl = 0): Message {
  return { kind: "send", announce: announce(text, ttl) };
}

/** One that somebody announced here. */
export function accepted(text: string, ttl = 0, received = false): Accepted {
  return { dataType: 1337, ttl, data: Buffer.from(text), received };
}

export function messagesOf(effects: readonly ForeignEffect[]): (readonly [SessionId, Message])[] {
  return effects.flatMap((effect) =>
    effect.kind === "send" && "session" in effect.to ? [[effect.to.session, effect.message] as const] : [],
  );
}

export function dialsOf(effects: readonly ForeignEffect[]): (readonly [SessionId, Address])[] {
  return effects.flatMap((effect) => (effect.kind === "dial" ? [[effect.session, effect.address] as const] : []));
}

export function closesOf(effects: readonly ForeignEffect[]): SessionId[] {
  return effects.flatMap((effect) => (effect.kind === "close" ? [effect.session] : []));
}

export function eventsOf(effects: readonly ForeignEffect[]): Event[] {
  return effects.flatMap((effect) => (effect.kind === "event" ? [effect.event] : []));
}

/** One machine with its clock. */
export class Scene {
  readonly machine: Foreign;
  now = 1000;

  constructor(options: Partial<ForeignSpeech["options"]> = {}, seed = 1) {
    const usual = { ...FOREIGN_DEFAULTS, address: place(0), bootstrapper: place(1), dialect: "revised" } as const;
    this.machine = new Foreign({ ...usual, ...options }, seededRandom(seed), this.now);
  }

  step(input: Input<ForeignSpeech>): readonly ForeignEffect[] {
    return this.machine.step(input, this.now);
  }

  timeout(): readonly ForeignEffect[] {
    return this.step({ kind: "timeout" });
  }

  /** Waits for the next deadline. */
  wait(): readonly ForeignEffect[] {
    this.now = Math.max(this.now, this.machine.deadline);
    return this.timeout();
  }

  up(session: SessionId, address = place(99)): readonly ForeignEffect[] {
    return this.step({ kind: "session", session, up: true, address });
  }

  down(session: SessionId): readonly ForeignEffect[] {
    return this.step({ kind: "session", session, up: false, reason: "reset" });
  }

  hear(session: SessionId, message: Message): readonly ForeignEffect[] {
    return this.step({ kind: "message", from: { session }, message });
  }

  spread(...notices: Accepted[]): readonly ForeignEffect[] {
    return this.step({ kind: "command", command: { kind: "spread", notices } });
  }

  consider(address: Address): readonly ForeignEffect[] {
    return this.step({ kind: "command", command: { kind: "consider", address } });
  }

  welcome(session: SessionId, address: Address): readonly ForeignEffect[] {
    return this.step({ kind: "command", command: { kind: "welcome", session, address } });
  }

  /** Makes neighbours of whoever is dialled: the bootstrapper and as many others. The sessions of all of them. */
  join(others = 0): SessionId[] {
    const sessions: SessionId[] = [];
    const ids = Array.from({ length: others }, (_, n) => place(n + 2));
    let dials = dialsOf(this.timeout());
    for (let dial = dials.shift(); dial !== undefined; dial = dials.shift()) {
      const [session] = dial;
      sessions.push(session);
      this.up(session);
      dials = [...dials, ...dialsOf(this.hear(session, { kind: "response", ids }))];
    }
    return sessions;
  }

  neighbours(): Address[] {
    return this.machine.view().neighbours.flatMap(({ state, address }) => (state === "neighbour" ? [address] : []));
  }

  get counts(): ForeignSpeech["view"]["counts"] {
    return this.machine.view().counts;
  }
}
