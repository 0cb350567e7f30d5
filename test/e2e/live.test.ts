import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { playLive } from "../../src/cli/live/play-live.ts";
import { parseScript } from "../../src/sim/script/parse-script.ts";
import type { Outcome } from "../../src/sim/script/run-script.ts";
import type { Script } from "../../src/sim/script/script.ts";
import { bundleProgram } from "../support/bundle.ts";
import { cleanEnvironment, PROGRAM } from "../support/processes.ts";

let directory = "";
/** Where everything that is played keeps its data: by it a process that was left running is known. */
let room = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
  room = join(directory, "room");
  mkdirSync(room);
  vi.stubEnv("TMPDIR", room);
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const pid of pids()) process.kill(pid, "SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

/** The processes whose data is here. */
function pids(): readonly number[] {
  const listed = execFileSync("ps", ["-ww", "-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  return listed.filter((line) => line.includes(`--data-dir ${room}`)).map((line) => Number.parseInt(line, 10));
}

function expectNothingLeft(): void {
  expect(pids()).toEqual([]);
  expect(readdirSync(room)).toEqual([]);
}

function scriptOf(lines: string): Script {
  const parsed = parseScript(lines, "live.script");
  if (!parsed.ok) throw new Error(parsed.errors.join("\n"));
  return parsed.script;
}

/** Plays lines with real processes; `at` acts when a line of the story begins so. */
async function play(
  lines: string,
  at: Readonly<Record<string, () => void>> = {},
  signal?: AbortSignal,
): Promise<Outcome> {
  const outcome = await playLive(
    scriptOf(lines),
    (line) => {
      for (const [beginning, act] of Object.entries(at)) if (line.startsWith(beginning)) act();
    },
    signal ?? new AbortController().signal,
    PROGRAM,
  );
  expectNothingLeft();
  return outcome;
}

function expectWell(outcome: Outcome): void {
  expect(outcome.failures, outcome.story.join("\n")).toEqual([]);
  expect(outcome.ok).toBe(true);
}

describe("a script played with real processes", () => {
  test("a leader is killed, replaced, and comes back from its disk", async () => {
    let running = 0;
    const outcome = await play(
      `seed 1
      cluster 7001..7003
      let old = leader
      crash old
      expect no event link-lost at old
      expect leader among all but old within 3s
      expect event leader-lost about old within 1s
      recover old
      expect converged within 20s
      expect old is follower`,
      { "> recover": () => (running = pids().length) },
    );
    expectWell(outcome);
    expect(running).toBe(2);
    expect(outcome.story.filter((line) => /127\.0\.0\.1/.test(line))).toEqual([]);
    expect(outcome.story).toContain("note: live, chance does not obey a seed");
  });

  test("who is parted from the majority follows nobody until all is healed, whoever crashed meanwhile", async () => {
    const outcome = await play(
      `cluster 7001..7003
      let old = leader
      partition old | all but old
      expect leader among all but old within 3s
      expect no leader among old within 3s
      crash old
      recover old
      expect no leader among old for 2s
      heal
      expect converged within 20s`,
    );
    expectWell(outcome);
  });

  test("a leader that stands still is replaced, and follows when it goes on", async () => {
    const outcome = await play(
      `cluster 7001..7003
      let old = leader
      mark
      pause old
      cut old -> all but old
      expect leader among all but old within 5s
      expect event leader-elected within 1s
      expect no event resumed at old
      resume old
      expect event resumed at old within 2s
      mend old -> all but old
      expect converged within 20s`,
    );
    expectWell(outcome);
  });

  test("links, clocks and lines of the palette", async () => {
    const outcome = await play(
      `cluster 7001..7003
      mark
      latency 7001 <-> 7002 100ms jitter 20ms
      duplicate 7001 -> 7003 10%
      clock 7002 jump 1s
      expect event clock-jumped at 7002 within 1s
      expect event fault-set at 7001 about 7003 within 1s
      7003: drop 7002 30% out
      7003: test all
      expect event probe-answered at 7003 within 5s
      heal
      advance 100ms
      expect event fault-ended at 7001 about 7003
      expect no event fault-ended at 7003
      leave 7003
      expect 7001,7002 see 7003 left within 5s
      expect united within 10s`,
    );
    expectWell(outcome);
    expect(outcome.story).toContain("7003 answers: applied 1/1");
  });

  test("what does not come as expected is a failure of its line; what cannot be said is one too", async () => {
    const outcome = await play(
      "start 7001\nexpect leader within 5s\nexpect no leader within 10ms\n7001: transfer 7001",
    );
    expect(outcome.ok).toBe(false);
    expect(outcome.failures).toEqual([
      { line: 3, column: 1, text: "expect no leader within 10ms: 7001 leads in term 1" },
      { line: 4, column: 1, text: expect.stringMatching(/^7001: transfer 7001: not handed over to 7001: /) },
    ]);
  });

  test.runIf(process.platform === "linux")("who looks around finds those of the script, and nobody else", async () => {
    const outcome = await play(
      `start 7001 look
      start 7002,7003 look
      expect converged within 10s
      crash 7003
      recover 7003
      expect converged within 20s`,
    );
    expectWell(outcome);
    expect(outcome.story.filter((line) => line.includes("cluster-founded"))).toHaveLength(1);
  });

  test("what no real process can do is refused before one is started", async () => {
    const outcome = await play(
      `start 7001
      disk 7001 full
      capacity 7001 -> all 5 per 100ms
      start 7002..7030 join 7001`,
      { ">": () => expect.unreachable("nothing is played") },
    );
    expect(outcome.failures.map(({ line, text }) => `${line} ${text.replace(/.*: live/, "live")}`)).toEqual([
      "1 live, 20 peers at most, not 30",
      "2 live, disks are this machine's own",
      "3 live, nothing limits how many things pass in a step of time: say bandwidth",
      "4 live, 20 peers at most, not 30",
    ]);
  });

  test("a process that ends by itself ends the script", async () => {
    const outcome = await play("start 7001\nstart 7002 join 7001\nadvance 1m\nexpect leader within 1s", {
      "> advance": () => {
        const [first = 0] = pids();
        process.kill(first, "SIGKILL");
      },
    });
    expect(outcome.failures).toEqual([
      { line: null, column: null, text: expect.stringMatching(/^700[12] ended by SIGKILL$/) },
    ]);
  });

  test("a process that cannot start says why", async () => {
    // By then its directory cannot be made: a file is in its place.
    const spoil = (): void => writeFileSync(join(room, readdirSync(room)[0] ?? "", "7002"), "");
    const outcome = await play("start 7001\nexpect leader within 5s\nstart 7002 join 7001", { "> expect": spoil });
    expect(outcome.failures).toEqual([
      { line: null, column: null, text: expect.stringMatching(/^7002 ended with exit code 1: p2p-node: .*7002/) },
    ]);
  });

  test("where the program itself is missing, that is said", async () => {
    const outcome = await playLive(scriptOf("start 7001"), () => {}, new AbortController().signal, "nowhere.js");
    expectNothingLeft();
    expect(outcome.failures).toEqual([
      { line: null, column: null, text: expect.stringMatching(/^7001 ended with exit code 1: Error: .*nowhere\.js/) },
    ]);
  });

  test("interrupted from the first moment, it plays nothing", async () => {
    const outcome = await play("start 7001", {}, AbortSignal.abort());
    expect(outcome.failures).toEqual([{ line: null, column: null, text: "interrupted" }]);
  });

  test.each([
    ["SIGTERM", 1, '{"ok":false,"failures":[{"line":null,"column":null,"text":"interrupted"}]}'],
    ["SIGHUP", 3, "> advance 1m"],
  ] as const)("by %s in the middle, nothing is left either, not even who stands still", async (signal, code, last) => {
    const player = await bundleProgram(join(import.meta.dirname, "play-live.ts"), directory);
    const file = join(directory, "long.script");
    writeFileSync(file, "cluster 7001..7002\npause 7002\nadvance 1m\n");
    const child = spawn(process.execPath, [player, file], {
      env: { ...cleanEnvironment(), TMPDIR: room },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let running = 0;
    let latest = "";
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith(" ")) latest = line;
      if (line !== "> advance 1m") return;
      running = pids().length;
      child.kill(signal);
    });
    const [exitCode] = await once(child, "close");
    await vi.waitFor(expectNothingLeft, 5000);
    expect([running, exitCode, latest]).toEqual([2, code, last]);
  });
});
