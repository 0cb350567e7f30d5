import { describe, expect, test } from "vitest";
import type { Notice } from "../../../src/protocols/notification/notice.ts";
import { runScript } from "../../../src/sim/script/run-script.ts";
import type { Picture } from "../../../src/sim/script/script.ts";
import { addressAt, alone, FakeStage, idOf, whole } from "./fake-stage.ts";
import { parsed } from "./parsed.ts";

const FIVE = ["7001", "7002", "7003", "7004", "7005"];

type Change = (stage: FakeStage) => void;

/** Five that are one cluster led by 7001 in term 3, and whatever else is so. */
function five(...changes: readonly Change[]): FakeStage {
  const stage = new FakeStage();
  stage.unite(FIVE, "7001", 3);
  for (const change of changes) change(stage);
  return stage;
}

/** What comes of an expectation: `ok: ...`, or what is seen instead. */
async function seen(expectation: string, stage: FakeStage): Promise<string | undefined> {
  const script = parsed(`start 7001..7005 look\nexpect ${expectation}`);
  const { story } = await runScript(script.slice(1), stage);
  return story.at(-1)?.replace(/^FAILED line 2: expect /, "");
}

const crashed =
  (port: string): Change =>
  (stage) =>
    stage.show(port, null);

const lost =
  (port: string): Change =>
  (stage) =>
    stage.show(port, alone(port));

const led =
  (by: string, ...ports: readonly string[]): Change =>
  (stage) => {
    for (const port of ports) stage.show(port, whole(port, FIVE, by, 4));
  };

/** What a peer shows of another is otherwise. */
const sees =
  (port: string, other: string, row: Partial<Picture["peers"][number]>): Change =>
  (stage) => {
    const { peers, ...rest } = whole(port, FIVE, "7001", 3);
    stage.show(port, { ...rest, peers: peers.map((each) => (each.id === idOf(other) ? { ...each, ...row } : each)) });
  };

const voters =
  (count: number): Change =>
  (stage) => {
    const { raft, ...rest } = whole("7002", FIVE, "7001", 3);
    stage.show("7002", { ...rest, raft: { ...raft, voters: FIVE.slice(0, count).map(idOf) } });
  };

/** All are in an epoch of a leader; whoever is named sees only what others decide. */
const observes =
  (port: string, epoch: number, orderOf = "7001"): Change =>
  (stage) => {
    for (const each of FIVE) {
      const order = { kind: "zab", role: "follower", leader: idOf(orderOf), epoch, lastApplied: 0 } as const;
      const election = { kind: "bully", role: each === "7001" ? "leader" : "follower", leader: idOf("7001") } as const;
      const role = each === port ? "observer" : order.role;
      stage.show(each, { ...whole(each, FIVE, "7001"), election, order: { ...order, role } });
    }
  };

/** A peer takes itself for the leader, by an election that allows two. */
const rules =
  (port: string): Change =>
  (stage) =>
    stage.show(port, { ...alone(port), election: { kind: "bully", role: "leader", leader: idOf(port) } });

const locked =
  (port: string, state: "held" | "waiting"): Change =>
  (stage) =>
    stage.show(port, { ...whole(port, FIVE, "7001", 3), mutex: { locks: [{ name: "door", state }] } });

const knowsNobody: Change = (stage) => stage.show("7002", { ...whole("7002", FIVE, "7001", 3), peers: [] });

describe("leader", () => {
  test.each<[string, readonly Change[], string]>([
    ["leader", [], "ok: leader 7001"],
    ["leader 7001", [], "ok: leader 7001"],
    ["leader 7002", [], "leader 7002: leader 7001"],
    ["leader", [crashed("7003")], "ok: leader 7001"],
    ["leader", [lost("7003")], "leader: 7001 leads in term 3; 7002,7004,7005 follow 7001; 7003 follows nobody"],
    ["leader among all but 7003", [lost("7003")], "ok: leader 7001"],
    // Whoever leads must be among them, must run, and must know.
    ["leader among 7002..7005", [], "leader among 7002..7005: 7002..7005 follow 7001"],
    ["leader", [crashed("7001")], "leader: 7001 does not run; 7002..7005 follow 7001"],
    ["leader 7003 among 7003..7005", [led("7003", "7003", "7004", "7005")], "ok: leader 7003"],
    [
      "leader",
      [led("7003", "7003", "7004", "7005")],
      "leader: 7001 leads in term 3; 7002 follows 7001; 7003 leads in term 4; 7004,7005 follow 7003",
    ],
    ["no leader among 7001,7002", [lost("7001"), lost("7002")], "ok: 7001,7002 follow nobody"],
    ["no leader among 7001,7002", [lost("7001"), crashed("7002")], "ok: 7001 follows nobody; 7002 does not run"],
    ["no leader among 7001,7002", [lost("7001")], "no leader among 7001,7002: 7001 follows nobody; 7002 follows 7001"],
  ])("%s %#", async (expectation, changes, result) => {
    expect(await seen(expectation, five(...changes))).toBe(result);
  });

  test("a candidate that nobody follows leads nobody", async () => {
    const leading: Picture = { ...alone("7001"), election: { kind: "raft", role: "leader", leader: null } };
    const stage = five((each) => each.show("7001", leading));
    expect(await seen("no leader among 7001", stage)).toBe("no leader among 7001: 7001 follows nobody");
  });
});

