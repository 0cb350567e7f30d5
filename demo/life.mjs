#!/usr/bin/env node
/**
 * The pane that leads the demo of the pool: it asks the virtual address, which is all that it knows, to play the Game of Life,
 * shows the board in every peer's pane, and says what to try.
 *
 *   node demo/life.mjs VIP PORT...    the address, and the ports of the demo's peers; `npm run demo -- life` starts all
 */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";

const PROGRAM = join(import.meta.dirname, "..", "dist", "p2p-node.js");
const PATTERN = join(import.meta.dirname, "gosper.rle");

/** The board fits the panes of a usual screen, and can be followed by eye. */
const SIZE = 96;
const PACE = 20;

const LOOK_INTERVAL_MS = 500;

const [vip, ...ports] = process.argv.slice(2);

/** Since when the peer on a port runs, ms since 1970; null while it does not. */
async function startedAt(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/status`, { signal: AbortSignal.timeout(2000) });
    const { at, upMs } = await response.json();
    return at - upMs;
  } catch {
    return null;
  }
}

/** Shows the board in the pane of each peer that has just begun. */
async function showBoards() {
  const shown = new Map();
  for (;;) {
    for (const [index, port] of ports.entries()) {
      const since = await startedAt(port);
      const before = shown.get(port);
      // Clocks of the same start differ by little.
      if (since === null || (before !== undefined && Math.abs(since - before) < 1000)) continue;
      shown.set(port, since);
      spawnSync("tmux", ["send-keys", "-t", `:.${index}`, "L", "z"]);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}

/** Whether somebody answers at the address. */
async function isHeld() {
  try {
    const response = await fetch(`http://${vip}/v1/vip`, { signal: AbortSignal.timeout(1000) });
    return (await response.json()).held === true;
  } catch {
    return false;
  }
}

/** Lets the pool play, and shows how far it is, until that ends. */
function play() {
  const words = ["life", vip, "--pattern", PATTERN, "--size", String(SIZE), "--pace", String(PACE)];
  return new Promise((resolve) => {
    spawn(process.execPath, [PROGRAM, ...words], { stdio: "inherit" }).once("exit", resolve);
  });
}

process.stdout.write(
  `This pane knows one address, ${vip}. Whoever leads holds it, hands rows of the board to the\n` +
    "least loaded, and the next leader takes both over: kill the one whose pane says LEADER, by Ctrl-C there\n" +
    "or by f k, and watch the board go on. Enter in its pane brings it back. B shows the pool, L the board,\n" +
    "Space pauses, d draws. Ctrl-C here ends this pane's command, not the job.\n\n",
);
void showBoards();
while (!(await isHeld())) await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
const code = await play();
process.exit(code ?? 1);
