import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAlive } from "../../../src/core/board.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { dotsOf, type PictureMessage } from "../../../src/protocols/broker/looks.ts";
import { randomBoard } from "./naive.ts";
import { nameOf } from "./name-of.ts";
import { A, B, C, OnBench, rowOf } from "./on-bench.ts";

const board = randomBoard(seededRandom(5), 32);
const WINDOW = { x: 0, y: 0, width: 32, height: 32, scale: 1 };
const LOOK = { kind: "look", job: 9, window: WINDOW, since: 0, shown: null } as const;

const window = fc.record({
  x: fc.integer({ min: 0, max: 90 }),
  y: fc.integer({ min: 0, max: 90 }),
  width: fc.integer({ min: 1, max: 70 }),
  height: fc.integer({ min: 1, max: 70 }),
  scale: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 80 })),
});

test("a dot of a picture is set where any of its cells lives, whatever part of the board it is of", () => {
  fc.assert(
    fc.property(
      fc.nat(1000),
      fc.integer({ min: 16, max: 80 }),
      fc.integer({ min: 2, max: 60 }),
      window,
      (seed, size, oneIn, at) => {
        const cells = randomBoard(seededRandom(seed), size, oneIn);
        const dots = dotsOf(cells, at);
        const rowBytes = Math.ceil(at.width / 8);
        expect(dots).toHaveLength(rowBytes * at.height);
        for (let row = 0; row < at.height; row++)
          for (let column = 0; column < 8 * rowBytes; column++) {
            let lives = false;
            for (let y = at.y + row * at.scale; y < Math.min(size, at.y + (row + 1) * at.scale); y++)
              for (let x = at.x + column * at.scale; x < Math.min(size, at.x + (column + 1) * at.scale); x++)
                lives ||= isAlive(cells, x, y);
            const dot = ((dots[row * rowBytes + (column >>> 3)] ?? 0) >>> (7 - (column & 7))) & 1;
            expect(dot).toBe(lives && column < at.width ? 1 : 0);
          }
      },
    ),
    { numRuns: 60 },
  );
});

/** A peer in office on its own, with a job that goes a turn at a time. */
function inOffice(): OnBench {
  const record = { kind: "board", term: 1, job: 9, turn: 0, ...nameOf(board) } as const;
  const bench = new OnBench({ keepers: () => [A], maxTurnsPerSecond: 50 }, [record]);
  bench.link(B, C);
  bench.enter(1, [rowOf(board)]);
  bench.command({ kind: "office", term: 1, until: 1_000_000 });
  return bench;
}

describe("a look", () => {
  test("is answered by a picture once, with the bands of those who computed it", () => {
    const bench = inOffice();
    const first = bench.hear(B, LOOK).said("picture");
    expect(first).toMatchObject([{ to: B, message: { term: 1, job: 9, turn: 0, size: 32, state: "running" } }]);
    for (let turn = 0; turn < 20; turn++) expect(bench.workOn(20).said("picture")).toEqual([]);
  });

  test("waits for a turn beyond that which is seen already", () => {
    const bench = inOffice();
    const seen = { ...LOOK, shown: { edits: 0, state: "running" } } as const;
    expect(bench.hear(B, seen).said("picture")).toEqual([]);
    expect(bench.workOn(20).said("picture")).toMatchObject([
      { message: { turn: 1, bands: [{ y: 0, rows: 32, worker: A }] } },
    ]);
  });

  test("of another part of the same turn is answered at once", () => {
    const bench = inOffice();
    bench.hear(B, LOOK);
    bench.wait(125);
    expect(bench.hear(B, { ...LOOK, window: { ...WINDOW, x: 8 } }).said("picture")).toHaveLength(1);
  });

  test("never shows an earlier turn than that which is seen", () => {
    const bench = inOffice();
    expect(bench.hear(B, { ...LOOK, since: 3 }).said("picture")).toEqual([]);
  });

  test("is answered eight times a second at most", () => {
    const bench = inOffice();
    bench.hear(B, LOOK);
    bench.hear(B, LOOK);
    let pictures = 0;
    for (let turn = 0; turn < 50; turn++) {
      const sent = bench.workOn(20).said("picture");
      pictures += sent.length;
      for (const { message } of sent)
        bench.hear(B, { ...LOOK, since: message.turn, shown: { edits: message.edits, state: message.state } });
    }
    expect(pictures).toBeGreaterThan(5);
    expect(pictures).toBeLessThanOrEqual(9);
  });

  test.each([{ width: 0 }, { height: 0 }, { scale: 0 }, { width: 513 }, { height: 513 }])(
    "of what is no part of a board is not answered: %o",
    (flaw) => {
      expect(
        inOffice()
          .hear(B, { ...LOOK, window: { ...WINDOW, ...flaw } })
          .said("picture"),
      ).toEqual([]);
    },
  );
});

