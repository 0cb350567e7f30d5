import { readFileSync } from "node:fs";
import { connect as dial } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { advance } from "../../src/apps/life/kernel.ts";
import { boardFrom, parsePattern } from "../../src/apps/life/pattern.ts";
import { connect, type Pool } from "../../src/client/connect.ts";
import { type Band, hashOf, rowsAround } from "../../src/core/board.ts";
import { freePorts } from "../support/free-ports.ts";
import { Lab, type PeerProcess, until } from "../support/processes.ts";
import { Tool } from "../support/tool.ts";

/** Any address of 127.0.0.0/8 can be bound on Linux alone. */
const isLinux = process.platform === "linux";

const GOSPER = join("demo", "gosper.rle");

/** How often a leader is killed to see who holds the address next. */
const FAILOVERS = 30;

/** A failover that takes longer than this on a busy machine is none, ms. */
const FAILOVER_LIMIT_MS = 10_000;

let lab = new Lab();
const clients: Pool[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await lab.close();
});

/** Three peers and the address that they share. */
async function cluster(): Promise<{ readonly peers: PeerProcess[]; readonly vip: string }> {
  lab = new Lab();
  const [port] = await freePorts(1);
  const vip = `127.0.0.${70 + (process.pid % 100)}:${port}`;
  return { peers: [...(await lab.cluster(3, ["--vip", vip]))], vip };
}

async function client(vip: string): Promise<Pool> {
  const pool = await until(20_000, "an answer through the address", () =>
    connect(vip, { timeoutMs: 20_000 }).catch(() => undefined),
  );
  clients.push(pool);
  return pool;
}

interface Vip {
  readonly holder: string | null;
  readonly term: number;
  readonly held: boolean;
}

