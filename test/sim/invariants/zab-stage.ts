import type { Modes } from "../../../src/core/modes.ts";
import type { AnyMessage, AnyRecord } from "../../../src/peer/registry.ts";
import type { Entry, ZabMessage, ZabSpeech } from "../../../src/protocols/zab/message.ts";
import { addressAt } from "../../../src/sim/network/address-at.ts";
import { A, B, C, type Stage, tells } from "./stage.ts";

/** Three of whom two decide. */
export const OVER_ZAB: Partial<Modes> = {
  election: "bully",
  broadcast: "zab",
  ensemble: [A, B, C].map((port) => addressAt(port)),
};

export function record(saved: ZabSpeech["record"]): AnyRecord {
  return { protocol: "zab", record: saved };
}

/** An epoch is accepted, and the history is that of it. */
export function inEpoch(epoch: number): readonly AnyRecord[] {
  return [record({ kind: "accepted-epoch", epoch }), record({ kind: "current-epoch", epoch })];
}

/** The entry with which the leader of an epoch opens it. */
export function opening(index: number, epoch: number): Entry {
  return { index, epoch, counter: 1, command: null };
}

export function entry(index: number, epoch: number, counter: number, command = Buffer.from("c")): Entry {
  return { index, epoch, counter, command };
}

export function append(...entries: readonly Entry[]): AnyRecord {
  return record({ kind: "append", entries });
}

export function snapshot(index: number, epoch: number, counter: number): AnyRecord {
  return record({ kind: "snapshot", index, zxid: { epoch, counter }, data: new Uint8Array(0) });
}

/** Whom each of the three has met at the slots. */
export function pins(stage: Stage): readonly AnyRecord[] {
  return [A, B, C].map((port) => record({ kind: "member", address: addressAt(port), peer: stage.id(port) }));
}

export function committed(index: number, epoch: number, first = index) {
  return tells({ kind: "entries-committed", first, index, epoch });
}

/** A peer tells that an epoch is established. */
export function established(stage: Stage, epoch: number, leader: number) {
  return tells({ kind: "epoch-established", epoch, leader: stage.id(leader) });
}

export function zab(message: ZabMessage): AnyMessage {
  return { protocol: "zab", message };
}
