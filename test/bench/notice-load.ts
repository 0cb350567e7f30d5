import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundleProgram } from "../support/bundle.ts";
import { pause } from "./bare.ts";
import type { Bench } from "./group.ts";
import type { NoticePeers } from "./notice-peers.ts";
import { AnnouncerProgram } from "./notice-programs.ts";
import { cpuMs } from "./process-figures.ts";

const DRAIN_LIMIT_MS = 30_000;

/** What the programs of a load have been told. */
export interface Told {
  /** Messages of which all of them were notified. */
  readonly done: number;
  readonly notifications: number;
  /** Notifications of something for the second time. */
  readonly repeated: number;
}

/** Programs of which one announces at one peer, in this process, and the others are notified at the others, in a second. */
export class NoticeLoad {
  told: Told = { done: 0, notifications: 0, repeated: 0 };
  readonly #announcer: AnnouncerProgram;
  readonly #audiencePid: number;
  #progressed: () => void = () => {};

  /** @param dataBytes bytes of data in everything that is announced */
  static async open(bench: Bench, peers: NoticePeers, dataBytes: number): Promise<NoticeLoad> {
    const directory = await mkdtemp(join(tmpdir(), "p2p-node-bench-"));
    bench.onEnd(() => rm(directory, { recursive: true, force: true }));
    const program = await bundleProgram("test/bench/notice-audience.ts", directory);
    const words = [program, String(dataBytes), ...peers.subscriberPorts.map(String)];
    const audience = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
    bench.onEnd(() => void audience.kill("SIGKILL"));
    const announcer = await AnnouncerProgram.connect(peers.announcerPort, dataBytes);
    bench.onEnd(() => announcer.close());
    const load = new NoticeLoad(announcer, audience.pid ?? 0);
    createInterface({ input: audience.stdout }).on("line", (line) => load.#hear(line));
    await peers.untilSubscribed();
    return load;
  }

  private constructor(announcer: AnnouncerProgram, audiencePid: number) {
    this.#announcer = announcer;
    this.#audiencePid = audiencePid;
  }

  /** Announced so far. */
  get announced(): number {
    return this.#announcer.announced;
  }

  /** Milliseconds of CPU that the programs have used so far. */
  get cpuMs(): number {
    return cpuMs(process.pid) + cpuMs(this.#audiencePid);
  }

  /** Announces for so long, such that at most `window` messages are not everywhere yet. */
  async keepUnderWay(window: number, forMs: number): Promise<void> {
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      this.#progressed();
    }, forMs);
    while (!isOver) {
      const room = window - (this.announced - this.told.done);
      // A few at a time would cost the load more than the peers.
      if (room >= window / 8) this.#announcer.announce(room);
      await new Promise<void>((resolve) => {
        this.#progressed = resolve;
      });
    }
    clearTimeout(timer);
  }

  /** Announces as fast as the peer takes it until the signal. */
  async flood(batch: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#announcer.announce(batch)) await this.#announcer.drained();
      // Lets the lines of the other process in.
      await new Promise(setImmediate);
    }
  }

  /** Settles when all that was announced is everywhere, or when nothing has come any more for a while. */
  async untilQuiet(): Promise<void> {
    const endsAt = performance.now() + DRAIN_LIMIT_MS;
    while (this.told.done < this.announced && performance.now() < endsAt) await pause(50);
  }

  #hear(line: string): void {
    const [done = 0, notifications = 0, repeated = 0] = line.split(" ").map(Number);
    this.told = { done, notifications, repeated };
    this.#progressed();
  }
}
