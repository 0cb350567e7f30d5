import { type Address, addressOf } from "../../../src/core/address.ts";
import { assert } from "../../../src/core/assert.ts";
import { type PeerId, parsePeerId } from "../../../src/core/peer-id.ts";
import type { Effect, Input } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { GOSSIP_DEFAULTS } from "../../../src/protocols/gossip/definition.ts";
import { Gossip } from "../../../src/protocols/gossip/gossip.ts";
import type { GossipSpeech } from "../../../src/protocols/gossip/message.ts";
import type { PeerGossip } from "../../../src/wire/gossip-message.ts";

export type GossipEffect = Effect<GossipSpeech>;

export const INTERVAL = GOSSIP_DEFAULTS.intervalMs;

/** The n-th peer of a test. */
export function peer(n: number): PeerId {
  const id = parsePeerId((n + 1).toString(16).padStart(16, "0"));
  assert(id !== undefined, "a peer ID");
  return id;
}

/** An address of a test; port 7001 unless told otherwise. */
export function at(host: string, port = 7001): Address {
  const address = addressOf(host, port);
  assert(address !== undefined, "an address");
  return address;
}

/** The n-th IPv4 address of a test; we are the 0-th. */
export const v4 = (n: number): Address => at(`10.0.${n >> 8}.${n & 255}`);
/** The n-th IPv6 address of a test. */
export const v6 = (n: number): Address => at(`fd00::${(n + 1).toString(16)}`);
/** The first of them after our own. */
export const many = (count: number, of: (n: number) => Address): Address[] =>
  Array.from({ length: count }, (_, n) => of(n + 1));

/** What is sent. */
export function messagesOf(effects: readonly GossipEffect[]): PeerGossip[] {
  return effects.flatMap((effect) => (effect.kind === "send" ? [effect.message] : []));
}

/** What is told. */
export function eventsOf(effects: readonly GossipEffect[]): GossipSpeech["event"][] {
  return effects.flatMap((effect) => (effect.kind === "event" ? [effect.event] : []));
}

/** What is told of IDs, leaving out what is told of exchanges. */
export function newsOf(effects: readonly GossipEffect[]): GossipSpeech["event"][] {
  return eventsOf(effects).filter((event) => event.kind !== "exchanged");
}

/** One machine with its clock; its address is the 0-th. */
export class Bench {
  readonly gossip: Gossip;
  now = 1000;

  constructor(options: Partial<GossipSpeech["options"]> = {}, seed = 1) {
    this.gossip = new Gossip({ address: v4(0), ...GOSSIP_DEFAULTS, ...options }, seededRandom(seed));
  }

  step(input: Input<GossipSpeech>): readonly GossipEffect[] {
    return this.gossip.step(input, this.now);
  }

  link(...peers: number[]): void {
    for (const n of peers) this.step({ kind: "link", peer: peer(n), up: true });
  }

  verified(...addresses: Address[]): readonly GossipEffect[] {
    return addresses.flatMap((address) => this.step({ kind: "command", command: { kind: "verified", address } }));
  }

  expired(address: Address): readonly GossipEffect[] {
    return this.step({ kind: "command", command: { kind: "expired", address } });
  }

  exchange(): readonly GossipEffect[] {
    return this.step({ kind: "command", command: { kind: "exchange" } });
  }

  hear(n: number, message: PeerGossip): readonly GossipEffect[] {
    return this.step({ kind: "message", from: { peer: peer(n) }, message });
  }

  /** Asks peer 1, which must be the only one linked, so that its response is awaited. */
  pull(): void {
    while (messagesOf(this.exchange())[0]?.kind !== "pull");
  }

  ids(): Address[] {
    return this.gossip.view().ids.map(({ address }) => address);
  }
}
