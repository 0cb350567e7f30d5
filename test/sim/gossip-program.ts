import type { Address } from "../../src/core/address.ts";
import type { Program, ProgramEffect, ProgramHost, ProgramInput } from "../../src/sim/world/program.ts";
import type { World } from "../../src/sim/world/world.ts";
import { GossipDecoder } from "../../src/wire/gossip-decoder.ts";
import type { GossipMessage } from "../../src/wire/gossip-message.ts";
import { encodeTalk } from "../../src/wire/gossip-talk.ts";
import { at } from "./network/stations.ts";

type Notification = Extract<GossipMessage, { kind: "notification" }>;

/** What a program answers to a notification. */
export type Verdict = "valid" | "invalid" | "never" | { readonly validAfterMs: number };

/** How a program behaves. */
export interface GossipProgramOptions {
  /** What it subscribes as soon as it is connected. */
  readonly types?: readonly number[];
  /** What it answers; all is valid unless said otherwise. */
  readonly rule?: (notification: Notification) => Verdict;
  /** How long it waits before it connects again; it does not unless said so. */
  readonly reconnectMs?: number;
}

/** Something that it was notified of. */
export interface Notified extends Notification {
  /** Virtual ms. */
  readonly at: number;
}

/** A local program of a world: it subscribes, judges what it is notified of, and announces what a test tells it to. */
export class GossipProgram implements Program {
  /** All that it was notified of, in order. */
  readonly notified: Notified[] = [];
  /** Whatever else it was told, which nobody should. */
  readonly unexpected: GossipMessage[] = [];
  /** Why each of its connections ended. */
  readonly ends: string[] = [];
  readonly #peer: Address;
  readonly #options: GossipProgramOptions;
  readonly #late: { readonly at: number; readonly session: number; readonly messageId: number }[] = [];
  #host: ProgramHost | undefined;
  #decoder = new GossipDecoder();
  #session = -1;
  #dialAt = Number.POSITIVE_INFINITY;
  #effects: ProgramEffect[] = [];

  constructor(peer: Address, options: GossipProgramOptions = {}) {
    this.#peer = peer;
    this.#options = options;
  }

  /** Lets a program take part at `port`, whose peer is the one at `peerPort`. */
  static join(world: World, port: number, peerPort: number, options: GossipProgramOptions = {}): GossipProgram {
    const program = new GossipProgram(at(peerPort), options);
    program.#host = world.host(port, () => program);
    return program;
  }

  get deadline(): number {
    return Math.min(this.#dialAt, ...this.#late.map((each) => each.at));
  }

  /** The data of all that it was notified of, as text. */
  get texts(): readonly string[] {
    return this.notified.map(({ data }) => Buffer.from(data).toString());
  }

  /** Announces data, over at most `ttl` hops; 0 for no limit. */
  announce(dataType: number, data: string | Uint8Array, ttl = 0): void {
    this.say({ kind: "announce", ttl, dataType, data: Buffer.from(data) });
  }

  /** Says these, in one go. */
  say(...said: readonly GossipMessage[]): void {
    this.sayBytes(encodeTalk(said));
  }

  /** Says whatever it likes. */
  sayBytes(bytes: Buffer): void {
    this.#effects.push({ kind: "bytes", session: this.#session, bytes });
    this.#host?.wake();
  }

  /** Ends its connection, and does not connect again. */
  leave(): void {
    this.#effects.push({ kind: "close", session: this.#session, reason: "closed by the program" });
    this.#dialAt = Number.POSITIVE_INFINITY;
    this.#host?.wake();
  }

  step(input: ProgramInput, now: number): readonly ProgramEffect[] {
    if (input.kind === "started") this.#dial();
    else if (input.kind === "session-down") this.#lose(input.reason, now);
    else if (input.kind === "bytes") for (const message of this.#decoder.push(input.bytes)) this.#hear(message, now);
    else if (input.kind === "timeout") this.#wake(now);
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #dial(): void {
    this.#session += 2;
    this.#decoder = new GossipDecoder();
    this.#dialAt = Number.POSITIVE_INFINITY;
    this.#effects.push({ kind: "dial", session: this.#session, address: this.#peer });
    const { types = [] } = this.#options;
    if (types.length > 0) this.say(...types.map((dataType) => ({ kind: "notify", dataType }) as const));
  }

  #lose(reason: string, now: number): void {
    this.ends.push(reason);
    const { reconnectMs } = this.#options;
    if (reconnectMs !== undefined) this.#dialAt = now + reconnectMs;
  }

  #hear(message: GossipMessage, now: number): void {
    if (message.kind !== "notification") {
      this.unexpected.push(message);
      return;
    }
    this.notified.push({ ...message, at: now });
    const { messageId } = message;
    const verdict = this.#options.rule?.(message) ?? "valid";
    if (typeof verdict === "object") {
      this.#late.push({ at: now + verdict.validAfterMs, session: this.#session, messageId });
    } else if (verdict !== "never") this.#validate(messageId, verdict === "valid");
  }

  #wake(now: number): void {
    if (this.#dialAt <= now) this.#dial();
    for (const each of this.#late.splice(0)) {
      if (each.at > now) this.#late.push(each);
      else if (each.session === this.#session) this.#validate(each.messageId, true);
    }
  }

  #validate(messageId: number, valid: boolean): void {
    const bytes = encodeTalk([{ kind: "validation", messageId, valid }]);
    this.#effects.push({ kind: "bytes", session: this.#session, bytes });
  }
}
