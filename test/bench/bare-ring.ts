import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleProgram } from "../support/bundle.ts";
import { numberFrom } from "./bare.ts";
import { closedLoop, type LoadFigures } from "./closed-loop.ts";
import type { Bench } from "./group.ts";
import { pieces } from "./pipeline.ts";

/** Bytes of an entry of the ring: about what a value of 100 B takes in a log; and of an answer. */
export const ENTRY_BYTES = 200;
export const ANSWER_BYTES = 20;

const ENTRY = "a".repeat(ENTRY_BYTES);

/** Three bare processes that make entries durable on a majority: the least that a replicated log of Node can cost. */
export class BareRing {
  readonly #directory: string;
  readonly #members: readonly ChildProcess[];
  readonly #port: number;

  static async open(bench: Bench): Promise<BareRing> {
    const directory = await mkdtemp(join(tmpdir(), "p2p-node-bench-"));
    bench.onEnd(() => rm(directory, { recursive: true, force: true }));
    const program = await bundleProgram("test/bench/ring-member.ts", directory);
    const members: ChildProcess[] = [];
    const start = async (others: readonly number[]): Promise<number> => {
      const words = [join(directory, String(members.length)), ENTRY_BYTES, ANSWER_BYTES, ...others].map(String);
      const member = spawn(process.execPath, [program, ...words], { stdio: ["pipe", "pipe", "inherit"] });
      bench.onEnd(() => void member.kill("SIGKILL"));
      members.push(member);
      return numberFrom(member);
    };
    const followers = [await start([]), await start([])];
    return new BareRing(directory, members, await start(followers));
  }

  private constructor(directory: string, members: readonly ChildProcess[], port: number) {
    this.#directory = directory;
    this.#members = members;
    this.#port = port;
  }

  load(outstanding: number, forMs: number): Promise<LoadFigures> {
    return closedLoop({
      port: this.#port,
      cut: pieces(ANSWER_BYTES),
      outstanding,
      forMs,
      request: () => ENTRY,
      check: () => {},
      pids: this.#members.map(({ pid }) => pid ?? 0),
    });
  }

  async close(): Promise<void> {
    for (const member of this.#members) member.kill("SIGKILL");
    await rm(this.#directory, { recursive: true, force: true });
  }
}
