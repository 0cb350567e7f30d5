import { describe, expect, it } from "vitest";
import { openJournal } from "../../../src/runtime/journal/open-journal.ts";
import { SegmentImage } from "../../../src/sim/disk/segment-image.ts";
import { UnreliableDisk } from "../../runtime/journal/unreliable-disk.ts";
import { highestNumber, range, sampleCheckpoint, sampleRecord, sampleSegment } from "../../storage/samples.ts";

describe("the image of a segment", () => {
  it("is the bytes of a real one", () => {
    const image = new SegmentImage(1, 7, []);
    image.write(image.recordsBatch(range(1, 3).map(sampleRecord)));
    image.write(image.seal());
    image.write(image.recordsBatch(range(4, 400).map(sampleRecord)));
    image.write(image.seal());
    expect(image.copy()).toEqual(sampleSegment([3, 0, 397, 0]).bytes);
  });

  it("is opened by the journal of a real peer, torn or not", async () => {
    const image = new SegmentImage(1, 9, [sampleCheckpoint(5)]);
    image.write(image.recordsBatch([sampleRecord(6)]));
    image.write(image.seal());
    const torn = image.recordsBatch([sampleRecord(7)]);
    image.tear(torn, torn.bytes.length - 1);
    const disk = new UnreliableDisk();
    disk.put("journal-0000000001", image.copy());
    const opened = await openJournal("/data", { onSaved: () => {}, onFailure: () => {} }, disk);
    if (opened.kind !== "opened") throw new Error(opened.message);
    expect(highestNumber(opened.records)).toBe(6);
    await opened.journal.close();
    expect(image.recover()).toMatchObject({ kind: "recovered", torn: true });
    expect(image.recover()).toMatchObject({ kind: "recovered", torn: false });
  });

  it("keeps nothing of a torn batch once it was recovered", () => {
    const image = new SegmentImage(1, 9, []);
    const clean = image.copy();
    const batch = image.recordsBatch(range(1, 9).map(sampleRecord));
    image.tear(batch, batch.bytes.length - 1);
    image.recover();
    expect(image.copy()).toEqual(clean);
    image.tear(batch, 5);
    const rest = Buffer.alloc(batch.bytes.length - 5);
    expect(image.copy()).toEqual(Buffer.concat([clean, batch.bytes.subarray(0, 5), rest]));
  });
});
