import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LAMPORT_LIMIT, LamportClock } from "../../src/core/lamport-clock.ts";

const time = fc.nat(LAMPORT_LIMIT - 2);

describe("LamportClock (Lamport 1978)", () => {
  it("IR1: ticks by one for each event of its own", () => {
    const clock = new LamportClock(0);
    expect([clock.tick(), clock.tick(), clock.time]).toEqual([1, 2, 2]);
  });

  it("IR2: after a receipt it is later than the message and than it was before", () => {
    fc.assert(
      fc.property(time, time, (own, received) => {
        const clock = new LamportClock(own);
        const merged = clock.merge(received);
        expect(merged).toBe(Math.max(own, received) + 1);
        expect(clock.time).toBe(merged);
      }),
    );
  });

  it("a message from the end of time does not make it name a time that others must refuse", () => {
    const clock = new LamportClock(5);
    clock.merge(LAMPORT_LIMIT - 1);
    expect([clock.tick(), clock.tick()]).toEqual([LAMPORT_LIMIT - 1, LAMPORT_LIMIT - 1]);
    expect(new LamportClock(2 * LAMPORT_LIMIT).time).toBe(LAMPORT_LIMIT - 1);
  });

  it("the clock condition: what may have caused an event has an earlier time", () => {
    const step = fc.record({ from: fc.nat(2), to: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const clocks = [new LamportClock(0), new LamportClock(10), new LamportClock(99)];
        for (const { from, to } of steps) {
          const [sender, receiver] = [clocks[from], clocks[to]];
          const before = receiver?.time ?? 0;
          const sentAt = sender?.tick() ?? 0;
          const receivedAt = receiver?.merge(sentAt) ?? 0;
          expect(receivedAt).toBeGreaterThan(sentAt);
          expect(receivedAt).toBeGreaterThan(before);
        }
      }),
    );
  });

  it("begins after every time that an earlier life may have used", () => {
    expect(new LamportClock(1000).tick()).toBe(1001);
  });
});
