import fc from "fast-check";
import { expect, it } from "vitest";
import { MAX_TYPES, type Spreading } from "../../../src/protocols/notification/message.ts";
import { notice } from "./solo.ts";
import { idOf, Town, TYPE } from "./town.ts";

const LAST = 2 ** 32 - 1;

const sequence = fc.constantFrom(1, 2, 3, 5, 1000, 2 ** 31, LAST - 1, LAST);
const dataType = fc.constantFrom(0, TYPE, TYPE, TYPE, 0xffff);
const origin = fc.integer({ min: 0, max: 5 }).map(idOf);
const life = fc.constantFrom(0, 1, 2, 0xffff);
const offset = fc.constantFrom(0, 1, 1000, 2 ** 40, Number.MAX_SAFE_INTEGER);
const range = fc.record({ first: fc.oneof(fc.constant(0), sequence), last: sequence });
const extracts = fc.array(fc.record({ origin, life, dataType, ranges: fc.array(range, { maxLength: 8 }) }), {
  maxLength: 12,
});
const notices = fc.array(
  fc
    .record({
      origin,
      life,
      dataType,
      ttl: fc.constantFrom(0, 1, 2, 255),
      hops: fc.constantFrom(0, 255),
      lamport: fc.constantFrom(0, 1, 2 ** 52),
      data: fc.constantFrom(Buffer.from("x"), Buffer.alloc(65_527)),
      sequence,
    })
    .map(({ sequence, ...rest }) => notice(sequence, rest)),
  { maxLength: 6 },
);
const dataTypes = fc.oneof(
  fc.array(dataType, { maxLength: 3 }),
  fc.constant(Array.from({ length: MAX_TYPES }, (_, i) => i)),
);

/** Anything that the codec lets through. */
const message: fc.Arbitrary<Spreading> = fc.oneof(
  fc.record({ kind: fc.constant("interests" as const), dataTypes }),
  fc.record({ kind: fc.constant("push" as const), offset, notices }),
  fc.record({ kind: fc.constant("received" as const), offset }),
  fc.record({ kind: fc.constant("prune" as const), dataType }),
  fc.record({ kind: fc.constant("digest" as const), dataTypes, offers: extracts }),
  fc.record({ kind: fc.constant("pull" as const), graft: fc.boolean(), wanted: extracts }),
  fc.record({ kind: fc.constant("pulled" as const), more: fc.boolean(), notices }),
);

it("whatever a peer says, the others hear each other, once, and time goes on", () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 60 }), fc.nat(20), (messages, pauseMs) => {
      const town = new Town(4, { options: { cacheSize: 20, cacheBytes: 200_000, windowBytes: 2000 } });
      const programs = [0, 1, 2].map((peer) => town.program(peer));
      const [announcer, ...others] = programs;
      town.run(100);
      let announced = 0;
      for (const each of messages) {
        town.forge(3, announced % 3, each);
        if (announcer !== undefined) town.announce(announcer, `truth ${announced++}`);
        town.run(pauseMs);
        // What is due is done in the same instant.
        for (const peer of [0, 1, 2])
          expect(town.ensemble.machine(idOf(peer)).deadline).toBeGreaterThanOrEqual(town.ensemble.now);
      }
      town.run(20_000);
      for (const { data } of others) {
        const truths = data.filter((text) => text.startsWith("truth"));
        expect(new Set(truths).size).toBe(truths.length);
        // A lie in the name of the announcer may stand where a truth would.
        const isForged = messages.some(
          (each) => "notices" in each && each.notices.some(({ origin }) => origin === idOf(0)),
        );
        if (!isForged) expect(truths).toHaveLength(announced);
      }
    }),
  );
}, 60_000);
