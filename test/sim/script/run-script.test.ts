import { describe, expect, test } from "vitest";
import { type Outcome, type RunOptions, runScript } from "../../../src/sim/script/run-script.ts";
import type { Picture } from "../../../src/sim/script/script.ts";
import {
  advanceTime,
  crash,
  cut,
  expectThat,
  found,
  heal,
  holds,
  join,
  partition,
  protocolSpecificEntry,
  recover,
  restrictPerTimeStepChannelCapacity,
} from "../../../src/sim/script/statements.ts";
import { addressAt, alone, FakeStage, idOf, whole } from "./fake-stage.ts";
import { parsed } from "./parsed.ts";

const THREE = ["7001", "7002", "7003"];

/** Three that are one cluster led by 7001 are on the stage, as far as the script knows too. */
function three(): FakeStage {
  const stage = new FakeStage();
  stage.unite(THREE, "7001");
  return stage;
}

/** Plays lines on peers that are there already. */
function play(lines: string, stage: FakeStage, options: RunOptions = {}): Promise<Outcome> {
  const known = parsed(`start 7001..7003 look\n${lines}`);
  return runScript(
    known.filter(({ line }) => line !== 1),
    stage,
    options,
  );
}

async function asked(lines: string, stage = three()): Promise<readonly string[]> {
  await play(lines, stage);
  return stage.asked;
}

describe("a statement asks the stage", () => {
  test.each<[string, readonly string[]]>([
    ["crash 7002 torn", ["crash 7002 true"]],
    ["crash all", ["crash 7001 false", "crash 7002 false", "crash 7003 false"]],
    ["crash 7002\nrecover 7002", ["crash 7002 false", "recover 7002"]],
    ["crash 7002\nrecover all", ["crash 7002 false", "recover 7002"]],
    ["crash 7002\npause all", ["crash 7002 false", "pause 7001", "pause 7003"]],
    ["pause 7001\nresume 7001", ["pause 7001", "resume 7001"]],
    ["leave all but leader", ["leave 7002", "leave 7003"]],
    ["crash leader,7001", ["crash 7001 false"]],
    ["pause follower", ["pause 7002"]],
    ["disk 7001 slow 20ms..50ms", ['disk 7001 {"kind":"slow","ms":[20,50]}']],
    ["worker 7002,7003 slow 20x", ["slow 7002 20", "slow 7003 20"]],
    [
      "clock all but 7001 jump 1s",
      ['clock 7002 {"kind":"jump","aheadMs":1000}', 'clock 7003 {"kind":"jump","aheadMs":1000}'],
    ],
    ["cut 7001 -> 7002,7003", ['link 7001 7002 {"cut":true}', 'link 7001 7003 {"cut":true}']],
    ["cut 7001 <-> 7002", ['link 7001 7002 {"cut":true}', 'link 7002 7001 {"cut":true}']],
    [
      "loss 7003 30%",
      [
        'link 7003 7001 {"lossPercent":30}',
        'link 7003 7002 {"lossPercent":30}',
        'link 7001 7003 {"lossPercent":30}',
        'link 7002 7003 {"lossPercent":30}',
      ],
    ],
    ["latency 7001 -> 7002 5ms", ['link 7001 7002 {"latencyMs":5,"jitterMs":0}']],
    ["mend 7001 <-> leader,7002", ["mend 7001 7002", "mend 7002 7001"]],
    [
      "partition leader,follower | all but leader,follower",
      [
        'link 7001 7003 {"cut":true}',
        'link 7002 7003 {"cut":true}',
        'link 7003 7001 {"cut":true}',
        'link 7003 7002 {"cut":true}',
      ],
    ],
    ["heal", ["heal"]],
    ["7001: transfer 7003", ["enter 7001 transfer 7003"]],
    ["let old = leader\n7002: cut old,follower for 5s", ["enter 7002 cut 7001,7002 for 5s"]],
  ])("%s", async (lines, calls) => {
    expect(await asked(lines)).toEqual(calls);
  });

  test("every link is touched once, whichever ways overlap", async () => {
    expect(await asked("cut all")).toHaveLength(6);
  });

  test("a name goes on meaning whom it meant when it was bound", async () => {
    const stage = three();
    await play("let old = leader", stage);
    stage.at(500, () => stage.unite(THREE, "7003", 2));
    expect(await asked("let old = leader\nadvance 1s\ncrash leader\npause old", stage)).toEqual([
      "crash 7003 false",
      "pause 7001",
    ]);
  });

  test("whoever starts is told of whom it joins", async () => {
    const stage = new FakeStage();
    const script = parsed("start 7001\nstart 7002,7003 join 7001\nstart 7004 look");
    expect(await runScript(script, stage)).toMatchObject({ ok: true });
    expect(stage.asked).toEqual([
      'start 7001 {"kind":"found"}',
      'start 7002 {"kind":"join","via":["7001"]}',
      'start 7003 {"kind":"join","via":["7001"]}',
      'start 7004 {"kind":"look"}',
    ]);
  });
});

