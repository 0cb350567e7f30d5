import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BlockReader } from "../../src/recording/block-reader.ts";
import { type Entry, MAX_BLOCK_BYTES } from "../../src/recording/format.ts";
import { someBytes } from "../wire/arbitraries.ts";
import { actions, live } from "./actions.ts";
import { nonsense } from "./nonsense.ts";
import { PROLOGUE, sealed, sealedAfter } from "./sealed.ts";
import { entriesOf, NEVER, recorded, recordingOf, replayOf, story, Tape } from "./tape.ts";

/** A recording of several full blocks, and where each of them ends. */
const long = new Tape(NEVER);
const longRig = long.rig();
for (let i = 0; i < 300; i++) {
  story(longRig);
  longRig.now += 10_000;
}
const bytes = long.finish();
const ends = long.written.map((_, at) => Buffer.concat(long.written.slice(0, at + 1)).length);
const entries = entriesOf(bytes);

/** Where the block of a place begins, and where the place behind it is. */
function blockOf(place: number): { readonly from: number; readonly to: number } {
  const at = ends.findIndex((end) => place < end);
  return { from: at === 0 ? PROLOGUE.length : (ends[at - 1] ?? 0), to: ends[at] ?? bytes.length };
}

/** What can be read of these bytes. */
function read(...chunks: readonly Uint8Array[]) {
  const reader = new BlockReader();
  const got = chunks.flatMap((chunk) => [...reader.push(chunk)]);
  reader.end();
  return { entries: got, failure: reader.failure, isComplete: reader.isComplete, goodBytes: reader.goodBytes };
}

/** The same bytes with one bit of them changed. */
function flipped(good: Buffer, bit: number): Buffer {
  const copy = Buffer.from(good);
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
}

describe("a recording that was cut off", () => {
  test("anywhere is good up to its last whole block", () => {
    expect(ends.length).toBeGreaterThan(4);
    const reader = new BlockReader();
    let got = 0;
    let blocks = 0;
    // What a reader knows after so many bytes is what it knows of a file of so many.
    for (let length = 1; length <= bytes.length; length++) {
      got += reader.push(bytes.subarray(length - 1, length)).length;
      if (length === ends[blocks]) blocks += 1;
      if (length < PROLOGUE.length) continue;
      const isGood = reader.failure === null && reader.goodBytes === (ends[blocks - 1] ?? PROLOGUE.length);
      if (!isGood || reader.isComplete !== (length === bytes.length)) throw new Error(`wrong at byte ${length}`);
    }
    expect(got).toBe(entries.length);
  });

  test("is replayed as far as it goes, and says how far that is", () => {
    fc.assert(
      fc.property(fc.integer({ min: ends[0] ?? 0, max: bytes.length - 1 }), (length) => {
        const { verdict } = replayOf(bytes.subarray(0, length));
        expect(verdict).toEqual({ kind: "same", isComplete: false, bytes: blockOf(length).from });
      }),
      { numRuns: 5 },
    );
  });

  test("before its facts is none", () => {
    for (let length = 0; length < (ends[0] ?? 0); length++) {
      expect(read(bytes.subarray(0, length)).failure).toBe("this is no recording: it ends before it has begun");
    }
  });
});

describe("a bit that has flipped", () => {
  test("is found wherever it is, and its block is named", () => {
    const short = recordingOf(recorded(NEVER).slice(0, 12));
    for (let bit = 0; bit < 8 * short.length; bit++) {
      const { failure } = read(flipped(short, bit));
      if (bit < 8 * 8) expect(failure).toBe("this is no recording");
      else expect(failure).toMatch(/^the block at byte \d+ is damaged: /);
    }
  });

  test("is found in a long recording too, which is good before that block", () => {
    fc.assert(
      fc.property(fc.integer({ min: 8 * 8, max: 8 * bytes.length - 1 }), (bit) => {
        const { from } = blockOf(bit >> 3);
        const found = read(flipped(bytes, bit));
        expect(found.failure).toMatch(`the block at byte ${from} is damaged: `);
        expect(found.goodBytes).toBe(from);
        const before = from === PROLOGUE.length ? [] : entriesOf(bytes.subarray(0, from));
        expect(found.entries).toHaveLength(before.length);
      }),
      { numRuns: 50 },
    );
  });

  test("is told by a replay, and not taken for a difference", () => {
    fc.assert(
      fc.property(fc.integer({ min: 8 * (ends[0] ?? 0), max: 8 * bytes.length - 1 }), (bit) => {
        const { verdict } = replayOf(flipped(bytes, bit));
        expect(verdict).toMatchObject({ kind: "unreadable", reason: expect.stringContaining("is damaged") });
      }),
      { numRuns: 10 },
    );
  });

  test("is told apart from a newer version of the format", () => {
    const newer = sealed('{"a":1}');
    newer.writeUInt16BE(2, 8);
    expect(read(newer).failure).toMatch(/^the block at byte 10 is damaged/);
    const prologue = Buffer.concat([PROLOGUE.subarray(0, 9), Buffer.of(2)]);
    expect(read(sealedAfter(prologue, ["{}"])).failure).toBe("this recording has format 2, which is not known here");
  });
});

