import { beforeEach, describe, expect, test } from "vitest";
import type { FaultyInput } from "../../../src/peer/machine.ts";
import type { PeerView } from "../../../src/peer/peer-view.ts";
import { RAFT_DEFAULTS, raft } from "../../../src/protocols/raft/definition.ts";
import type { RaftMessage, RaftSpeech } from "../../../src/protocols/raft/message.ts";
import { EnsembleStage, idOf } from "../../../src/sim/ensemble/ensemble-stage.ts";
import { runScript } from "../../../src/sim/script/run-script.ts";
import type { Condition, Delivery, Name, Scene, Script, Statement } from "../../../src/sim/script/script.ts";
import {
  advanceTime,
  crash,
  cut,
  expectThat,
  found,
  heal,
  holds,
  join,
  protocolSpecificEntry,
  recover,
  restrictPerTimeStepChannelCapacity,
} from "../../../src/sim/script/statements.ts";
import { WorldStage, worldOf } from "../../../src/sim/world/world-stage.ts";

const THREE = ["7001", "7002", "7003"];

describe("whole peers", () => {
  const handOver = { protocol: "raft", command: { kind: "transfer", to: null } } as const;

  /** Every peer, whether it leads or not, is told to hand over, as a person at each keyboard might. */
  const everybodyHandsOver = protocolSpecificEntry<PeerView>("everybody hands over", ({ names }) =>
    names.map((peer) => ({ peer, message: { kind: "command", content: handOver } satisfies FaultyInput })),
  );

  function terms({ names, view }: Scene): readonly number[] {
    return names.map((name) => view(name)?.raft.currentTerm ?? 0);
  }

  const script: Script = [
    { kind: "seed", seed: 7 },
    found("7001"),
    join(["7002", "7003"], "7001"),
    expectThat({ kind: "converged", among: "all" }, { within: 20_000 }),
    everybodyHandsOver,
    expectThat(
      holds("all are in term 2", (scene) => terms(scene).every((term) => term === 2)),
      { within: 2000 },
    ),
    expectThat({ kind: "event", event: "transfer-failed", at: null, about: null, times: "some" }),
    expectThat({ kind: "leader", leader: null, among: "all" }, { within: 2000, lasting: 5000 }),
    crash("7002"),
    cut(["7001"], ["7003"]),
    advanceTime(2000),
    heal(),
    recover("7002"),
    expectThat({ kind: "converged", among: "all" }, { within: 20_000 }),
  ];

  test("play a list of statements with a closure among them", async () => {
    const { failures, story } = await runScript(script, new WorldStage(worldOf(script)));
    expect(failures).toEqual([]);
    expect(story).toContain("> everybody hands over");
  });
});

