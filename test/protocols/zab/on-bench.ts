import { type Address, parseAddress } from "../../../src/core/address.ts";
import { assert } from "../../../src/core/assert.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Effect, Input } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { isTold } from "../../../src/protocols/definition.ts";
import { zab } from "../../../src/protocols/zab/definition.ts";
import type { Entry, ZabMessage, ZabSpeech, Zxid } from "../../../src/protocols/zab/message.ts";

export type ZabEffect = Effect<ZabSpeech>;
export type { ZabMessage };
export type ZabRecord = ZabSpeech["record"];
type ZabEvent = ZabSpeech["event"];
/** A message without its number on the link. */
export type Said = ZabMessage extends infer M ? (M extends ZabMessage ? Omit<M, "sequence"> : never) : never;

/** A peer ID that ends in `digit`. */
export function id(digit: string): PeerId {
  return digit.padStart(16, "0") as PeerId;
}

export const A = id("a");
export const B = id("b");
export const C = id("c");
export const D = id("d");

export const HEARTBEAT_MS = 50;
export const TIMEOUT_MS = 300;

/** Where a peer lives: at the port of its last digit. */
export function addressOf(peer: PeerId): Address {
  const address = parseAddress(`127.0.0.1:${7000 + Number.parseInt(peer.slice(-1), 16)}`);
  assert(address !== undefined, "an address");
  return address;
}

export function optionsOf(peer: PeerId, members: readonly PeerId[] = [A, B, C]): ZabSpeech["options"] {
  return {
    peer,
    address: addressOf(peer),
    active: true,
    ensemble: members.map(addressOf),
    heartbeatIntervalMs: HEARTBEAT_MS,
    timeoutMs: TIMEOUT_MS,
    snapshotBytes: 4096,
  };
}

export function zxid(epoch: number, counter: number): Zxid {
  return { epoch, counter };
}

/** An entry with a command of these bytes; without any the one that opens an epoch. */
export function entry(index: number, epoch: number, counter: number, ...bytes: readonly number[]): Entry {
  return { index, epoch, counter, command: bytes.length === 0 ? null : Uint8Array.from(bytes) };
}

/** A history of commands, each of the epoch in its place. */
export function historyOf(epochs: readonly number[]): Entry[] {
  return epochs.map((epoch, i) => {
    const counter = epochs.slice(0, i + 1).filter((each) => each === epoch).length;
    return entry(i + 1, epoch, counter, epoch, counter);
  });
}

/** What a member has on disk that has met everybody. */
export function records(acceptedEpoch: number, currentEpoch: number, entries: readonly Entry[]): ZabRecord[] {
  const pins = [A, B, C].map((peer): ZabRecord => ({ kind: "member", address: addressOf(peer), peer }));
  const epochs: ZabRecord[] = [
    { kind: "accepted-epoch", epoch: acceptedEpoch },
    { kind: "current-epoch", epoch: currentEpoch },
  ];
  return entries.length === 0 ? [...pins, ...epochs] : [...pins, ...epochs, { kind: "append", entries }];
}

/** One machine on the bench: inputs go in by hand, effects come out; its links number what it is told. */
export class OnBench {
  readonly machine;
  now = 1_000;
  /** What the first step told. */
  readonly first: readonly ZabEffect[];
  readonly #sequences = new Map<PeerId, number>();
  #token = 0;

  constructor(saved: readonly ZabRecord[] = records(0, 0, []), peer = A, options: Partial<ZabSpeech["options"]> = {}) {
    this.machine = zab.start({ ...optionsOf(peer), ...options }, saved, seededRandom(1), this.now);
    this.first = this.give({ kind: "timeout" });
    for (const other of [A, B, C, D]) if (other !== peer) this.link(other, true);
  }

  get view(): ZabSpeech["view"] {
    return this.machine.view();
  }

  give(input: Input<ZabSpeech>): readonly ZabEffect[] {
    const effects = this.machine.step(input, this.now);
    for (const effect of effects) if (effect.kind === "save") this.#token = effect.token;
    return effects;
  }

  command(command: ZabSpeech["command"]): readonly ZabEffect[] {
    return this.give({ kind: "command", command });
  }

  name(leader: PeerId | null): readonly ZabEffect[] {
    return this.command({ kind: "leader", leader });
  }

  propose(ticket: number, ...commands: readonly Uint8Array[]): readonly ZabEffect[] {
    return this.command({ kind: "propose", ticket, commands });
  }

