#!/usr/bin/env node
/**
 * Makes the picture of the README from the program itself: five peers, one of them killed, one screen as it then is.
 *
 *   node demo/picture.mjs         writes demo/p2p-node.svg: one peer, after the leader was killed
 *   node demo/picture.mjs tour    writes demo/tour.svg: the demo's tour, at the partition
 *
 * Needs tmux and a build (npm install). The peers keep throwaway data and are ended when the picture is taken.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "./free-ports.mjs";

const PEERS = 5;
const COLUMNS = 120;
const ROWS = 40;
const SOCKET = `p2p-node-picture-${process.pid}`;
const PROGRAM = join(import.meta.dirname, "..", "dist", "p2p-node.js");
const DEMO = join(import.meta.dirname, "demo.mjs");

/** Longest wait for one step of the story. */
const STEP_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 100;

/** Round trips that fill the sparklines before the story begins. */
const ROUND_TRIPS_MS = 12_000;

/** The screen repaints once a second when nothing happens. */
const REPAINT_MS = 1500;

// ---------------------------------------------------------------------------------------------- peers in a terminal

function tmux(...words) {
  const { TMUX: _outer, CI: _ci, NODE_ENV: _mode, NO_COLOR: _plain, ...env } = process.env;
  return execFileSync("tmux", ["-u", "-L", SOCKET, ...words], { encoding: "utf8", env }).trimEnd();
}

/** Starts a peer in a window of its own; the window and the peer's process. */
function startPeer(port, first, data) {
  const whose = port === first ? ["--found"] : ["--join", `127.0.0.1:${first}`];
  const words = [process.execPath, PROGRAM, "--port", port, "--data-dir", join(data, String(port)), ...whose];
  const command = `exec ${words.map((word) => `'${String(word).replaceAll("'", `'\\''`)}'`).join(" ")}`;
  const print = ["-d", "-P", "-F", "#{window_id} #{pane_pid}"];
  const answer =
    port === first
      ? tmux("-f", "/dev/null", "new-session", ...print, "-x", String(COLUMNS), "-y", String(ROWS), command)
      : tmux("new-window", ...print, command);
  const [window, pid] = answer.split(" ");
  if (port === first) tmux("set-option", "-g", "status", "off");
  return { port, window, pid: Number(pid) };
}