describe("two leaders", () => {
  test.each<[string, readonly Change[], string]>([
    ["two leaders", [], "two leaders: 7001 leads in term 3; 7002..7005 follow 7001"],
    ["two leaders among 7001,7003", [rules("7001"), rules("7003")], "ok: 7001,7003 lead"],
    [
      "two leaders among 7001,7002",
      [rules("7001"), rules("7003")],
      "two leaders among 7001,7002: 7001 leads; 7002 follows 7001",
    ],
  ])("%s %#", async (expectation, changes, result) => {
    expect(await seen(expectation, five(...changes))).toBe(result);
  });
});

describe("a lock", () => {
  test.each<[string, readonly Change[], string]>([
    ["7002 holds door", [locked("7002", "held")], "ok: 7002 holds door; nobody waits for door"],
    ["7003 holds door", [locked("7002", "held")], "7003 holds door: 7002 holds door; nobody waits for door"],
    [
      "7002 waits for door",
      [locked("7002", "waiting"), locked("7003", "waiting")],
      "ok: nobody holds door; 7002,7003 wait for door",
    ],
    ["nobody holds door", [locked("7002", "waiting")], "ok: nobody holds door; 7002 waits for door"],
    ["nobody holds door", [locked("7002", "held")], "nobody holds door: 7002 holds door; nobody waits for door"],
    ["nobody holds gate", [locked("7002", "held")], "ok: nobody holds gate; nobody waits for gate"],
    [
      "nobody waits for door",
      [locked("7002", "held"), crashed("7002")],
      "ok: nobody holds door; nobody waits for door",
    ],
  ])("%s %#", async (expectation, changes, result) => {
    expect(await seen(expectation, five(...changes))).toBe(result);
  });
});

describe("converged", () => {
  test.each<[string, readonly Change[], string]>([
    ["converged", [], "ok: leader 7001"],
    [
      "converged among 7001..7003",
      [],
      "converged among 7001..7003: 7001 counts 5 voters where 3 should vote; 7002 counts 5 voters where 3 should vote; 7003 counts 5 voters where 3 should vote",
    ],
    ["converged", [sees("7002", "7004", { status: "at-risk" })], "converged: 7002 sees 7004 at-risk"],
    ["converged", [sees("7002", "7004", { linked: false })], "converged: 7002 has no link to 7004"],
    ["converged", [voters(3)], "converged: 7002 counts 3 voters where 5 should vote"],
    [
      "converged",
      [knowsNobody],
      "converged: 7002 does not know 7001; 7002 does not know 7003; 7002 does not know 7004",
    ],
    ["united", [voters(3)], "ok: leader 7001"],
    ["converged", [observes("7002", 4)], "ok: leader 7001"],
    [
      "united",
      [observes("7002", 4, "7003")],
      "united: 7001 is in an epoch of 7003 where 7001 leads; 7002 is in an epoch of 7003 where 7001 leads; 7003 is in an epoch of 7003 where 7001 leads",
    ],
    ["united", [sees("7002", "7004", { status: "at-risk" })], "united: 7002 sees 7004 at-risk"],
    ["converged", FIVE.map(crashed), "converged: nobody runs"],
    [
      "converged",
      [led("7003", "7003")],
      "converged: 7001 leads in term 3; 7002,7004,7005 follow 7001; 7003 leads in term 4",
    ],
  ])("%s %#", async (expectation, changes, result) => {
    expect(await seen(expectation, five(...changes))).toBe(result);
  });

  test.each([
    [1, 1],
    [2, 1],
    [3, 3],
    [6, 5],
    [8, 7],
    [9, 7],
  ])("%i peers have %i voters", async (peers, count) => {
    const ports = Array.from({ length: peers }, (_, index) => String(7001 + index));
    const stage = new FakeStage();
    stage.unite(ports, "7001");
    expect(stage.scene().view("7001")?.raft.voters).toHaveLength(count);
    expect(await seen("converged", stage)).toBe("ok: leader 7001");
  });
});

