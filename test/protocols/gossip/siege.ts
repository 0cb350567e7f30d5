import { type Address, hostOf } from "../../../src/core/address.ts";
import { assert } from "../../../src/core/assert.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import { GOSSIP_DEFAULTS, gossip } from "../../../src/protocols/gossip/definition.ts";
import type { GossipSpeech } from "../../../src/protocols/gossip/message.ts";
import { Ensemble } from "../../../src/sim/ensemble/ensemble.ts";
import { at, peer } from "./harness.ts";

const SIZE = 200;
const HOSTILE = 40;
const CAPACITY = 64;
const MACHINES_PER_SUBNET = 5;

/** IDs that a machine begins with, of all machines at random: as many as have room, from its links. */
const KNOWN_AT_FIRST = CAPACITY;

/** Pushes from every hostile machine to every honest one in every round. */
const PUSHES = 3;
const LIES_PER_MESSAGE = 64;

/** Checks are made in slices of a round. As discovery and health do it, 64 at a time, each 600 ms where nobody answers. */
const SLICE_MS = 200;
const UNANSWERED_PER_SLICE = (64 * SLICE_MS) / 600;
const MAX_WAITING = 1024;

/** Where the lies point to: to nobody, or to addresses that the hostile ones have in their own subnets and that answer. */
export type Lies = "nobody" | "answering";

/**
 * 200 machines, all linked to each other, of which 40 are hostile: they push lies to everybody all the time, and answer
 * every pull with lies. An ID that a machine hears is checked before it is verified.
 */
export class Siege {
  readonly #ensemble: Ensemble<GossipSpeech>;
  readonly #random: Random;
  readonly #lies: Lies;
  /** Each with the addresses that wait for a check. */
  readonly #honest = new Map<PeerId, Set<Address>>();
  readonly #hostile: readonly PeerId[];
  readonly #addresses: ReadonlySet<Address>;

  constructor(lies: Lies, seed: number, options: Partial<GossipSpeech["options"]> = {}) {
    this.#lies = lies;
    this.#random = seededRandom(seed);
    // In the same proportion as those of every peer.
    const caps = { capacity: CAPACITY, perSource: CAPACITY / 8, perSubnet: CAPACITY / 4 };
    this.#ensemble = new Ensemble(gossip, {
      seed,
      network: { latencyMs: 1 },
      diskMs: [1, 1],
      keepEvents: false,
      encoded: false,
    });
    this.#ensemble.onEvent = (self, event) => {
      const waiting = this.#honest.get(self);
      if (event.kind === "id-heard" && waiting !== undefined && waiting.size < MAX_WAITING) waiting.add(event.address);
    };
    this.#ensemble.onSend = (from, to, message) => this.#passes(from, to, message);
    for (let n = 0; n < SIZE; n++) {
      this.#ensemble.add(peer(n), { ...GOSSIP_DEFAULTS, ...caps, ...options, address: addressOf(n) });
    }
    const all = Array.from({ length: SIZE }, (_, n) => addressOf(n));
    this.#hostile = Array.from({ length: HOSTILE }, (_, n) => peer(n));
    this.#addresses = new Set(all.slice(HOSTILE));
    for (let n = HOSTILE; n < SIZE; n++) {
      this.#honest.set(peer(n), new Set());
      for (const address of sample(this.#random, all, KNOWN_AT_FIRST)) this.#verified(peer(n), address);
    }
  }

  /** Lets rounds pass under attack. */
  run(rounds: number): void {
    for (let round = 0; round < rounds; round++) {
      for (const hostile of this.#hostile) this.#attack(hostile);
      for (let ms = 0; ms < GOSSIP_DEFAULTS.intervalMs; ms += SLICE_MS) {
        this.#ensemble.run(SLICE_MS);
        for (const [self, waiting] of this.#honest) this.#check(self, waiting);
      }
    }
  }

  /** Of the IDs that each honest machine holds, the share that is honest machines. */
  shares(): readonly number[] {
    return [...this.#honest.keys()].map((self) => {
      const ids = this.#ensemble.machine(self).view().ids;
      return ids.filter(({ address }) => this.#addresses.has(address)).length / ids.length;
    });
  }

  views(): readonly GossipSpeech["view"][] {
    return [...this.#honest.keys()].map((self) => this.#ensemble.machine(self).view());
  }

  #attack(hostile: PeerId): void {
    for (let i = 0; i < PUSHES; i++) {
      const [address, ...ids] = this.#lie();
      assert(address !== undefined, "a lie");
      const message = { kind: "push", address, ids } as const;
      for (const self of this.#honest.keys()) {
        this.#ensemble.input(self, { kind: "message", from: { peer: hostile }, message });
      }
    }
  }

  /** Hostile machines say nothing of their own, and answer pulls with lies. */
  #passes(from: PeerId, to: PeerId, message: GossipSpeech["message"]): boolean {
    if (!this.#honest.has(from)) return false;
    if (this.#honest.has(to)) return true;
    if (message.kind === "pull") {
      const response = { kind: "response", ids: this.#lie() } as const;
      this.#ensemble.input(from, { kind: "message", from: { peer: to }, message: response });
    }
    return false;
  }

  #lie(): readonly Address[] {
    return Array.from({ length: LIES_PER_MESSAGE }, () => {
      const subnet = this.#random.below(this.#lies === "nobody" ? 5000 : HOSTILE / MACHINES_PER_SUBNET);
      const network = this.#lies === "nobody" ? 20 : 10;
      return at(`${network}.${subnet >> 8}.${subnet & 255}.${this.#random.below(256)}`);
    });
  }

  #answers(address: Address): boolean {
    return this.#addresses.has(address) || (this.#lies === "answering" && hostOf(address).startsWith("10."));
  }

  #check(self: PeerId, waiting: Set<Address>): void {
    let unanswered = 0;
    for (const address of waiting) {
      if (unanswered >= UNANSWERED_PER_SLICE) return;
      waiting.delete(address);
      if (this.#answers(address)) this.#verified(self, address);
      else unanswered += 1;
    }
  }

  #verified(self: PeerId, address: Address): void {
    this.#ensemble.command(self, { kind: "verified", address });
  }
}

/** The n-th machine; the hostile ones come first, in subnets of their own. */
function addressOf(n: number): Address {
  return at(`10.0.${Math.floor(n / MACHINES_PER_SUBNET)}.${1 + (n % MACHINES_PER_SUBNET)}`);
}