  link(peer: PeerId, up: boolean): readonly ZabEffect[] {
    this.#sequences.delete(peer);
    return this.give({ kind: "link", peer, up });
  }

  /** Receives what comes next on a link. */
  receive(from: PeerId, said: Said): readonly ZabEffect[] {
    const sequence = (this.#sequences.get(from) ?? 0) + 1;
    this.#sequences.set(from, sequence);
    return this.give({ kind: "message", from: { peer: from }, message: { ...said, sequence } });
  }

  /** A message on a link is lost. */
  lose(from: PeerId): void {
    this.#sequences.set(from, (this.#sequences.get(from) ?? 0) + 1);
  }

  /** What another says begins anew: its connection took the place of another. */
  anew(from: PeerId): void {
    this.#sequences.delete(from);
  }

  /** All that was saved so far is on disk now. */
  sync(): readonly ZabEffect[] {
    return this.give({ kind: "saved", upTo: this.#token });
  }

  /** Time passes, and timeouts that fall due are given. */
  wait(ms: number): ZabEffect[] {
    const end = this.now + ms;
    const effects: ZabEffect[] = [];
    while (this.machine.deadline <= end) {
      this.now = Math.max(this.now, this.machine.deadline);
      effects.push(...this.give({ kind: "timeout" }));
    }
    this.now = end;
    return effects;
  }
}

/** A follower of B in this epoch, whose history is on disk and which knows all of it as committed, if `upToDate`. */
export function followerOf(epoch: number, entries: readonly Entry[], upToDate = true): OnBench {
  const peer = new OnBench(records(epoch - 1, epoch - 1, entries));
  peer.name(B);
  peer.receive(B, { kind: "new-epoch", epoch });
  peer.sync();
  const { lastZxid, lastIndex } = peer.view;
  peer.receive(B, { kind: "difference", epoch, index: lastIndex, zxid: lastZxid });
  peer.receive(B, { kind: "new-leader", epoch, index: lastIndex, zxid: lastZxid, members: [] });
  peer.sync();
  if (upToDate) peer.receive(B, { kind: "up-to-date", epoch, commitIndex: lastIndex });
  return peer;
}

/** A leader of epoch `epoch` with this history, which B follows as far as to be told of the epoch. */
export function leaderOf(epoch: number, entries: readonly Entry[]): OnBench {
  const peer = new OnBench(records(epoch - 1, epoch - 1, entries));
  peer.name(A);
  peer.receive(B, { kind: "follower-info", acceptedEpoch: epoch - 1 });
  peer.sync();
  const last = entries.at(-1);
  const digest = last === undefined ? [] : [zxid(last.epoch, last.counter)];
  peer.receive(B, { kind: "epoch-accepted", epoch, isMember: true, currentEpoch: epoch - 1, digest });
  peer.sync();
  return peer;
}

/** A leader of epoch `epoch` which B follows; its opening entry is committed, and B has been told. */
export function establishedLeader(epoch: number, entries: readonly Entry[]): OnBench {
  const peer = leaderOf(epoch, entries);
  peer.receive(B, { kind: "accepted", epoch, index: entries.length });
  peer.sync();
  peer.receive(B, { kind: "accepted", epoch, index: entries.length + 1 });
  peer.wait(5);
  return peer;
}

/** The messages among effects, with whom they go to, without their numbers on the link. */
export function sendsOf(effects: readonly ZabEffect[]): { readonly to: PeerId; readonly said: Said }[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== "send" || !("peer" in effect.to)) return [];
    const { sequence: _sequence, ...said } = effect.message;
    return [{ to: effect.to.peer, said }];
  });
}

/** What goes to one peer. */
export function saidTo(peer: PeerId, effects: readonly ZabEffect[]): Said[] {
  return sendsOf(effects).flatMap(({ to, said }) => (to === peer ? [said] : []));
}

/** What is saved among effects. */
export function savesOf(effects: readonly ZabEffect[]): (readonly ZabRecord[])[] {
  return effects.flatMap((effect) => (effect.kind === "save" ? [effect.records] : []));
}

/** The events among effects that everybody is told of. */
export function eventsOf(effects: readonly ZabEffect[]): ZabEvent[] {
  return effects.flatMap((effect) => (effect.kind === "event" && isTold(zab, effect.event) ? [effect.event] : []));
}

/** What is told to those that the order drives, and to nobody else. */
export function orderOf(effects: readonly ZabEffect[]): ZabEvent[] {
  return effects.flatMap((effect) => (effect.kind === "event" && !isTold(zab, effect.event) ? [effect.event] : []));
}