describe("machines of one protocol", () => {
  type View = RaftSpeech["view"];
  let stage: EnsembleStage<RaftSpeech>;

  beforeEach(() => {
    stage = new EnsembleStage(raft, (peer) => ({ peer, ...RAFT_DEFAULTS }), { seed: 1, network: {}, diskMs: [1, 1] });
  });

  function command(peer: Name, command: RaftSpeech["command"]): Delivery {
    return { peer, message: { kind: "command", command } };
  }

  function message(peer: Name, from: Name, message: RaftMessage): Delivery {
    return { peer, message: { kind: "message", from: { peer: idOf(from) }, message } };
  }

  /** What membership would tell the machines of a cluster. */
  const allAreHealthy = protocolSpecificEntry<View>("all are healthy", ({ names }) =>
    names.flatMap((peer) =>
      names
        .filter((other) => other !== peer)
        .map((other) => command(peer, { kind: "member", peer: idOf(other), status: "healthy", mayLead: true })),
    ),
  );

  const allVote = holds<View>("all three vote", ({ names, view }) =>
    names.every((name) => (view(name)?.voters.length ?? 3) === 3),
  );

  /** Those that run follow one of them, which knows that it leads. */
  const someoneLeads = holds<View>("one leads", ({ names, view }) => {
    const head = names.find((name) => view(name)?.role === "leader");
    const follows = (seen: View | null): boolean => seen === null || (head !== undefined && seen.leader === idOf(head));
    return names.every((name) => follows(view(name)));
  });

  function leads(name: Name): Condition<View> {
    return holds(`${name} leads`, ({ view }) => view(name)?.role === "leader");
  }

  function inTerm(name: Name, term: number): Condition<View> {
    return holds(`${name} is in term ${term}`, ({ view }) => view(name)?.currentTerm === term);
  }

  const cluster: Script<View> = [
    found("7001"),
    protocolSpecificEntry("7001 founds", () => [command("7001", { kind: "found" })]),
    join(["7002", "7003"], "7001"),
    allAreHealthy,
    expectThat(allVote, { within: 2000 }),
    expectThat(leads("7001")),
  ];

  async function play(...statements: Script<View>): Promise<readonly string[]> {
    const { failures } = await runScript<View>([...cluster, ...statements], stage);
    return failures.map(({ text }) => text);
  }

  test("elect another leader when theirs crashes, and take it back from its disk", async () => {
    const failures = await play(
      advanceTime(1000),
      crash("7001"),
      expectThat(someoneLeads, { within: 2000 }),
      recover("7001"),
      expectThat(someoneLeads, { within: 2000, lasting: 5000 }),
      expectThat(inTerm("7001", 2)),
      expectThat<View>({ kind: "event", event: "vote-granted", at: null, about: "7001", times: "none" }),
    );
    expect(failures).toEqual([]);
  });

  test("go on over a way that takes one message in a step of time", async () => {
    const failures = await play(
      restrictPerTimeStepChannelCapacity("7001", "7002", 1, 200),
      expectThat(leads("7001"), { lasting: 10_000 }),
      expectThat(inTerm("7002", 1)),
    );
    expect(failures).toEqual([]);
  });

  test("are paused and resumed, cut off and mended", async () => {
    const both = { from: ["7001"], to: ["7002", "7003"], both: true };
    const failures = await play(
      { kind: "pause", peers: ["7001"] },
      advanceTime(3000),
      expectThat(holds("another leads", ({ view }) => view("7002")?.leader !== idOf("7001"))),
      { kind: "resume", peers: ["7001"] },
      expectThat(someoneLeads, { within: 2000 }),
      { kind: "link", ways: both, change: { cut: true } },
      advanceTime(3000),
      expectThat(holds("7001 follows nobody", ({ view }) => view("7001")?.leader === null)),
      { kind: "mend", ways: both },
      expectThat(someoneLeads, { within: 2000 }),
    );
    expect(failures).toEqual([]);
  });

  test("are not deceived by a leader of an earlier term (section 5.1)", async () => {
    const stale = {
      kind: "append-entries",
      term: 1,
      round: 1,
      previousIndex: 0,
      previousTerm: 0,
      leaderCommit: 0,
      standby: null,
      entries: [],
    } as const;
    const failures = await play(
      crash("7001"),
      expectThat(someoneLeads, { within: 2000 }),
      protocolSpecificEntry("7001 speaks from the past", () => [
        message("7002", "7001", stale),
        message("7003", "7001", stale),
      ]),
      advanceTime(10),
      expectThat(holds("nobody follows it", ({ view }) => view("7002")?.leader !== idOf("7001"))),
      expectThat(inTerm("7002", 2)),
    );
    expect(failures).toEqual([]);
  });

  test("tell a story in which peers have their names", async () => {
    const { story } = await runScript<View>([...cluster, crash("7001"), advanceTime(1000)], stage);
    expect(story).toContain("    0.000 s  7001            given command command=found");
    expect(story.join("\n")).toMatch(/leader-lost term=1 leader=7001 because=link-broke/);
  });

  test.each<[Statement<View>, RegExp]>([
    [{ kind: "entry", peer: "7001", text: "transfer" }, /have no palette/],
    [{ kind: "leave", peers: ["7001"] }, /no way to leave/],
    [{ kind: "disk", peers: ["7001"], change: { kind: "full" } }, /disks that are always well/],
    [{ kind: "clock", peers: ["7001"], change: { kind: "rate", rate: 2 } }, /one clock/],
    [{ kind: "crash", peers: ["7001"], tear: true }, /no write is torn/],
    [{ kind: "start", peers: ["7004"], coming: { kind: "liar" } }, /no liars/],
    [{ kind: "start", peers: ["8001"], coming: { kind: "critic", of: "7001" } }, /no local programs/],
    [{ kind: "start", peers: ["old"], coming: { kind: "look" } }, /old is no number/],
    [expectThat<View>({ kind: "leader", leader: null, among: "all" }), /views of their own/],
  ])("refuse %j before anything is played", async (statement, reason) => {
    const { failures, story } = await runScript<View>([...cluster, statement], stage);
    expect(failures.map(({ text }) => text)).toEqual([expect.stringMatching(reason)]);
    expect(story).toHaveLength(1);
    expect(stage.ensemble.peers).toEqual([]);
  });

  test("are known by all names that were started", async () => {
    await play();
    expect(stage.scene().names).toEqual(THREE);
    expect(stage.scene().nameOf(idOf("7002"))).toBe("7002");
  });
});
