import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import type { MutexKind } from "../../src/core/lock.ts";
import { MUTEX_DEFAULTS } from "../../src/protocols/mutex/definition.ts";
import { freePorts } from "../support/free-ports.ts";
import { Lab, leaderOf, type PeerProcess, until } from "../support/processes.ts";
import { Tool } from "../support/tool.ts";

/** A command that says its token, holds on until its stdin ends, and says how it ended; its exit code is 7. */
const HOLDER = `
  process.on("SIGTERM", () => { console.log("told to end"); process.exit(9); });
  process.on("SIGINT", () => { console.log("interrupted"); process.exit(8); });
  process.stdin.resume().on("end", () => process.exit(7));
  console.log(process.env.P2P_NODE_LOCK_TOKEN);
`;

/** A command that two at once would run into each other: it reads a number, takes its time, and writes the next one. */
const RACER = `
  const fs = require("node:fs");
  const [, log, counter] = process.argv;
  const token = process.env.P2P_NODE_LOCK_TOKEN;
  fs.appendFileSync(log, "in " + token + "\\n");
  const seen = Number(fs.readFileSync(counter, "utf8"));
  setTimeout(() => {
    fs.writeFileSync(counter, String(seen + 1));
    fs.appendFileSync(log, "out " + token + "\\n");
  }, 40);
`;

/** A command that says its token. */
const TELL_TOKEN = ["--", process.execPath, "-e", "console.log(process.env.P2P_NODE_LOCK_TOKEN)"];

type Two = readonly [PeerProcess, PeerProcess];
type Three = readonly [PeerProcess, PeerProcess, PeerProcess];

const tools: Tool[] = [];
let lab = new Lab();
afterEach(async () => {
  // The end of its stdin ends a command also where the tool is killed that ran it.
  for (const tool of tools.splice(0)) {
    tool.child.stdin.end();
    tool.kill();
  }
  await lab.close();
});

/** Three peers that exclude each other in one way. */
async function cluster(kind: MutexKind): Promise<Three> {
  lab = new Lab();
  return (await lab.cluster(3, ["--mutex", kind])) as unknown as Three;
}

function lock(peers: readonly { readonly port: number }[], ...words: readonly string[]): Tool {
  const tool = new Tool("lock", peers.map(({ port }) => port).join(","), ...words);
  tools.push(tool);
  return tool;
}

/** Takes a lock; what holds it until its stdin ends, and the token. */
async function hold(peer: PeerProcess, name: string): Promise<{ readonly tool: Tool; readonly token: number }> {
  const tool = lock([peer], name, "--", process.execPath, "-e", HOLDER);
  const [token] = await tool.printed(1);
  return { tool, token: Number(token) };
}

/** How the lock stands as a peer sees it, as soon as that fits. */
async function seen(peer: PeerProcess, name: string, fits: (lock: Lock) => boolean, what: string): Promise<Lock> {
  return until(10_000, what, async () => {
    const { mutex } = await peer.status();
    return mutex.locks.find((each) => each.name === name && fits(each));
  });
}
type Lock = Awaited<ReturnType<PeerProcess["status"]>>["mutex"]["locks"][number];

/** Six commands at once through all peers; nobody may be inside while another is, and tokens grow as they enter. */
async function race(peers: readonly PeerProcess[]): Promise<void> {
  const log = lab.file("log", "");
  const counter = lab.file("counter", "0");
  const racers = Array.from({ length: 6 }, (_, n) =>
    lock(peers.slice(n % 3, (n % 3) + 1), "race", "--", process.execPath, "-e", RACER, log, counter),
  );
  const ends = await Promise.all(racers.map(({ ended }) => ended));
  expect(ends).toEqual(racers.map(() => ({ code: 0, stderr: "" })));
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  const tokens = lines.flatMap((line) => (line.startsWith("in ") ? [line.slice(3)] : []));
  expect(lines).toEqual(tokens.flatMap((token) => [`in ${token}`, `out ${token}`]));
  const numbers = tokens.map(Number);
  expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
  expect(readFileSync(counter, "utf8")).toBe("6");
}

/** Whoever is gone does not wait any more, and the exit code of a command is passed on. */
async function giveUpWaiting(holding: PeerProcess, waiting: PeerProcess): Promise<void> {
  const { tool } = await hold(holding, "door");
  const waiter = lock([waiting], "door", ...TELL_TOKEN);
  await seen(waiting, "door", ({ state }) => state === "waiting", "somebody who waits");
  waiter.child.kill("SIGTERM");
  expect(await waiter.ended).toEqual({ code: 128 + 15, stderr: "" });
  await until(5000, "nobody who waits", async () => {
    const { mutex } = await waiting.status();
    return mutex.locks.every(({ name, state }) => name !== "door" || state === "idle") || undefined;
  });
  tool.child.stdin.end();
  expect(await tool.ended).toEqual({ code: 7, stderr: "" });
  expect(waiter.lines).toEqual([]);
}

/** The command is told to end, and the tool says why in one line. */
async function expectLost(tool: Tool): Promise<void> {
  expect(await tool.ended).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^p2p-node: lock: printer is lost: [^\n]*: ending the command\n$/),
  });
  expect(tool.lines.slice(1)).toEqual(["told to end"]);
}