describe("what one peer sees", () => {
  test.each<[string, readonly Change[], string]>([
    ["7002 sees 7004 healthy", [], "ok: 7002 sees 7004 healthy"],
    ["7002 sees 7004 unhealthy", [], "7002 sees 7004 unhealthy: 7002 sees 7004 healthy"],
    [
      "all see 7004 healthy",
      [crashed("7004"), crashed("7005")],
      "ok: 7001 sees 7004 healthy; 7002 sees 7004 healthy; 7003 sees 7004 healthy; 7005 does not run",
    ],
    [
      "7002,7005 see 7004 healthy",
      [crashed("7005")],
      "7002,7005 see 7004 healthy: 7002 sees 7004 healthy; 7005 does not run",
    ],
    ["7002 sees 7001 healthy", [knowsNobody], "7002 sees 7001 healthy: 7002 does not know 7001"],
    [
      "all see 7001 left",
      FIVE.map(crashed),
      "all see 7001 left: 7002 does not run; 7003 does not run; 7004 does not run; 7005 does not run",
    ],
    ["7001 sees 7001 healthy", [], "7001 sees 7001 healthy: nobody is there to see it"],
    ["7001 is leader", [], "ok: 7001 is leader"],
    ["7002 is candidate", [], "7002 is candidate: 7002 is follower"],
    ["7002 is follower", [crashed("7002")], "7002 is follower: 7002 does not run"],
    ["term of 7001 = 3", [], "ok: 7001 is in term 3"],
    ["term of 7001 > 2", [], "ok: 7001 is in term 3"],
    ["term of 7001 > 3", [], "term of 7001 > 3: 7001 is in term 3"],
    ["term of 7001 < 4", [], "ok: 7001 is in term 3"],
    ["term of 7001 < 3", [], "term of 7001 < 3: 7001 is in term 3"],
    ["term of 7001 < 3", [crashed("7001")], "term of 7001 < 3: 7001 does not run"],
    ["epoch of 7002 = 4", [observes("7002", 4)], "ok: 7002 is in epoch 4"],
    ["7002 is observer", [observes("7002", 4)], "ok: 7002 is follower and observer"],
    ["7001 is observer", [observes("7002", 4)], "7001 is observer: 7001 is leader"],
  ])("%s %#", async (expectation, changes, result) => {
    expect(await seen(expectation, five(...changes))).toBe(result);
  });

  test("a peer that came back under another ID is whom either says", async () => {
    const stage = five(sees("7002", "7004", { id: idOf("7005"), status: "unhealthy" }));
    expect(await seen("7002 sees 7005 healthy", stage)).toBe("ok: 7002 sees 7005 unhealthy/healthy");
  });
});

describe("an event", () => {
  const granted: Change = (stage) => stage.tell("7002", { kind: "vote-granted", term: 2, to: idOf("7003") });
  const dialled: Change = (stage) =>
    stage.tell("7001", { kind: "dial-failed", address: addressAt("7004"), reason: "refused", attempts: 1 });
  const rumoured: Change = (stage) =>
    stage.tell("7001", {
      kind: "member-unhealthy",
      peer: idOf("7002"),
      address: addressAt("7002"),
      livesRemaining: 0,
      because: { kind: "rumour", from: idOf("7003") },
    });
  const told = "0.000 s 7002 vote-granted term=2 to=7003";

  test.each<[string, readonly Change[], string]>([
    ["event vote-granted", [granted], `ok: ${told}`],
    ["event vote-granted at 7002", [granted], `ok: ${told}`],
    ["event vote-granted at 7003", [granted], `event vote-granted at 7003: none, but ${told}`],
    ["event vote-granted about 7003", [granted], `ok: ${told}`],
    ["event vote-granted about 7002", [granted], `event vote-granted about 7002: none, but ${told}`],
    ["event vote-granted", [], "event vote-granted: none was told"],
    ["event dial-failed about 7004", [dialled], "ok: 0.000 s 7001 dial-failed peer=7004 reason=refused attempts=1"],
    ["no event vote-granted", [granted], `no event vote-granted: ${told}`],
    ["no event vote-granted at 7003", [granted], `ok: none, but ${told}`],
    ["no event vote-granted", [dialled], "ok: none was told"],
    // Who only says so is not whom it is about.
    [
      "no event member-unhealthy about 7003",
      [rumoured],
      "ok: none, but 0.000 s 7001 member-unhealthy peer=7002 livesRemaining=0 because=rumour(from=7003)",
    ],
  ])("%s %#", async (expectation, changes, result) => {
    expect(await seen(expectation, five(...changes))).toBe(result);
  });

  test("counts from the mark on, and what comes while it is waited for", async () => {
    const stage = five(granted).at(300, () => granted(stage));
    const text =
      "start 7001..7005 look\nmark\nexpect no event vote-granted for 100ms\nexpect event vote-granted within 1s";
    const { story, ok } = await runScript(parsed(text).slice(1), stage);
    expect(ok).toBe(true);
    expect(story.slice(-2)).toEqual([
      "    0.300 s  7002            vote-granted term=2 to=7003",
      "ok after 0.200 s: 0.300 s 7002 vote-granted term=2 to=7003",
    ]);
  });
});

