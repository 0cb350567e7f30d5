import { describe, expect, test } from "vitest";
import { type ClusterId, NO_CLUSTER, type PeerId } from "../../../src/core/peer-id.ts";
import type { SceneEvent } from "../../../src/sim/script/script.ts";
import { eventWords, happening, inWords } from "../../../src/sim/script/told.ts";
import { addressAt, FakeStage, idOf } from "./fake-stage.ts";

const stage = new FakeStage();
stage.unite(["7001", "7002", "7003"], "7001");

const stranger = "abcdef0123456789";

function told(event: SceneEvent["event"]): string {
  return inWords(event, stage.scene());
}

describe("an event in words", () => {
  test.each<[string, SceneEvent["event"]]>([
    [
      "seeking addresses=7001,9000 because=seeds",
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
      'configuration-changed peer=7002 index=4 change="7002 \\u0007\\npromoted" voters=7001..7003',
      {
        kind: "configuration-changed",
        index: 4,
        configuration: { voters: [idOf("7002"), idOf("7001"), idOf("7003")], learners: [] },
        change: "7002 \u0007\npromoted",
        peer: idOf("7002"),
      },
    ],
    ["probe-answered peer=7002 rttMs=0.4", { kind: "probe-answered", peer: idOf("7002"), rttMs: 0.4000000000001 }],
    // An empty name tells nobody anything, nor where a peer is that is where it was.
    ["member-joined peer=7002", { kind: "member-joined", peer: idOf("7002"), address: addressAt("7002"), name: "" }],
    [
      "link-established peer=7002 address=9000",
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
      "leader-elected term=2 leader=7002 previous=7001 yes=7002,7003",
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
    const addresses = Array.from({ length: 20 }, (_, index) => addressAt(String(7001 + 2 * index)));
    expect(told({ kind: "seeking", addresses, because: "scan" })).toBe(
      "seeking addresses=7001,7003,7005,7007,7009,7011,7013,7015,+12 because=scan",
    );
  });

  test("ports in a row are a range, in whatever order they come", () => {
    const addresses = [7005, 7001, 7003, 7004, 7007].map((port) => addressAt(String(port)));
    expect(told({ kind: "seeking", addresses, because: "scan" })).toBe(
      "seeking addresses=7001,7003..7005,7007 because=scan",
    );
  });

  test("IDs within a text are names as well", () => {
    const reason = `we belong to ${NO_CLUSTER}, you to ${stranger}, says ${idOf("7003")}`;
    const lost = { kind: "link-lost", peer: idOf("7002"), address: addressAt("7002"), reason, goodbye: null } as const;
    expect(told(lost)).toBe('link-lost peer=7002 reason="we belong to none, you to #abcdef01, says 7003"');
  });

  test("an address in the place of a peer counts as one", () => {
    const failed = { kind: "dial-failed", address: addressAt("7002"), reason: "refused", attempts: 3 } as const;
    expect(told(failed)).toBe("dial-failed peer=7002 reason=refused attempts=3");
  });

  test("within a line it says when and where", () => {
    const left = { at: 2104.4, peer: "7001", event: { kind: "left" }, routine: false } as const;
    expect(eventWords(left, stage.scene())).toBe("2.104 s 7001 left");
  });
});

describe("a line of the story", () => {
  test.each([
    [0, ["7001"], "    0.000 s  7001            left"],
    [2104.4, ["7001", "7002"], "    2.104 s  7001,7002       left"],
    [86_400_000, ["7001", "7002", "7003", "7005"], "86400.000 s  7001..7003,7005  left"],
  ])("at %d ms of %s", (at, peers, line) => {
    expect(happening(at, peers, "left")).toBe(line);
  });
});
