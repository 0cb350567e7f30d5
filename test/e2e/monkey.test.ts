import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";
import type { PeerView } from "../../src/peer/peer-view.ts";
import { freePorts } from "../support/free-ports.ts";
import { cleanEnvironment, PROGRAM, until } from "../support/processes.ts";
import { openPeer, type Terminal } from "../support/terminal.ts";

/** Keys pressed, over all windows. */
const STEPS = 300;

/** Every how many keys a window changes its size. */
const RESIZE_EVERY = 15;

/** All that a hand can do but end the program: `q` and Ctrl-C. */
const KEYS = [
  ..."12345zjkgG*/:?stufcdilrxbphHnNewTm<>2 ",
  ..."yadrop0%for",
  "Enter",
  "Escape",
  "Tab",
  "BTab",
  "Up",
  "Down",
  "BSpace",
  "C-l",
  "C-u",
  "é",
  "漢",
];

const SIZES = [
  [120, 40],
  [95, 16],
  [59, 11],
  [60, 15],
  [40, 8],
  [191, 50],
] as const;

let windows: readonly { readonly port: number; readonly terminal: Terminal }[] = [];

beforeEach(async () => {
  const ports = await freePorts(3);
  const [first] = ports;
  const opened = [];
  for (const port of ports) {
    const how = port === first ? ["--found"] : ["--join", `127.0.0.1:${first}`];
    opened.push({ port, terminal: await openPeer(port, ["--data-dir", "none", ...how]) });
    // One after another, so that the next finds whom it is told to join.
    await opened.at(-1)?.terminal.until(/Peers/, "a screen");
  }
  windows = opened;
});
afterEach(async () => {
  await Promise.all(windows.map(({ terminal }) => terminal.close()));
});

async function statusOf(port: number): Promise<PeerView> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/status`, { signal: AbortSignal.timeout(5000) });
  return (await response.json()) as PeerView;
}

/** Whether everybody runs without a fault, holds everybody else healthy, and follows one leader. */
async function isWhole(): Promise<true | undefined> {
  const views = await Promise.all(windows.map(({ port }) => statusOf(port)));
  const leaders = new Set(views.map(({ raft }) => raft.leader));
  const well = views.every(({ peers, faults, condition }) => {
    const healthy = peers.filter(({ status, linked }) => status === "healthy" && linked);
    return healthy.length === windows.length - 1 && faults.length === 0 && condition.kind === "running";
  });
  return well && leaders.size === 1 && !leaders.has(null) ? true : undefined;
}

function fault(port: number, line: string): void {
  const ended = spawnSync(process.execPath, [PROGRAM, "fault", String(port), line], {
    encoding: "utf8",
    env: cleanEnvironment(),
    timeout: 20_000,
  });
  expect(ended.stderr).toBe("");
}

describe.skipIf(!inject("tmux"))("a monkey at the keyboard of three windows", () => {
  test.each([1, 2])(
    `presses ${STEPS} keys (seed %i): nothing breaks that heal does not mend`,
    async (seed) => {
      await until(20_000, "a whole cluster", isWhole);
      const random = seededRandom(seed);
      for (let step = 1; step <= STEPS; step++) {
        const { terminal } = windows[random.below(windows.length)] ?? { terminal: undefined };
        const key = KEYS[random.below(KEYS.length)] ?? "Escape";
        await terminal?.keys(key);
        const [columns, rows] = SIZES[random.below(SIZES.length)] ?? SIZES[0];
        if (step % RESIZE_EVERY === 0) await terminal?.resize(columns, rows);
      }
      for (const { terminal } of windows) {
        await terminal.resize(120, 40);
        await terminal.keys("Escape", "Escape", "Escape", "Escape", "1");
      }
      fault(windows[0]?.port ?? 0, "heal");
      await until(30_000, "a cluster that is whole again", isWhole);
      for (const { terminal } of windows) {
        const screen = await terminal.until(
          (text) => text.includes("[1 Peers]") && !/!!.*(FAULT|CRASHED|PAUSED)/.test(text.split("\n")[0] ?? ""),
          "a calm header",
        );
        // A cell that an earlier frame left would show a title twice.
        for (const title of ["[1 Peers]", "╌╌ Timeline"]) expect(screen.split(title)).toHaveLength(2);
        await terminal.keys("C-c");
        expect(await terminal.exitCode()).toBe(0);
        expect(await terminal.alternateScreen()).toBe(false);
        expect(await terminal.cursorVisible()).toBe(true);
      }
    },
    120_000,
  );
});
