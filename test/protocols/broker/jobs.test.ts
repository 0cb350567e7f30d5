import { describe, expect, test } from "vitest";
import { countAlive } from "../../../src/core/board.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { boardAfter, randomBoard } from "./naive.ts";
import { nameOf } from "./name-of.ts";
import { peerId, Stage } from "./stage.ts";

const A = peerId(1);

describe("a job", () => {
  test.each([
    [1, "torus"],
    [3, "torus"],
    [3, "plane"],
    [5, "torus"],
  ] as const)("runs to its end with %i peers on a %s, and is what it is cell by cell", (peers, topology) => {
    const stage = new Stage(peers);
    stage.lead(A);
    const board = randomBoard(seededRandom(7), 50);
    const asker = stage.peers.at(-1) ?? A;
    stage.begin(asker, board, 100, { topology });
    stage.runUntil(() => stage.job?.state === "finished");
    const after = boardAfter(board, topology, 100);
    expect(stage.job?.mark).toEqual({ turn: 100, alive: countAlive(after), hash: nameOf(after).hash });
  });
});