describe("commands exclude each other through whichever peer", () => {
  test("under lamport, where a holder whose peer is killed blocks the lock until that is back", async () => {
    const [first, second, third] = await cluster("lamport");
    await race([first, second, third]);
    await giveUpWaiting(first, second);
    const { self } = await first.status();
    const { tool, token } = await hold(first, "printer");
    const others = [second, third];
    const waiting = others.map((peer) => lock([peer], "printer", ...TELL_TOKEN));
    for (const peer of others) await seen(peer, "printer", ({ state }) => state === "waiting", "somebody who waits");
    await first.kill();
    await expectLost(tool);
    for (const peer of others) {
      const { blockedBy } = await seen(peer, "printer", (each) => each.blockedBy.length > 0, "a lock that is blocked");
      expect(blockedBy).toEqual([self.id]);
    }
    expect(waiting.flatMap(({ lines }) => lines)).toEqual([]);
    await lab.start(first.port, ["--mutex", "lamport"]).event("listening");
    for (const { ended } of waiting) expect(await ended).toEqual({ code: 0, stderr: "" });
    const [one, other] = waiting.map(({ lines }) => Number(lines[0])) as [number, number];
    expect(Math.min(one, other)).toBeGreaterThan(token);
    expect(one).not.toBe(other);
  });

  test.each(["ricart-agrawala", "raymond"] as const)("under %s, and tokens grow when all begin anew", async (kind) => {
    const peers = await cluster(kind);
    await race(peers);
    await giveUpWaiting(peers[0], peers[1]);
    const { token } = await hold(peers[0], "printer");
    for (const peer of peers) peer.signal("SIGKILL");
    await Promise.all(peers.map(({ exited }) => exited));
    const again = peers.map(({ port }) => lab.start(port, ["--mutex", kind])) as unknown as Three;
    await again[2].event("listening");
    const next = await hold(again[2], "printer");
    expect(next.token).toBeGreaterThan(token);
  });

  test("under lease, where a holder whose peer is killed loses the lock when its lease has ended", async () => {
    const peers = await cluster("lease");
    await race(peers);
    const leader = await leaderOf(peers);
    // A leader that is new gives every lease its whole time: this one stays.
    const [first, second] = peers.filter((peer) => peer !== leader) as unknown as Two;
    await giveUpWaiting(first, second);
    const { tool, token } = await hold(first, "printer");
    const waiting = lock([second], "printer", "--", process.execPath, "-e", HOLDER);
    await seen(second, "printer", ({ state }) => state === "waiting", "somebody who waits");
    const killedAt = performance.now();
    await first.kill();
    await expectLost(tool);
    expect(waiting.lines).toEqual([]);
    const [next] = await waiting.printed(1);
    expect(Number(next)).toBeGreaterThan(token);
    // It was taken or renewed within the last third of the lease; some time is for the machine.
    const waitedMs = performance.now() - killedAt;
    expect(waitedMs).toBeGreaterThan(MUTEX_DEFAULTS.leaseMs / 2);
    expect(waitedMs).toBeLessThan(MUTEX_DEFAULTS.leaseMs + 4000);
    waiting.child.stdin.end();
    expect(await waiting.ended).toEqual({ code: 7, stderr: "" });
  });
});

describe("lock", () => {
  test("runs commands as a shell would, and says in one line why it cannot", async () => {
    lab = new Lab();
    const [peer] = (await lab.cluster(1)) as [PeerProcess];
    const [nowhere = 0] = await freePorts(1);
    const { tool: holder } = await hold(peer, "held");
    const run = async (peers: Parameters<typeof lock>[0], ...words: readonly string[]): Promise<string> => {
      const { code, stderr } = await lock(peers, ...words).ended;
      return `${code} ${stderr}`;
    };
    const sh = (script: string): readonly string[] => ["a", "--", "/bin/sh", "-c", script];
    const file = lab.file("plain", "no program");
    expect(
      await Promise.all([
        run([peer], ...sh("exit 3")),
        run([peer], ...sh("kill -9 $$")),
        run([peer], ...sh('test "$P2P_NODE_LOCK_NAME" = a && test "$P2P_NODE_LOCK_TOKEN" -gt 0')),
        // The next peer is asked where one is gone.
        run([{ port: nowhere }, peer], ...sh("exit 0")),
        run([peer], "a", "--", "/nowhere/program"),
        run([peer], "a", "--", file),
        run([peer], "--timeout", "1", "held", "--", "true"),
        run([{ port: nowhere }], ...sh("exit 0")),
        run([peer], "", "--", "true"),
        run([peer], "a\nb", "--", "true"),
        run([peer], "n".repeat(65), "--", "true"),
      ]),
    ).toEqual([
      "3 ",
      "137 ",
      "0 ",
      "0 ",
      expect.stringMatching(/^127 p2p-node: lock: \/nowhere\/program: [^\n]*ENOENT\n$/),
      expect.stringMatching(/^126 p2p-node: lock: [^\n]*plain: [^\n]*EACCES\n$/),
      "1 p2p-node: lock: the lock held is held by another all the time\n",
      expect.stringMatching(
        /^1 p2p-node: lock: 127\.0\.0\.1:\d+: [^\n]*ECONNREFUSED[^\n]*\. Is a peer running there\?\n$/,
      ),
      ...Array.from(
        { length: 3 },
        () => "2 p2p-node: lock: a lock's name has 1 to 64 characters, none of them a control character\n",
      ),
    ]);
    // Signals go to the command, whose end is the end of all.
    holder.child.kill("SIGINT");
    expect(await holder.ended).toEqual({ code: 8, stderr: "" });
    expect(holder.lines[1]).toBe("interrupted");
    for (const words of [[], ["a"], ["--timeout", "0", "a", "--", "true"]]) {
      const { code, stderr } = await lock([peer], ...words).ended;
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: /);
    }
  });
});
