import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBatch } from "../../src/storage/batch.ts";
import { encodeHeader, FORMAT_VERSION, HEADER_BYTES } from "../../src/storage/format.ts";
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

  it("leaves out a last batch that reached the disk in part, sector by sector, behind a batch, behind a seal or over one", () => {
    const large = { tag: 1, bytes: Buffer.alloc(3000, 0xee) };
    const sealed = sampleSegment([1, 3, 2, 0], { version: 1 });
    const cases = [
      { ...sampleSegment([1, 3, 2]), at: -1 },
      { ...sampleSegment([1, 3, 2, 0]), at: -1 },
      { ...sealed, at: -2 },
    ];
    for (const { bytes, starts, seed, at } of cases) {
      const start = starts.at(at) ?? 0;
      const room = Buffer.concat([bytes, Buffer.alloc(4096)]);
      const written = Buffer.from(room);
      written.set(encodeBatch(seed, start, "records", [sampleRecord(7), large]), start);
      for (let sectors = 0; sectors < 2 ** 7; sectors++) {
        const torn = Buffer.from(room);
        for (let sector = 0; sector < 7; sector++) {
          if ((sectors & (1 << sector)) !== 0) written.copy(torn, sector * 512, sector * 512, (sector + 1) * 512);
        }
        if (!torn.equals(written)) expect(recovered(torn), `sectors ${sectors}`).toBe(6);
      }
    }
  });

  it.each([1, FORMAT_VERSION])(
    "calls every wrong bit below the watermark corruption: nothing acknowledged is lost in silence (version %i)",
    (version) => {
      const { bytes, starts } = sampleSegment([...SIZES, 0], { version });
      const watermark = starts.at(-2) ?? 0;
      for (let at = 0; at < bytes.length; at++) {
        for (const wrong of damages(bytes, at)) {
          expect(recovered(wrong), `byte ${at}`).toBe(at < watermark ? "corrupt" : ALL);
        }
      }
    },
  );

  it("reads batches behind seals, and says whether the last one is sealed", () => {
    const { bytes, starts } = sampleSegment([1, 0, 3, 2, 0, 0, 5]);
    expect(recoverSegment(bytes)).toMatchObject({ kind: "recovered", end: bytes.length, sealed: false, torn: false });
    expect(recovered(bytes)).toBe(ALL);
    const [sealEnd = 0] = starts.slice(-2);
    const sealed = Buffer.concat([bytes.subarray(0, sealEnd), Buffer.alloc(100)]);
    expect(recoverSegment(sealed)).toMatchObject({ kind: "recovered", end: sealEnd, sealed: true, torn: false });
    expect(recovered(sealed)).toBe(DURABLE);
  });

  it("keeps the seal as the witness of a wrong bit before it, wherever the write behind it was torn", () => {
    const { bytes, starts } = sampleSegment([...SIZES, 0, 4]);
    const [lastBatch = 0, , tornFrom = 0] = starts.slice(-4);
    for (let length = tornFrom; length < bytes.length; length++) {
      const torn = bytes.subarray(0, length);
      expect(recovered(torn)).toBe(ALL);
      for (const at of [lastBatch, lastBatch + 9, lastBatch + 30, tornFrom - 22]) {
        const wrong = Buffer.from(torn);
        wrong.writeUInt8(wrong.readUInt8(at) ^ 4, at);
        expect(recoverSegment(wrong), `length ${length}, byte ${at}`).toMatchObject({
          kind: "corrupt",
          offset: lastBatch,
        });
      }
    }
  });

  it("puts the next batch of version 1 over its seal", () => {
    const { bytes, starts } = sampleSegment([2, 0], { version: 1 });
    const end = starts.at(-2);
    expect(recoverSegment(bytes)).toMatchObject({ version: 1, end, sealed: false, torn: false });
    expect(recoverSegment(Buffer.concat([bytes, Buffer.of(9)]))).toMatchObject({ end, torn: true });
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

  it("calls a seal before a good batch corruption in version 1: the batch over it was lost", () => {
    const { bytes, starts } = sampleSegment([1, 0, 2], { version: 1 });
    expect(recoverSegment(bytes)).toMatchObject({
      kind: "corrupt",
      offset: starts[2],
      reason: expect.stringMatching(/^it was overwritten by an older one, yet a good batch follows/),
    });
  });

  it("is not deceived by a batch inside a record", () => {
    const { bytes, starts, seed } = sampleSegment([1]);
    const end = starts.at(-1) ?? 0;
    // Whoever writes the record does not know the salt.
    const bait = encodeBatch(encodeHeader(1, 8).seed, end + 26, "records", []);
    const batch = encodeBatch(seed, end, "records", [{ tag: 1, bytes: bait }]);
    expect(batch.subarray(26, 26 + bait.length).equals(bait)).toBe(true);
    batch.writeUInt8(0, 0);
    expect(recovered(Buffer.concat([bytes, batch]))).toBe(1);
  });

  it("finds and names any wrong bit that a batch or a seal follows, however the last write ended", () => {
    const course = fc.record({
      sizes: fc.array(fc.nat(4), { minLength: 1, maxLength: 12 }),
      tear: fc.double({ min: 0, max: 1, noNaN: true }),
      where: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      bit: fc.nat(7),
    });
    fc.assert(
      fc.property(course, ({ sizes, tear, where, bit }) => {
        const { bytes, starts } = sampleSegment(sizes);
        const [witnessed = 0, last = 0] = starts.slice(-3);
        const torn = Buffer.from(bytes.subarray(0, last + Math.ceil(tear * (bytes.length - last))));
        // The base needs no witness; another batch has one where the one after it is whole.
        const end = torn.length === bytes.length ? last : Math.max(witnessed, starts[1] ?? 0);
        const at = Math.floor(where * end);
        torn.writeUInt8(torn.readUInt8(at) ^ (1 << bit), at);
        const start = starts.filter((each) => each <= at).at(-1) ?? 0;
        expect(recoverSegment(torn)).toMatchObject({ kind: "corrupt", offset: start });
      }),
      { numRuns: 1000 },
    );
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
