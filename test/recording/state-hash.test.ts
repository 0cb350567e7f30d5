import { describe, expect, test } from "vitest";
import type { FaultyEffect } from "../../src/peer/machine.ts";
import { protocolNames } from "../../src/peer/registry.ts";
import { StateHash } from "../../src/recording/state-hash.ts";
import { ANNA, at, BORIS, CUT, linked, Rig } from "../peer/rig.ts";

const NONCE = new Uint8Array(16);
const PING = { protocol: "link", message: { kind: "ping", requestId: 1 } } as const;

const hashOf = (rig: Rig, ...effects: readonly FaultyEffect[]): string => {
  const hash = new StateHash();
  hash.note(effects);
  return hash.of(rig.peer);
};

describe("the hash of a peer", () => {
  test("is the same of two that lived through the same", () => {
    expect(hashOf(linked())).toBe(hashOf(linked()));
    const [one, other] = [linked(), linked()];
    one.pass(3000);
    other.pass(3000);
    expect(hashOf(one)).toBe(hashOf(other));
  });

  test("is another for everything that a peer asks for, and for its order", () => {
    const message = { kind: "message", session: 2, content: PING, envelope: { lamport: 1, sequence: 1 } } as const;
    const save = {
      kind: "save",
      records: [{ protocol: "membership", record: { kind: "self", incarnation: 1 } }],
      token: 1,
    } as const;
    const event = { now: 0, lamport: 0, routine: false, event: { kind: "left" } } as const;
    const effects: readonly FaultyEffect[] = [
      message,
      { ...message, session: 4 },
      { ...message, envelope: { lamport: 2, sequence: 1 } },
      { ...message, corruption: 5 },
      { kind: "packet", to: at(7002), packet: { kind: "syn", nonce: NONCE } },
      { kind: "packet", to: at(7002), packet: { kind: "ack", nonce: NONCE } },
      { kind: "packet", to: at(7003), packet: { kind: "syn", nonce: NONCE } },
      save,
      { ...save, token: 2 },
      { ...save, records: [] },
      { kind: "dial", session: 1, address: at(7002), as: "link" },
      { kind: "dial", session: 3, address: at(7002), as: "link" },
      { kind: "dial", session: 1, address: at(7003), as: "link" },
      { kind: "dial", session: 1, address: at(7002), as: "program" },
      { kind: "program", session: 2, said: [{ kind: "notify", dataType: 1 }] },
      { kind: "program", session: 4, said: [{ kind: "notify", dataType: 1 }] },
      { kind: "program", session: 2, said: [{ kind: "notify", dataType: 2 }] },
      { kind: "reading", session: 2, on: true },
      { kind: "reading", session: 2, on: false },
      { kind: "reading", session: 4, on: false },
      { kind: "close", session: 1, reason: "" },
      { kind: "close", session: 3, reason: "" },
      { kind: "close", session: 1, reason: "x" },
      { kind: "event", event },
      { kind: "event", event: { ...event, now: 1 } },
      { kind: "event", event: { ...event, event: { kind: "resumed", gapMs: 1 } } },
      { kind: "crash" },
      { kind: "restore" },
    ];
    const rig = new Rig();
    const hashes = new Set([hashOf(rig), ...effects.map((effect) => hashOf(rig, effect))]);
    expect(hashes.size).toBe(1 + effects.length);
    const [first, second] = effects as [FaultyEffect, FaultyEffect];
    expect(hashOf(rig, first, second)).not.toBe(hashOf(rig, second, first));
  });

  test("gives back the events among what is asked for, as JSON", () => {
    const event = { routine: false, now: -0, lamport: 1, event: { kind: "left" } } as const;
    expect(new StateHash().note([{ kind: "crash" }, { kind: "event", event }])).toEqual([
      '{"event":{"kind":"left"},"lamport":1,"now":{"$number":"-0"},"routine":false}',
    ]);
  });

  test.each<[string, (rig: Rig) => unknown]>([
    ["has another link", (rig) => rig.link(4, BORIS, at(7003))],
    ["has lived longer", (rig) => rig.pass(1000)],
    ["has heard a Lamport time", (rig) => rig.ping(2)],
    ["is paused", (rig) => rig.command({ kind: "pause", by: "", forMs: null })],
    ["has crashed", (rig) => rig.command({ kind: "crash", by: "", forMs: null })],
    ["has a slower clock", (rig) => rig.command({ kind: "skew", rate: 0.5, by: "" })],
    ["has a slower pace", (rig) => rig.command({ kind: "pace", factor: 2, by: "" })],
    ["has a fault", (rig) => rig.set(CUT)],
  ])("is another when it %s, whatever it has said", (_what, change) => {
    const rig = linked();
    const before = hashOf(rig);
    change(rig);
    expect(hashOf(rig)).not.toBe(before);
  });

  test("is another when only its views tell: an answer has come that it did not ask for", () => {
    const rig = linked();
    const before = [hashOf(rig), rig.peer.deadline, rig.peer.peer.own.lamport];
    expect(rig.give({ kind: "packet", from: at(7002), packet: { kind: "ack", nonce: NONCE } })).toEqual([]);
    expect([rig.peer.deadline, rig.peer.peer.own.lamport]).toEqual(before.slice(1));
    expect(hashOf(rig)).not.toBe(before[0]);
  });

  test("is another when only its disk would tell: it remembers other addresses", () => {
    const remembering = (port: number): Rig => {
      const rig = linked();
      const command = { kind: "remember", addresses: [at(port)] } as const;
      rig.give({ kind: "command", content: { protocol: "discovery", command } });
      rig.pass(1000);
      return rig;
    };
    const [one, other] = [remembering(7005), remembering(7006)];
    for (const name of protocolNames) expect(one.peer.peer.view(name)).toEqual(other.peer.peer.view(name));
    expect(hashOf(one)).not.toBe(hashOf(other));
  });

  test("is another when only its deadline tells: it is paused for longer", () => {
    const paused = (forMs: number): Rig => {
      const rig = linked();
      rig.command({ kind: "pause", by: "", forMs });
      return rig;
    };
    expect(hashOf(paused(100))).toBe(hashOf(paused(100)));
    expect(hashOf(paused(100))).not.toBe(hashOf(paused(200)));
  });

  test("is another when a fault has counted, though the peer has heard nothing", () => {
    const rig = linked();
    rig.set(CUT, { target: ANNA });
    const before = hashOf(rig);
    rig.ping(2);
    expect(hashOf(rig)).not.toBe(before);
  });
});
