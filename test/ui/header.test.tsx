import { describe, expect, test } from "vitest";
import { keyOfPanel, PANELS } from "../../src/ui/layout.ts";
import { stretchesAround } from "../../src/ui/stretches.ts";
import { frame } from "./frames.tsx";
import { screen } from "./keyboard.ts";

/** The line of the panels' names after a key. */
function tabs(columns: number, key: string): string {
  const said = { columns, lines: 24 };
  return frame({ ...said, state: screen(said).press(key).state })[1] ?? "";
}

describe("the panels' names", () => {
  const full =
    /^ 1 Peers 2 Gossip 3 Raft 4 Timeline 5 Faults \[6 Notices\] 7 Files 8 Values 9 Order E Election M Mutex B Broker L Life /;
  const short =
    /^ 1 Peers 2 Gos 3 Raft 4 Time 5 Fau \[6 Notices\] 7 File 8 Val 9 Ord E Elec M Mut B Brok L Life +cluster 3f2a91bc$/;
  test.each([
    [200, full],
    [136, full],
    [120, short],
    [112, short],
    [98, /^ \.\. 2 Gos 3 Raft 4 Time 5 Fau \[6 Notices\] 7 File 8 Val 9 Ord E Elec M Mut \.\. +cluster 3f2a91bc$/],
    [80, /^ \.\. 3 Raft 4 Time 5 Fau \[6 Notices\] 7 File 8 Val 9 Ord \.\. +cluster 3f2a91bc$/],
    [79, /^ \.\. 3 Raft 4 Time 5 Fau \[6 Notices\] 7 File 8 Val 9 Ord \.\. +worst gap 90 ms$/],
    [59, /^ \.\. 5 Fau \[6 Notices\] 7 File 8 Val \.\. {7}worst gap 90 ms$/],
  ])("are as long as %i columns allow", (columns, line) => {
    expect(tabs(columns, "6")).toMatch(line);
  });

  test.each([
    ["1", " [1 Peers] 2 Gos 3 Raft 4 Time 5 Fau ..     worst gap 90 ms"],
    ["3", " 1 Peers 2 Gos [3 Raft] 4 Time 5 Fau ..     worst gap 90 ms"],
    ["9", " .. 7 File 8 Val [9 Order] E Elec M Mut ..  worst gap 90 ms"],
    ["E", " .. 9 Ord [E Election] M Mut B Brok ..      worst gap 90 ms"],
    ["M", " .. 9 Ord E Elec [M Mutex] B Brok L Life    worst gap 90 ms"],
    ["L", " .. 9 Ord E Elec M Mut B Brok [L Life]      worst gap 90 ms"],
  ])("at 59 columns show those around %s, and that there are more", (key, line) => {
    expect(tabs(59, key)).toBe(line);
  });

  test("always show the focused panel and never push out what stands at the right", () => {
    for (const columns of [59, 60, 64, 70, 75, 78, 79, 80, 81, 90, 99, 110, 119, 120])
      for (const panel of PANELS) {
        const line = tabs(columns, keyOfPanel(panel));
        expect(line).toMatch(new RegExp(`\\[${keyOfPanel(panel)} [A-Z][a-z]+\\]`));
        expect(line).toMatch(columns < 80 ? /worst gap 90 ms$/ : /cluster 3f2a91bc$/);
      }
  });
});

test("stretches grow by one around a thing until they are all there is", () => {
  const spans = (index: number, count: number) => [...stretchesAround(index, count)].map(({ from, to }) => [from, to]);
  expect(spans(0, 3)).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
  ]);
  expect(spans(2, 4)).toEqual([
    [2, 3],
    [2, 4],
    [1, 4],
    [0, 4],
  ]);
  expect(spans(0, 1)).toEqual([[0, 1]]);
});
