import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STATUSES } from "../../../src/protocols/membership/message.ts";
import { isDoubt, outranks } from "../../../src/protocols/membership/rumour-order.ts";
import { said } from "./people.ts";

const rumours = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(...STATUSES))
  .map(([incarnation, status]) => said(1, incarnation, status));

describe("the order of rumours (SWIM section 4.2)", () => {
  it("puts the higher incarnation first, whatever the status", () => {
    expect(outranks(said(1, 3, "healthy"), said(1, 2, "left"))).toBe(true);
    expect(outranks(said(1, 2, "left"), said(1, 3, "healthy"))).toBe(false);
  });

  it("puts left over unhealthy over at-risk over healthy at one incarnation", () => {
    const falling = (["left", "unhealthy", "at-risk", "healthy"] as const).map((status) => said(1, 5, status));
    for (const [place, rumour] of falling.entries()) {
      for (const [other, held] of falling.entries()) expect(outranks(rumour, held)).toBe(place < other);
    }
  });

  it("is strict and total, so the order in which rumours are heard does not matter", () => {
    fc.assert(
      fc.property(rumours, rumours, (one, other) => {
        const same = one.incarnation === other.incarnation && one.status === other.status;
        expect(Number(outranks(one, other)) + Number(outranks(other, one))).toBe(same ? 0 : 1);
      }),
    );
  });

  it("calls at-risk and unhealthy doubts, for only they can be refuted by living on", () => {
    expect(STATUSES.filter(isDoubt)).toEqual(["at-risk", "unhealthy"]);
  });
});
