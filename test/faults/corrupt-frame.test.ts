import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { corruptFrame, decodeFrame, encodeFrame, FrameDecoder, HEADER_BYTES } from "../../src/wire/frame.ts";

const frame = fc
  .record({
    type: fc.integer({ min: 0, max: 255 }),
    requestId: fc.integer({ min: 0, max: 0xffff }),
    payload: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ payload, ...head }) => encodeFrame({ ...head, imageSize: 0 }, payload));
const choice = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** The places of the bits in which two frames differ. */
function flipped(one: Buffer, other: Buffer): number[] {
  const places: number[] = [];
  for (let bit = 0; bit < one.length * 8; bit++) {
    const mask = 0x80 >> (bit & 7);
    if (((one[bit >> 3] ?? 0) & mask) !== ((other[bit >> 3] ?? 0) & mask)) places.push(bit);
  }
  return places;
}

function corrupted(original: Buffer, how: number): Buffer {
  const copy = Buffer.from(original);
  corruptFrame(copy, how);
  return copy;
}

describe("corrupting a frame", () => {
  test("is refused for its checksum, whatever the frame and the choice", () => {
    fc.assert(
      fc.property(frame, choice, (original, how) => {
        const bytes = corrupted(original, how);
        expect(decodeFrame(bytes)).toEqual({ kind: "malformed", reason: "checksum" });
        const decoder = new FrameDecoder();
        expect([decoder.push(bytes), decoder.failure]).toEqual([[], "checksum"]);
      }),
      { numRuns: 2000 },
    );
  });

  test("flips 1 to 16 adjacent bits, all of them behind the length field, and adds or takes no byte", () => {
    fc.assert(
      fc.property(frame, choice, (original, how) => {
        const bytes = corrupted(original, how);
        expect(bytes).toHaveLength(original.length);
        const places = flipped(original, bytes);
        expect(places.length).toBeGreaterThan(0);
        expect((places.at(-1) ?? 0) - (places[0] ?? 0)).toBeLessThan(16);
        expect(places[0]).toBeGreaterThanOrEqual((HEADER_BYTES - 2) * 8);
      }),
      { numRuns: 2000 },
    );
  });

  test("never flips on both sides of the end of the checksum field, where a CRC of 16 bits can miss a burst", () => {
    const border = HEADER_BYTES * 8;
    fc.assert(
      fc.property(frame, fc.integer({ min: 0, max: 15 }), choice, (original, place, how) => {
        const bytes = corrupted(original, place * 2 ** 16 + (how & 0xffff));
        const sides = new Set(flipped(original, bytes).map((bit) => bit < border));
        expect(sides.size).toBe(1);
      }),
    );
  });

  test("is refused at every place of the smallest frames with every pattern of 16 bits", () => {
    const original = encodeFrame({ type: 1, requestId: 7, imageSize: 0 }, Buffer.of(0x5a));
    const places = (original.length - HEADER_BYTES + 2) * 8;
    for (let place = 0; place < places; place++) {
      for (let pattern = 0; pattern < 2 ** 15; pattern++) {
        const verdict = decodeFrame(corrupted(original, place * 2 ** 16 + pattern));
        if (verdict.kind !== "malformed") throw new Error(`place ${place}, pattern ${pattern} passes`);
      }
    }
  });
});
