import { describe, expect, test } from "vitest";
import { HistoryRecorder } from "../../../src/sim/linearizability/history.ts";
import { runScript } from "../../../src/sim/script/run-script.ts";
import type { Picture } from "../../../src/sim/script/script.ts";
import { FakeStage, whole } from "./fake-stage.ts";
import { parsed } from "./parsed.ts";

const TWO = ["7001", "7002"];

/** Two peers, of which each holds a value, or none, and has applied so much. */
function two(...held: readonly (readonly [value: string | null, lastApplied: number])[]): FakeStage {
  const stage = new FakeStage();
  for (const [at, [value, lastApplied]] of held.entries()) {
    const { order, values, ...rest } = whole(`700${at + 1}`, TWO, "7001");
    const written = { key: "k", writtenAt: 1, index: 1, lamport: 1, versions: 1, older: [] };
    const recent: Picture["values"]["recent"] = value === null ? [] : [{ ...written, value }];
    stage.show(`700${at + 1}`, { ...rest, order: { ...order, lastApplied }, values: { ...values, recent } });
  }
  return stage;
}

/** What comes of an expectation: `ok: ...`, or what is seen instead. */
async function seen(expectation: string, stage: FakeStage): Promise<string | undefined> {
  const script = parsed(`start 7001,7002 look\nexpect ${expectation}`);
  const { story } = await runScript(script.slice(1), stage);
  return story.at(-1)?.replace(/^FAILED line 2: expect /, "");
}

describe("what peers hold", () => {
  test.each([
    ["value k is v", two(["v", 1], ["v", 2]), "ok: 7001 has v; 7002 has v"],
    ["value k is v", two(["v", 1], ["w", 2]), "value k is v: 7001 has v; 7002 has w"],
    ["value k is v", two(["v", 1], [null, 0]), "value k is v: 7001 has v; 7002 has none"],
    ["value k is v among 7001", two(["v", 1], [null, 0]), "ok: 7001 has v"],
    ["no value k among 7002", two(["v", 1], [null, 0]), "ok: 7002 has none"],
    ["no value k", two(["v", 1], [null, 0]), "no value k: 7001 has v; 7002 has none"],
    ["no file k", two(["v", 1], ["v", 1]), "ok: 7001 has none; 7002 has none"],
    ["stores agree", two(["v", 1], ["v", 1]), "ok: all show the same store"],
    ["stores agree", two(["v", 1], ["v", 2]), "stores agree: 7001 has applied 1, 7002 2"],
    ["stores agree", two(["v", 1], ["w", 1]), "stores agree: 7002 shows another store than 7001"],
  ])("%s", async (expectation, stage, outcome) => {
    expect(await seen(expectation, stage)).toBe(outcome);
  });

  test("nobody holds anything where nobody runs", async () => {
    const stage = two(["v", 1], ["v", 1]);
    for (const port of TWO) stage.show(port, null);
    expect(await seen("value k is v", stage)).toBe("value k is v: nobody runs");
    expect(await seen("stores agree", stage)).toBe("stores agree: nobody runs");
  });
});

describe("what clients were told", () => {
  /** A value is written by 7001, and 7002 reads it, or another one. */
  function asked(found: string): FakeStage {
    const recorder = new HistoryRecorder();
    const write = recorder.called(7001, { kind: "write", key: "k", value: "v", time: 0 }, 1);
    recorder.returned(write, { kind: "written-at", time: 1 }, 2);
    const read = recorder.called(7001, { kind: "read-value", key: "k", version: null, time: null }, 3);
    recorder.returned(read, { kind: "value", found: { key: "k", value: found, writtenAt: 1 } }, 4);
    const stage = two(["v", 1], ["v", 1]);
    stage.calls.push(...recorder.history());
    return stage;
  }

  test.each([
    ["7001 served", "v", "ok: 1 changes and 1 reads were answered"],
    ["7002 served", "v", "7002 served: 0 changes and 0 reads were answered"],
    ["linearizable", "v", "ok: 2 calls are explained"],
  ])("%s", async (expectation, found, outcome) => {
    expect(await seen(expectation, asked(found))).toBe(outcome);
  });

  test("what nobody wrote cannot be read", async () => {
    expect(await seen("linearizable", asked("w"))).toMatch(/^linearizable: not linearizable/);
  });
});

test("what is said in vain must be", async () => {
  const stage = two(["v", 1], ["v", 1]);
  const script = parsed("start 7001,7002 look\n7001 in vain: write k v").slice(1);
  stage.answer = { ok: false, text: "no outcome" };
  expect((await runScript(script, stage)).story.at(-1)).toBe("7001 answers: no outcome");
  stage.answer = { ok: true, text: "wrote k" };
  expect((await runScript(script, stage)).failures[0]?.text).toBe("7001 in vain: write k v: it was done: wrote k");
});
