import { describe, expect, test } from "vitest";
import { BoardWatch, boardSign, boardWanted } from "../../src/ui/board-watch.ts";
import { FakeDesk } from "./fake-desk.ts";
import { screen } from "./keyboard.ts";
import { picture } from "./pictures.ts";
import { job, lifeOf, POOL } from "./pools.ts";

const WINDOW = { x: 0, y: 0, width: 32, height: 16, scale: 2 };
const LIFE = lifeOf(job(25), WINDOW);
const WANTED = { job: 25, window: WINDOW };

function watching() {
  const desk = new FakeDesk(picture());
  return { desk, watch: new BoardWatch(desk) };
}

describe("what is looked at", () => {
  test("is told the desk once, and again where it is another part or another job", () => {
    const { desk, watch } = watching();
    watch.want(WANTED, null, 0);
    watch.want({ ...WANTED }, LIFE, 100);
    const right = { ...WANTED, window: { ...WINDOW, x: 8 } };
    watch.want(right, LIFE, 200);
    watch.want({ ...right, job: 31 }, LIFE, 300);
    expect(desk.watched).toEqual([WANTED, right, { ...right, job: 31 }]);
    expect(watch.isOn).toBe(true);
  });

  test("is told again while nothing comes of it: the peer may have started anew", () => {
    const { desk, watch } = watching();
    for (const now of [0, 500, 999, 1000, 1500, 2000]) watch.want(WANTED, null, now);
    expect(desk.watched).toHaveLength(3);
    for (const now of [3000, 9000]) watch.want(WANTED, LIFE, now);
    expect(desk.watched).toHaveLength(3);
  });

  test("ends once, where it had begun", () => {
    const { desk, watch } = watching();
    watch.want(null, null, 0);
    expect(desk.watched).toEqual([]);
    watch.want(WANTED, null, 0);
    watch.want(null, LIFE, 1);
    watch.want(null, LIFE, 2);
    expect(desk.watched).toEqual([WANTED, { job: 25, window: null }]);
    expect(watch.isOn).toBe(false);
  });

  test("is told another peer that is watched, without a word to the one before", () => {
    const { desk, watch } = watching();
    watch.want(WANTED, LIFE, 0);
    watch.forget();
    watch.want(WANTED, LIFE, 1);
    expect(desk.watched).toEqual([WANTED, WANTED]);
  });
});

describe("a board is wanted", () => {
  const said = { view: { broker: POOL } };

  test("where its panel is shown and nothing stands over it", () => {
    const s = screen(said).press("L");
    expect(boardWanted(s.model)?.job).toBe(31);
    expect(boardWanted(s.press("?").model)).toBeNull();
    expect(boardWanted(s.press("escape", "enter").model)).toBeNull();
    expect(boardWanted(s.press("escape", ":").model)?.job).toBe(31);
    expect(boardWanted(s.press("escape", "B").model)).toBeNull();
  });

  test("neither where there is no job nor where the terminal is too small", () => {
    expect(boardWanted(screen({}).press("L").model)).toBeNull();
    expect(boardWanted(screen({ ...said, columns: 20, lines: 5 }).press("L").model)).toBeNull();
  });
});

test("a picture is another where its turn, its state, its window or a cell is", () => {
  const signs = [
    null,
    LIFE,
    { ...LIFE, turn: 1201 },
    { ...LIFE, state: "paused" as const },
    { ...LIFE, alive: 49 },
    { ...LIFE, window: { ...WINDOW, y: 1 } },
  ].map(boardSign);
  expect(new Set(signs).size).toBe(signs.length);
  expect(boardSign({ ...LIFE })).toBe(boardSign(LIFE));
});
