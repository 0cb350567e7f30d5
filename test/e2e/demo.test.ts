import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { cleanEnvironment, until } from "../support/processes.ts";
import { Terminal } from "../support/terminal.ts";

const SOCKET = "test";

/** Where tmux keeps its sockets, instead of where it keeps those of the user. */
let sockets: string;
beforeEach(() => {
  sockets = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
});
afterEach(() => {
  demo(["stop"]);
  rmSync(sockets, { recursive: true });
});

function privately(): Readonly<Record<string, string>> {
  return { TMUX_TMPDIR: sockets, P2P_NODE_DEMO_SOCKET: SOCKET };
}

function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...cleanEnvironment(), LANG: "C.UTF-8", ...privately(), ...more };
}

/** Runs the demo without a terminal. */
function demo(words: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join("demo", "demo.mjs"), ...words], {
    encoding: "utf8",
    env: environment(more),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  });
  return { status, stdout, stderr };
}

function tmux(...words: readonly string[]): string {
  return execFileSync("tmux", ["-L", SOCKET, ...words], { encoding: "utf8", env: environment() }).trimEnd();
}

interface Pane {
  readonly id: string;
  /** Of its process group. */
  readonly pid: number;
  readonly columns: number;
  readonly rows: number;
}

function panes(): readonly Pane[] {
  const told = tmux("list-panes", "-s", "-F", "#{pane_id} #{pane_pid} #{pane_width} #{pane_height}");
  return told.split("\n").map((line) => {
    const [id = "", pid, columns, rows] = line.split(" ");
    return { id, pid: Number(pid), columns: Number(columns), rows: Number(rows) };
  });
}

function isLargeEnough({ columns, rows }: Pane): boolean {
  return columns >= 59 && rows >= 11;
}

/** Waits until the screens of so many peers show that all are healthy and follow one leader; the screens. */
function joined(count: number): Promise<readonly string[]> {
  return until(40_000, `${count} peers with one leader`, async () => {
    const screens = panes().map(({ id }) => tmux("capture-pane", "-p", "-t", id));
    const whole = screens.filter((screen) => [...screen.matchAll(/ healthy 3\/3 /g)].length === count - 1);
    const headers = screens.map((screen) => screen.split("\n")[0] ?? "");
    const leading = headers.filter((header) => header.includes("* LEADER"));
    const name = /\d+/.exec(leading[0] ?? "")?.[0];
    const following = headers.filter((header) => header.includes(`leader ${name}`));
    const voting = headers.filter((header) => header.includes(`${count}/${count}`));
    const settled = leading.length === 1 && following.length === count - 1 && voting.length === count;
    return settled && whole.length === count ? screens : undefined;
  });
}

function isGroupRunning(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

describe("the demo", () => {
  test.each([[["frobnicate"]], [["start", "twice"]], [["--help"]]])("wrong words %j end with 2", (words) => {
    const ended = demo(words);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toMatch(/^usage: npm run demo/);
  });

  test("says what to do where tmux is missing", () => {
    const empty = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
    try {
      const ended = demo([], { PATH: empty });
      expect(ended.status).toBe(1);
      expect(ended.stderr).toMatch(/^demo: tmux is missing\. Install it .*\n$/);
      expect(ended.stdout).toBe("");
    } finally {
      rmSync(empty, { recursive: true });
    }
  });
});

describe.skipIf(!inject("tmux"))("the demo in tmux", () => {
  test("shows five peers that have joined, once; stop ends them and removes their data", async () => {
    const started = spawnSync("npm", ["run", "--silent", "demo"], {
      encoding: "utf8",
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 30_000,
    });
    expect(started.status).toBe(0);
    expect(started.stdout).toContain(`tmux -L ${SOCKET} attach`);
    expect(started.stdout).toContain("npm run demo -- stop");
    const opened = panes();
    expect(opened).toHaveLength(5);
    expect(opened.filter((pane) => !isLargeEnough(pane))).toEqual([]);
    await joined(5);

    const again = demo([]);
    expect(again.status).toBe(0);
    expect(again.stdout).toMatch(/already running/);
    expect(panes().map(({ pid }) => pid)).toEqual(opened.map(({ pid }) => pid));

    const data = tmux("show-options", "-gv", "@p2p-node-data");
    expect(existsSync(data)).toBe(true);
    expect(opened.every(({ pid }) => isGroupRunning(pid))).toBe(true);
    expect(demo(["stop"])).toEqual({ status: 0, stdout: "demo: ended 5 panes\n", stderr: "" });
    expect(opened.filter(({ pid }) => isGroupRunning(pid))).toEqual([]);
    expect(existsSync(data)).toBe(false);
    expect(demo(["stop"])).toEqual({ status: 0, stdout: "demo: nothing to stop\n", stderr: "" });
  });

  test("the tour says at each Space what it does and where to look, and its commands have their effect", async () => {
    expect(demo(["tour"]).status).toBe(0);
    const opened = panes();
    expect(opened).toHaveLength(6);
    expect(opened.filter((pane) => !isLargeEnough(pane))).toEqual([]);
    await joined(5);
    const guide = opened.at(-1)?.id ?? "";
    const screens = (): string =>
      panes()
        .map(({ id }) => tmux("capture-pane", "-p", "-t", id))
        .join("\n");
    const shows = (wanted: RegExp): Promise<true> =>
      until(20_000, String(wanted), async () => wanted.test(screens()) || undefined);
    await shows(/Tour 1\/6: A healthy cluster/);
    const latestTerm = (): number =>
      Math.max(0, ...[...screens().matchAll(/LEADER T(\d+)/g)].map(([, term]) => Number(term)));
    const before = latestTerm();
    tmux("send-keys", "-t", guide, "Space");
    await shows(/Tour 2\/6: The leader crashes[\s\S]*applied 1\/1/);
    await shows(/!! CRASHED/);
    await until(20_000, "a leader of a later term", async () => latestTerm() > before || undefined);
    expect(demo(["stop"]).stdout).toBe("demo: ended 6 panes\n");
  });

  test("a peer that ended starts again from its disk at Enter", async () => {
    const terminal = await Terminal.open([process.execPath, join("demo", "demo.mjs")], {
      columns: 119,
      rows: 40,
      env: privately(),
    });
    try {
      await joined(3);
      const [first] = panes();
      await terminal.keys("C-c");
      await terminal.until(/\[peer \d+ ended, exit code 0; Enter starts it again\]/, "what to do");
      await terminal.keys("Enter");
      await joined(3);
      expect(panes().map(({ id }) => id)).toContain(first?.id);
      demo(["stop"]);
      expect(await terminal.exitCode()).toBe(0);
    } finally {
      await terminal.close();
    }
  });

  test.each([
    [119, 40],
    [100, 30],
    [80, 24],
  ])("a terminal of %ix%i gets three peers, each large enough to be seen", async (columns, rows) => {
    const terminal = await Terminal.open([process.execPath, join("demo", "demo.mjs")], {
      columns,
      rows,
      env: privately(),
    });
    try {
      await until(20_000, "three panes that are large enough", async () => {
        const opened = panes();
        return (opened.length === 3 && opened.every(isLargeEnough)) || undefined;
      });
      await terminal.until(/LEADER/, "leader on this terminal");
      demo(["stop"]);
      expect(await terminal.exitCode()).toBe(0);
    } finally {
      await terminal.close();
    }
  });
});