/** Sends a signal; whether there was a process to take it. */
function signal(pid, name) {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

async function end(peers) {
  for (const { pid } of peers) signal(pid, "SIGTERM");
  for (let waits = 0; waits < 50 && peers.some(({ pid }) => signal(pid, 0)); waits++) await delay(POLL_INTERVAL_MS);
  for (const { pid } of peers) signal(pid, "SIGKILL");
}

async function viewOf({ port }) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/status`, { signal: AbortSignal.timeout(2000) });
    return await response.json();
  } catch {
    return null;
  }
}

/** Polls what the peers see until `holds` of all views; the views. */
async function until(what, peers, holds) {
  const deadline = performance.now() + STEP_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const views = await Promise.all(peers.map(viewOf));
    if (!views.includes(null) && holds(views)) return views;
    await delay(POLL_INTERVAL_MS);
  }
  throw new Error(`waited ${STEP_TIMEOUT_MS / 1000} s in vain until ${what}`);
}

const agreeOnLeader = (views) =>
  new Set(views.map(({ raft }) => raft.leader)).size === 1 && views[0].raft.leader !== null;

function isSettled(views) {
  const foreign = views.flatMap(({ peers }) => peers).find(({ id }) => !views.some(({ self }) => self.id === id));
  if (foreign !== undefined) throw new Error(`a peer that is not of this picture joined: ${foreign.address}`);
  return (
    agreeOnLeader(views) &&
    views.every(({ peers, raft }) => {
      const others = peers.filter(({ status, linked }) => status === "healthy" && linked);
      return others.length === PEERS - 1 && raft.voters.length === PEERS && raft.quorum.up === PEERS;
    })
  );
}

/** Plays the story; the screen of the new leader, with its escape sequences. */
async function play(peers) {
  const views = await until("five peers are settled", peers, isSettled);
  await delay(ROUND_TRIPS_MS);
  const leader = peers.find((_, index) => views[index].self.id === views[0].raft.leader);
  const lost = views[0].raft.leader;
  signal(leader.pid, "SIGKILL");
  peers.splice(peers.indexOf(leader), 1);
  const after = await until("the others have a new leader and see the old one unhealthy", peers, (now) => {
    const unhealthy = ({ id, status }) => id === lost && status === "unhealthy";
    return agreeOnLeader(now) && now[0].raft.leader !== lost && now.every((view) => view.peers.some(unhealthy));
  });
  await delay(REPAINT_MS);
  const successor = peers.find((_, index) => after[index].raft.role === "leader");
  return tmux("capture-pane", "-e", "-p", "-t", successor.window);
}

// ------------------------------------------------------------------------------------------------- a screen as SVG

const CELL = { width: 8.4, height: 18, fontSize: 14, baseline: 13.5 };
const MARGIN = 16;
const BACKGROUND = "#0d1117";
const FOREGROUND = "#d6dde5";
const FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";
const DIM_OPACITY = "0.62";

/** A colour of the cube or the greys of the 256-colour table; the first sixteen are left to each terminal. */
function indexed(index) {
  if (!(index >= 16 && index < 256))
    throw new Error(`the screen uses colour ${index}, which differs between terminals`);
  const level = (step) => (step === 0 ? 0 : 55 + 40 * step);
  const cube = index - 16;
  const rgb =
    index < 232
      ? [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]
      : Array(3).fill(8 + 10 * (index - 232));
  return `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

const PLAIN = { bold: false, dim: false, reverse: false, fill: FOREGROUND };

/** The style after one SGR sequence, of those that the program uses. */
function restyled(style, parameters) {
  const [, index] = /^38;5;(\d+)$/.exec(parameters) ?? [];
  if (index !== undefined) return { ...style, fill: indexed(Number(index)) };
  const changes = parameters.split(";").map((code) => CHANGES[Number(code)]);
  if (changes.includes(undefined)) throw new Error(`the screen uses SGR ${parameters}, which this picture cannot draw`);
  return Object.assign({}, style, ...changes);
}

const CHANGES = {
  0: PLAIN,
  1: { bold: true },
  2: { dim: true },
  7: { reverse: true },
  22: { bold: false, dim: false },
  27: { reverse: false },
  39: { fill: FOREGROUND },
  // The background is always the picture's own.
  49: {},
};

/** What a run breaks at: blanks, the dashes of rules, the dots of sparklines, and any other sign beyond ASCII by itself. */
const BREAKS = /( {2,}|\u254c+|[\u2800-\u28ff]+|[^\x20-\x7e])/u;

/**
 * The runs of text of a line, each with its column and style. They are short and each is placed by itself, so that no
 * font can shift what stands further right.
 */
function runsOf(line, before) {
  const runs = [];
  let style = before;
  let column = 0;
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    const parameters = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
    if (parameters !== undefined) {
      style = restyled(style, parameters);
      continue;
    }
    for (const text of part.split(BREAKS)) {
      if (text !== "") runs.push({ text, column, style });
      column += [...text].length;
    }
  }
  return { runs, style };
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const short = (value) => String(Math.round(value * 100) / 100);

/** The two signs that many fonts lack or draw too wide are drawn as lines and dots; undefined for any other text. */
function drawn(text, x, y) {
  if (/^\u254c/.test(text)) {
    const dash = short(CELL.width / 3);
    const path = `M${short(x + CELL.width / 12)} ${short(y + CELL.height / 2)}h${short(text.length * CELL.width)}`;
    return { path, stroke: `stroke-dasharray="${dash} ${short(CELL.width / 2 - CELL.width / 3)}"` };
  }
  if (!/^[\u2800-\u28ff]/.test(text)) return undefined;
  const dots = [...text].flatMap((sign, index) =>
    BRAILLE_DOTS.flatMap(([bit, column, row]) => {
      const left = x + (index + 0.27 + 0.46 * column) * CELL.width;
      return sign.charCodeAt(0) & bit ? [`M${short(left)} ${short(y + (0.2 + 0.2 * row) * CELL.height)}h0`] : [];
    }),
  );
  return { path: dots.join(""), stroke: 'stroke-width="2.4" stroke-linecap="round"' };
}

/** Bit, column and row of each dot of a Braille pattern. */
const BRAILLE_DOTS = [
  [0x01, 0, 0],
  [0x02, 0, 1],
  [0x04, 0, 2],
  [0x40, 0, 3],
  [0x08, 1, 0],
  [0x10, 1, 1],
  [0x20, 1, 2],
  [0x80, 1, 3],
];

function runSvg({ text, column, style }, row) {
  const { bold, dim, reverse } = style;
  const fill = reverse ? BACKGROUND : style.fill;
  const x = MARGIN + column * CELL.width;
  const y = MARGIN + row * CELL.height;
  const area = `x="${short(x)}" y="${short(y)}" width="${short(text.length * CELL.width)}" height="${CELL.height}"`;
  const box = reverse ? `<rect ${area} fill="${style.fill}"/>` : "";
  // Blanks at the ends would be dropped, and the rest stretched to make up for them.
  const shown = text.trim();
  if (shown === "") return box;
  const faint = dim ? ` opacity="${DIM_OPACITY}"` : "";
  const lines = drawn(text, x, y);
  if (lines !== undefined) return `${box}<path d="${lines.path}" stroke="${fill}" ${lines.stroke}${faint}/>`;
  const left = x + (text.length - text.trimStart().length) * CELL.width;
  const where = `x="${short(left)}" y="${short(y + CELL.baseline)}" textLength="${short(shown.length * CELL.width)}"`;
  const look = (fill === FOREGROUND ? "" : ` fill="${fill}"`) + (bold ? ' font-weight="bold"' : "") + faint;
  return `${box}<text ${where} lengthAdjust="spacingAndGlyphs"${look}>${escaped(shown)}</text>`;
}

/** A screen with its escape sequences as an SVG that needs nothing from elsewhere. */
function svgOf(screen, title) {
  const lines = screen.split("\n");
  const width = short(COLUMNS * CELL.width + 2 * MARGIN);
  const height = short(lines.length * CELL.height + 2 * MARGIN);
  let style = PLAIN;
  const rows = lines.map((line, row) => {
    const read = runsOf(line, style);
    style = read.style;
    return read.runs.map((run) => runSvg(run, row)).join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="${FONTS}" font-size="${CELL.fontSize}" fill="${FOREGROUND}">`,
    ...rows.filter((row) => row !== ""),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

// --------------------------------------------------------------------------------------------------------- the story

/** Walks the tour in a terminal of its own as far as the partition; the screen, with its escape sequences. */
async function walkTour() {
  const shown = () => tmux("capture-pane", "-p", "-t", ":0");
  const waitFor = async (wanted) => {
    const deadline = performance.now() + STEP_TIMEOUT_MS;
    while (!wanted.test(shown())) {
      if (performance.now() > deadline) throw new Error(`the tour never showed ${wanted}`);
      await delay(POLL_INTERVAL_MS);
    }
  };
  const demo = [`P2P_NODE_DEMO_SOCKET=${SOCKET}-inner`, process.execPath, DEMO, "tour"];
  const size = ["-x", String(COLUMNS), "-y", String(ROWS)];
  tmux("-f", "/dev/null", "new-session", "-d", ...size, `exec env ${demo.join(" ")}`);
  tmux("set-option", "-g", "status", "off");
  await waitFor(/Tour 1\/6/);
  spawnSync("tmux", ["-L", `${SOCKET}-inner`, "set-option", "-g", "pane-active-border-style", "default"]);
  await delay(ROUND_TRIPS_MS);
  for (const step of [2, 3, 4]) {
    tmux("send-keys", "-t", ":0", "Space");
    await waitFor(new RegExp(`Tour ${step}/6[\\s\\S]*applied`));
    // The leader that crashes in step 2 comes back within this time.
    await delay(step === 2 ? 20_000 : 5000);
  }
  return tmux("capture-pane", "-e", "-p", "-t", ":0");
}

async function drawTour() {
  const file = join(import.meta.dirname, "tour.svg");
  try {
    const svg = svgOf(
      await walkTour(),
      "The tour of the demo: five peers, parted, with the old leader in the minority",
    );
    writeFileSync(file, svg);
    process.stdout.write(`picture: ${file}, ${svg.length} bytes\n`);
  } finally {
    spawnSync(process.execPath, [DEMO, "stop"], { env: { ...process.env, P2P_NODE_DEMO_SOCKET: `${SOCKET}-inner` } });
    spawnSync("tmux", ["-L", SOCKET, "kill-server"]);
  }
}

async function drawPeer() {
  const output = join(import.meta.dirname, "p2p-node.svg");
  const data = mkdtempSync(join(tmpdir(), "p2p-node-picture-"));
  const peers = [];
  const finish = async () => {
    await end(peers);
    rmSync(data, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => finish().then(() => process.exit(1)));
  try {
    const ports = await freePorts(PEERS);
    for (const port of ports) peers.push(startPeer(port, ports[0], data));
    const screen = await play(peers);
    const svg = svgOf(screen, "One of five peers, some seconds after the leader was killed");
    writeFileSync(output, svg);
    process.stdout.write(`picture: ${output}, ${svg.length} bytes\n`);
  } finally {
    await finish();
  }
}

try {
  if (spawnSync("tmux", ["-V"]).error !== undefined) throw new Error("tmux is missing (Debian: apt-get install tmux)");
  if (!existsSync(PROGRAM)) throw new Error("the program is not built yet: run npm install first");
  if (process.argv[2] === "tour") await drawTour();
  else await drawPeer();
} catch (error) {
  process.stderr.write(`picture: ${error.message}\n`);
  process.exitCode = 1;
}
