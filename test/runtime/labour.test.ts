import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { blankBand, countAlive, rowsAround, rowsOf } from "../../src/core/board.ts";
import type { Work } from "../../src/protocols/broker/message.ts";
import { Labour, type LabourLimits, type Outcome } from "../../src/runtime/labour.ts";
import { turnsLater } from "../apps/life/naive.ts";
import { randomBand } from "../apps/life/soup.ts";
import { bundleProgram } from "../support/bundle.ts";

/** A thread that says in `alive` which one it is, and in `tookUs` the how manieth piece that was; it dies of some. */
const TALLY = `
import { parentPort, threadId } from "node:worker_threads";
let pieces = 0;
parentPort.on("message", ({ ticket, turns, band }) => {
  pieces += 1;
  if (turns === 13) throw new Error("thirteen\\nturns");
  if (turns === 14) process.exit(3);
  parentPort.postMessage({ kind: "worked", ticket, band, alive: threadId, tookUs: pieces });
});
`;

let folder = "";
let kernel: URL;
let tally: URL;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "p2p-node-labour-"));
  kernel = pathToFileURL(await bundleProgram("src/cli/labour-worker.ts", folder));
  tally = pathToFileURL(join(folder, "tally.mjs"));
  writeFileSync(tally, TALLY);
});

afterAll(() => rmSync(folder, { recursive: true }));

let begun: Labour[] = [];

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(begun.map((labour) => labour.close()));
  begun = [];
});

/** What threads are given, and what they give. */
class Yard {
  readonly labour: Labour;
  readonly outcomes: Outcome[] = [];
  #heard: () => void = () => undefined;

  constructor(most: number, limits: Partial<LabourLimits>) {
    const give = (outcome: Outcome): void => {
      this.outcomes.push(outcome);
      this.#heard();
    };
    this.labour = new Labour(most, give, limits);
    begun.push(this.labour);
  }

  want(ticket: number, work: Partial<Work> = {}): void {
    const plain = { topology: "torus", turns: 1, y: 0, band: blankBand(32, 3) } as const;
    this.labour.act({ kind: "work-wanted", work: { ...plain, ...work, ticket } });
  }

  drop(ticket: number): void {
    this.labour.act({ kind: "work-dropped", ticket });
  }

  /** All outcomes, once there are so many. */
  async got(count: number): Promise<readonly Outcome[]> {
    while (this.outcomes.length < count) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
    return this.outcomes;
  }

  /** Which thread a piece of work was done by, as it said. */
  threadOf(ticket: number): number | undefined {
    const outcome = this.outcomes.find((each) => each.ticket === ticket);
    return outcome?.kind === "worked" ? outcome.alive : undefined;
  }
}

