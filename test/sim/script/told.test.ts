import { describe, expect, test } from "vitest";
import { type ClusterId, NO_CLUSTER, type PeerId } from "../../../src/core/peer-id.ts";
import type { SceneEvent } from "../../../src/sim/script/script.ts";
import { eventLine } from "../../../src/sim/script/told.ts";
import { addressAt, FakeStage, idOf } from "./fake-stage.ts";

const stage = new FakeStage();
stage.unite(["7001", "7002", "7003"], "7001");

const stranger = "abcdef0123456789";

function line(event: SceneEvent["event"], at = 0): string {
  return eventLine({ at, peer: "7001", event, routine: false }, stage.scene());
}

function told(event: SceneEvent["event"]): string {
  return line(event).slice("    0.000 s  7001   ".length);
}

describe("an event is one line", () => {
  test.each<[string, SceneEvent["event"]]>([
    [
      "seeking addresses=7001,127.0.0.1:9000 because=seeds",
      { kind: "seeking", addresses: [addressAt("7001"), addressAt("9000")], because: "seeds" },
    ],
    [
      "quorum-lost missing=7002,7003 voters=3",
      { kind: "quorum-lost", missing: [idOf("7002"), idOf("7003")], voters: 3 },
    ],
    ["quorum-regained voters=3", { kind: "quorum-regained", missing: [], voters: 3 }],
    ["transfer-failed because=nobody-fit", { kind: "transfer-failed", to: null, because: "nobody-fit" }],
    ["vote-granted term=2 to=#abcdef01", { kind: "vote-granted", term: 2, to: stranger as PeerId }],
    ["cluster-founded cluster=#abcdef01", { kind: "cluster-founded", cluster: stranger as ClusterId }],
    ["election-started term=2 because=founding", { kind: "election-started", term: 2, because: { kind: "founding" } }],
    [
      "election-started term=2 because=link-broke(leader=7001)",
      { kind: "election-started", term: 2, because: { kind: "link-broke", leader: idOf("7001") } },
    ],
    [
      'configuration-changed index=4 configuration=(voters=7001,7002) change="7002 \\u0007\\npromoted" peer=7002',
      {
        kind: "configuration-changed",
        index: 4,
        configuration: { voters: [idOf("7001"), idOf("7002")], learners: [] },
        change: "7002 \u0007\npromoted",
        peer: idOf("7002"),
      },
    ],
    ["probe-answered peer=7002 rttMs=0.4", { kind: "probe-answered", peer: idOf("7002"), rttMs: 0.4000000000001 }],
    // An empty name tells nobody anything, nor where a peer is that is where it was.
    ["member-joined peer=7002", { kind: "member-joined", peer: idOf("7002"), address: addressAt("7002"), name: "" }],
    [
      "link-established peer=7002 address=127.0.0.1:9000 incarnation=1 dialledBy=us",
      {
        kind: "link-established",
        peer: idOf("7002"),
        session: 17,
        address: addressAt("9000"),
        name: "",
        incarnation: 1,
        cluster: NO_CLUSTER,
        dialledBy: "us",
      },
    ],
    [
      "leader-elected term=2 leader=7002 election=(term=2 asker=7002 yes=7002,7003 outcome=won) previous=7001",
      {
        kind: "leader-elected",
        term: 2,
        leader: idOf("7002"),
        election: {
          term: 2,
          because: null,
          asker: idOf("7002"),
          yes: [idOf("7002"), idOf("7003")],
          no: [],
          silent: [],
          startedAt: 1234.5,
          endedAt: 1235,
          outcome: "won",
        },
        previous: idOf("7001"),
      },
    ],
    [
      "fault-set id=1 fault=cut(reset=false) target=everybody direction=both by=7002",
      {
        kind: "fault-set",
        id: 1,
        fault: { kind: "cut", reset: false },
        target: "everybody",
        direction: "both",
        by: "7002",
      },
    ],
  ])("%s", (text, event) => {
    expect(told(event)).toBe(text);
  });

  test("of a long list the beginning and how much more", () => {
    const addresses = Array.from({ length: 16 }, (_, index) => addressAt(String(7001 + index)));
    expect(told({ kind: "seeking", addresses, because: "scan" })).toBe(
      "seeking addresses=7001,7002,7003,127.0.0.1:7004,127.0.0.1:7005,127.0.0.1:7006,127.0.0.1:7007,127.0.0.1:7008,+8 because=scan",
    );
  });

  test.each([
    [0, "    0.000 s"],
    [2104.4, "    2.104 s"],
    [86_400_000, "86400.000 s"],
  ])("at %d ms it begins with %j", (at, instant) => {
    expect(line({ kind: "left" }, at)).toBe(`${instant}  7001   left`);
  });
});
