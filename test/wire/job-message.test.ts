import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blankBand, flip, MAX_BOARD_SIZE, TOPOLOGIES } from "../../src/core/board.ts";
import { JOB_STATES } from "../../src/core/job.ts";
import { type Decoded, finish } from "../../src/wire/codec.ts";
import { decodeFrame } from "../../src/wire/frame.ts";
import { JOB_ERROR, type JobErrorCode } from "../../src/wire/job-error.ts";
import {
  headOfAnswer,
  headOfRequest,
  JOB_ANSWER_TYPES,
  JOB_REQUEST_TYPES,
  type JobAnswer,
  type JobHead,
  type JobRequest,
  MAX_PING_BYTES,
  PAUSE_ACTIONS,
  readJobAnswer,
  readJobRequest,
  writeJobAnswer,
  writeJobRequest,
} from "../../src/wire/job-message.ts";
import { Reader } from "../../src/wire/reader.ts";
import { Writer } from "../../src/wire/writer.ts";
import { someBytes } from "./arbitraries.ts";
import { bytesOf, vectors } from "./vectors.ts";

const u64 = fc.maxSafeNat();
const u32 = fc.nat(0xffff_ffff);
const topology = fc.constantFrom(...TOPOLOGIES);
const state = fc.constantFrom(...JOB_STATES);
const side = fc.integer({ min: 16, max: 200 });

/** So many rows of a board, in which some cells live. */
function bandOf(size: number, rows: number): fc.Arbitrary<ReturnType<typeof blankBand>> {
  const cell = fc.tuple(fc.nat(size - 1), fc.nat(Math.max(0, rows - 1)));
  return fc.array(cell, { maxLength: 300 }).map((cells) => {
    const band = blankBand(size, rows);
    if (rows > 0) for (const [x, y] of cells) flip(band, x, y);
    return band;
  });
}

const board = side.chain((size) => bandOf(size, size));
const rows = { y: fc.nat(12), rows: fc.integer({ min: 1, max: 4 }) };
const slice = { term: u64, job: u64, turn: u64, turns: fc.integer({ min: 1, max: 20 }), topology, ...rows };

const request: fc.Arbitrary<JobRequest> = fc.oneof(
  fc.record({ kind: fc.constant("ping" as const), data: someBytes(40) }),
  fc.record({ kind: fc.constant("subscribe" as const), speed: u32 }),
  fc.record({ kind: fc.constantFrom("unsubscribe" as const, "quit" as const) }),
  fc.record({ kind: fc.constant("process-gol" as const), turns: fc.option(u64), pace: u32, topology, board }),
  fc
    .record({ kind: fc.constant("process-slice" as const), ...slice, size: fc.integer({ min: 64, max: 200 }) })
    .chain(({ size, ...fields }) => bandOf(size, fields.rows + 2 * fields.turns).map((band) => ({ ...fields, band }))),
  fc.record({ kind: fc.constant("count-alive" as const), job: u64, since: fc.option(u64) }),
  fc.record({ kind: fc.constant("flip" as const), job: u64, board }),
  fc.record({ kind: fc.constant("pause" as const), job: u64, action: fc.constantFrom(...PAUSE_ACTIONS), turns: u32 }),
  fc.record({
    kind: fc.constant("screenshot" as const),
    job: u64,
    rows: fc.option(fc.record({ y: fc.nat(0xffff), rows: fc.nat(0xffff) })),
  }),
  fc.record({ kind: fc.constant("kill" as const), job: u64 }),
);

const standing = { term: u64, job: u64, turn: u64, alive: u32, state };

