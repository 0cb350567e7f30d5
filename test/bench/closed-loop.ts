import { pause, within } from "./bare.ts";
import { median, p99 } from "./figure.ts";
import type { Cut } from "./pipeline.ts";
import { Pipeline } from "./pipeline.ts";
import { cpuMs } from "./process-figures.ts";

/** Connections over which what is outstanding is spread, at most. */
const MAX_CONNECTIONS = 8;

const WARM_UP_MS = 1000;
const LAST_ANSWERS_MS = 30_000;

/** Whom a closed loop asks, what, and for how long. */
export interface Load {
  readonly port: number;
  readonly cut: Cut;
  /** Requests that have no answer yet, at all times: each answer lets the next one go. */
  readonly outstanding: number;
  readonly forMs: number;
  /** The request of this number, from 0 up. */
  request(number: number): string;
  /** Looks at an answer; throws where it is not to be counted. */
  check(answer: string, number: number): void;
  /** The processes whose CPU is counted. */
  readonly pids: readonly number[];
}

/** What a closed loop came to, after a second to warm up. */
export interface LoadFigures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Microseconds of CPU that one operation took, of all the processes together. */
  readonly cpuUs: number;
}

/** Keeps as much outstanding as the load says. Rejects when a connection is lost or an answer does not pass. */
export async function closedLoop(load: Load): Promise<LoadFigures> {
  const count = Math.min(load.outstanding, MAX_CONNECTIONS);
  const pipelines = await Promise.all(Array.from({ length: count }, () => Pipeline.open(load.port, load.cut)));
  try {
    return await new Loop(load, pipelines).run();
  } finally {
    for (const pipeline of pipelines) pipeline.close();
  }
}

class Loop {
  readonly #load: Load;
  readonly #pipelines: readonly Pipeline[];
  /** Rejects when the loop cannot go on. */
  readonly #failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};
  #asked = 0;
  #answered = 0;
  #underWay = 0;
  #isOver = false;
  #drained: () => void = () => {};
  /** Monotonic ms from which on requests are measured. */
  #measuredFrom = Number.POSITIVE_INFINITY;
  readonly #latenciesMs: number[] = [];

  constructor(load: Load, pipelines: readonly Pipeline[]) {
    this.#load = load;
    this.#pipelines = pipelines;
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.#failed = Promise.race([failed, ...pipelines.map(({ lost }) => lost)]);
    this.#failed.catch(() => {});
  }

  async run(): Promise<LoadFigures> {
    const { outstanding, forMs } = this.#load;
    for (let i = 0; i < outstanding; i++) this.#ask(this.#pipelines[i % this.#pipelines.length] as Pipeline);
    await this.#unlessFailed(pause(WARM_UP_MS));
    const before = this.#mark();
    this.#measuredFrom = before.at;
    await this.#unlessFailed(pause(forMs));
    const after = this.#mark();
    this.#isOver = true;
    const latenciesMs = [...this.#latenciesMs];
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    if (this.#underWay > 0) await within(LAST_ANSWERS_MS, "last answers", this.#unlessFailed(drained));
    return {
      perSecond: (latenciesMs.length / (after.at - before.at)) * 1000,
      p50Ms: median(latenciesMs),
      p99Ms: p99(latenciesMs),
      cpuUs: ((after.cpuMs - before.cpuMs) / (after.answered - before.answered)) * 1000,
    };
  }

  #ask(pipeline: Pipeline): void {
    const number = this.#asked;
    this.#asked += 1;
    this.#underWay += 1;
    const askedAt = performance.now();
    pipeline.ask(this.#load.request(number), (answer) => {
      this.#underWay -= 1;
      this.#answered += 1;
      if (askedAt >= this.#measuredFrom) this.#latenciesMs.push(performance.now() - askedAt);
      this.#check(answer, number);
      if (!this.#isOver) this.#ask(pipeline);
      else if (this.#underWay === 0) this.#drained();
    });
  }

  #check(answer: string, number: number): void {
    try {
      this.#load.check(answer, number);
    } catch (error) {
      this.#isOver = true;
      this.#fail(error);
    }
  }

  #mark() {
    const used = this.#load.pids.reduce((sum, pid) => sum + cpuMs(pid), 0);
    return { at: performance.now(), answered: this.#answered, cpuMs: used };
  }

  #unlessFailed<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failed]);
  }
}
