import { type Address, parseAddress } from "../../../src/core/address.ts";
import { USUAL_MODES } from "../../../src/core/modes.ts";
import { type ClusterId, type PeerId, parseClusterId, parsePeerId } from "../../../src/core/peer-id.ts";
import type { Effect, Input, Protocol, SessionId } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { LINK_DEFAULTS, link } from "../../../src/protocols/link/definition.ts";
import { HELLO_TAG, type Hello, type LinkMessage, type LinkSpeech } from "../../../src/protocols/link/message.ts";

export type LinkEffect = Effect<LinkSpeech>;
export type LinkEvent = LinkSpeech["event"];
export type HelloMessage = Extract<LinkMessage, { readonly kind: "hello" }>;

function parsed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the test is wrong: it names what cannot be parsed");
  return value;
}

export const peer = (digit: string): PeerId => parsed(parsePeerId(digit.repeat(16)));
export const cluster = (digit: string): ClusterId => parsed(parseClusterId(digit.repeat(16)));
export const at = (port: number): Address => parsed(parseAddress(`127.0.0.1:${port}`));

/** The machine under test is peer 5 at 7005. */
export const US = peer("5");
export const OUR_ADDRESS = at(7005);
/** A peer with a smaller and one with a larger ID than ours. */
export const SMALL = { peer: peer("3"), address: at(7003), name: "three" } as const;
export const LARGE = { peer: peer("7"), address: at(7007), name: "seven" } as const;

/** The tag that says how often a peer has dialled. */
export function dialsTag(dials: number): Hello["tagged"][number] {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(dials);
  return { tag: HELLO_TAG.dials, value };
}

/** A HELLO that we would accept. */
export function helloOf(
  who: { readonly peer: PeerId; readonly address: Address; readonly name: string },
  changes: Partial<Hello> & { readonly dials?: number } = {},
): HelloMessage {
  const { dials = 0, ...fields } = changes;
  return {
    kind: "hello",
    leastVersion: 1,
    mostVersion: 1,
    role: "peer",
    cluster: cluster("c"),
    incarnation: 1,
    election: "raft",
    broadcast: "raft",
    reads: "read-index",
    security: "none",
    tagged: [dialsTag(dials)],
    ...who,
    ...fields,
  };
}

/** What we say ourselves, in our first life. */
export const ourHello = (dials: number, changes: Partial<Hello> = {}): HelloMessage =>
  helloOf({ peer: US, address: OUR_ADDRESS, name: "five" }, { dials, ...changes });

/** One machine and its clock. */
export class Scene {
  readonly machine: Protocol<LinkSpeech>;
  now = 1000;
  #accepted = 0;

  constructor(changes: Partial<LinkSpeech["options"]> = {}) {
    const self = {
      peer: US,
      address: OUR_ADDRESS,
      name: "five",
      cluster: cluster("c"),
      incarnation: 1,
      reads: "read-index" as const,
      modes: USUAL_MODES,
      vip: null,
    };
    this.machine = link.start({ ...LINK_DEFAULTS, ...self, ...changes }, [], seededRandom(1), this.now);
  }

  step(input: Input<LinkSpeech>): readonly LinkEffect[] {
    return this.machine.step(input, this.now);
  }

  command(command: LinkSpeech["command"]): readonly LinkEffect[] {
    return this.step({ kind: "command", command });
  }

  connect(address: Address): readonly LinkEffect[] {
    return this.command({ kind: "connect", address });
  }

  hear(session: SessionId, message: LinkMessage): readonly LinkEffect[] {
    return this.step({ kind: "message", from: { session }, message });
  }

  error(session: SessionId, code: number, text = "because"): readonly LinkEffect[] {
    return this.hear(session, { kind: "error", code, text });
  }

  down(session: SessionId, reason = "reset"): readonly LinkEffect[] {
    return this.step({ kind: "session", session, up: false, reason });
  }

  /** A connection comes in. */
  accept(remote: Address = at(50_000 + this.#accepted)): { session: SessionId; effects: readonly LinkEffect[] } {
    this.#accepted += 1;
    const session = 2 * this.#accepted;
    return { session, effects: this.step({ kind: "session", session, up: true, address: remote }) };
  }

  /** Lets `ms` pass, firing every timeout when it is due. */
  pass(ms: number): LinkEffect[] {
    const end = this.now + ms;
    const effects: LinkEffect[] = [];
    while (this.machine.deadline <= end) {
      this.now = Math.max(this.now, this.machine.deadline);
      const before = this.machine.deadline;
      effects.push(...this.step({ kind: "timeout" }));
      if (this.machine.deadline <= before) throw new Error(`a timeout at ${before} left its deadline behind`);
    }
    this.now = end;
    return effects;
  }

  /** A link that `who` dialled. */
  linkedBy(who: typeof SMALL | typeof LARGE, changes: Parameters<typeof helloOf>[1] = { dials: 1 }): SessionId {
    const { session } = this.accept();
    this.hear(session, helloOf(who, changes));
    return session;
  }

  /** A link that we dialled as our first. */
  linkedTo(who: typeof SMALL | typeof LARGE): SessionId {
    const session = dialled(this.connect(who.address));
    this.hear(session, helloOf(who));
    return session;
  }
}

/** The one session that was dialled. */
export function dialled(effects: readonly LinkEffect[]): SessionId {
  const dials = effects.filter((effect) => effect.kind === "dial");
  if (dials.length !== 1 || dials[0] === undefined) throw new Error(`${dials.length} dials`);
  return dials[0].session;
}

export function events(effects: readonly LinkEffect[]): LinkEvent[] {
  return effects.flatMap((effect) => (effect.kind === "event" ? [effect.event] : []));
}

export function kinds(effects: readonly LinkEffect[]): string[] {
  return effects.map((effect) => (effect.kind === "event" ? effect.event.kind : describe(effect)));
}

function describe(effect: Exclude<LinkEffect, { readonly kind: "event" }>): string {
  if (effect.kind === "send" && "session" in effect.to) return `${effect.message.kind} on ${effect.to.session}`;
  if (effect.kind === "dial" || effect.kind === "close") return `${effect.kind} ${effect.session}`;
  return effect.kind;
}

/** The effect of a message. */
export function send(session: SessionId, message: LinkMessage): LinkEffect {
  return { kind: "send", to: { session }, message, after: 0 };
}
