import { expect, test } from "vitest";
import type { Followed } from "../../../src/sim/life/followed.ts";
import { runScript } from "../../../src/sim/script/run-script.ts";
import { FakeStage, whole } from "./fake-stage.ts";
import { parsed } from "./parsed.ts";

const TWO = ["7001", "7002"];

const JOB: Followed = { job: 7, turn: 40, alive: 5, state: "running", isProven: false };

/** Two peers, of which the first holds the address and knows a job; a program follows it. */
function pool(followed: Partial<Followed> = {}): FakeStage {
  const stage = new FakeStage();
  const jobs = [{ turn: 9, alive: 3, state: "killed" }, JOB] as const;
  stage.show("7001", { ...whole("7001", TWO, "7001"), vip: { held: true }, broker: { jobs } });
  stage.show("7002", whole("7002", TWO, "7001"));
  stage.show("8001", null);
  stage.jobs.set("8001", { ...JOB, turn: 38, ...followed });
  return stage;
}

const finished = { turn: 100, state: "finished" } as const;

/** What comes of an expectation: `ok: ...`, or what is seen instead. */
async function seen(expectation: string, stage: FakeStage): Promise<string | undefined> {
  const script = parsed(`start 7001,7002,8001 look\nexpect ${expectation}`);
  const { story } = await runScript(script.slice(1), stage);
  return story.at(-1)?.replace(/^FAILED line 2: expect /, "");
}

test.each([
  ["turn of 7001 > 39", pool(), "ok: 7001 knows turn 40"],
  ["turn of 8001 > 39", pool(), "turn of 8001 > 39: 8001 knows turn 38"],
  ["turn of 8001 < 39", pool(), "ok: 8001 knows turn 38"],
  ["turn of 7002 < 39", pool(), "turn of 7002 < 39: 7002 knows no job"],
  ["alive of 7001 = 5", pool(), "ok: 7001 knows alive 5"],
  ["job of 7001 running", pool(), "ok: 7001 knows a job that is running at turn 40"],
  ["job of 7002 running", pool(), "job of 7002 running: 7002 knows no job"],
  ["job of 8001 running", pool(), "ok: 8001 knows a job that is running at turn 38, its board not seen"],
  ["job of 8001 finished", pool({ ...finished, isProven: true }), "ok: 8001 knows a job that is finished at turn 100"],
  [
    "job of 8001 finished",
    pool(finished),
    "job of 8001 finished: 8001 knows a job that is finished at turn 100, its board not seen",
  ],
  ["vip at 7001", pool(), "ok: it is at 7001"],
  ["vip at 7002", pool(), "vip at 7002: it is at 7001"],
  ["vip at nobody", pool(), "vip at nobody: it is at 7001"],
])("%s", async (expectation, stage, outcome) => {
  expect(await seen(expectation, stage)).toBe(outcome);
});

test("an address that nobody holds", async () => {
  const stage = pool();
  stage.show("7001", null);
  expect(await seen("vip at nobody", stage)).toBe("ok: nobody holds it");
});