describe("blocks", () => {
  test("that are missing, moved, or another recording's are found", () => {
    const [head, one, two, ...rest] = long.written as [Buffer, Buffer, Buffer, ...Buffer[]];
    const other = new Tape();
    story(other.rig());
    other.finish();
    const damaged = `the block at byte ${head.length} is damaged: its checksum is wrong`;
    expect(read(head, two, ...rest).failure).toBe(damaged);
    expect(read(head, two, one, ...rest).failure).toBe(damaged);
    expect(read(head, one, other.written[1] as Buffer).failure).toMatch(/is damaged: its checksum is wrong$/);
  });

  test("do not follow the end", () => {
    expect(read(sealedAfter(PROLOGUE, ["{}", "", "x"])).failure).toBe(
      "something follows the end of the recording, at byte 36",
    );
    expect(read(bytes, Buffer.of(0)).failure).toBe(
      `something follows the end of the recording, at byte ${bytes.length}`,
    );
    expect(read(bytes, Buffer.alloc(12)).failure).toMatch(`the block at byte ${bytes.length} is damaged`);
  });

  test("are not longer than the limit, whatever they say", () => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(MAX_BLOCK_BYTES + 1, 0);
    head.writeUInt32BE(crc32(head.subarray(0, 4)), 4);
    expect(read(sealed("{}"), head).failure).toMatch(
      /^the block at byte 24 is damaged: its length is not to be trusted/,
    );
  });

  test.each(["[]", "5", "null", '"facts"', '{"a":{}}', "{", `{"a":"${"x".repeat(64 * 1024)}"}`])(
    "of facts that are none are refused: %.20s",
    (facts) => {
      expect(read(sealed(facts)).failure).toBe("the facts of this recording make no sense");
    },
  );
});

describe("bytes from anybody", () => {
  test("are never thrown at", () => {
    const anyBytes = fc.oneof(
      someBytes(200),
      someBytes(60).map((tail) => Buffer.concat([PROLOGUE, tail])),
    );
    fc.assert(
      fc.property(anyBytes, (some) => {
        expect(replayOf(some).verdict.kind).toBe("unreadable");
      }),
    );
  });

  test("are not thrown at behind true checksums either", () => {
    const kind = fc.integer({ min: 0, max: 19 });
    const content = fc.array(fc.tuple(kind, someBytes(60)), { maxLength: 6 }).map((parts) => {
      return Buffer.concat(parts.map(([byte, rest]) => Buffer.concat([Buffer.of(byte, 0, 0), Buffer.alloc(8), rest])));
    });
    fc.assert(
      fc.property(content, (some) => {
        const { verdict } = replayOf(sealedAfter(PROLOGUE, ["{}", some]));
        expect(verdict.kind === "unreadable" || some.length === 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("are not thrown at where they are well-formed entries that no peer ever saw", () => {
    const places = fc.array(fc.tuple(nonsense, fc.nat(), fc.boolean()), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(actions, places, (before, odd) => {
        const tape = new Tape();
        live(tape.rig(), ...before);
        const mixed = [...entriesOf(tape.finish())];
        for (const [entry, place, fitsIn] of odd) {
          const at = place % mixed.length;
          const { peer, at: now } = mixed[at] as Entry;
          // Whose peer and instant fit gets as far as the peer itself.
          mixed.splice(at + 1, 0, fitsIn ? { ...entry, peer, at: now } : entry);
        }
        expect(["same", "different", "unreadable"]).toContain(replayOf(recordingOf(mixed)).verdict.kind);
      }),
      { numRuns: 200 },
    );
  });
});
