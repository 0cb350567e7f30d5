#!/usr/bin/env node
/**
 * Opens a tmux session of its own with several peers tiled, already joined, on throwaway data.
 *
 *   npm run demo            five peers, three where the terminal is smaller than 120x40
 *   npm run demo -- tour    the same, with a pane that walks through six steps, Space by Space
 *   npm run demo -- life    three peers behind one address, and a board of Life that survives its leader
 *   npm run demo -- stop    ends the session and removes its data
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { freePorts } from "./free-ports.mjs";

const SOCKET = process.env.P2P_NODE_DEMO_SOCKET ?? "p2p-node-demo";
const SESSION = "p2p-node";
const DATA_OPTION = "@p2p-node-data";
const DATA_PREFIX = "p2p-node-demo-";

/** The smallest screen that a peer can be seen on. */
const LEAST = { columns: 59, rows: 11 };

/** How long peers may take to end before they are killed. */
const END_TIMEOUT_MS = 5000;
const TOUR = join(import.meta.dirname, "tour.mjs");
const LIFE = join(import.meta.dirname, "life.mjs");
const PROGRAM = join(import.meta.dirname, "..", "dist", "p2p-node.js");

/** Ends the demo with one line on stderr. */
function fail(line) {
  process.stderr.write(`demo: ${line}\n`);
  process.exit(1);
}

/** Runs tmux on the demo's own socket, so that no session of the user is touched, and without flags for other peers. */
function tmux(...words) {
  const { TMUX: _outer, CI: _ci, NODE_ENV: _mode, ...env } = process.env;
  for (const name of Object.keys(env)) if (name.startsWith("P2P_NODE_")) delete env[name];
  return spawnSync("tmux", ["-L", SOCKET, ...words], { encoding: "utf8", env });
}

function mustTmux(...words) {
  const { status, stdout, stderr } = tmux(...words);
  if (status !== 0) throw new Error(`tmux ${words[0]} failed: ${stderr.trim()}`);
  return stdout.trim();
}

/** How many peers a window has room for, and how tmux is to lay them out there. */
function roomOf(columns, rows) {
  const across = Math.max(1, Math.floor((columns + 1) / (LEAST.columns + 1)));
  const down = Math.max(1, Math.floor((rows + 1) / (LEAST.rows + 1)));
  const layout = down === 1 ? "even-horizontal" : across === 1 ? "even-vertical" : "tiled";
  return { most: across * down, layout };
}

/** The command of a pane, in the plain shell whatever the user's is: a peer that Enter starts again when it has ended. */
function paneCommand(port, first, data, more = "") {
  const quoted = [process.execPath, PROGRAM].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const start = port === first ? "--found" : `--join 127.0.0.1:${first}`;
  const run = `${quoted} --port ${port} --data-dir '${join(data, String(port))}'${more}`;
  const again = `echo "[peer ${port} ended, exit code $?; Enter starts it again]"; read _`;
  return ["sh", "-c", `${run} ${start}; while ${again}; do ${run}; done`];
}

/** The command of the pane that leads the tour. */
function tourCommand(ports) {
  return [process.execPath, TOUR, ...ports.map(String)];
}

/** The command of the pane that lets the pool play. */
function lifeCommand(vip, ports) {
  return [process.execPath, LIFE, vip, ...ports.map(String)];
}

/** The panes of the demo on so large a screen: peers, and whoever leads through it as the last. */
async function panesOf(kind, columns, rows, data) {
  const isLarge = columns >= 120 && rows >= 40;
  const found = await freePorts(kind === "life" ? 4 : isLarge ? 5 : 3).catch((error) => fail(error.message));
  const ports = kind === "life" ? found.slice(1) : found;
  const vip = `127.0.0.1:${found[0]}`;
  const more = kind === "life" ? ` --vip ${vip}` : "";
  const peers = ports.map((port) => ({ name: String(port), command: paneCommand(port, ports[0], data, more) }));
  if (kind === "tour") return [...peers, { name: "tour", command: tourCommand(ports) }];
  return kind === "life" ? [...peers, { name: "life", command: lifeCommand(vip, ports) }] : peers;
}