const answer: fc.Arbitrary<JobAnswer> = fc.oneof(
  fc.record({ kind: fc.constant("ping" as const), data: someBytes(40) }),
  fc.record({ kind: fc.constantFrom("subscribe" as const, "unsubscribe" as const, "quit" as const), term: u64 }),
  fc.record({ kind: fc.constant("process-gol" as const), term: u64, job: u64 }),
  fc
    .record({ kind: fc.constant("process-slice" as const), ...slice, alive: u32, tookUs: u32, size: side })
    .chain(({ size, ...fields }) => bandOf(size, fields.rows).map((band) => ({ ...fields, band }))),
  fc.record({
    kind: fc.constantFrom("count-alive" as const, "flip" as const, "pause" as const, "kill" as const),
    ...standing,
  }),
  fc
    .record({ kind: fc.constant("screenshot" as const), ...standing, ...rows, size: side })
    .chain(({ size, ...fields }) => bandOf(size, fields.rows).map((band) => ({ ...fields, band }))),
  fc.record({
    kind: fc.constant("error" as const),
    code: fc.constantFrom(...(Object.keys(JOB_ERROR) as JobErrorCode[])),
    text: fc.string({ maxLength: 100 }),
  }),
);

/** What is said, as its head and the bytes of its payload. */
interface Said {
  readonly head: JobHead;
  readonly payload: Buffer;
}

function requested(value: JobRequest): Said {
  const writer = new Writer();
  writeJobRequest(writer, value);
  return { head: headOfRequest(value), payload: writer.take() };
}

function answered(value: JobAnswer): Said {
  const writer = new Writer();
  writeJobAnswer(writer, value);
  return { head: headOfAnswer(value), payload: writer.take() };
}

function readRequest(head: JobHead, payload: Uint8Array): Decoded<JobRequest> {
  const reader = new Reader(payload);
  return finish(reader, readJobRequest(reader, head));
}

function readAnswer(head: JobHead, payload: Uint8Array): Decoded<JobAnswer> {
  const reader = new Reader(payload);
  return finish(reader, readJobAnswer(reader, head));
}

/** Whether what is said has as many bytes as anybody likes at its end, so that a truncation is something else. */
const isOpenEnded = ({ kind }: JobRequest | JobAnswer): boolean => kind === "ping";

