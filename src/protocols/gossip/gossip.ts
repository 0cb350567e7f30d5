/**
 * Push/pull gossip of IDs: every interval each peer tells a random linked one who it is and whom it knows (PUSH), or
 * asks it whom it knows (PULL). An ID is the address of a peer; it is held, and told on, only once it has been verified
 * by a health check.
 *
 * Source: Brahms (Bortnikov, Gurevich, Keidar, Kliot, Shraer: "Brahms: Byzantine resilient random membership sampling",
 * 2009), section 3.
 *
 * | message  | from          | to       | effect                                                               |
 * | -------- | ------------- | -------- | -------------------------------------------------------------------- |
 * | pull     | linked peer   | us       | answered at once by a response; its address is heard                 |
 * | response | one we asked  | us       | its IDs are heard                                                    |
 * | push     | linked peer   | us       | its address and its IDs are heard                                    |
 *
 * Safety: what is merely heard is never told on, so an address at which nobody answers cannot spread; and whatever one
 * message holds, at most 64 health checks follow from it.
 *
 * Departures from the paper: pushes and pulls alternate instead of keeping to fixed shares, a push carries IDs as well
 * as the sender's address, and instead of min-wise samplers there is one list of verified IDs, of which a random one
 * gives way when it is full.
 */
import { type Address, isUsable } from "../../core/address.ts";
import { assert, unreachable } from "../../core/assert.ts";
import { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Effect, Input, Protocol } from "../../core/protocol.ts";
import { type Random, sample } from "../../core/random.ts";
import { splitByFamily } from "../../wire/gossip-message.ts";
import type { Exchange, GossipSpeech } from "./message.ts";

/** IDs in one message, at most. */
const MAX_IDS = 512;

/** IDs of one message that are passed on to be checked, at most. */
const MAX_HEARD = 64;

/** Exchanges that the view shows. */
const MAX_EXCHANGES = 16;

/** How long a response to a PULL may take. */
const RESPONSE_TIMEOUT_MS = 10_000;

/** The machine of one peer's gossip. */
export class Gossip implements Protocol<GossipSpeech> {
  readonly #options: GossipSpeech["options"];
  readonly #random: Random;
  readonly #effects = new Effects<GossipSpeech>();
  readonly #linked = new Set<PeerId>();
  /** In the order of being added: the place in it is the ID's counter. */
  readonly #ids = new Set<Address>();
  /** PULLs without a response yet, by peer. */
  readonly #asked = new Map<PeerId, { readonly pulls: number; readonly deadline: number }>();
  #exchangeAt = Number.POSITIVE_INFINITY;
  #pullsNext = true;
  #lastFamily: "ipv4" | "ipv6" | null = null;
  readonly #counts = { pull: 0, response: 0, push: 0 };
  #rounds = 0;
  #refused = 0;
  #unexpected = 0;
  #exchanges: readonly Exchange[] = [];

  constructor(options: GossipSpeech["options"], random: Random) {
    assert(options.capacity > 0, "gossip without room for an ID");
    this.#options = options;
    this.#random = random;
  }

  get deadline(): number {
    return this.#exchangeAt;
  }

  step(input: Input<GossipSpeech>, now: number): readonly Effect<GossipSpeech>[] {
    switch (input.kind) {
      case "message":
        if ("peer" in input.from) this.#receive(input.from.peer, input.message, now);
        break;
      case "command":
        this.#command(input.command, now);
        break;
      case "link":
        if (input.up) this.#linkUp(input.peer, now);
        else this.#linkDown(input.peer);
        break;
      case "timeout":
        if (now >= this.#exchangeAt) {
          this.#exchange(now);
          this.#exchangeAt = now + this.#jittered();
        }
        break;
      case "resumed":
      case "saved":
      case "session":
        break;
      default:
        unreachable(input);
    }
    return this.#effects.take();
  }

  view(): GossipSpeech["view"] {
    return {
      ids: Array.from(this.#ids, (address, counter) => ({ counter, address })),
      rounds: this.#rounds,
      pushes: this.#counts.push,
      pulls: this.#counts.pull,
      responses: this.#counts.response,
      refused: this.#refused,
      unexpected: this.#unexpected,
      exchanges: this.#exchanges,
    };
  }

  checkpoint(): readonly never[] {
    return [];
  }

  #receive(from: PeerId, message: GossipSpeech["message"], now: number): void {
    switch (message.kind) {
      case "pull":
        this.#note("in", from, message, now);
        this.#hear(from, [message.address]);
        this.#send(from, { kind: "response", ids: this.#chooseIds(this.#nextFamily()) }, now);
        break;
      case "response":
        if (!this.#wasAsked(from, now)) {
          this.#unexpected += 1;
          break;
        }
        this.#note("in", from, message, now);
        this.#hear(from, message.ids);
        break;
      case "push":
        this.#note("in", from, message, now);
        this.#hear(from, [message.address, ...message.ids]);
        break;
      default:
        unreachable(message);
    }
  }