describe("threads", () => {
  test("compute rows, and leave what they were given as it was", async () => {
    const yard = new Yard(2, { program: kernel });
    const board = randomBand(70, 70, 40, 1);
    const after = turnsLater(board, "torus", 3);
    for (let ticket = 0; ticket < 7; ticket++) {
      const y = 10 * ticket;
      yard.want(ticket, { turns: 3, y, band: rowsAround(board, "torus", y - 3, 16) });
    }
    const within = rowsOf(board, 20, 16);
    yard.want(7, { turns: 3, y: 23, band: within });
    const outcomes = await yard.got(8);
    for (const outcome of outcomes) {
      if (outcome.kind !== "worked") throw new Error(outcome.because);
      const y = outcome.ticket === 7 ? 23 : 10 * outcome.ticket;
      expect(outcome.band).toEqual(rowsAround(after, "torus", y, 10));
      expect(outcome.alive).toBe(countAlive(outcome.band));
      expect(outcome.tookUs).toBeGreaterThan(0);
    }
    expect(outcomes.map(({ ticket }) => ticket).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(board).toEqual(randomBand(70, 70, 40, 1));
    expect(within.words.length).toBe(16 * 3);
  });

  test("are as many as are allowed, and no more than are needed", async () => {
    const yard = new Yard(3, { program: tally });
    yard.want(1);
    await yard.got(1);
    yard.want(2);
    await yard.got(2);
    expect(yard.threadOf(2)).toBe(yard.threadOf(1));
    for (let ticket = 3; ticket <= 12; ticket++) yard.want(ticket);
    const outcomes = await yard.got(12);
    expect(new Set(outcomes.map(({ ticket }) => yard.threadOf(ticket))).size).toBe(3);
  });

  test("never begin what was dropped, and nobody hears of what was dropped in hand", async () => {
    const yard = new Yard(1, { program: tally });
    for (const ticket of [1, 2, 3, 4]) yard.want(ticket);
    yard.drop(1);
    yard.drop(3);
    yard.drop(99);
    expect(await yard.got(2)).toMatchObject([
      { kind: "worked", ticket: 2, tookUs: 2 },
      { kind: "worked", ticket: 4, tookUs: 3 },
    ]);
  });

  test("that die fail what they have in hand, in one line, and are replaced", async () => {
    const yard = new Yard(1, { program: tally });
    yard.want(1, { turns: 13 });
    yard.want(2, { turns: 14 });
    yard.want(3);
    expect(await yard.got(3)).toMatchObject([
      { kind: "work-failed", ticket: 1, because: "a thread failed: thirteen" },
      { kind: "work-failed", ticket: 2, because: "a thread failed: it ended" },
      { kind: "worked", ticket: 3, tookUs: 1 },
    ]);
  });

  test("fail of what makes no sense", async () => {
    const yard = new Yard(1, { program: kernel });
    yard.want(1, { turns: 2 });
    expect(await yard.got(1)).toEqual([
      { kind: "work-failed", ticket: 1, because: "a thread failed: 3 rows for 2 turns" },
    ]);
  });

  test("that cannot begin fail all work", async () => {
    const yard = new Yard(2, { program: new URL("nowhere.mjs", tally) });
    for (const ticket of [1, 2, 3]) yard.want(ticket);
    for (const outcome of await yard.got(3)) {
      expect(outcome).toMatchObject({
        kind: "work-failed",
        because: expect.stringMatching(/^a thread failed: .*nowhere/),
      });
    }
  });

  test("have no more than so much work waiting for them", async () => {
    const yard = new Yard(1, { program: tally, maxWaiting: 2 });
    for (const ticket of [1, 2, 3, 4]) yard.want(ticket);
    expect(yard.outcomes).toEqual([]);
    const outcomes = await yard.got(4);
    expect(outcomes[0]).toEqual({ kind: "work-failed", ticket: 4, because: "2 pieces of work wait already" });
    expect(outcomes.slice(1)).toMatchObject([1, 2, 3].map((ticket) => ({ kind: "worked", ticket })));
  });

  test("end a while after the last work, and others begin with the next", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const yard = new Yard(1, { program: tally, idleMs: 1000 });
    yard.want(1);
    await yard.got(1);
    vi.advanceTimersByTime(999);
    yard.want(2);
    await yard.got(2);
    vi.advanceTimersByTime(999);
    yard.want(3);
    await yard.got(3);
    expect([yard.threadOf(2), yard.threadOf(3)]).toEqual([yard.threadOf(1), yard.threadOf(1)]);
    vi.advanceTimersByTime(1000);
    yard.want(4);
    await yard.got(4);
    expect(yard.threadOf(4)).not.toBe(yard.threadOf(1));
  });

  test("give nothing once they are closed", async () => {
    const yard = new Yard(2, { program: tally });
    yard.want(1);
    await yard.got(1);
    for (const ticket of [2, 3, 4]) yard.want(ticket);
    await yard.labour.close();
    yard.want(5);
    await yard.labour.close();
    expect(yard.outcomes.length).toBe(1);
  });
});