describe("the leader is whom most that run follow", () => {
  test("not who still thinks that it leads", async () => {
    const stage = three();
    for (const port of ["7002", "7003"]) stage.show(port, whole(port, THREE, "7003", 2));
    expect(await asked("pause leader\nresume follower", stage)).toEqual(["pause 7003", "resume 7002"]);
  });

  test("of two with as many followers that of the later term", async () => {
    const stage = three();
    stage.show("7002", whole("7002", THREE, "7003", 2));
    stage.show("7003", null);
    expect(await asked("cut leader -> 7002", stage)).toEqual(['link 7003 7002 {"cut":true}']);
  });

  test("where nobody leads, the statement fails and says who follows whom", async () => {
    const stage = three();
    stage.show("7001", null);
    for (const port of ["7002", "7003"]) stage.show(port, alone(port));
    const outcome = await play("mark\ncrash leader\npause follower", stage);
    const seen = "7001 does not run; 7002,7003 follow nobody";
    expect(outcome.failures).toEqual([
      { line: 3, column: 1, text: `crash leader: nobody leads: ${seen}` },
      { line: 4, column: 1, text: `pause follower: nobody follows a leader: ${seen}` },
    ]);
    expect(stage.asked).toEqual([]);
  });
});

describe("what cannot be done fails, and the rest is done", () => {
  test.each([
    ["crash 7003\ncrash 7002,7003\nmark", "crash 7002,7003: 7003 does not run"],
    ["recover 7002", "recover 7002: 7002 runs"],
    ["crash 7003\npause 7003", "pause 7003: 7003 does not run"],
    ["crash 7003\n7003: transfer", "7003: transfer: 7003 does not run"],
    ["partition leader | 7001", "partition leader | 7001: 7001 is in two groups"],
    ["start 7002 look", "start 7002 look: 7002 was started before"],
  ])("%j", async (lines, text) => {
    expect((await play(lines, three())).failures).toMatchObject([{ text }]);
  });

  test("the palette's own refusal is a failure", async () => {
    const stage = three();
    stage.answer = { ok: false, text: "7002 is no leader" };
    expect((await play("7002: transfer", stage)).failures).toMatchObject([
      { text: "7002: transfer: 7002 is no leader" },
    ]);
  });

  test("what the stage refuses is told before anything is played", async () => {
    const stage = three();
    stage.refused.set("disk", "there are no disks here").set("clock", "there are no clocks here");
    const outcome = await play("crash 7001\ndisk 7002 full\nclock 7002 jump 1s", stage);
    expect(outcome.story).toEqual([
      "FAILED line 3: disk 7002 full: there are no disks here",
      "FAILED line 4: clock 7002 jump 1s: there are no clocks here",
    ]);
    expect(stage.asked).toEqual([]);
  });

  test("a broken invariant ends the script, and the listener has the story so far", async () => {
    const stage = three().at(5, () => {
      stage.tell("7003", { kind: "vote-granted", term: 2, to: idOf("7002") });
      throw new Error("two leaders in term 2");
    });
    const story: string[] = [];
    const run = play("mark\nadvance 1s\nheal", stage, { listener: (line) => story.push(line) });
    await expect(run).rejects.toThrow("two leaders in term 2");
    expect(story).toEqual(["> mark", "> advance 1s", "    0.005 s  7003            vote-granted term=2 to=7002"]);
  });
});