  #command(command: GossipSpeech["command"], now: number): void {
    switch (command.kind) {
      case "verified":
        this.#add(command.address);
        break;
      case "expired":
        this.#remove(command.address);
        break;
      case "exchange":
        this.#exchange(now);
        break;
      default:
        unreachable(command);
    }
  }

  #linkUp(peer: PeerId, now: number): void {
    this.#linked.add(peer);
    // A random phase, so that peers that start together do not exchange together.
    if (this.#exchangeAt === Number.POSITIVE_INFINITY) this.#exchangeAt = now + this.#random.below(this.#intervalMs());
  }

  #linkDown(peer: PeerId): void {
    this.#linked.delete(peer);
    this.#asked.delete(peer);
    if (this.#linked.size === 0) this.#exchangeAt = Number.POSITIVE_INFINITY;
  }

  /** One exchange with a random linked peer, if there is one. */
  #exchange(now: number): void {
    const peer = [...this.#linked][this.#random.below(Math.max(1, this.#linked.size))];
    if (peer === undefined) return;
    this.#rounds += 1;
    const { address } = this.#options;
    if (this.#pullsNext) {
      this.#send(peer, { kind: "pull", address }, now);
      const pulls = this.#pullsOpen(peer, now) + 1;
      this.#asked.set(peer, { pulls, deadline: now + RESPONSE_TIMEOUT_MS });
    } else {
      // One message holds one family, and a PUSH begins with our own address.
      const family = address.startsWith("[") ? "ipv6" : "ipv4";
      this.#send(peer, { kind: "push", address, ids: this.#chooseIds(family) }, now);
    }
    this.#pullsNext = !this.#pullsNext;
  }

  #send(peer: PeerId, message: GossipSpeech["message"], now: number): void {
    this.#effects.send({ peer }, message);
    this.#note("out", peer, message, now);
  }

  /** Whether a response from this peer is still due; it counts for one PULL. */
  #wasAsked(peer: PeerId, now: number): boolean {
    const asked = this.#asked.get(peer);
    const pulls = this.#pullsOpen(peer, now);
    if (asked === undefined || pulls === 0) return false;
    if (pulls === 1) this.#asked.delete(peer);
    else this.#asked.set(peer, { pulls: pulls - 1, deadline: asked.deadline });
    return true;
  }

  #pullsOpen(peer: PeerId, now: number): number {
    const asked = this.#asked.get(peer);
    return asked === undefined || now >= asked.deadline ? 0 : asked.pulls;
  }

  /** Tells of IDs that are not held and can be somebody's. */
  #hear(from: PeerId, ids: readonly Address[]): void {
    let heard = 0;
    for (const address of new Set(ids)) {
      if (address === this.#options.address || this.#ids.has(address)) continue;
      if (!isUsable(address) || heard === MAX_HEARD) {
        this.#refused += 1;
      } else {
        heard += 1;
        this.#effects.event({ kind: "id-heard", address, from });
      }
    }
  }

  #add(address: Address): void {
    if (address === this.#options.address || this.#ids.has(address)) return;
    if (!isUsable(address)) {
      this.#refused += 1;
      return;
    }
    if (this.#ids.size >= this.#options.capacity) {
      const [replaced] = sample(this.#random, [...this.#ids], 1);
      if (replaced !== undefined) this.#remove(replaced);
    }
    this.#ids.add(address);
    this.#effects.event({ kind: "id-added", address });
  }

  #remove(address: Address): void {
    if (this.#ids.delete(address)) this.#effects.event({ kind: "id-removed", address });
  }

  /** IDs of one family in random order, as many as a message holds. */
  #chooseIds(family: "ipv4" | "ipv6"): readonly Address[] {
    return sample(this.#random, splitByFamily([...this.#ids])[family], MAX_IDS);
  }

  /** The family that is held; of two the one with more IDs at first, then each in turn. */
  #nextFamily(): "ipv4" | "ipv6" {
    const { ipv4, ipv6 } = splitByFamily([...this.#ids]);
    if (ipv6.length === 0) return "ipv4";
    if (ipv4.length === 0) return "ipv6";
    const larger = ipv6.length > ipv4.length ? "ipv6" : "ipv4";
    const other = this.#lastFamily === "ipv4" ? "ipv6" : "ipv4";
    this.#lastFamily = this.#lastFamily === null ? larger : other;
    return this.#lastFamily;
  }

  /** Remembers and tells a message, in either direction. */
  #note(direction: Exchange["direction"], peer: PeerId, message: GossipSpeech["message"], now: number): void {
    this.#counts[message.kind] += 1;
    const ids = message.kind === "pull" ? 0 : message.ids.length;
    const exchange: Exchange = { at: now, peer, direction, kind: message.kind, ids };
    this.#exchanges = [...this.#exchanges.slice(1 - MAX_EXCHANGES), exchange];
    this.#effects.event({ kind: "exchanged", exchange });
  }

  /** The interval, a quarter more or less. */
  #jittered(): number {
    const quarterMs = Math.floor(this.#intervalMs() / 4);
    return this.#intervalMs() + this.#random.between(-quarterMs, quarterMs);
  }

  #intervalMs(): number {
    return Math.max(1, Math.floor(this.#options.intervalMs));
  }
}
