import { type Address, addressOf } from "../../../src/core/address.ts";
import { assert } from "../../../src/core/assert.ts";
import { type PeerId, parsePeerId } from "../../../src/core/peer-id.ts";
import type { Effect, Input } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { HEALTH_DEFAULTS } from "../../../src/protocols/health/definition.ts";
import { Health } from "../../../src/protocols/health/health.ts";
import type { HealthMessage, HealthSpeech } from "../../../src/protocols/health/message.ts";

export type HealthEffect = Effect<HealthSpeech>;
export type HealthInput = Input<HealthSpeech>;
export type HealthEvent = HealthSpeech["event"];

/** The n-th peer of a test. */
export function peer(n: number): PeerId {
  const id = parsePeerId((n + 1).toString(16).padStart(16, "0"));
  assert(id !== undefined, "a peer ID");
  return id;
}

/** Where the n-th peer of a test listens. */
export function address(n: number): Address {
  const found = addressOf(`10.0.${n >> 8}.${n & 255}`, 7001);
  assert(found !== undefined, "an address");
  return found;
}

/** Nonces that all differ: the number of each is in its first four bytes. */
export function entropy(first: number, nonces: number): Uint8Array {
  const bytes = Buffer.alloc(16 * nonces);
  for (let i = 0; i < nonces; i++) bytes.writeUInt32BE(first + i, 16 * i);
  return bytes;
}

/** What is sent, without the save it waits for: health saves nothing. */
export function sendsOf(effects: readonly HealthEffect[]): { to: unknown; message: HealthMessage }[] {
  return effects.flatMap((effect) => (effect.kind === "send" ? [{ to: effect.to, message: effect.message }] : []));
}

/** What is told. */
export function eventsOf(effects: readonly HealthEffect[]): HealthEvent[] {
  return effects.flatMap((effect) => (effect.kind === "event" ? [effect.event] : []));
}

/** The SYNs among effects. */
export function synsOf(effects: readonly HealthEffect[]): { to: Address; nonce: Uint8Array }[] {
  return sendsOf(effects).flatMap(({ to, message }) =>
    message.kind === "syn" ? [{ to: (to as { address: Address }).address, nonce: message.nonce }] : [],
  );
}

/** What a run did, and when. */
export interface Done {
  readonly at: number;
  readonly effect: HealthEffect;
}

/** One machine with its clock. */
export class Bench {
  readonly health: Health;
  now: number;
  #entropy = 0;
  readonly #automatic: boolean;

  /** With `fed` it is handed nonces whenever it asks; else never. */
  constructor(fed = true, options: Partial<HealthSpeech["options"]> = {}, seed = 1, now = 1000) {
    this.now = now;
    this.#automatic = fed;
    this.health = new Health({ ...HEALTH_DEFAULTS, ...options }, seededRandom(seed), now);
    if (fed) this.step({ kind: "timeout" });
  }

  /** One input; its effects without the asking for nonces, which is answered. */
  step(input: HealthInput): HealthEffect[] {
    const effects = [...this.health.step(input, this.now)];
    if (!this.#automatic) return effects;
    const asks = effects.findIndex((effect) => effect.kind === "event" && effect.event.kind === "entropy-needed");
    if (asks < 0) return effects;
    effects.splice(asks, 1);
    return [...effects, ...this.feed(256)];
  }

  feed(nonces: number): HealthEffect[] {
    const bytes = entropy(this.#entropy, nonces);
    this.#entropy += nonces;
    return this.command({ kind: "entropy", bytes });
  }

  command(command: HealthSpeech["command"]): HealthEffect[] {
    return this.step({ kind: "command", command });
  }

  watch(...members: number[]): void {
    for (const n of members) this.command({ kind: "watch", peer: peer(n), address: address(n) });
  }

  link(...peers: number[]): void {
    for (const n of peers) this.step({ kind: "link", peer: peer(n), up: true });
  }

  ack(from: Address, nonce: Uint8Array): HealthEffect[] {
    return this.step({ kind: "message", from: { address: from }, message: { kind: "ack", nonce } });
  }

  fromPeer(n: number, message: HealthMessage): HealthEffect[] {
    return this.step({ kind: "message", from: { peer: peer(n) }, message });
  }

  /** Lets time pass, firing what is due on the way, `until` included. */
  run(until: number): Done[] {
    const done: Done[] = [];
    while (this.health.deadline <= until) {
      this.now = Math.max(this.now, this.health.deadline);
      for (const effect of this.step({ kind: "timeout" })) done.push({ at: this.now, effect });
    }
    this.now = Math.max(this.now, until);
    return done;
  }

  /** Lets time pass; only the effects. */
  pass(ms: number): HealthEffect[] {
    return this.run(this.now + ms).map(({ effect }) => effect);
  }
}