async function vipOf({ port }: { readonly port: number }): Promise<Vip | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/vip`, { signal: AbortSignal.timeout(2000) });
  return (await response.json()) as Vip;
}

/** The peer that holds the address. */
function holderOf(peers: readonly PeerProcess[]): Promise<PeerProcess> {
  return until(20_000, "somebody who holds the address", async () => {
    for (const peer of peers) if ((await vipOf(peer).catch(() => undefined))?.held === true) return peer;
    return undefined;
  });
}

/** Kills the holder and starts it again; the peers as they are then. */
async function replaceHolder(peers: PeerProcess[], vip: string): Promise<void> {
  const holder = await holderOf(peers);
  await holder.kill();
  peers[peers.indexOf(holder)] = lab.start(holder.port, ["--vip", vip]);
}

/** Waits until all are up, linked and voters: one more may be lost then. */
async function whole(peers: readonly PeerProcess[]): Promise<void> {
  await until(30_000, "all three as voters that are up", async () => {
    const views = await Promise.all(peers.map((peer) => peer.status().catch(() => undefined)));
    const isWhole = views.every(
      (view) =>
        view !== undefined &&
        view.raft.leader !== null &&
        view.raft.voters.length === 3 &&
        view.peers.every(({ linked, status }) => linked && status === "healthy"),
    );
    return isWhole || undefined;
  });
}

function board(file: string, size: number): Band {
  const parsed = parsePattern(readFileSync(file, "latin1"));
  if (parsed.kind !== "pattern") throw new Error(parsed.reason);
  const placed = boardFrom(parsed.pattern, size);
  if (placed.kind !== "board") throw new Error(placed.reason);
  return placed.board;
}

/** The whole board of a torus, so many turns later. */
function later(from: Band, turns: number): Band {
  let now = from;
  for (let done = 0; done < turns; ) {
    const step = Math.min(from.size, turns - done);
    const around = rowsAround(now, "torus", -step, from.size + 2 * step);
    now = advance(around, { topology: "torus", turns: step, y: 0 });
    done += step;
  }
  return now;
}

describe.runIf(isLinux)("the pool behind one address", () => {
  test("plays on while its leaders are killed, to the right board, and never steps back", async () => {
    const { peers, vip } = await cluster();
    await (await client(vip)).quit();
    const out = lab.file("end.rle", "");
    const tool = new Tool(
      ...["life", vip, "--pattern", GOSPER, "--size", "512", "--turns", "30000", "--json", "--timeout", "30"],
      ...["--out", out],
    );
    for (let kills = 0; kills < 2; kills++) {
      await tool.printed(tool.lines.length + 5);
      await replaceHolder(peers, vip);
      await whole(peers);
    }
    expect(await tool.ended).toEqual({ code: 0, stderr: "" });
    const told = tool.lines.map((line) => JSON.parse(line) as { turn: number; alive: number; state: string });
    for (const [at, { turn }] of told.entries()) expect(turn).toBeGreaterThanOrEqual(told[at - 1]?.turn ?? 0);
    expect(told.at(-1)).toMatchObject({ turn: 30_000, state: "finished" });
    expect(hashOf(board(out, 512))).toBe(hashOf(later(board(GOSPER, 512), 30_000)));
  }, 180_000);

  test(`moves the address ${FAILOVERS} times, to a later term each time`, async () => {
    const { peers, vip } = await cluster();
    let pool = await client(vip);
    const job = await pool.begin({ board: board(GOSPER, 64) });
    const tookMs: number[] = [];
    let { term } = await pool.countAlive({ job });
    for (let count = 0; count < FAILOVERS; count++) {
      await whole(peers);
      const holder = await holderOf(peers);
      const killedAt = performance.now();
      await holder.kill();
      pool.close();
      pool = await client(vip);
      const next = await pool.countAlive({ job });
      tookMs.push(performance.now() - killedAt);
      expect(next.term).toBeGreaterThan(term);
      term = next.term;
      peers[peers.indexOf(holder)] = lab.start(holder.port, ["--vip", vip]);
    }
    expect(Math.max(...tookMs)).toBeLessThan(FAILOVER_LIMIT_MS);
    expect((await pool.countAlive({ job })).state).toBe("running");
  }, 240_000);

  test("a leader that stood still says nothing more to whoever came by its address", async () => {
    const { peers, vip } = await cluster();
    const pool = await client(vip);
    const job = await pool.begin({ board: board(GOSPER, 64) });
    await pool.pause(job);
    const holder = await holderOf(peers);
    const [host = "", port] = vip.split(":");
    // It asks by HTTP and waits, so that whatever comes is of the one that it reached.
    const visitor = dial({ host, port: Number(port) });
    const heard: Buffer[] = [];
    visitor.on("data", (chunk: Buffer) => heard.push(chunk));
    visitor.on("error", () => {});
    await new Promise((resolve) => visitor.once("connect", resolve));
    visitor.write("GET /v1/vip HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await until(5000, "an answer", async () => heard.length > 0 || undefined);
    heard.length = 0;
    const others = peers.filter((peer) => peer !== holder);
    const gone = new Promise((resolve) => visitor.once("close", resolve));
    holder.signal("SIGSTOP");
    // It is asked once more, and would answer when it goes on.
    visitor.write("GET /v1/vip HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await gone;
    const next = await holderOf(others);
    expect(next).not.toBe(holder);
    holder.signal("SIGCONT");
    await until(20_000, "its way out of office", async () => (await vipOf(holder))?.held === false || undefined);
    expect(heard).toEqual([]);
    expect(await pool.countAlive({ job })).toMatchObject({ state: "paused" });
  }, 120_000);

  test("everybody names the holder", async () => {
    const { peers, vip } = await cluster();
    const holder = await holderOf(peers);
    const { self } = await holder.status();
    for (const peer of peers) {
      await until(10_000, "the holder's name", async () => (await vipOf(peer))?.holder === self.id || undefined);
      const status = new Tool("status", String(peer.port));
      expect((await status.ended).code).toBe(0);
      expect(status.lines.join("\n")).toContain(`virtual address ${vip} held by ${holder.port}`);
    }
  }, 60_000);
});
