import { Fingerprint } from "../core/fingerprint.ts";
import type { FaultyPeer } from "../peer/faulty-peer.ts";
import { encodeMessage } from "../peer/frames.ts";
import { encodeRecord } from "../peer/journal-record.ts";
import type { FaultyEffect } from "../peer/machine.ts";
import { type AnyRecord, protocolNames } from "../peer/registry.ts";
import { encode } from "../wire/codec.ts";
import { encodeTalk } from "../wire/gossip-talk.ts";
import { healthPacket } from "../wire/health-packet.ts";
import { toJson } from "./exact-json.ts";

/**
 * The hash of one life of a peer, so that two with the same hash have behaved alike, look alike and would keep the same.
 *
 * It covers everything that the peer has asked for since its life began, in order (messages and what programs are told
 * as their bytes, packets, saves as bytes, dials, closes, pauses in reading, events), what each of its protocols shows
 * now, what they would keep on disk, its Lamport time and deadline, whether it runs, the rates of its clock, and the
 * faults in force with their counters.
 *
 * It does not cover what no view shows: generators of random numbers, timers of single protocols behind the earliest,
 * what is held back or travels late. Where two peers differ in those alone, the hash tells as soon as it shows.
 */
export class StateHash {
  readonly #said = new Fingerprint();

  /** Takes note of what a peer has asked for; the events among it, as JSON. */
  note(effects: readonly FaultyEffect[]): readonly string[] {
    const told: string[] = [];
    for (const effect of effects) {
      this.#said.text(effect.kind);
      if (effect.kind !== "event") {
        this.#noteOther(effect);
        continue;
      }
      const json = toJson(effect.event);
      this.#said.text(json);
      told.push(json);
    }
    return told;
  }

  /** The hash of the peer as it is now, in 16 hex digits. */
  of(peer: FaultyPeer): string {
    const all = new Fingerprint();
    all.text(this.#said.hex());
    for (const name of protocolNames) all.text(toJson(peer.peer.view(name)));
    addRecords(all, peer.peer.checkpoint());
    const { deadline, condition, clock, faults } = peer;
    all.text(toJson({ lamport: peer.peer.own.lamport, deadline, condition, clock, faults }));
    return all.hex();
  }

  #noteOther(effect: Exclude<FaultyEffect, { kind: "event" }>): void {
    switch (effect.kind) {
      case "message":
        this.#said.number(effect.session);
        return this.#said.bytes(encodeMessage(effect));
      case "packet":
        this.#said.text(effect.to);
        return this.#said.bytes(encode(healthPacket, effect.packet));
      case "save":
        this.#said.number(effect.token);
        return addRecords(this.#said, effect.records);
      case "program":
        this.#said.number(effect.session);
        return this.#said.bytes(encodeTalk(effect.said));
      case "client":
        this.#said.number(effect.session);
        return this.#said.text(toJson(effect.answers));
      case "reading":
        this.#said.number(effect.session);
        return this.#said.text(effect.on ? "on" : "off");
      case "dial":
        this.#said.number(effect.session);
        this.#said.text(effect.as);
        return this.#said.text(effect.address);
      case "close":
        this.#said.number(effect.session);
        return this.#said.text(effect.reason);
    }
  }
}

function addRecords(to: Fingerprint, records: readonly AnyRecord[]): void {
  to.number(records.length);
  for (const record of records) {
    const { tag, bytes } = encodeRecord(record);
    to.number(tag);
    to.bytes(bytes);
  }
}
