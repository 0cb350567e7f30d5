import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_WINDOW_SIDE } from "../../src/control/desk/desk.ts";
import {
  dotsOf,
  followed,
  isWithin,
  middleOf,
  roomOf,
  wholeZoom,
  windowAt,
  zoomedBy,
  zoomOf,
} from "../../src/ui/board-window.ts";
import { INITIAL, type Zoom } from "../../src/ui/model.ts";
import { job, lifeOf } from "./pools.ts";

const SIZES = fc.integer({ min: 16, max: 16_384 });
const ROOMS = fc
  .record({
    columns: fc.integer({ min: 1, max: 300 }),
    lines: fc.integer({ min: 1, max: 100 }),
    braille: fc.boolean(),
  })
  .map(({ columns, lines, braille }) => roomOf(columns, lines, braille));
const ZOOMS = fc.oneof(
  fc.integer({ min: 1, max: 512 }).map((cells): Zoom => ({ cells, dots: 1 })),
  fc.integer({ min: 1, max: 8 }).map((dots): Zoom => ({ cells: 1, dots })),
);
const CELL = fc.record({ x: fc.integer({ min: 0, max: 16_383 }), y: fc.integer({ min: 0, max: 16_383 }) });

describe("a window", () => {
  test("is on the board but for a last dot that is part of it, has room, and is no larger than a picture", () => {
    fc.assert(
      fc.property(SIZES, ROOMS, ZOOMS, fc.option(CELL), (size, room, zoom, centre) => {
        const window = windowAt(size, zoom, centre, room);
        expect(window.scale).toBe(zoom.cells);
        for (const [first, dots, there] of [
          [window.x, window.width, room.width],
          [window.y, window.height, room.height],
        ] as const) {
          expect(first).toBeGreaterThanOrEqual(0);
          expect(dots).toBeGreaterThanOrEqual(1);
          expect(dots).toBeLessThanOrEqual(MAX_WINDOW_SIDE);
          expect(first + (dots - 1) * zoom.cells).toBeLessThan(size);
          if (dots > 1) expect(dots * zoom.dots).toBeLessThanOrEqual(there);
        }
      }),
    );
  });

  test("has the cell that it is about in it", () => {
    fc.assert(
      fc.property(SIZES, ROOMS, ZOOMS, CELL, (size, room, zoom, cell) => {
        const at = { x: cell.x % size, y: cell.y % size };
        expect(isWithin(windowAt(size, zoom, at, room), at)).toBe(true);
      }),
    );
  });

  test("of all of a board has every cell of it, as large as there is room for", () => {
    fc.assert(
      fc.property(SIZES, ROOMS, (size, room) => {
        const zoom = wholeZoom(size, room);
        fc.pre(Math.ceil(size / zoom.cells) <= Math.min(room.width, room.height));
        const window = windowAt(size, zoom, null, room);
        expect([window.x, window.y]).toEqual([0, 0]);
        expect(Math.min(window.width, window.height) * zoom.cells).toBeGreaterThanOrEqual(size);
      }),
    );
    expect(wholeZoom(64, roomOf(64, 32, false))).toEqual({ cells: 1, dots: 1 });
    expect(wholeZoom(64, roomOf(63, 32, false))).toEqual({ cells: 2, dots: 1 });
    expect(wholeZoom(16, roomOf(120, 40, false))).toEqual({ cells: 1, dots: 5 });
  });

  test("is usually cell by cell, or all of the board where that has room; where cells are drawn they are large", () => {
    const room = roomOf(118, 24, false);
    const at = (size: number, changed = {}) => zoomOf({ ...INITIAL.board, ...changed }, size, room);
    expect(at(1024)).toEqual({ cells: 1, dots: 1 });
    expect(at(16)).toEqual({ cells: 1, dots: 3 });
    expect(at(1024, { zoom: "whole" })).toEqual({ cells: 22, dots: 1 });
    const pen = { x: 0, y: 0, turned: false };
    expect(at(1024, { zoom: "whole", pen })).toEqual({ cells: 1, dots: 2 });
    expect(at(16, { pen })).toEqual({ cells: 1, dots: 2 });
    expect(at(16, { pen, zoom: { cells: 1, dots: 8 } })).toEqual({ cells: 1, dots: 8 });
  });
});

describe("the zoom", () => {
  test("goes in as far as large cells, and out as far as all of the board", () => {
    const room = roomOf(100, 50, false);
    const steps = (from: Zoom, by: 1 | -1): (Zoom | "whole")[] => {
      const all: (Zoom | "whole")[] = [];
      for (let zoom: Zoom | "whole" = from; zoom !== "whole" && all.length < 8; ) {
        zoom = zoomedBy(zoom, by, 1024, room);
        all.push(zoom);
      }
      return all;
    };
    expect(steps({ cells: 1, dots: 2 }, -1)).toEqual([
      { cells: 1, dots: 1 },
      { cells: 2, dots: 1 },
      { cells: 4, dots: 1 },
      { cells: 8, dots: 1 },
      "whole",
    ]);
    expect(steps({ cells: 11, dots: 1 }, 1).slice(0, 7)).toEqual([
      { cells: 5, dots: 1 },
      { cells: 2, dots: 1 },
      { cells: 1, dots: 1 },
      { cells: 1, dots: 2 },
      { cells: 1, dots: 4 },
      { cells: 1, dots: 8 },
      { cells: 1, dots: 8 },
    ]);
  });
});

describe("what is followed", () => {
  const window = { x: 40, y: 40, width: 48, height: 48, scale: 1 };
  // Alive are cells around the middle of the board, 64 64, which is that of the window too.
  const life = lifeOf(job(25, { size: 128 }), window);

  test("stays where it is while the live cells are around it", () => {
    expect(middleOf(window)).toEqual({ x: 64, y: 64 });
    expect(followed(life, window)).toEqual({ x: 64, y: 64 });
    const beside = { ...window, x: 50 };
    expect(followed(lifeOf(job(25, { size: 128 }), beside), beside)).toEqual(middleOf(beside));
  });

  test("goes to them once they are near the edge, and nowhere where none is in view", () => {
    const far = { ...window, x: 60, y: 60 };
    const centre = followed(lifeOf(job(25, { size: 128 }), far), far);
    expect(centre?.x).toBeLessThan(70);
    const nowhere = { ...window, x: 80, y: 20, height: 20, width: 20 };
    expect(followed(lifeOf(job(25, { size: 128 }), nowhere), nowhere)).toBeNull();
  });
});

test("dots are read from hex digits, the leftmost as the highest bit, whatever is there", () => {
  expect([...dotsOf("a5", 8)]).toEqual([1, 0, 1, 0, 0, 1, 0, 1]);
  expect([...dotsOf("f0", 3)]).toEqual([1, 1, 1]);
  expect([...dotsOf("zz", 5)]).toEqual([0, 0, 0, 0, 0]);
  expect([...dotsOf("", 2)]).toEqual([0, 0]);
});
