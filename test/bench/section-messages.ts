import { assert } from "../../src/core/assert.ts";
import type { MutexKind } from "../../src/core/lock.ts";
import type { PeerId } from "../../src/core/peer-id.ts";
import { seededRandom } from "../../src/core/random.ts";
import { Guild } from "../protocols/mutex/guild.ts";

/** Critical sections of one sample. */
const SECTIONS = 200;

/** Longer than a message takes to everybody and back, virtual ms. */
const LONG_MS = 100;

/** Longer than all of a guild take turns, virtual ms. */
const TURNS_MS = 2000;

/** One critical section after the other, each of a peer that chance has drawn. */
export interface Sections {
  /** How many messages each took. */
  readonly messages: readonly number[];
  /** How many links there are in Raymond's tree between whoever entered before and whoever enters. */
  readonly distances: readonly number[];
}

/** Lets peers that chance draws enter, one after the other has left. */
export function sectionsInTurn(kind: MutexKind, count: number, seed: number): Sections {
  const guild = new Guild(count, { kind, seed });
  const random = seededRandom(seed);
  const messages: number[] = [];
  const distances: number[] = [];
  // The token begins at the root.
  let last = 1;
  for (let section = 0; section < SECTIONS; section++) {
    const place = random.between(1, count);
    messages.push(messagesOf(guild, peerAt(guild, place)));
    distances.push(distance(last, place));
    last = place;
  }
  return { messages, distances };
}

/** Messages for each critical section, on average, where all want to enter at once. */
export function sectionsAtOnce(kind: MutexKind, count: number, seed: number): number {
  const guild = new Guild(count, { kind, seed });
  const before = guild.total;
  guild.onEvent = (peer, event) => {
    if (event.kind === "granted") guild.later(1, () => guild.release(peer));
  };
  for (const peer of guild.peers) guild.acquire(peer);
  guild.run(TURNS_MS);
  assert(guild.entries.length === count, "all have entered");
  return (guild.total - before) / count;
}

function messagesOf(guild: Guild, peer: PeerId): number {
  const before = guild.total;
  guild.acquire(peer);
  guild.run(LONG_MS);
  assert(guild.holder() === peer, "whoever wants to enter has entered");
  guild.release(peer);
  guild.run(LONG_MS);
  return guild.total - before;
}

/** Peers in the order of their IDs, from 1 up: their places in the heap that Raymond's tree is. */
function peerAt(guild: Guild, place: number): PeerId {
  const peer = guild.peers[place - 1];
  assert(peer !== undefined, `there are ${place} peers`);
  return peer;
}

/** Links between two places of a heap. */
function distance(one: number, other: number): number {
  if (one === other) return 0;
  return 1 + (one > other ? distance(one >> 1, other) : distance(one, other >> 1));
}
