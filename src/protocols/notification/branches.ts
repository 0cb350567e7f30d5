import type { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Random } from "../../core/random.ts";
import { bytesOf, copyOf, type Entry } from "./entry.ts";
import type { Flow } from "./flow.ts";
import type { NotificationSpeech } from "./message.ts";
import type { Neighbour, Neighbours } from "./neighbours.ts";
import { MAX_NOTICES, type Notice } from "./notice.ts";
import { Overlay } from "./overlay.ts";
import type { Tally } from "./tally.ts";

/** Bytes of notices in one push: it fits a frame. A larger notice goes alone. */
const MAX_PUSH_BYTES = 32_000;

/** Data types whose overlays are remembered, at most. */
const MAX_OVERLAYS = 1024;

/** Pushes accepted notices to the eager peers of their types, in batches at the end of a step. */
export class Branches {
  readonly #degree: number;
  readonly #random: Random;
  readonly #neighbours: Neighbours;
  readonly #tally: Tally;
  readonly #overlays = new Map<number, Overlay>();
  readonly #outbox = new Map<Neighbour, Entry[]>();

  constructor(degree: number, random: Random, neighbours: Neighbours, tally: Tally) {
    this.#degree = degree;
    this.#random = random;
    this.#neighbours = neighbours;
    this.#tally = tally;
  }

  /** The overlay of a data type, as far as it is known who subscribes that. */
  of(dataType: number): Overlay {
    const known = this.#overlays.get(dataType);
    if (known !== undefined) return known;
    if (this.#overlays.size >= MAX_OVERLAYS) this.#forgetOldest();
    const overlay = new Overlay(this.#degree, this.#random);
    for (const neighbour of this.#neighbours.all()) if (neighbour.wants(dataType)) overlay.join(neighbour.peer);
    this.#overlays.set(dataType, overlay);
    return overlay;
  }

  /** A peer has what we push of a type from elsewhere, or the other way about. */
  prune(peer: PeerId, dataType: number): void {
    // Where no overlay is known nothing was pushed: to prune what is not there must cost the others nothing.
    this.#overlays.get(dataType)?.prune(peer);
  }

  /** A linked peer subscribes these types and no others; those that are new. */
  interest(neighbour: Neighbour, dataTypes: readonly number[]): readonly number[] {
    const earlier = neighbour.interests ?? new Set<number>();
    const now = new Set(dataTypes);
    neighbour.interests = now;
    for (const dataType of earlier) if (!now.has(dataType)) this.#overlays.get(dataType)?.leave(neighbour.peer);
    const added = dataTypes.filter((dataType) => !earlier.has(dataType));
    for (const dataType of added) this.#overlays.get(dataType)?.join(neighbour.peer);
    return added;
  }

  /** A peer is linked no more. */
  lose(peer: PeerId): void {
    for (const overlay of this.#overlays.values()) overlay.leave(peer);
  }

  /** Puts an accepted entry into the outbox of each eager peer that may lack it: never of one that has brought it. */
  push(entry: Entry): void {
    const { notice, source, holders } = entry;
    const overlay = this.of(notice.dataType);
    // What begins here and may cross one link has no other way to anybody.
    const isForNeighbours = source === null && entry.onwardTtl === 1;
    for (const peer of isForNeighbours ? overlay.all : overlay.eager) {
      if (peer === source || peer === notice.origin || holders?.has(peer) === true) continue;
      const neighbour = this.#neighbours.get(peer);
      if (neighbour === undefined || neighbour.isBehind) continue;
      const waiting = this.#outbox.get(neighbour);
      if (waiting === undefined) this.#outbox.set(neighbour, [entry]);
      else waiting.push(entry);
    }
  }

  /** Sends what is in the outboxes, and tells `flow` to whom. */
  flush(effects: Effects<NotificationSpeech>, flow: Flow, now: number): void {
    if (this.#outbox.size === 0) return;
    for (const [neighbour, entries] of this.#outbox) {
      for (const notices of batchesOf(entries)) {
        effects.send({ peer: neighbour.peer }, { kind: "push", offset: neighbour.push(notices, now), notices });
      }
      this.#tally.sent += entries.length;
      flow.pushedTo(neighbour);
    }
    this.#outbox.clear();
  }

  #forgetOldest(): void {
    for (const dataType of this.#overlays.keys()) {
      this.#overlays.delete(dataType);
      return;
    }
  }
}

/** The copies that go on, in messages that fit a frame each. */
function* batchesOf(entries: readonly Entry[]): IterableIterator<readonly Notice[]> {
  let batch: Notice[] = [];
  let bytes = 0;
  for (const entry of entries) {
    entry.sentTo += 1;
    const size = bytesOf(entry.notice);
    if (batch.length > 0 && (bytes + size > MAX_PUSH_BYTES || batch.length === MAX_NOTICES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(copyOf(entry));
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
