import { describe, expect, test } from "vitest";
import { Pump } from "../../../src/sim/time/pump.ts";
import { VirtualTime } from "../../../src/sim/time/virtual-time.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** A pump over a machine that notes what it is given, and when; `does` says what else happens with an input. */
function pumped(does: (input: string) => void = () => {}) {
  const time = new VirtualTime();
  const steps: string[] = [];
  const machine = {
    deadline: NEVER,
    step: (input: string) => {
      steps.push(`${time.now} ${input}`);
      if (input === "timeout") machine.deadline = NEVER;
      does(input);
    },
  };
  const pump = new Pump<string>(time, machine, "timeout");
  return { time, machine, pump, steps };
}

describe("inputs", () => {
  test("are given one after another: what one leads to comes behind it, in order", () => {
    const { pump, steps } = pumped((input) => {
      if (input === "a") for (const next of ["b", "c"]) pump.give(next);
      if (input === "b") pump.give("d");
    });
    pump.give("a");
    pump.give("e");
    expect(steps).toEqual(["0 a", "0 b", "0 c", "0 d", "0 e"]);
  });

  test("end with a stop, those that wait already too", () => {
    const { time, machine, pump, steps } = pumped((input) => {
      if (input !== "last") return;
      pump.give("waits");
      pump.stop();
      pump.give("late");
    });
    machine.deadline = 10;
    pump.start();
    pump.give("last");
    pump.give("later");
    time.run(100);
    expect(steps).toEqual(["0 last"]);
  });
});

describe("deadlines", () => {
  test("are met when they are due, once", () => {
    const { time, machine, pump, steps } = pumped();
    machine.deadline = 10;
    pump.start();
    time.run(100);
    expect(steps).toEqual(["10 timeout"]);
  });

  test("that move away are met where they are then", () => {
    const { time, machine, pump, steps } = pumped(() => {
      machine.deadline = time.now + 10;
    });
    machine.deadline = 10;
    pump.start();
    for (let i = 0; i < 4; i++) {
      time.run(6);
      pump.give("input");
    }
    time.run(15);
    expect(steps).toEqual(["6 input", "12 input", "18 input", "24 input", "34 timeout"]);
  });

  test("that come nearer are met in time, and the one before is nothing any more", () => {
    const { time, machine, pump, steps } = pumped((input) => {
      if (input === "hurry") machine.deadline = 20;
    });
    machine.deadline = 50;
    pump.start();
    time.run(10);
    pump.give("hurry");
    time.run(100);
    expect(steps).toEqual(["10 hurry", "20 timeout"]);
  });

  test("that lie back are met at once, after what arrives in that instant", () => {
    const { time, machine, pump, steps } = pumped((input) => {
      if (input === "first") machine.deadline = 5;
    });
    time.run(10);
    time.after(0, () => pump.give("first"));
    time.after(0, () => pump.give("second"));
    time.run(0);
    expect(steps).toEqual(["10 first", "10 second", "10 timeout"]);
  });

  test("between two instants are met at the first that is not before", () => {
    const { time, machine, pump, steps } = pumped();
    machine.deadline = 1 / 3;
    pump.start();
    time.run(1);
    expect(steps).toEqual([`${342 / 1024} timeout`]);
  });

  test("of a machine that has none are not waited for", () => {
    const { time, pump, steps } = pumped();
    pump.start();
    pump.give("input");
    expect(time.next).toBe(NEVER);
    expect(steps).toEqual(["0 input"]);
  });
});
