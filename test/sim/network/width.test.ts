import { beforeEach, describe, expect, test } from "vitest";
import type { Conditions } from "../../../src/sim/network/conditions.ts";
import { connected } from "./stations.ts";

/** What passes on a way that gets narrower and wider. It stands since 100 ms, and everything takes 10 ms. */
let stations: ReturnType<typeof connected>;

beforeEach(() => {
  stations = connected();
});

/** From now on the way from the first station to the second is like this. */
function change(conditions: Partial<Conditions>): void {
  stations.network.change(stations.a.address, stations.b.address, conditions);
}

function say(...pieces: readonly string[]): void {
  for (const piece of pieces) stations.a.say(1, piece);
}

/** What came to the second station until an instant, since the last look. */
function heardUntil(instant: number): readonly string[] {
  stations.time.run(instant - stations.time.now);
  return stations.b.take().map((line) => line.replace("2 got ", ""));
}

describe("so many things in a step of time", () => {
  test("are counted anew in steps of another length", () => {
    change({ capacity: { things: 2, stepMs: 10 } });
    say("a", "b", "c");
    expect(heardUntil(150)).toEqual(["110: a", "110: b", "120: c"]);
    change({ capacity: { things: 2, stepMs: 1000 } });
    say("d", "e", "f");
    expect(heardUntil(3000)).toEqual(["160: d", "160: e", "1010: f"]);
  });
});

describe("what waits for a narrow line", () => {
  test.each<[string, Partial<Conditions>]>([
    ["its capacity", { capacity: { things: 1, stepMs: 500 } }],
    ["its width", { bytesPerSecond: 2 }],
  ])("because of %s passes when it is mended, before what is sent then", (_what, narrow) => {
    change(narrow);
    say("a", "b", "c", "d");
    const early = heardUntil(700);
    stations.network.mend(stations.a.address, stations.b.address);
    say("e");
    const heard = [...early, ...heardUntil(10_000)];
    expect(heard.map((line) => line.slice(-1))).toEqual(["a", "b", "c", "d", "e"]);
    expect(heard.slice(-2)).toEqual(["710: d", "710: e"]);
  });

  test("passes when everything heals", () => {
    change({ capacity: { things: 1, stepMs: 60_000 } });
    say("a", "b", "c");
    expect(heardUntil(200)).toEqual(["110: a"]);
    stations.network.heal();
    expect(heardUntil(2000)).toEqual(["210: b", "210: c"]);
  });

  test("does not wait longer when the line gets narrower still", () => {
    change({ capacity: { things: 1, stepMs: 100 } });
    say("a", "b");
    change({ capacity: { things: 1, stepMs: 50_000 } });
    expect(heardUntil(2000)).toEqual(["110: a", "210: b"]);
  });

  test("waits on behind a cut, and is in order when that heals", () => {
    change({ capacity: { things: 1, stepMs: 100 } });
    say("a", "b", "c");
    expect(heardUntil(250)).toEqual(["110: a", "210: b"]);
    change({ cut: true });
    say("d");
    expect(heardUntil(5000)).toEqual([]);
    stations.network.heal();
    expect(heardUntil(6000)).toEqual(["5000: c", "5000: d"]);
  });
});
