import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { PeerView } from "../../src/peer/peer-view.ts";
import { freePorts } from "./free-ports.ts";

/** The built program; tests and benches run from the project's root. */
export const PROGRAM = join(process.cwd(), "dist", "p2p-node.js");

/** What its threads run that compute. */
export const LABOUR_PROGRAM = join(process.cwd(), "dist", "labour-worker.js");

/** A line of headless output. */
export interface Line {
  readonly at: number;
  readonly lamport: number;
  readonly event: string;
  readonly [told: string]: unknown;
}

/** The environment of a program under test: nothing of the shell that runs the tests changes what it does. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { CI: _ci, NODE_ENV: _mode, NO_COLOR: _color, FORCE_COLOR: _force, TMUX: _tmux, ...env } = process.env;
  for (const name of Object.keys(env)) if (name.startsWith("P2P_NODE_") || name.startsWith("VITEST")) delete env[name];
  return env;
}

/** A headless peer in a process of its own. */
export class PeerProcess {
  readonly port: number;
  readonly lines: Line[] = [];
  stderr = "";
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();
  readonly #listeners = new Set<(line: Line) => void>();

  /** @param nodeOptions options of node itself */
  constructor(port: number, flags: readonly string[], nodeOptions: readonly string[] = []) {
    this.port = port;
    this.#child = spawn(process.execPath, [...nodeOptions, PROGRAM, "--headless", "--port", String(port), ...flags], {
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { stdout, stderr } = this.#child;
    if (stdout !== null) {
      createInterface({ input: stdout }).on("line", (line) => {
        const parsed = JSON.parse(line) as Line;
        this.lines.push(parsed);
        for (const listener of this.#listeners) listener(parsed);
        for (const watcher of this.#watchers) watcher();
      });
    }
    stderr?.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.exited = once(this.#child, "close").then(([code, signal]) => {
      for (const watcher of this.#watchers) watcher();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Calls `listener` for every line from now on, as it comes; the answer ends it. */
  onLine(listener: (line: Line) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first line from `from` on that fits; rejects when none comes in time. */
  async line(fits: (line: Line) => boolean, what: string, from = 0, limitMs = 20_000): Promise<Line> {
    return new Promise((resolve, reject) => {
      let looked = from;
      const end = (act: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        act();
      };
      const look = (): void => {
        for (; looked < this.lines.length; looked++) {
          const line = this.lines[looked];
          if (line !== undefined && fits(line)) return end(() => resolve(line));
        }
        if (!this.isRunning) end(() => reject(new Error(`peer ${this.port} ended before ${what}: ${this.stderr}`)));
      };
      const timer = setTimeout(
        () => end(() => reject(new Error(`peer ${this.port}: no ${what} within ${limitMs} ms; ${this.#tail()}`))),
        limitMs,
      );
      this.#watchers.add(look);
      look();
    });
  }

  /** The first event of this kind from line `from` on. */
  event(kind: string, from = 0): Promise<Line> {
    return this.line(({ event }) => event === kind, kind, from);
  }

  /** What the peer shows. */
  async status(): Promise<PeerView> {
    const response = await fetch(`http://127.0.0.1:${this.port}/v1/status`, { signal: AbortSignal.timeout(5000) });
    return (await response.json()) as PeerView;
  }

  /** Has it carry out a line, as a key of its screen would; what came of it. */
  async command(line: string): Promise<{ readonly ok: boolean; readonly text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.port}/v1/commands`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ line }),
      signal: AbortSignal.timeout(10_000),
    });
    return (await response.json()) as { readonly ok: boolean; readonly text: string };
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  /** Ends it as the power cut does. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  #tail(): string {
    return `latest: ${JSON.stringify(this.lines.slice(-5))} ${this.stderr}`;
  }
}

/** Flags of every peer, or what they are where these are the addresses. */
type Further = readonly string[] | ((addresses: readonly string[]) => readonly string[]);

/** Peers on ports and data of their own, ended and removed together. */
export class Lab {
  readonly #directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
  readonly #peers: PeerProcess[] = [];
  /** Options of node with which peers are started. */
  readonly #nodeOptions: readonly string[];
  #closed = false;

  constructor(nodeOptions: readonly string[] = []) {
    this.#nodeOptions = nodeOptions;
  }

  /** Starts a peer; its data outlives it until the lab closes. */
  start(port: number, flags: readonly string[] = []): PeerProcess {
    if (this.#closed) throw new Error("the lab is closed");
    const peer = new PeerProcess(port, ["--data-dir", this.dataOf(port), ...flags], this.#nodeOptions);
    this.#peers.push(peer);
    return peer;
  }

  /** Where the peer on a port keeps its data. */
  dataOf(port: number): string {
    return join(this.#directory, String(port));
  }

  /** Where a file with this text is until the lab closes. */
  file(name: string, text: string): string {
    const path = join(this.#directory, name);
    writeFileSync(path, text);
    return path;
  }

  /**
   * A founder and those who join it, all linked, with one leader and all of them voters if their number is odd.
   *
   * @param further flags of every peer, or what they are where these are the addresses
   */
  async cluster(count: number, further: Further = []): Promise<readonly PeerProcess[]> {
    const ports = await freePorts(count);
    const flags = typeof further === "function" ? further(ports.map((port) => `127.0.0.1:${port}`)) : further;
    const [first = 0, ...others] = ports;
    const founder = this.start(first, ["--found", ...flags]);
    await founder.event("listening");
    const peers = [founder, ...others.map((port) => this.start(port, ["--join", `127.0.0.1:${first}`, ...flags]))];
    await settled(peers);
    return peers;
  }

  /** Ends every peer that still runs and removes their data. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const peer of this.#peers) {
      // A stopped process takes a kill, but would first have to go on for anything gentler.
      peer.signal("SIGKILL");
    }
    await Promise.all(this.#peers.map(({ exited }) => exited));
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Settles when all hold all healthy, follow one leader, and as many vote as should; their pictures. */
export async function settled(peers: readonly PeerProcess[], limitMs = 30_000): Promise<readonly PeerView[]> {
  const voters = Math.min(7, peers.length - 1 + (peers.length % 2));
  return until(limitMs, "a settled cluster", async () => {
    const views = await Promise.all(peers.map((peer) => peer.status()));
    const whole = views.every(
      ({ peers: others, modes, order }) =>
        others.filter(({ status, linked }) => status === "healthy" && linked).length === peers.length - 1 &&
        (modes.broadcast !== "raft" || order.members.length === voters),
    );
    const leaders = new Set(
      views.map(({ modes, order, election }) => (modes.broadcast === "none" ? election : order).leader),
    );
    return whole && leaders.size === 1 && !leaders.has(null) ? views : undefined;
  });
}

/** The peer that leads, as all of these see it. */
export async function leaderOf(peers: readonly PeerProcess[]): Promise<PeerProcess> {
  const views = await Promise.all(peers.map((peer) => peer.status()));
  const leader = peers[views.findIndex(({ election }) => election.role === "leader")];
  if (leader === undefined) throw new Error("nobody leads");
  return leader;
}

/** Looks every 50 ms until there is an answer; rejects when there is none in time. */
export async function until<T>(limitMs: number, what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + limitMs;
  let trouble = "";
  while (performance.now() < deadline) {
    try {
      const answer = await look();
      if (answer !== undefined) return answer;
    } catch (error) {
      trouble = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${what} within ${limitMs} ms ${trouble}`);
}