/** Opens the panes in as many windows as they need; with more than one, a line at the bottom lists them. */
function open(panes, data, columns, rows) {
  const fits = roomOf(columns, rows).most >= panes.length;
  const height = fits ? rows : rows - 1;
  const { most, layout } = roomOf(columns, height);
  const size = ["-x", String(columns), "-y", String(height)];
  mustTmux("-f", "/dev/null", "new-session", "-d", "-s", SESSION, ...size, ...panes[0].command);
  mustTmux("set-option", "-g", DATA_OPTION, data);
  mustTmux("set-option", "-g", "status", fits ? "off" : "on");
  mustTmux("set-option", "-g", "status-left", "");
  mustTmux("set-option", "-g", "status-right", " Ctrl-b n: next window, Ctrl-b o: next peer ");
  mustTmux("set-option", "-g", "status-right-length", "60");
  mustTmux("set-option", "-g", "automatic-rename", "off");
  mustTmux("set-option", "-g", "mouse", "on");
  mustTmux("set-option", "-g", "default-terminal", "tmux-256color");
  mustTmux("set-option", "-sg", "escape-time", "10");
  for (const [index, { command }] of panes.entries()) {
    if (index > 0) {
      const beside = index % most > 0;
      const pane = beside ? ["split-window", "-t", SESSION] : ["new-window", "-t", SESSION];
      mustTmux(...pane, ...command);
    }
    mustTmux("select-layout", "-t", SESSION, layout);
    const names = panes.slice(index - (index % most), index + 1).map(({ name }) => name);
    mustTmux("rename-window", "-t", SESSION, names.join(" "));
  }
}

/** Shows the pane with this index first. */
function select(index, columns, rows, panes) {
  const { most } = roomOf(columns, roomOf(columns, rows).most >= panes ? rows : rows - 1);
  mustTmux("select-window", "-t", `${SESSION}:${Math.floor(index / most)}`);
  mustTmux("select-pane", "-t", `${SESSION}:${Math.floor(index / most)}.${index % most}`);
}

async function start(kind) {
  if (tmux("-V").error !== undefined) {
    fail(
      "tmux is missing. Install it (Debian: apt-get install tmux, macOS: brew install tmux), " +
        "or open three terminals and run `npx p2p-node` in each",
    );
  }
  if (!existsSync(PROGRAM)) fail("the program is not built yet: run npm install first");
  if (tmux("has-session", "-t", SESSION).status === 0) {
    process.stdout.write("demo: it is already running\n");
    return attach();
  }
  const { columns = 120, rows = 40 } = process.stdout;
  const data = mkdtempSync(join(tmpdir(), DATA_PREFIX));
  const panes = await panesOf(kind, columns, rows, data);
  try {
    open(panes, data, columns, rows);
    select(kind === "start" ? 0 : panes.length - 1, columns, rows, panes.length);
  } catch (error) {
    tmux("kill-server");
    removeData(data);
    fail(error.message);
  }
  attach();
}

/** Shows the session on this terminal; off a terminal, says how to. */
function attach() {
  if (process.stdout.isTTY !== true || process.stdin.isTTY !== true) {
    process.stdout.write(
      `demo: running; look at it with  tmux -L ${SOCKET} attach  and end it with  npm run demo -- stop\n`,
    );
    return;
  }
  const { TMUX: _outer, ...env } = process.env;
  spawnSync("tmux", ["-L", SOCKET, "attach-session", "-t", SESSION], { stdio: "inherit", env });
  if (tmux("has-session", "-t", SESSION).status === 0) {
    process.stdout.write("demo: still running; npm run demo shows it again, npm run demo -- stop ends it\n");
  }
}

async function stop() {
  if (tmux("has-session", "-t", SESSION).status !== 0) {
    process.stdout.write("demo: nothing to stop\n");
    return;
  }
  const data = tmux("show-options", "-gv", DATA_OPTION).stdout.trim();
  const panes = mustTmux("list-panes", "-s", "-t", SESSION, "-F", "#{pane_pid}").split("\n").map(Number);
  mustTmux("kill-server");
  await ended(panes);
  removeData(data);
  process.stdout.write(`demo: ended ${panes.length} panes\n`);
}

/** Waits for all processes of the panes, each pane a process group, and kills those that take too long. */
async function ended(panes) {
  const deadline = performance.now() + END_TIMEOUT_MS;
  while (panes.some((pane) => signalGroup(pane, 0)) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const pane of panes) signalGroup(pane, "SIGKILL");
}

/** Whether there was anybody to signal. */
function signalGroup(pane, signal) {
  try {
    return process.kill(-pane, signal);
  } catch {
    return false;
  }
}

/** Removes only what the demo itself made. */
function removeData(data) {
  if (!basename(data).startsWith(DATA_PREFIX)) return;
  rmSync(data, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

const [word, ...rest] = process.argv.slice(2);
if (rest.length > 0 || (word !== undefined && !["start", "tour", "life", "stop"].includes(word))) {
  process.stderr.write("usage: npm run demo [-- start|tour|life|stop]\n");
  process.exit(2);
}
if (word === "stop") await stop();
else await start(word ?? "start");
