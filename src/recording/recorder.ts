import { assert } from "../core/assert.ts";
import type { FaultyPeer } from "../peer/faulty-peer.ts";
import { encodeRecord } from "../peer/journal-record.ts";
import type { FaultyEffect, FaultyInput, PeerOptions } from "../peer/machine.ts";
import type { AnyRecord } from "../peer/registry.ts";
import { BlockWriter } from "./block-writer.ts";
import { toJson } from "./exact-json.ts";
import type { Facts } from "./format.ts";
import { entryOf } from "./input-entry.ts";
import { StateHash } from "./state-hash.ts";

/** How often the state of a peer is hashed: after so many inputs, or at the first one so many ms later. */
export interface HashInterval {
  readonly inputs: number;
  readonly ms: number;
}

/** A hash costs as much as some hundred inputs. */
const HASH_INTERVAL: HashInterval = { inputs: 1000, ms: 5000 };

/** The life of a peer that is being recorded. */
interface Life {
  readonly machine: FaultyPeer;
  readonly hash: StateHash;
  /** When the latest thing happened. */
  at: number;
  hashedAt: number;
  inputsSince: number;
}

/**
 * Writes a recording of the peers of one run. Whoever drives a peer tells of everything that it gives to it, in order,
 * and before it carries out what the peer asks for in return.
 */
export class Recorder {
  readonly #blocks: BlockWriter;
  readonly #interval: HashInterval;
  readonly #lives = new Map<number, Life>();

  /** `write` is given the bytes of the recording, some 64 KiB at a time, and may keep them; the first at once. */
  constructor(write: (bytes: Uint8Array) => void, facts: Facts, interval: HashInterval = HASH_INTERVAL) {
    this.#blocks = new BlockWriter(write, facts);
    this.#interval = interval;
  }

  /**
   * A life of a peer has begun: `machine` was made of these options and records at `now`, and nothing has been given to
   * it. `peer` is what the recording calls it, 0 to 65535, the same in all its lives.
   */
  started(peer: number, machine: FaultyPeer, options: PeerOptions, records: Iterable<AnyRecord>, now: number): void {
    assert(!this.#lives.has(peer), `peer ${peer} of the recording runs already`);
    const life = { machine, hash: new StateHash(), at: now, hashedAt: now, inputsSince: 0 };
    this.#lives.set(peer, life);
    const stored = Array.from(records, encodeRecord);
    this.#blocks.add({ kind: "started", peer, at: now, options: toJson(options), records: stored });
    this.#hash(peer, life);
    this.#blocks.mayEnd();
  }

  /** A peer was given an input at `now` and has asked for these effects. */
  stepped(peer: number, input: FaultyInput, now: number, effects: readonly FaultyEffect[]): void {
    const life = this.#life(peer);
    life.at = now;
    life.inputsSince += 1;
    this.#blocks.add(entryOf(peer, now, input));
    for (const event of life.hash.note(effects)) this.#blocks.add({ kind: "event", peer, at: now, event });
    const { inputs, ms } = this.#interval;
    if (life.inputsSince >= inputs || now - life.hashedAt >= ms) this.#hash(peer, life);
    this.#blocks.mayEnd();
  }

  /** A peer was given an input at `now` and failed at it, with this message: that life is over. */
  failed(peer: number, input: FaultyInput, now: number, failure: string): void {
    this.#life(peer);
    this.#lives.delete(peer);
    this.#blocks.add(entryOf(peer, now, input));
    this.#blocks.add({ kind: "ended", peer, at: now, failure });
    this.#blocks.mayEnd();
  }

  /** The process of a peer has ended. */
  ended(peer: number, now: number): void {
    const life = this.#life(peer);
    life.at = now;
    this.#hash(peer, life);
    this.#lives.delete(peer);
    this.#blocks.add({ kind: "ended", peer, at: now, failure: null });
    this.#blocks.mayEnd();
  }

  /** Ends the recording; the peers may go on without it. */
  finish(): void {
    for (const [peer, life] of this.#lives) this.#hash(peer, life);
    this.#lives.clear();
    this.#blocks.finish();
  }

  #life(peer: number): Life {
    const life = this.#lives.get(peer);
    assert(life !== undefined, `peer ${peer} of the recording does not run`);
    return life;
  }

  #hash(peer: number, life: Life): void {
    life.hashedAt = life.at;
    life.inputsSince = 0;
    this.#blocks.add({ kind: "hash", peer, at: life.at, hash: life.hash.of(life.machine) });
  }
}
