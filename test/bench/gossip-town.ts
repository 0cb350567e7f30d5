import { type Address, addressOf } from "../../src/core/address.ts";
import { assert } from "../../src/core/assert.ts";
import { type PeerId, parsePeerId } from "../../src/core/peer-id.ts";
import { GOSSIP_DEFAULTS, gossip } from "../../src/protocols/gossip/definition.ts";
import type { GossipSpeech } from "../../src/protocols/gossip/message.ts";
import { Ensemble } from "../../src/sim/ensemble/ensemble.ts";

/** Between two exchanges that a peer begins, ms: a round. */
const ROUND_MS = 1000;

/** A rumour that has not reached everybody by then has failed. */
const MOST_ROUNDS = 200;

/** What it took to tell everybody. */
export interface Spread {
  readonly rounds: number;
  /** Messages until then. */
  readonly messages: number;
}

/** Gossip machines alone, everybody linked to everybody and holding everybody's ID, to whom one new ID is told. */
export class GossipTown {
  readonly #ensemble: Ensemble<GossipSpeech>;
  readonly #peers: readonly PeerId[];
  readonly #told = new Set<PeerId>();
  #messages = 0;

  constructor(size: number, lossPercent: number, seed: number) {
    const network = { latencyMs: 1, lossPercent };
    this.#ensemble = new Ensemble(gossip, { seed, network, diskMs: [1, 1], keepEvents: false });
    this.#peers = Array.from({ length: size }, (_, n) => peerOf(n));
    const newcomer = addressOfPeer(size);
    this.#ensemble.onSend = () => {
      this.#messages += 1;
      return true;
    };
    // Whoever hears of an ID checks its health: here everybody answers at once.
    this.#ensemble.onEvent = (peer, event) => {
      if (event.kind === "id-heard") this.#ensemble.command(peer, { kind: "verified", address: event.address });
      else if (event.kind === "id-added" && event.address === newcomer) this.#told.add(peer);
    };
    const options = { ...GOSSIP_DEFAULTS, intervalMs: ROUND_MS, capacity: size + 1 };
    this.#peers.forEach((peer, n) => {
      this.#ensemble.add(peer, { address: addressOfPeer(n), ...options });
    });
    const addresses = this.#peers.map((_, n) => addressOfPeer(n));
    for (const peer of this.#peers) {
      for (const address of addresses) this.#ensemble.command(peer, { kind: "verified", address });
    }
    this.#ensemble.run(ROUND_MS);
  }

  /** Tells one peer of the new ID and lets it spread. */
  spread(): Spread {
    const [first] = this.#peers;
    assert(first !== undefined, "a town has peers");
    const before = this.#messages;
    const start = this.#ensemble.now;
    this.#ensemble.command(first, { kind: "verified", address: addressOfPeer(this.#peers.length) });
    const all = this.#ensemble.runUntil(() => this.#told.size === this.#peers.length, MOST_ROUNDS * ROUND_MS);
    const rounds = all ? (this.#ensemble.now - start) / ROUND_MS : Number.POSITIVE_INFINITY;
    return { rounds, messages: this.#messages - before };
  }
}

function peerOf(n: number): PeerId {
  const id = parsePeerId((n + 1).toString(16).padStart(16, "0"));
  assert(id !== undefined, "an ID of 16 digits");
  return id;
}

function addressOfPeer(n: number): Address {
  const address = addressOf(`127.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 7001);
  assert(address !== undefined, "a loopback address");
  return address;
}