describe("an expectation", () => {
  test("is met as soon as it holds", async () => {
    const stage = three().at(312, () => stage.unite(THREE, "7003", 2));
    const outcome = await play("expect leader 7003 within 2s", stage);
    expect(outcome).toMatchObject({ ok: true, failures: [], tookMs: 312 });
    expect(outcome.story).toEqual(["> expect leader 7003 within 2s", "ok after 0.312 s: leader 7003"]);
  });

  test("that comes too late fails, and says what was seen instead", async () => {
    const stage = three().at(2001, () => stage.unite(THREE, "7003", 2));
    const outcome = await play("expect leader 7003 within 2s\nmark", stage);
    expect(outcome.failures).toEqual([{ line: 2, column: 1, text: "expect leader 7003 within 2s: leader 7001" }]);
    expect(outcome.story).toEqual([
      "> expect leader 7003 within 2s",
      "FAILED line 2: expect leader 7003 within 2s: leader 7001",
      "> mark",
    ]);
    expect(outcome.tookMs).toBe(2000);
  });

  test("without a time must hold now", async () => {
    expect((await play("expect leader 7001\nexpect 7001 is leader", three())).ok).toBe(true);
    expect((await play("expect leader 7002", three())).failures).toHaveLength(1);
  });

  test("that must last fails when it ends", async () => {
    const stage = three().at(1500, () => stage.show("7002", alone("7002")));
    const outcome = await play("expect leader for 10s", stage);
    expect(outcome.failures).toMatchObject([
      {
        text: "expect leader for 10s: it held for 1.500 s only: 7001 leads in term 1; 7002 follows nobody; 7003 follows 7001",
      },
    ]);
    expect(outcome.tookMs).toBe(1500);
  });

  test("that comes and lasts tells both times", async () => {
    const stage = three().at(500, () => stage.unite(THREE, "7003", 2));
    const { story } = await play("expect leader 7003 within 2s for 10s", stage);
    expect(story.at(-1)).toBe("ok after 0.500 s for 10.000 s: leader 7003");
  });

  test("has more time where the stage keeps real time", async () => {
    const stage = three().at(2500, () => stage.unite(THREE, "7003", 2));
    const tolerance = { factor: 1.2, addedMs: 100 };
    expect((await play("expect leader 7003 within 2s", stage, { tolerance })).ok).toBe(true);
    const slower = three().at(2501, () => slower.unite(THREE, "7003", 2));
    expect((await play("expect leader 7003 within 2s", slower, { tolerance })).ok).toBe(false);
  });

  test("that fails is the last thing that is played, if so wished", async () => {
    const stage = three();
    const { story } = await play("expect leader 7002\nheal", stage, { stopAtFirst: true });
    expect(story).toHaveLength(2);
    expect(stage.asked).toEqual([]);
  });
});

