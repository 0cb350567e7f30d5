import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Agenda, type Phase } from "../../../src/sim/time/agenda.ts";

/** Takes all that is left, in order. */
function drain(agenda: Agenda): void {
  for (let action = agenda.take(); action !== undefined; action = agenda.take()) action();
}

describe("an agenda", () => {
  test("is empty at first, and again when all is taken", () => {
    const agenda = new Agenda();
    expect([agenda.next, agenda.take()]).toEqual([Number.POSITIVE_INFINITY, undefined]);
    agenda.add(7, () => {});
    expect(agenda.next).toBe(7);
    agenda.take();
    expect([agenda.next, agenda.take()]).toEqual([Number.POSITIVE_INFINITY, undefined]);
  });

  test("gives what falls due together in the order of planning, all arrivals before all timeouts", () => {
    const agenda = new Agenda();
    const order: string[] = [];
    for (const [at, phase, name] of [
      [5, "timeout", "first timeout of 5"],
      [5, "arrival", "first arrival of 5"],
      [4, "timeout", "timeout of 4"],
      [5, "timeout", "second timeout of 5"],
      [5, "arrival", "second arrival of 5"],
    ] as const) {
      agenda.add(at, () => order.push(name), phase);
    }
    drain(agenda);
    expect(order).toEqual([
      "timeout of 4",
      "first arrival of 5",
      "second arrival of 5",
      "first timeout of 5",
      "second timeout of 5",
    ]);
  });

  test("takes what says no phase for an arrival", () => {
    const agenda = new Agenda();
    const order: string[] = [];
    agenda.add(1, () => order.push("timeout"), "timeout");
    agenda.add(1, () => order.push("neither"));
    drain(agenda);
    expect(order).toEqual(["neither", "timeout"]);
  });

  test("has the order of a sorted list, whatever is added and taken between", () => {
    const phase = fc.constantFrom<Phase>("arrival", "timeout");
    // Few instants, so that many things fall together.
    const addition = fc.record({ at: fc.integer({ min: 0, max: 9 }), phase });
    fc.assert(
      fc.property(fc.array(fc.oneof({ arbitrary: addition, weight: 3 }, fc.constant("take" as const))), (steps) => {
        const agenda = new Agenda();
        const model: { at: number; phase: Phase; id: number }[] = [];
        const taken: number[] = [];
        for (const [id, step] of steps.entries()) {
          if (step !== "take") {
            model.push({ ...step, id });
            agenda.add(step.at, () => taken.push(id), step.phase);
            continue;
          }
          model.sort(
            (a, b) => a.at - b.at || Number(a.phase === "timeout") - Number(b.phase === "timeout") || a.id - b.id,
          );
          expect(agenda.next).toBe(model[0]?.at ?? Number.POSITIVE_INFINITY);
          agenda.take()?.();
          expect(taken.at(-1)).toBe(model.shift()?.id ?? taken.at(-1));
        }
      }),
      { numRuns: 500 },
    );
  });
});
