#!/usr/bin/env node
/**
 * The tour of the demo: six steps, Space by Space. Each says the command that it is about to give, gives it to a running
 * peer as any user could, and says where to look.
 *
 *   node demo/tour.mjs PORT...    the ports of the demo's peers; `npm run demo -- tour` starts both
 */
import { spawn } from "node:child_process";
import { join } from "node:path";

const PROGRAM = join(import.meta.dirname, "..", "dist", "p2p-node.js");
const LEADER_TIMEOUT_MS = 10_000;

const ports = process.argv.slice(2).map(Number);

async function statusOf(port) {
  const response = await fetch(`http://127.0.0.1:${port}/v1/status`, { signal: AbortSignal.timeout(2000) });
  return response.json();
}

/** Who leads the latest term, and the others; waits until somebody does. */
async function roles() {
  const deadline = performance.now() + LEADER_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const views = (await Promise.allSettled(ports.map(statusOf))).flatMap(({ value }) => value ?? []);
    const leading = views.filter(({ raft, condition }) => raft.role === "leader" && condition.kind === "running");
    const latest = leading.sort((a, b) => b.raft.currentTerm - a.raft.currentTerm)[0];
    if (latest !== undefined) {
      const leader = Number(latest.self.address.split(":").at(-1));
      return { leader, others: ports.filter((port) => port !== leader) };
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const [leader, ...others] = ports;
  return { leader, others };
}

/** The steps: a title, the lines to give and to whom, and where to look. */
const STEPS = [
  {
    title: "A healthy cluster",
    lines: () => [],
    look: ({ leader }) => `Every header says the same: ${leader} leads, which term, how many of the quorum are up.`,
  },
  {
    title: "The leader crashes",
    lines: ({ leader }) => [{ at: leader, line: `crash ${leader} for 15s` }],
    look: ({ leader }) =>
      `${leader} says CRASHED. The others: a new leader within moments, in the timeline why and who voted. In 15 s ${leader} comes back from its disk.`,
  },
  {
    title: "A one-way cut",
    lines: ({ leader, others }) => [{ at: leader, line: `cut ${others[0]} out for 30s` }],
    look: ({ leader, others }) =>
      `${others[0]} hears nothing of ${leader}, yet is heard: it asks for votes, and the others refuse, for they hear their leader. In 30 s it ends.`,
  },
  {
    title: "A partition with the leader in the minority",
    lines: ({ leader, others }) => {
      const minority = ports.length > 3 ? [leader, others[0]] : [leader];
      const majority = ports.filter((port) => !minority.includes(port));
      return [
        { at: leader, line: "heal" },
        { at: leader, line: `partition ${minority.join(",")} | ${majority.join(",")}` },
      ];
    },
    look: ({ leader }) =>
      `${leader} cannot reach a quorum and steps down; the majority elects another. Two sides, one leader: look at the terms.`,
  },
  {
    title: "Loss and latency",
    lines: ({ leader }) => [
      { at: leader, line: "heal" },
      { at: leader, line: "drop all 20% both" },
      { at: leader, line: "latency all 60ms jitter 20ms both" },
    ],
    look: ({ leader }) =>
      `${leader}: round trips of 120 ms, lost probes (x) and lives that come back. Nobody is taken for gone.`,
  },
  {
    title: "Heal",
    lines: ({ leader }) => [{ at: leader, line: "heal" }],
    look: () => "All faults are gone everywhere; within moments everybody is healthy. Now break it yourself: press f.",
  },
];

/** Gives a line to the peer on a port; what it answered. */
function give({ at, line }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM, "fault", String(at), line], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
    child.once("close", () => resolve(said.trim()));
  });
}

function show(lines) {
  const { columns = 80 } = process.stdout;
  process.stdout.write(`\x1b[2J\x1b[H${lines.map((line) => wrapped(line, columns)).join("\r\n")}`);
}

/** Breaks a line at blanks where the pane ends. */
function wrapped(line, columns) {
  const rows = [""];
  for (const word of line.split(" ")) {
    const row = rows.at(-1);
    if (row.length + word.length + 1 > columns - 1) rows.push(`   ${word}`);
    else rows[rows.length - 1] = row === "" ? word : `${row} ${word}`;
  }
  return rows.join("\r\n");
}

/** Settles at the next Space; q or Ctrl-C ends the tour. */
function space() {
  return new Promise((resolve) => {
    const onData = (chunk) => {
      for (const key of chunk.toString()) {
        if (key === "q" || key === "\x03") process.exit(0);
        if (key === " ") {
          process.stdin.off("data", onData);
          return resolve();
        }
      }
    };
    process.stdin.on("data", onData);
  });
}

if (ports.length < 3 || ports.some((port) => !(port > 0 && port < 65_536))) {
  process.stderr.write("usage: node demo/tour.mjs PORT PORT PORT ...\n");
  process.exit(2);
}
if (process.stdin.isTTY === true) process.stdin.setRawMode(true);
for (const [index, step] of STEPS.entries()) {
  const title = `\x1b[1mTour ${index + 1}/${STEPS.length}: ${step.title}\x1b[0m`;
  const cast = await roles();
  const said = [];
  for (const command of step.lines(cast)) {
    const answer = await give(command);
    said.push(`  p2p-node fault ${command.at} "${command.line}"   ${answer}`);
  }
  const next = index + 1 < STEPS.length ? "Space: next step   q: end the tour" : "Space or q: end the tour";
  show([title, ...said, `  ${step.look(cast)}`, `\x1b[2m${next}\x1b[0m`]);
  await space();
}
process.exit(0);
