import type { PeerProcess } from "../support/processes.ts";
import { within } from "./bare.ts";
import { median, p99 } from "./figure.ts";
import { lines, Pipeline } from "./pipeline.ts";

const NAME = "lock";

const LOCKED = /^\{"Locked":\["lock",(\d+)\]\}\n$/;

/** No lock may take so long. */
const LIMIT_MS = 20_000;

/** The fencing token of whoever held the lock last, as all its holders have seen it. */
interface Latest {
  token: number;
}

/** How soon one client, whom nobody disputes it, has locked and unlocked. */
export interface AloneFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One client locks and unlocks on one connection, over and over. */
export async function lockAlone(at: PeerProcess, forMs: number): Promise<AloneFigures> {
  const latest: Latest = { token: 0 };
  const holder = await Holder.open(at.port, latest);
  const samples: number[] = [];
  for (const endAt = performance.now() + forMs; performance.now() < endAt; ) {
    const startedAt = performance.now();
    await holder.pass();
    samples.push(performance.now() - startedAt);
  }
  holder.close();
  return { p50Ms: median(samples), p99Ms: p99(samples) };
}

/** So many clients, in turn of each peer, all want the lock at all times; how often a second it is handed over. */
export async function lockContended(at: readonly PeerProcess[], clients: number, forMs: number): Promise<number> {
  const latest: Latest = { token: 0 };
  const ports = Array.from({ length: clients }, (_, i) => at[i % at.length]?.port ?? 0);
  const holders = await Promise.all(ports.map((port) => Holder.open(port, latest)));
  const startedAt = performance.now();
  let passed = 0;
  const lives = holders.map(async (holder) => {
    while (performance.now() < startedAt + forMs) {
      await holder.pass();
      passed += 1;
    }
  });
  await Promise.all(lives);
  const perSecond = (passed / (performance.now() - startedAt)) * 1000;
  for (const holder of holders) holder.close();
  return perSecond;
}

/** A client with a connection, which is to hold the lock alone. */
class Holder {
  readonly #pipeline: Pipeline;
  readonly #latest: Latest;

  static async open(port: number, latest: Latest): Promise<Holder> {
    return new Holder(await Pipeline.open(port, lines), latest);
  }

  private constructor(pipeline: Pipeline, latest: Latest) {
    this.#pipeline = pipeline;
    this.#latest = latest;
  }

  /** Locks and unlocks. Rejects where the token is not later than that of all who held the lock before. */
  async pass(): Promise<void> {
    const answer = await this.#ask(`{"Lock":"${NAME}"}\n`);
    const token = Number(LOCKED.exec(answer)?.[1] ?? Number.NaN);
    if (!(token > this.#latest.token)) throw new Error(`${answer} was said behind token ${this.#latest.token}`);
    this.#latest.token = token;
    await this.#ask(`{"Unlock":"${NAME}"}\n`);
  }

  close(): void {
    this.#pipeline.close();
  }

  #ask(request: string): Promise<string> {
    const answered = new Promise<string>((resolve) => this.#pipeline.ask(request, resolve));
    return within(LIMIT_MS, `answer to ${request}`, Promise.race([answered, this.#pipeline.lost]));
  }
}
