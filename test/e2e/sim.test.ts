import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cleanEnvironment, PROGRAM } from "../support/processes.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly lines: readonly string[];
  readonly stderr: string;
}

function run(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: directory, env: cleanEnvironment(), maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [PROGRAM, ...words], options, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : 0;
      resolve({ code, lines: stdout.split("\n").filter((line) => line !== ""), stderr });
    });
  });
}

function script(...lines: readonly string[]): string {
  const file = join(directory, "test.script");
  writeFileSync(file, lines.join("\n"));
  return file;
}

const KILL = ["seed 3", "cluster 7001..7003", "advance 1s", "crash leader", "expect leader within 1s"];

describe("sim FILE", () => {
  test("plays a scenario and says that it passed", async () => {
    const { code, lines, stderr } = await run("sim", script(...KILL));
    expect([code, stderr]).toEqual([0, ""]);
    expect(lines).toContain("> crash leader (7001)");
    expect(lines.at(-1)).toMatch(/^passed: 2 expectations, \d+\.\d s of virtual time in \d+\.\d s$/);
  });

  test("says which expectation failed, and ends with 1", async () => {
    const { code, lines } = await run("sim", script(...KILL, "expect 7001 is leader"));
    expect(code).toBe(1);
    expect(lines).toContain("FAILED line 6: expect 7001 is leader: 7001 does not run");
    expect(lines.at(-1)).toMatch(/^failed: 1 of 8 statements/);
  });

  test("refuses a wrong file by line and column, and ends with 2", async () => {
    const file = script("seed 3", "start 7001", "advance soon");
    const { code, lines, stderr } = await run("sim", file);
    expect([code, lines]).toEqual([2, []]);
    expect(stderr).toMatch(/test\.script:3:9: expected a time such as .*, found "soon"\n$/);
  });

  test("prints JSON, the same for the same seed and another for another", async () => {
    const file = script(...KILL);
    const [one, again, other] = await Promise.all([
      run("sim", file, "--json"),
      run("sim", file, "--json"),
      run("sim", file, "--json", "--seed", "4"),
    ]);
    expect(again).toEqual(one);
    const last = JSON.parse(one.lines.at(-1) ?? "");
    expect(last).toMatchObject({ ok: true, failures: [], hash: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(JSON.parse(other.lines.at(-1) ?? "").hash).not.toBe(last.hash);
  });

  test("records what a replay finds the same, and a changed recording different", async () => {
    const recording = join(directory, "out.rec");
    expect((await run("sim", script(...KILL), "--record", recording)).code).toBe(0);
    const replayed = await run("replay", recording);
    expect([replayed.code, replayed.lines.at(-1)]).toEqual([0, "same"]);
    const bytes = readFileSync(recording);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(recording, bytes);
    expect((await run("replay", recording)).code).toBe(1);
  });

  test.each([
    [["sim"], /say a scenario file, or --swarm/],
    [["sim", "x.script", "--swarm"], /not both/],
    [["sim", "x.script", "--shrink"], /--shrink goes with --swarm/],
    [["sim", "--swarm", "--record", "x"], /--record goes with a scenario file/],
    [["sim", "--swarm", "--seeds", "9..1"], /--seeds 9\.\.1: say 1\.\.1000/],
    [["sim", "--swarm", "--shard", "3/2"], /--shard 3\/2: say 1\/8/],
    [["sim", "nowhere.script"], /nowhere\.script cannot be read/],
  ])("%j is wrong usage", async (words, said) => {
    const { code, stderr } = await run(...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
  });
});

describe("sim --swarm", () => {
  test("gives each seed the same hash in every process, on one thread or two, whole or in shards", async () => {
    const seeds = ["sim", "--swarm", "--json", "--peers", "3..4", "--seeds", "1..6"];
    const whole = await run(...seeds, "--threads", "2");
    expect([whole.code, whole.stderr]).toEqual([0, ""]);
    expect(whole.lines.map((line) => JSON.parse(line).seed)).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await run(...seeds, "--threads", "1")).lines).toEqual(whole.lines);
    const shards = [await run(...seeds, "--shard", "1/2"), await run(...seeds, "--shard", "2/2")];
    expect(shards.flatMap(({ lines }) => lines).sort()).toEqual([...whole.lines].sort());
  });

  test("says in one line how a campaign went", async () => {
    const { code, lines } = await run("sim", "--swarm", "--peers", "3", "--seeds", "1..2");
    expect(code).toBe(0);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^2 of 2 seeds, 0 broken; \d+ s of virtual time in \d+\.\d s, \d+ times real time$/);
  });

  test("is what the job for a cluster's scheduler runs", async () => {
    const job = readFileSync(join("demo", "kubernetes", "swarm.yaml"), "utf8");
    const [, completions] = /completions: (\d+)/.exec(job) ?? [];
    const [, shards] = /name: SHARDS, value: "(\d+)"/.exec(job) ?? [];
    expect(shards).toBe(completions);
    const [, command = ""] = />-\n([\s\S]*?)\n\s*resources:/.exec(job) ?? [];
    const line = command.replace(/\s+/g, " ").replace("exec p2p-node", `exec "$NODE" "$PROGRAM"`);
    const environment = { NODE: process.execPath, PROGRAM, SEEDS: "1..4", PEERS: "3", SHARDS: "2" };
    const played = await new Promise<string>((resolve, reject) => {
      const env = { ...cleanEnvironment(), ...environment, JOB_COMPLETION_INDEX: "1" };
      execFile("sh", ["-c", line], { env }, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
    });
    const seeds = played.trim().split("\n");
    expect(seeds.map((each) => JSON.parse(each).seed)).toEqual([2, 4]);
  });
});
