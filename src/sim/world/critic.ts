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

/** What becomes of notices, by their message IDs, again and again. */
const VERDICTS = ["valid", "late", "valid", "invalid", "valid", "unanswered", "valid", "last"] as const;

/** An answer that it will give. */
interface Thought {
  readonly at: number;
  readonly messageId: number;
}

/**
 * A local program of a peer that subscribes types 1 to 3, announces something whenever it has connected, and judges what
 * it is notified of: most is valid, of some it says so late, some is not, some it never answers, and upon some it hangs
 * up and comes back later.
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
        this.#wait(now);
        return [];
      case "bytes":
        return input.session === this.#session ? this.#hear(this.#decoder.push(input.bytes), now) : [];
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

  /** It has no connection, and will have one later. */
  #wait(now: number): void {
    this.#dialAt = now + RECONNECT_MS;
    this.#thoughts = [];
  }

  #hear(messages: readonly GossipMessage[], now: number): readonly ProgramEffect[] {
    const effects: ProgramEffect[] = [];
    for (const message of messages) {
      // It may have hung up meanwhile.
      if (message.kind === "notification" && this.#dialAt === Number.POSITIVE_INFINITY)
        effects.push(...this.#judge(message, now));
    }
    return effects;
  }

  #judge({ messageId }: { readonly messageId: number }, now: number): readonly ProgramEffect[] {
    switch (VERDICTS[messageId % VERDICTS.length]) {
      case "valid":
        return [this.#answer(messageId, true)];
      case "invalid":
        return [this.#answer(messageId, false)];
      case "late":
        this.#thoughts.push({ at: now + THINKING_MS, messageId });
        return [];
      case "last":
        this.#wait(now);
        return [{ kind: "close", session: this.#session, reason: "had enough" }];
      default:
        return [];
    }
  }

  #sayThoughts(now: number): readonly ProgramEffect[] {
    const ripe = this.#thoughts.filter(({ at }) => at <= now);
    this.#thoughts = this.#thoughts.slice(ripe.length);
    return ripe.map(({ messageId }) => this.#answer(messageId, true));
  }

  #answer(messageId: number, valid: boolean): ProgramEffect {
    return this.#say({ kind: "validation", messageId, valid });
  }

  #say(...said: readonly GossipMessage[]): ProgramEffect {
    return { kind: "bytes", session: this.#session, bytes: encodeTalk(said) };
  }
}
