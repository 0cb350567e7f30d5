import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Survey } from "../../src/sim/exploration/explore.ts";
import { type Bug, buildExploration } from "./built.ts";

const raft = "src/protocols/raft";

let directory: string;
let sound: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
  sound = join(directory, "sound.mjs");
  await buildExploration(sound);
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What one expedition finds. That it found a flaw is no failure of the program. */
function survey(program: string, ...names: readonly string[]): Promise<Survey> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...names, "--json"], (error, stdout, stderr) => {
      if (stdout === "") reject(error ?? new Error(stderr));
      else resolve(JSON.parse(stdout) as Survey);
    });
  });
}

async function withBug(bug: Bug, ...names: readonly string[]): Promise<Survey> {
  const program = join(directory, `${bug.name.replace(/[^a-z0-9]+/gi, "-")}.mjs`);
  await buildExploration(program, bug);
  return survey(program, ...names);
}

describe("Raft, three peers, in every order", () => {
  test("elects one leader a term", async () => {
    const { flaw, landmarks, ends } = await survey(sound, "raft", "elections");
    expect(flaw).toBeNull();
    expect(landmarks["one in each"]).toBeGreaterThan(0);
    expect(ends).toBeGreaterThan(0);
  }, 120_000);

  test("keeps two operations over two terms", async () => {
    const { flaw, landmarks, states } = await survey(sound, "raft", "operations");
    expect(flaw).toBeNull();
    expect(states).toBeGreaterThan(100_000);
    for (const [name, count] of Object.entries(landmarks)) expect(count, name).toBeGreaterThan(0);
  }, 120_000);

  test.each<[string, RegExp, Bug]>([
    [
      "elections",
      /election safety/,
      {
        name: "a second vote in a term",
        file: `${raft}/raft.ts`,
        find: "const isFree = votedFor === null || votedFor === from;",
        replace: "const isFree = true;",
      },
    ],
    [
      "operations",
      /leader completeness|state machine safety|was committed and is contradicted/,
      {
        name: "votes are given without a look at the log",
        file: `${raft}/raft.ts`,
        find: " && this.#state.log.isUpToDate(message.lastLogIndex, message.lastLogTerm)",
        replace: "",
      },
    ],
    [
      "crash",
      /election safety|leader completeness|state machine safety/,
      {
        name: "a follower acknowledges entries before they are on disk",
        file: `${raft}/following.ts`,
        find: 'state.sendAfterSaves(leader, { kind: "appended", term: currentTerm, round, matchIndex });',
        replace: 'state.send(leader, { kind: "appended", term: currentTerm, round, matchIndex });',
      },
    ],
  ])(
    "%s find %s",
    async (name, text, bug) => {
      const { flaw } = await withBug(bug, "raft", name);
      expect(flaw?.text).toMatch(text);
      expect(flaw?.path.length).toBeGreaterThan(5);
    },
    240_000,
  );
});

describe("ZAB, three peers, in every order", () => {
  test("establishes one leader an epoch, whomever the elections name", async () => {
    const { flaw, landmarks, ends } = await survey(sound, "zab", "epochs");
    expect(flaw).toBeNull();
    expect(landmarks["each has led"]).toBeGreaterThan(0);
    expect(ends).toBeGreaterThan(0);
  }, 240_000);

  test("keeps two operations over two epochs", async () => {
    const { flaw, landmarks, states } = await survey(sound, "zab", "operations");
    expect(flaw).toBeNull();
    expect(states).toBeGreaterThan(100_000);
    for (const [name, count] of Object.entries(landmarks)) expect(count, name).toBeGreaterThan(0);
  }, 240_000);

  test("epochs find that two leaders share an epoch", async () => {
    const { flaw } = await withBug(
      {
        name: "a half of the ensemble is a quorum",
        file: "src/core/quorum.ts",
        find: "return Math.floor(size / 2) + 1;",
        replace: "return Math.max(1, Math.floor(size / 2));",
      },
      "zab",
      "epochs",
    );
    expect(flaw?.text).toMatch(/one leader an epoch/);
  }, 240_000);
});
