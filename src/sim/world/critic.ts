import type { Address } from "../../core/address.ts";
import type { SessionId } from "../../core/protocol.ts";
import { GossipDecoder } from "../../wire/gossip-decoder.ts";
import type { GossipMessage } from "../../wire/gossip-message.ts";
import { encodeTalk } from "../../wire/gossip-talk.ts";
import type { Program, ProgramEffect, ProgramInput } from "./program.ts";

/** The data types that it subscribes. */
const TYPES = [1, 2, 3] as const;

/** How long it waits before it connects again; virtual ms. */
const RECONNECT_MS = 700;

/** How long it thinks about some notices; virtual ms. */
const THINKING_MS = 400;

/** What it finds of notices, by their message IDs, again and again; null: it never says. */
const VERDICTS = ["valid", "valid", "late", "valid", "invalid", "valid", "late", "valid", "valid", null] as const;

/** An answer that it will give. */
interface Thought {
  readonly at: number;
  readonly messageId: number;
}

/**
 * A local program of a peer that subscribes types 1 to 3, announces something whenever it has connected, and judges what
 * it is notified of: most is valid, some it says so late, some is not, and some it never answers.
 */
export class Critic implements Program {
  readonly #peer: Address;
  #decoder = new GossipDecoder();
  #session: SessionId = -1;
  #dialAt = Number.POSITIVE_INFINITY;
  /** Oldest first. */
  #thoughts: Thought[] = [];

  /** @param peer where its peer listens */
  constructor(peer: Address) {
    this.#peer = peer;
  }

  get deadline(): number {
    return Math.min(this.#dialAt, this.#thoughts[0]?.at ?? Number.POSITIVE_INFINITY);
  }

  step(input: ProgramInput, now: number): readonly ProgramEffect[] {
    switch (input.kind) {
      case "started":
        return this.#dial();
      case "session-down":
        this.#dialAt = now + RECONNECT_MS;
        this.#thoughts = [];
        return [];
      case "bytes":
        return this.#decoder.push(input.bytes).flatMap((message) => this.#hear(message, now));
      case "timeout":
        return now >= this.#dialAt ? this.#dial() : this.#sayThoughts(now);
      default:
        return [];
    }
  }

  #dial(): readonly ProgramEffect[] {
    this.#dialAt = Number.POSITIVE_INFINITY;
    this.#session += 2;
    this.#decoder = new GossipDecoder();
    const data = Buffer.from(`word ${this.#session} of a critic of ${this.#peer}`);
    return [
      { kind: "dial", session: this.#session, address: this.#peer },
      this.#say(...TYPES.map((dataType) => ({ kind: "notify", dataType }) as const), {
        kind: "announce",
        ttl: 0,
        dataType: TYPES[0],
        data,
      }),
    ];
  }

  #hear(message: GossipMessage, now: number): readonly ProgramEffect[] {
    if (message.kind !== "notification") return [];
    const { messageId } = message;
    const verdict = VERDICTS[messageId % VERDICTS.length];
    if (verdict === "late") this.#thoughts.push({ at: now + THINKING_MS, messageId });
    return verdict === "valid" || verdict === "invalid" ? [this.#judge(messageId, verdict === "valid")] : [];
  }

  #sayThoughts(now: number): readonly ProgramEffect[] {
    const ripe = this.#thoughts.filter(({ at }) => at <= now);
    this.#thoughts = this.#thoughts.slice(ripe.length);
    return ripe.map(({ messageId }) => this.#judge(messageId, true));
  }

  #judge(messageId: number, valid: boolean): ProgramEffect {
    return this.#say({ kind: "validation", messageId, valid });
  }

  #say(...said: readonly GossipMessage[]): ProgramEffect {
    return { kind: "bytes", session: this.#session, bytes: encodeTalk(said) };
  }
}
