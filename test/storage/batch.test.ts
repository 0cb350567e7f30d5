import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JournalRecord } from "../../src/peer/journal-record.ts";
import { Batch, encodeBase, encodeBatch, sizeOf } from "../../src/storage/batch.ts";
import { encodeHeader, HEADER_BYTES } from "../../src/storage/format.ts";
import { recoverSegment } from "../../src/storage/recovery.ts";

const MIB = 2 ** 20;

const someRecords = fc.array(
  fc.record({ tag: fc.integer({ min: 0, max: 255 }), bytes: fc.uint8Array({ maxLength: 300 }) }),
  { maxLength: 12 },
);

function blob(length: number, fill: number): JournalRecord {
  return { tag: 3, bytes: Buffer.alloc(length, fill) };
}

describe("a batch that gathers records", () => {
  it("is the same bytes whatever it held before, and knows its length", () => {
    const batch = new Batch();
    fc.assert(
      fc.property(someRecords, fc.nat(2 ** 30), (records, offset) => {
        batch.clear();
        expect(batch.isEmpty).toBe(true);
        for (const record of records) batch.add(record);
        expect(batch.isEmpty).toBe(records.length === 0);
        expect(batch.length).toBe(sizeOf(records));
        expect(batch.encode(9, offset, "records")).toEqual(encodeBatch(9, offset, "records", records));
      }),
    );
  });

  it("copies what it is given", () => {
    const bytes = Buffer.from("before");
    const batch = new Batch();
    batch.add({ tag: 1, bytes });
    bytes.write("after ");
    expect(batch.encode(0, 0, "records").subarray(-6).toString()).toBe("before");
  });

  it("can be as large as a snapshot, and be used again", () => {
    const batch = new Batch();
    batch.add(blob(3 * MIB, 1));
    expect(batch.encode(0, 0, "records").length).toBe(sizeOf([blob(3 * MIB, 1)]));
    batch.clear();
    expect(batch.encode(5, 7, "seal")).toEqual(encodeBatch(5, 7, "seal", []));
  });
});

describe("a base in pieces", () => {
  const bases: readonly (readonly [string, readonly JournalRecord[]])[] = [
    ["nothing", []],
    ["small records", [blob(0, 0), blob(1, 1), blob(300, 2)]],
    ["many records", Array.from({ length: 30_000 }, (_, i) => blob(100, i % 256))],
    ["a large record among small ones", [blob(10, 1), blob(5 * MIB + 3, 2), blob(10, 3)]],
    ["records that end where a piece does", [blob(MIB - 5, 1), blob(MIB - 5, 2), blob(0, 3)]],
  ];

  it.each(bases)("of %s is the same bytes as in one, in small pieces, its header last", (_, base) => {
    const header = encodeHeader(4, 5);
    const bytes = Buffer.alloc(HEADER_BYTES + sizeOf(base));
    const offsets: number[] = [];
    for (const piece of encodeBase(header, base)) {
      expect(piece.bytes.length).toBeLessThan(2 * MIB + 100);
      bytes.set(piece.bytes, piece.offset);
      offsets.push(piece.offset);
    }
    expect(offsets.indexOf(0)).toBe(offsets.length - 1);
    const inOne = Buffer.concat([header.bytes, encodeBatch(header.seed, HEADER_BYTES, "base", base)]);
    expect(bytes.equals(inOne)).toBe(true);
    const recovery = recoverSegment(bytes);
    expect(recovery.kind === "recovered" && recovery.records.length).toBe(base.length);
  });
});