describe("requests and answers", () => {
  test("come back as they were sent, by types that are theirs", () => {
    fc.assert(
      fc.property(request, (value) => {
        const { head, payload } = requested(value);
        expect(JOB_REQUEST_TYPES).toContain(head.type);
        expect(readRequest(head, payload)).toEqual({ kind: "value", value });
      }),
    );
    fc.assert(
      fc.property(answer, (value) => {
        const { head, payload } = answered(value);
        expect(JOB_ANSWER_TYPES).toContain(head.type);
        expect(readAnswer(head, payload)).toEqual({ kind: "value", value });
      }),
    );
  });

  test("are nothing when they are cut off, or go on", () => {
    const cut = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(request, answer, cut, (asked, said, part) => {
        const { head, payload } = requested(asked);
        const { head: answerHead, payload: answerPayload } = answered(said);
        if (!isOpenEnded(asked) && payload.length > 0) {
          expect(readRequest(head, payload.subarray(0, Math.floor(part * payload.length))).kind).not.toBe("value");
          expect(readRequest(head, Buffer.concat([payload, Buffer.of(0)])).kind).toBe("malformed");
        }
        if (!isOpenEnded(said)) {
          expect(
            readAnswer(answerHead, answerPayload.subarray(0, Math.floor(part * answerPayload.length))).kind,
          ).not.toBe("value");
          expect(readAnswer(answerHead, Buffer.concat([answerPayload, Buffer.of(0)])).kind).toBe("malformed");
        }
      }),
    );
  });

  test("never throw, whatever comes by whatever head", () => {
    const head = fc.record({
      type: fc.nat(0xff),
      imageSize: fc.oneof(fc.nat(0xffff), fc.integer({ min: 16, max: 40 })),
    });
    fc.assert(
      fc.property(head, someBytes(80), (any, payload) => {
        expect(readRequest(any, payload).kind.length).toBeGreaterThan(0);
        expect(readAnswer(any, payload).kind.length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  test("never throw when some of their bytes are others", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { minLength: 1, maxLength: 3 });
    const damaged = (payload: Buffer, places: readonly (readonly [number, number])[]): Buffer => {
      const copy = Buffer.from(payload);
      for (const [at, byte] of places) if (copy.length > 0) copy[at % copy.length] = byte;
      return copy;
    };
    fc.assert(
      fc.property(request, answer, damage, (asked, said, places) => {
        const [one, other] = [requested(asked), answered(said)];
        expect(readRequest(one.head, damaged(one.payload, places)).kind.length).toBeGreaterThan(0);
        expect(readAnswer(other.head, damaged(other.payload, places)).kind.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe("types", () => {
  test("are those of the wire: a request's, and with bit 7 its answer's, ERROR besides", () => {
    expect(JOB_REQUEST_TYPES).toEqual([0x01, 0x04, 0x05, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f]);
    expect(JOB_ANSWER_TYPES).toEqual([0x81, 0x84, 0x85, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0xff]);
  });

  test("that are none stand for nothing", () => {
    expect(readRequest({ type: 0x02, imageSize: 0 }, Buffer.alloc(0))).toMatchObject({ kind: "malformed" });
    expect(readAnswer({ type: 0x82, imageSize: 0 }, Buffer.alloc(8))).toMatchObject({ kind: "malformed" });
    expect(readAnswer({ type: 0x7f, imageSize: 0 }, Buffer.of(0, 1, 0, 0)).kind).toBe("malformed");
  });

  test.each(["ping with an id", "subscribe", "life slice", "largest payload"])("of the vector %s are ours", (name) => {
    const vector = vectors.frames.find((each) => each.name === name);
    expect(JOB_REQUEST_TYPES).toContain(vector?.type);
    if (vector?.hex === undefined) return;
    expect(decodeFrame(bytesOf(vector.hex))).toMatchObject({
      value: { type: vector.type, requestId: vector.messageId, imageSize: vector.imageSize },
    });
  });
});

/** A request for a slice of no cells, with other numbers than its band has. */
function sliceOf(turns: number, rows: number): Buffer {
  const writer = new Writer();
  for (const each of [1, 1, 1]) writer.u64(each);
  writer.u16(turns);
  writer.u8(0);
  writer.u16(0);
  writer.u16(rows);
  writer.u8(0);
  writer.u32(0);
  return writer.take();
}

describe("heads and numbers that cannot be", () => {
  test.each([0, 15, MAX_BOARD_SIZE + 1, 0xffff])("a board of side %i is malformed", (imageSize) => {
    const { head, payload } = requested({
      kind: "process-gol",
      turns: 1,
      pace: 0,
      topology: "torus",
      board: blankBand(16),
    });
    expect(readRequest({ ...head, imageSize }, payload)).toEqual({
      kind: "malformed",
      reason: `a board of side ${imageSize}`,
    });
  });

  test("the largest board is none of them", () => {
    const value: JobRequest = {
      ...{ kind: "process-gol", turns: null, pace: 0, topology: "plane" },
      board: blankBand(MAX_BOARD_SIZE),
    };
    const { head, payload } = requested(value);
    expect(payload.length).toBeLessThan(14);
    const read = readRequest(head, payload);
    expect(read).toMatchObject({ kind: "value", value: { turns: null, topology: "plane" } });
  });

  test.each([
    [0, 1],
    [1, 0],
    [1, 65],
    [30_000, 1],
    [1, 0xffff],
    [0xffff, 0xffff],
  ])(
    "a slice of %i turns and %i rows of a board of side 64 is malformed, and nothing is set aside for it",
    (turns, rows) => {
      expect(readRequest({ type: 0x09, imageSize: 64 }, sliceOf(turns, rows)).kind).toBe("malformed");
    },
  );

  test("a slice may have as many rows around it as the board has, at most", () => {
    expect(readRequest({ type: 0x09, imageSize: 64 }, sliceOf(64, 64)).kind).toBe("value");
    expect(readRequest({ type: 0x09, imageSize: 64 }, sliceOf(65, 64)).kind).toBe("malformed");
  });

  test("an unknown error is malformed", () => {
    expect(readAnswer({ type: 0xff, imageSize: 0 }, Buffer.of(0, 99, 0, 0))).toEqual({
      kind: "malformed",
      reason: "unknown error 99",
    });
  });

  test("what is to be echoed has its limit", () => {
    const head = { type: 0x01, imageSize: 0 };
    expect(readRequest(head, Buffer.alloc(MAX_PING_BYTES)).kind).toBe("value");
    expect(readRequest(head, Buffer.alloc(MAX_PING_BYTES + 1)).kind).toBe("malformed");
  });
});