describe("whoever watches", () => {
  /** A peer that looks at a job that is in the hands of B. */
  function watching(): OnBench {
    const bench = new OnBench({ isWorker: false });
    bench.link(B, C);
    bench.order(1, [rowOf(board)], B);
    return bench;
  }

  const picture: PictureMessage = {
    kind: "picture",
    ...{ term: 1, job: 9, size: 32, turn: 7, alive: 5, edits: 0, turnsPerSecond: 50, window: WINDOW },
    ...{ state: "running", dots: new Uint8Array(128), bands: [] },
  };

  test("asks the holder, and again when the picture has come", () => {
    const bench = watching();
    const asked = bench.command({ kind: "watch", job: 0, window: WINDOW });
    expect(asked.said("look")).toMatchObject([{ to: B, message: { job: 9, since: 0, shown: null } }]);
    const next = bench.hear(B, picture).said("look");
    expect(next).toMatchObject([{ to: B, message: { since: 7, shown: { edits: 0, state: "running" } } }]);
    expect(bench.view.picture).toMatchObject({ turn: 7, alive: 5 });
    expect(bench.view.jobs).toMatchObject([{ turn: 7, alive: 5, markedTurn: 0 }]);
  });

  test("asks no more once nobody looks", () => {
    const bench = watching();
    bench.command({ kind: "watch", job: 0, window: WINDOW });
    bench.command({ kind: "watch", job: 0, window: null });
    expect(bench.hear(B, picture).effects).toEqual([]);
    expect([bench.view.picture, bench.machine.deadline]).toEqual([null, Number.POSITIVE_INFINITY]);
  });

  test("asks again when nothing comes, and the new holder when there is one", () => {
    const bench = watching();
    bench.command({ kind: "watch", job: 0, window: WINDOW });
    expect(bench.wait(1000).said("look")).toMatchObject([{ to: B }]);
    expect(bench.order(2, bench.table.jobs, C).said("look")).toMatchObject([{ to: C }]);
  });

  test("sees no earlier turn of a new holder, and no picture of an old term", () => {
    const bench = watching();
    bench.command({ kind: "watch", job: 0, window: WINDOW });
    bench.hear(B, picture);
    expect(bench.order(2, bench.table.jobs, C).said("look")).toMatchObject([{ to: C, message: { since: 7 } }]);
    bench.hear(C, { ...picture, term: 2, turn: 3 });
    expect(bench.view.picture?.turn).toBe(7);
    bench.hear(B, { ...picture, turn: 9 });
    expect(bench.view.picture?.turn).toBe(7);
    bench.wait(1000);
    bench.hear(C, { ...picture, term: 2, turn: 8 });
    expect(bench.view.picture?.turn).toBe(8);
  });

  test("sees what is done by this peer itself without a message", () => {
    const bench = inOffice();
    const seen = bench.command({ kind: "watch", job: 0, window: WINDOW });
    expect(seen.said("look")).toEqual([]);
    expect(bench.view.picture).toMatchObject({ turn: 0, job: 9 });
  });
});
