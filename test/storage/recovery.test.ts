import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBatch, encodeHeader, HEADER_BYTES } from "../../src/storage/format.ts";
import { recoverSegment } from "../../src/storage/recovery.ts";
import { highestNumber, sampleRecord, sampleSegment } from "./samples.ts";

/** The number up to which records were recovered; the kind of failure otherwise. */
function recovered(bytes: Buffer): number | string | null {
  const recovery = recoverSegment(bytes);
  return recovery.kind === "recovered" ? highestNumber(recovery.records) : recovery.kind;
}

const SIZES = [1, 3, 2, 5];
const ALL = 11;
/** Without the last batch. */
const DURABLE = 6;

describe("recovery of a segment", () => {
  it("reads every batch in order, and finds where the next one goes", () => {
    const { bytes, starts } = sampleSegment(SIZES);
    const recovery = recoverSegment(bytes);
    expect(recovery).toMatchObject({
      kind: "recovered",
      segment: 1,
      end: bytes.length,
      baseEnd: starts[1],
      torn: false,
    });
    expect(recovered(bytes)).toBe(ALL);
  });

  it("takes zeros after the last batch for room, not for a torn write", () => {
    const { bytes } = sampleSegment(SIZES);
    const recovery = recoverSegment(Buffer.concat([bytes, Buffer.alloc(5000)]));
    expect(recovery).toMatchObject({ kind: "recovered", end: bytes.length, torn: false });
  });

  it("cuts a tail that was truncated at any byte, and keeps every batch before it", () => {
    const { bytes, starts } = sampleSegment(SIZES);
    const [, baseEnd = 0] = starts;
    for (let length = baseEnd; length < bytes.length; length++) {
      const whole = starts.filter((start) => start <= length).length - 2;
      const expected = SIZES.slice(0, whole).reduce((sum, size) => sum + size, 0);
      for (const room of [0, 700]) {
        const cut = Buffer.concat([bytes.subarray(0, length), Buffer.alloc(room)]);
        const recovery = recoverSegment(cut);
        expect(recovered(cut), `length ${length}`).toBe(expected);
        expect(recovery).toMatchObject({ end: starts[whole + 1], torn: length > (starts[whole + 1] ?? 0) });
      }
    }
  });

  it("calls a file that lost part of its header or base corrupt: they are durable before it has its name", () => {
    const { bytes, starts } = sampleSegment(SIZES);
    for (let length = 0; length < (starts[1] ?? 0); length++) {
      expect(recovered(bytes.subarray(0, length)), `length ${length}`).toBe("corrupt");
    }
  });

  it("leaves out a last batch any byte of which is wrong, and nothing else", () => {
    const { bytes, starts } = sampleSegment(SIZES);
    for (let at = starts.at(-2) ?? 0; at < bytes.length; at++) {
      for (const wrong of damages(bytes, at)) expect(recovered(wrong), `byte ${at}`).toBe(DURABLE);
    }
  });

  it("leaves out a last batch that reached the disk in part, sector by sector, over room or over a seal", () => {
    const before = sampleSegment([1, 3, 2]);
    const sealed = sampleSegment([1, 3, 2], { sealed: true });
    const seed = encodeHeader(1, 7).seed;
    const large = { tag: 1, bytes: Buffer.alloc(3000, 0xee) };
    const batch = encodeBatch(seed, before.bytes.length, "records", [sampleRecord(7), large]);
    for (const old of [before.bytes, sealed.bytes]) {
      const room = Buffer.concat([old, Buffer.alloc(4096)]);
      const written = Buffer.from(room);
      written.set(batch, before.bytes.length);
      for (let sectors = 0; sectors < 2 ** 7; sectors++) {
        const torn = Buffer.from(room);
        for (let sector = 0; sector < 7; sector++) {
          if ((sectors & (1 << sector)) !== 0) written.copy(torn, sector * 512, sector * 512, (sector + 1) * 512);
        }
        if (!torn.equals(written)) expect(recovered(torn), `sectors ${sectors}`).toBe(6);
      }
    }
  });

  it("calls every wrong bit below the watermark corruption: nothing acknowledged is lost in silence", () => {
    const { bytes, starts } = sampleSegment(SIZES, { sealed: true });
    const watermark = starts.at(-1) ?? 0;
    for (let at = 0; at < bytes.length; at++) {
      for (const wrong of damages(bytes, at)) {
        expect(recovered(wrong), `byte ${at}`).toBe(at < watermark ? "corrupt" : ALL);
      }
    }
  });

  it("says where and why", () => {
    const { bytes, starts } = sampleSegment(SIZES);
    bytes.writeUInt8(0xff, (starts[2] ?? 0) + 30);
    expect(recoverSegment(bytes)).toEqual({
      kind: "corrupt",
      offset: starts[2],
      reason: `the batch's checksum is wrong, yet a good batch follows at byte ${starts[3]}`,
    });
  });

  it("calls a seal before a good batch corruption: the batch over it was lost", () => {
    const header = encodeHeader(1, 7);
    const { bytes, starts } = sampleSegment(SIZES);
    bytes.set(encodeBatch(header.seed, starts[2] ?? 0, "seal", []), starts[2]);
    expect(recovered(bytes)).toBe("corrupt");
  });

  it("is not deceived by a batch inside a record", () => {
    const { bytes, starts } = sampleSegment([1]);
    const end = starts.at(-1) ?? 0;
    const { seed } = encodeHeader(1, 7);
    // Whoever writes the record does not know the salt.
    const bait = encodeBatch(encodeHeader(1, 8).seed, end + 26, "records", []);
    const batch = encodeBatch(seed, end, "records", [{ tag: 1, bytes: bait }]);
    expect(batch.subarray(26, 26 + bait.length).equals(bait)).toBe(true);
    batch.writeUInt8(0, 0);
    expect(recovered(Buffer.concat([bytes, batch]))).toBe(1);
  });

  it("recovers exactly the batches before any rubbish", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }),
        fc.uint8Array({ maxLength: 400 }),
        (sizes, rubbish) => {
          const { bytes } = sampleSegment(sizes);
          expect(recovered(Buffer.concat([bytes, rubbish]))).toBe(sizes.reduce((sum, size) => sum + size, 0));
        },
      ),
    );
  });

  it("never throws on any bytes", () => {
    const header = encodeHeader(1, 7).bytes;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, withHeader) => {
        const kind = recoverSegment(Buffer.concat([withHeader ? header : Buffer.alloc(0), bytes])).kind;
        expect(kind).toBe("corrupt");
      }),
    );
  });

  it("begins at the base", () => {
    const header = encodeHeader(1, 7);
    const records = encodeBatch(header.seed, HEADER_BYTES, "records", []);
    expect(recoverSegment(Buffer.concat([header.bytes, records]))).toEqual({
      kind: "corrupt",
      offset: HEADER_BYTES,
      reason: "the base is missing",
    });
  });
});

/** The bytes with one of them changed: each bit flipped, cleared, and all set. */
function damages(bytes: Buffer, at: number): Buffer[] {
  const original = bytes.readUInt8(at);
  const values = new Set([0, 0xff, ...Array.from({ length: 8 }, (_, bit) => original ^ (1 << bit))]);
  values.delete(original);
  return [...values].map((value) => {
    const wrong = Buffer.from(bytes);
    wrong.writeUInt8(value, at);
    return wrong;
  });
}
