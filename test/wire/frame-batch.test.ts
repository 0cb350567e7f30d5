import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrame } from "../../src/wire/frame.ts";
import { FrameBatch } from "../../src/wire/frame-batch.ts";
import { MAX_MESSAGE_BYTES, writeFrames } from "../../src/wire/more.ts";

const headerOf = (requestId: number) => ({ type: 0x81, requestId, imageSize: 0 });

test("frames and messages leave in order and whole, however many bytes are taken at a time", () => {
  const size = fc.oneof(
    { weight: 6, arbitrary: fc.nat(60) },
    { weight: 1, arbitrary: fc.integer({ min: 4000, max: 70_000 }) },
  );
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom("frame" as const, "message" as const), size }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("take" as const), size: fc.nat(100_000) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const batch = new FrameBatch();
      const expected: Buffer[] = [];
      const taken: Buffer[] = [];
      for (const [at, { do: what, size: bytes }] of steps.entries()) {
        const payload = Buffer.alloc(Math.min(bytes, what === "frame" ? 32_768 : MAX_MESSAGE_BYTES), at);
        if (what === "take") {
          const before = batch.length;
          const pieces = batch.take(bytes);
          const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
          expect(length).toBe(Math.min(before, bytes));
          expect(batch.length).toBe(before - length);
          // What is taken stays as it is while more is added.
          taken.push(...pieces);
        } else if (what === "frame") {
          batch.frame(headerOf(at), payload);
          expected.push(encodeFrame(headerOf(at), payload));
        } else {
          batch.message(headerOf(at), (writer) => writer.bytes(payload), MAX_MESSAGE_BYTES);
          expected.push(writeFrames(headerOf(at), (writer) => writer.bytes(payload)));
        }
      }
      taken.push(...batch.take());
      expect(batch.length).toBe(0);
      expect(Buffer.concat(taken).equals(Buffer.concat(expected))).toBe(true);
    }),
  );
});

test("small ones share a piece of memory", () => {
  const batch = new FrameBatch();
  for (let id = 1; id <= 500; id++) batch.frame(headerOf(id), Buffer.alloc(16));
  expect(batch.take()).toHaveLength(1);
  expect(batch.take()).toEqual([]);
});