describe("notices", () => {
  const TYPE = 7;
  const notice = (sequence: number, more: Partial<Notice> = {}): Notice => ({
    origin: idOf("7001"),
    life: 1,
    dataType: TYPE,
    sequence,
    ttl: 0,
    hops: 0,
    lamport: 1,
    data: Buffer.from("x"),
    ...more,
  });
  const starts: Change = (stage) => {
    for (const port of FIVE) stage.tell(port, { kind: "started", peer: idOf(port), incarnation: 1 });
  };
  const subscribes =
    (
      port: string,
      session: number | null = null,
      kind: "type-subscribed" | "type-unsubscribed" = "type-subscribed",
    ): Change =>
    (stage) =>
      stage.tell(
        port,
        kind === "type-subscribed"
          ? { kind, dataType: TYPE, session }
          : { kind, dataType: TYPE, session, because: null },
      );
  const tells =
    (port: string, kind: "notices-announced" | "notices-accepted", ...notices: readonly Notice[]): Change =>
    (stage) =>
      stage.tell(port, { kind, count: notices.length, notices }, true);
  const receives =
    (port: string, ...notices: readonly Notice[]): Change =>
    (stage) =>
      stage.tell(port, { kind: "notices-received", from: idOf("7001"), count: notices.length, notices }, true);
  const accepted = [starts, subscribes("7002"), tells("7001", "notices-accepted", notice(1))];
  const lacks = "7002 lacks number 1 of type 7, which 7001 has accepted";

  test.each<[string, readonly Change[], string]>([
    ["7002 received 0 of 7", [], "ok: 7002 received 0"],
    ["7002 received 2 of 7", [receives("7002", notice(1)), receives("7002", notice(2))], "ok: 7002 received 2"],
    ["7002 received 1 of 7", [receives("7002", notice(1), notice(2))], "7002 received 1 of 7: 7002 received 2"],
    ["7002 received 1 of 7", [receives("7002", notice(1), notice(2, { dataType: 8 }))], "ok: 7002 received 1"],
    [
      "7002,7003 received 1 of 7",
      [receives("7002", notice(1))],
      "7002,7003 received 1 of 7: 7002 received 1; 7003 received 0",
    ],
    ["notices spread", [], "ok: all have what they subscribe"],
    ["notices spread", accepted, `notices spread: ${lacks}`],
    ["notices spread", [...accepted, receives("7002", notice(1))], "ok: all have what they subscribe"],
    ["notices spread", [...accepted, receives("7003", notice(1))], `notices spread: ${lacks}`],
    ["notices spread among 7002..7005", accepted, "ok: all have what they subscribe"],
    ["notices spread", [...accepted, crashed("7001")], "ok: all have what they subscribe"],
    ["notices spread", [...accepted, starts], "ok: all have what they subscribe"],
    [
      "notices spread",
      [...accepted, receives("7002", notice(1)), starts, ...accepted.slice(1)],
      `notices spread: ${lacks}`,
    ],
    [
      "notices spread",
      [...accepted, subscribes("7002", null, "type-unsubscribed")],
      "ok: all have what they subscribe",
    ],
    [
      "notices spread",
      [...accepted, subscribes("7002", 2), subscribes("7002", null, "type-unsubscribed")],
      `notices spread: ${lacks}`,
    ],
    [
      "notices spread",
      [starts, subscribes("7002"), tells("7001", "notices-accepted", notice(1, { ttl: 3 }))],
      "ok: all have what they subscribe",
    ],
  ])("%s %#", async (expectation, changes, result) => {
    expect(await seen(expectation, five(...changes))).toBe(result);
  });
});
