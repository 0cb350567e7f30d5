import { beforeEach, expect, test } from "vitest";
import { type PeerId, parsePeerId } from "../../../src/core/peer-id.ts";
import { Narrator } from "../../../src/sim/script/narrator.ts";
import type { Name, Scene, SceneEvent } from "../../../src/sim/script/script.ts";
import { addressAt, idOf } from "./fake-stage.ts";

type Event = SceneEvent["event"];

let events: SceneEvent[];
let now: number;
let lines: string[];
let narrator: Narrator<unknown>;

/** An ID of the peer on a port, from before it lost its disk. */
function formerIdOf(port: Name): PeerId {
  return parsePeerId(`ffff${idOf(port).slice(4)}`) ?? idOf(port);
}

const scene = (): Scene<unknown> => ({
  now,
  names: [],
  view: () => null,
  nameOf: (id) => id.slice(-4),
  nameAt: (address) => address.slice(-4),
  events,
  history: () => [],
  followed: () => null,
});

beforeEach(() => {
  events = [];
  now = 0;
  lines = [];
  const sight = {
    get scene() {
      return scene();
    },
  };
  narrator = new Narrator(sight, (line) => lines.push(line.replace(/ {2,}/g, " ").trim()));
});

function tell(at: number, peer: Name, event: Event, routine = false): void {
  now = at;
  events.push({ at, peer, event, routine });
  narrator.listen();
}

function lost(peer: Name): Event {
  return { kind: "link-lost", peer: idOf(peer), address: addressAt(peer), reason: "silent", goodbye: null };
}

function change(index: number, voters: readonly PeerId[]): Event {
  return {
    kind: "configuration-changed",
    index,
    configuration: { voters: [...voters], learners: [] },
    change: "promoted to voter",
    peer: voters.at(-1) ?? null,
  };
}

function told(): readonly string[] {
  narrator.listen();
  narrator.finish();
  return lines.splice(0);
}

test("the same words of several peers at one instant are one line", () => {
  for (const peer of ["7003", "7001", "7002"]) tell(10.2, peer, lost("7005"));
  expect(told()).toEqual(["0.010 s 7001..7003 link-lost peer=7005 reason=silent"]);
});

test("what is said of several peers is one line, and what several say of several", () => {
  for (const peer of ["7001", "7002"]) for (const other of ["7003", "7004"]) tell(10, peer, lost(other));
  tell(10, "7005", lost("7001"));
  expect(told()).toEqual([
    "0.010 s 7001,7002 link-lost peer=7003,7004 reason=silent",
    "0.010 s 7005 link-lost peer=7001 reason=silent",
  ]);
});

test("nobody is said to have told what another did", () => {
  tell(10, "7001", lost("7003"));
  tell(10, "7002", lost("7004"));
  expect(told()).toHaveLength(2);
});

test("what differs in anything else, or comes a millisecond later, is a line of its own", () => {
  tell(10, "7001", { kind: "vote-granted", term: 2, to: idOf("7003") });
  tell(10, "7002", { kind: "vote-granted", term: 3, to: idOf("7003") });
  tell(11, "7004", { kind: "vote-granted", term: 3, to: idOf("7003") });
  expect(told()).toEqual([
    "0.010 s 7001 vote-granted term=2 to=7003",
    "0.010 s 7002 vote-granted term=3 to=7003",
    "0.011 s 7004 vote-granted term=3 to=7003",
  ]);
});

test("an instant is told as soon as it is over, and not before", () => {
  tell(10, "7001", lost("7003"));
  expect(lines).toEqual([]);
  now = 10.4;
  narrator.listen();
  expect(lines).toEqual([]);
  now = 11;
  narrator.listen();
  expect(lines).toEqual(["0.010 s 7001 link-lost peer=7003 reason=silent"]);
});

test("a routine event, and one that follows from another, is left out", () => {
  tell(10, "7001", { kind: "checked", address: addressAt("7002"), answered: true, rttMs: 1 }, true);
  tell(10, "7001", { kind: "id-added", address: addressAt("7002") });
  expect(told()).toEqual([]);
});

test("a configuration is told once, by the first that has it", () => {
  tell(10, "7001", change(5, [idOf("7001"), idOf("7002")]));
  tell(11, "7002", change(5, [idOf("7001"), idOf("7002")]));
  tell(12, "7002", change(5, [idOf("7001"), idOf("7003")]));
  expect(told()).toEqual([
    '0.010 s 7001 configuration-changed peer=7002 index=5 change="promoted to voter" voters=7001,7002',
    '0.012 s 7002 configuration-changed peer=7003 index=5 change="promoted to voter" voters=7001,7003',
  ]);
});

test("a peer that lost its ID is told apart from what it was", () => {
  tell(1, "7002", { kind: "started", peer: formerIdOf("7002"), incarnation: 1 });
  tell(2, "7001", { kind: "vote-granted", term: 2, to: formerIdOf("7002") });
  tell(3, "7002", { kind: "started", peer: idOf("7002"), incarnation: 1 });
  tell(4, "7001", { kind: "vote-granted", term: 3, to: idOf("7002") });
  tell(4, "7003", { kind: "vote-granted", term: 2, to: formerIdOf("7002") });
  expect(told()).toEqual([
    "0.001 s 7002 started incarnation=1",
    "0.002 s 7001 vote-granted term=2 to=7002",
    "0.003 s 7002 started incarnation=1",
    "0.004 s 7001 vote-granted term=3 to=7002",
    "0.004 s 7003 vote-granted term=2 to=former-7002",
  ]);
});