describe("the story", () => {
  test("tells statements, events that are news, and what is said, in order and as they happen", async () => {
    const stage = three()
      .at(100, () =>
        stage.tell("7002", { kind: "checked", address: addressAt("7001"), answered: true, rttMs: 1 }, true),
      )
      .at(200, () => stage.tell("7003", { kind: "vote-granted", term: 2, to: idOf("7002") }))
      .at(200, () => stage.unite(["7002", "7003"], "7002", 2));
    const heard: string[] = [];
    const lines = "say Watch 7002.\ncrash leader\nexpect leader within 1s\nadvance 1s";
    const { story } = await play(lines, stage, { listener: (line) => heard.push(line) });
    expect(story).toEqual([
      "Watch 7002.",
      "> crash leader (7001)",
      "> expect leader within 1s",
      "    0.200 s  7003            vote-granted term=2 to=7002",
      "ok after 0.200 s: leader 7002",
      "> advance 1s",
    ]);
    expect(heard).toEqual(story);
  });

  test("a listener to statements is given each before it is carried out", async () => {
    const stage = three();
    const heard: string[] = [];
    const onStatement: RunOptions["onStatement"] = ({ kind }) => heard.push(`${kind} ${stage.asked.length}`);
    await play("say well\ncrash 7002\nrecover 7002", stage, { onStatement });
    expect(heard).toEqual(["say 0", "crash 0", "recover 1"]);
  });

  test("says whom names mean", async () => {
    const { story } = await play("let old = follower\ncut old -> leader\n7003: cut old", three());
    expect(story).toEqual([
      "> let old = follower (7002)",
      "> cut old -> leader (old=7002, leader=7001)",
      "> 7003: cut old (7002)",
    ]);
  });

  test("has the palette's answer", async () => {
    const stage = three();
    stage.answer = { ok: true, text: "7003 is to lead" };
    expect((await play("leader: transfer 7003", stage)).story).toEqual([
      "> leader: transfer 7003 (7001)",
      "7001 answers: 7003 is to lead",
    ]);
  });

  test("leaves what is announced as it stands, also where it holds names of the script", async () => {
    const stage = three();
    await play("let old = leader\nold: announce 1337 ttl 2 the leader, old  | follower", stage);
    expect(stage.asked.at(-1)).toBe("enter 7001 announce 1337 ttl 2 the leader, old  | follower");
  });

  test("has no line of several lines", async () => {
    const said = { kind: "say", text: "one\r\n  two" } as const;
    expect((await runScript([said], three())).story).toEqual(["one two"]);
  });
});

describe("a typed script", () => {
  test("does what the lines would", async () => {
    const stage = new FakeStage();
    const outcome = await runScript<Picture>(
      [
        found("7001"),
        join(["7002", "7003"], "7001"),
        advanceTime(100),
        restrictPerTimeStepChannelCapacity("7001", "7002", 5, 100),
        cut(["7001"], ["7003"]),
        partition(["7001"], { allBut: ["7001"] }),
        heal(),
        crash("7002", "7003"),
        recover("7002"),
        expectThat(holds("7002 is back", (scene) => scene.view("7002") !== null)),
      ],
      stage,
    );
    expect(outcome).toMatchObject({ ok: true, tookMs: 100 });
    expect(outcome.story.slice(-2)).toEqual(["> expect 7002 is back", "ok: it holds"]);
    expect(stage.asked.slice(3, 5)).toEqual([
      'link 7001 7002 {"capacity":{"things":5,"stepMs":100}}',
      'link 7001 7003 {"cut":true}',
    ]);
  });

  test("reaches into the protocols: a closure sees all and says what is given to whom", async () => {
    const stage = three();
    const vote = { kind: "message", from: { peer: idOf("7002") }, message: { kind: "vote-answer", term: 2 } };
    const outcome = await runScript<Picture>(
      [
        protocolSpecificEntry("a vote twice", (scene) =>
          [...scene.names]
            .filter((name) => scene.view(name)?.raft.role === "leader")
            .flatMap((peer) => [
              { peer, message: vote },
              { peer: "follower", message: vote },
            ]),
        ),
      ],
      stage,
    );
    const given = "given message from=(peer=7002) message=vote-answer(term=2)";
    expect(outcome.story).toEqual([
      "> a vote twice",
      `    0.000 s  7001            ${given}`,
      "    0.000 s  7001            left",
      `    0.000 s  7002            ${given}`,
      "    0.000 s  7002            left",
    ]);
  });

  test("names its expectations where they fail", async () => {
    const never = expectThat<Picture>(
      holds("pigs fly", () => false),
      { within: 1000 },
    );
    const { failures, story } = await runScript([never, crash("7009")], three());
    expect(failures).toEqual([
      { line: null, column: null, text: "expect pigs fly within 1s: it does not hold" },
      { line: null, column: null, text: "crash 7009: 7009 was never started" },
    ]);
    expect(story[1]).toBe("FAILED: expect pigs fly within 1s: it does not hold");
  });
});
