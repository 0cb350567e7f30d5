import { expect, test } from "vitest";
import { InvariantViolation } from "../../../src/core/assert.ts";
import { idOf } from "../../../src/sim/ensemble/ensemble-stage.ts";
import { explore } from "../../../src/sim/exploration/explore.ts";
import { type RingSpeech, ring } from "../../tutorial/ring.ts";

const peers = ["1", "2", "3"].map(idOf);

/** A token goes around once; a flaw is one peer's having counted up to `most`. */
function survey(limit: number, most = Number.POSITIVE_INFINITY) {
  return explore<RingSpeech, number>({
    definition: ring,
    residents: peers.map((self) => ({
      ...{ peer: self, options: { self, ring: peers, holdMs: 100 }, saved: [] },
      ...{ disk: "instant", timeouts: 1 },
    })),
    opening: [],
    crashes: 0,
    offers: ([first]) =>
      first === undefined || first.told.length > 0
        ? []
        : [{ to: first.peer, text: "begins", command: { kind: "begin" } }],
    nothing: 0,
    remember: (facts, { events }) => events.reduce((_, { count }) => count, facts),
    flaw: (facts) => (facts.some((count) => count >= most) ? `somebody counts ${most}` : null),
    landmarks: { "all have counted": (facts) => facts.every((count) => count > 0) },
    limit,
  });
}

test("visits each state once, to the last", () => {
  // It begins, and three times the token is kept and then arrives; nothing else can happen.
  expect(survey(100)).toMatchObject({ states: 8, steps: 7, depth: 7, ends: 1, flaw: null });
  expect(survey(100).landmarks).toEqual({ "all have counted": 3 });
});

test("tells the path to a flaw", () => {
  const { flaw } = survey(100, 2);
  expect(flaw).toEqual({
    text: "somebody counts 2",
    path: ["1 begins", "1 timeout at 1100", "2 hears 1: count=1"],
  });
});

test("fails where there are more states than its limit", () => {
  expect(() => survey(5)).toThrow(InvariantViolation);
});
