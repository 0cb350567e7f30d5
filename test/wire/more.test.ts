import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../src/core/assert.ts";
import {
  encodeFrame,
  type Frame,
  FrameDecoder,
  HEADER_BYTES,
  MAX_FRAME_BYTES,
  MAX_PAYLOAD_BYTES,
} from "../../src/wire/frame.ts";
import {
  Assembly,
  corruptFrames,
  decodeFrames,
  MAX_FRAMES_BYTES,
  MAX_JOB_BYTES,
  MAX_MESSAGE_BYTES,
  MORE_FRAME,
  Room,
  writeFrames,
} from "../../src/wire/more.ts";
import { cutAt } from "./arbitraries.ts";

const HEADER = { type: 0x25, requestId: 0, imageSize: 0 };
/** What a piece of ours holds. */
const PIECE = MAX_PAYLOAD_BYTES - 8;

/** Bytes of which no two neighbourhoods look alike. */
function payloadOf(size: number): Buffer {
  const payload = Buffer.alloc(size);
  for (let at = 0; at < size; at++) payload[at] = (at * 31 + (at >> 8) * 7) & 0xff;
  return payload;
}

const framesOf = (size: number, header = HEADER): Buffer =>
  writeFrames(header, (writer) => writer.bytes(payloadOf(size)));

/** All that is whole in these chunks, and what is wrong with them. */
function received(...chunks: readonly Buffer[]) {
  const decoder = new FrameDecoder();
  const assembly = new Assembly();
  const messages = chunks.flatMap((chunk) => decoder.push(chunk).flatMap((frame) => assembly.take(frame) ?? []));
  return { messages, failure: decoder.failure ?? assembly.failure };
}

/** A MORE frame that says what it likes. */
function more(total: number, offset: number, bytes: number, header: Partial<Frame> = {}): Buffer {
  const payload = Buffer.alloc(8 + bytes);
  payload.writeUInt32BE(total, 0);
  payload.writeUInt32BE(offset, 4);
  return encodeFrame({ ...HEADER, type: MORE_FRAME.message, ...header }, payload);
}

const last = (bytes: number, header: Partial<Frame> = {}): Buffer =>
  encodeFrame({ ...HEADER, ...header }, Buffer.alloc(bytes));

describe("frames", () => {
  test("stay as they are when others are written", () => {
    const sizes = [5, MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES + PIECE, 3];
    const frames = sizes.map((size) => framesOf(size));
    expect(frames.flatMap((bytes) => received(bytes).messages.map(({ payload }) => payload))).toEqual(
      sizes.map(payloadOf),
    );
  });

  test("are written after a payload that did not fit", () => {
    expect(() => framesOf(MAX_MESSAGE_BYTES + 1)).toThrow(InvariantViolation);
    expect(received(framesOf(7)).messages).toMatchObject([{ payload: payloadOf(7) }]);
  });
});

describe("a message", () => {
  const borders = [0, 1, 2, 3].flatMap((pieces) =>
    [-2, -1, 0, 1, 2].map((beside) => MAX_PAYLOAD_BYTES + pieces * PIECE + beside),
  );

  test.each([0, 1, ...borders, MAX_MESSAGE_BYTES - 1, MAX_MESSAGE_BYTES])("of %i bytes comes back", (size) => {
    const frames = framesOf(size);
    expect(frames.length).toBeLessThanOrEqual(MAX_FRAMES_BYTES);
    const { messages, failure } = received(frames);
    expect(failure).toBeUndefined();
    const whole = decodeFrames(frames);
    for (const message of [...messages, whole.kind === "value" ? whole.value : undefined]) {
      expect(message).toMatchObject(HEADER);
      // Compared as values, a mebibyte takes seconds.
      expect(message?.payload.equals(payloadOf(size))).toBe(true);
    }
  });

  test("has bytes that are written down: total, offset and a piece in each MORE frame, the rest in its own", () => {
    const size = MAX_PAYLOAD_BYTES + PIECE + 5;
    const frames = new FrameDecoder().push(framesOf(size, { ...HEADER, requestId: 7 }));
    const head = (offset: number): Buffer => more(size, offset, 0).subarray(HEADER_BYTES);
    expect(frames.map(({ type, requestId, payload }) => [type, requestId, payload.length])).toEqual([
      [0x11, 7, MAX_PAYLOAD_BYTES],
      [0x11, 7, MAX_PAYLOAD_BYTES],
      [0x25, 7, size - 2 * PIECE],
    ]);
    expect(frames[0]?.payload.subarray(0, 8)).toEqual(head(0));
    expect(frames[1]?.payload.subarray(0, 8)).toEqual(head(PIECE));
    expect(frames[2]?.payload.equals(payloadOf(size).subarray(2 * PIECE))).toBe(true);
  });

  test("that is an answer travels in 0x91", () => {
    const answer = { type: 0xa5, requestId: 9, imageSize: 0 };
    const bytes = framesOf(40_000, answer);
    expect(new FrameDecoder().push(bytes).map(({ type }) => type)).toEqual([0x91, 0xa5]);
    const [message] = received(bytes).messages;
    expect(message).toMatchObject(answer);
    expect(message?.payload.equals(payloadOf(40_000))).toBe(true);
  });

  test.each([MAX_PAYLOAD_BYTES + 1, MAX_PAYLOAD_BYTES + PIECE + 1])("of %i bytes comes back at every split", (size) => {
    const frames = framesOf(size);
    const expected = payloadOf(size);
    // Every place beside a border of a frame or of its header, and some of the others.
    for (let place = 0; place < frames.length; place++) {
      const within = place % MAX_FRAME_BYTES;
      if (within > 24 && within < MAX_FRAME_BYTES - 2 && place % 4999 !== 0) continue;
      const { messages } = received(frames.subarray(0, place), frames.subarray(place));
      expect(messages.length === 1 && messages[0]?.payload.equals(expected)).toBe(true);
    }
  });

  test("comes back in any chunks, among others", () => {
    const sizes = fc.array(fc.oneof(fc.nat(50), fc.integer({ min: 32_700, max: 100_000 })), { maxLength: 4 });
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(), { maxLength: 12 }), (all, places) => {
        const stream = Buffer.concat(all.map((size) => framesOf(size)));
        const { messages, failure } = received(...cutAt(stream, places));
        expect(failure).toBeUndefined();
        expect(messages.map(({ payload }) => payload.length)).toEqual(all);
        expect(messages.every(({ payload }) => payload.equals(payloadOf(payload.length)))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("may have pieces of any size, and frames of other request IDs between them", () => {
    const ping = encodeFrame({ type: 0x01, requestId: 5, imageSize: 0 }, Buffer.alloc(0));
    const pieces = [more(40_000, 0, 1), ping, more(40_000, 1, 32_000), ping, last(7999)];
    const { messages, failure } = received(...pieces);
    expect(failure).toBeUndefined();
    expect(messages.map(({ type, payload }) => [type, payload.length])).toEqual([
      [0x01, 0],
      [0x01, 0],
      [0x25, 40_000],
    ]);
  });

  test("longer than the longest is a bug of ours", () => {
    expect(() => framesOf(MAX_MESSAGE_BYTES + 1)).toThrow(InvariantViolation);
  });
});

describe("what is no message in pieces is refused", () => {
  test.each<[string, readonly Buffer[], RegExp]>([
    ["a first piece from the middle", [more(40_000, 8, 100)], /from byte 8 on where 0/],
    ["a piece twice", [more(40_000, 0, 100), more(40_000, 0, 100)], /from byte 0 on where 100/],
    ["a piece left out", [more(40_000, 0, 100), more(40_000, 200, 100)], /from byte 200 on where 100/],
    ["a total that changes", [more(40_000, 0, 100), more(40_001, 100, 100)], /becomes one of 40001/],
    ["a total that a frame holds", [more(MAX_PAYLOAD_BYTES, 0, 100)], /of 32768 bytes/],
    ["a total beyond the limit", [more(MAX_MESSAGE_BYTES + 1, 0, 100)], /of 1048577 bytes/],
    ["a total of 2^32 - 1", [more(2 ** 32 - 1, 0, 100)], /of 4294967295 bytes/],
    ["a piece without bytes", [more(40_000, 0, 0)], /without bytes/],
    ["half a place", [encodeFrame({ ...HEADER, type: 0x11 }, Buffer.alloc(5))], /without bytes/],
    ["all of it in MORE frames", [more(32_769, 0, 32_000), more(32_769, 32_000, 769)], /more bytes than/],
    ["too much in MORE frames", [more(32_769, 0, 32_000), more(32_769, 32_000, 800)], /more bytes than/],
    ["a last piece too short", [more(40_000, 0, 32_000), last(7999)], /7999 bytes where 8000/],
    ["a last piece too long", [more(40_000, 0, 32_000), last(8001)], /8001 bytes where 8000/],
    ["another message in between", [more(40_000, 0, 32_000), last(3)], /3 bytes where 8000/],
    ["two at a time", [more(40_000, 0, 9), more(40_000, 0, 9, { requestId: 1 })], /two messages in pieces/],
    ["an answer among a request", [more(40_000, 0, 9), more(40_000, 9, 9, { type: 0x91 })], /two messages in pieces/],
  ])("%s", (_what, frames, reason) => {
    const before = last(2);
    const { messages, failure } = received(before, ...frames, last(5));
    expect(failure).toMatch(reason);
    expect(messages.map(({ payload }) => payload.length)).toEqual([2]);
  });

  test("whatever comes, without a throw", () => {
    const number = fc.oneof(fc.nat(200), fc.constantFrom(32_768, 32_769, 40_000, 2 ** 32 - 1));
    const frame = fc.oneof(
      fc
        .tuple(number, number, fc.nat(200), fc.nat(1))
        .map(([total, offset, bytes, requestId]) => more(total, offset, bytes, { requestId })),
      fc.nat(200).map((bytes) => last(bytes)),
    );
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
        const { messages, failure } = received(...frames);
        expect(messages.length <= frames.length && (failure === undefined || failure.length < 100)).toBe(true);
      }),
    );
  });
});

describe("where longer messages are allowed", () => {
  test.each([MAX_MESSAGE_BYTES + 1, MAX_JOB_BYTES])("one of %i bytes comes back", (size) => {
    const payload = Buffer.alloc(size, 0x5a);
    const frames = writeFrames(HEADER, (writer) => writer.bytes(payload), MAX_JOB_BYTES);
    const assembly = new Assembly({ maxBytes: MAX_JOB_BYTES, room: null });
    const messages = new FrameDecoder().push(frames).flatMap((frame) => assembly.take(frame) ?? []);
    expect(assembly).toMatchObject({ failure: undefined, held: 0 });
    expect(messages.map((message) => message.payload.equals(payload))).toEqual([true]);
  });

  test("one that is longer still is none, and ours a bug", () => {
    const assembly = new Assembly({ maxBytes: 50_000, room: null });
    for (const frame of new FrameDecoder().push(more(50_001, 0, 9))) assembly.take(frame);
    expect(assembly.failure).toBe("a message in pieces of 50001 bytes");
    const write = () => writeFrames(HEADER, (writer) => writer.bytes(Buffer.alloc(50_001)), 50_000);
    expect(write).toThrow(InvariantViolation);
  });
});

describe("messages that share their room", () => {
  const frameOf = (bytes: Buffer): Frame => new FrameDecoder().push(bytes)[0] as Frame;

  test("hold no more than twice what has come or two frames, each its whole message at most", () => {
    const room = new Room(10 * MAX_MESSAGE_BYTES);
    const assembly = new Assembly({ maxBytes: MAX_JOB_BYTES, room });
    assembly.take(frameOf(more(MAX_JOB_BYTES, 0, 1)));
    expect(room.held).toBe(2 * MAX_PAYLOAD_BYTES);
    for (let at = 1; at < 300_000; at += 30_000) {
      assembly.take(frameOf(more(MAX_JOB_BYTES, at, 30_000)));
      expect(room.held).toBeLessThanOrEqual(Math.max(2 * MAX_PAYLOAD_BYTES, 2 * (at + 30_000)));
    }
    expect(assembly.failure).toBeUndefined();
    const other = new Assembly({ maxBytes: MAX_JOB_BYTES, room });
    const held = room.held;
    other.take(frameOf(more(40_000, 0, 9000)));
    expect(room.held - held).toBe(40_000);
    other.take(frameOf(last(31_000)));
    expect(room.held).toBe(held);
    assembly.release();
    expect(room.held).toBe(0);
  });

  test("are refused where there is none left, and taken again once there is", () => {
    const room = new Room(100_000);
    const [one, two, three] = [1, 2, 3].map(() => new Assembly({ maxBytes: MAX_MESSAGE_BYTES, room }));
    one?.take(frameOf(more(60_000, 0, 9)));
    two?.take(frameOf(more(60_000, 0, 9)));
    expect(one?.failure).toBeUndefined();
    expect(two?.failure).toBe("too many messages in pieces at a time");
    expect(room.held).toBe(60_000);
    one?.release();
    three?.take(frameOf(more(60_000, 0, 9)));
    expect(three?.failure).toBeUndefined();
  });
});

describe("the bytes of one message", () => {
  const frames = framesOf(100_000);

  test.each<[string, Buffer, string]>([
    ["cut off in a frame", frames.subarray(0, 50_000), "incomplete"],
    ["cut off between frames", frames.subarray(0, 2 * MAX_FRAME_BYTES), "incomplete"],
    ["that are two", Buffer.concat([frames, frames]), "more than one message"],
    ["and some of the next", Buffer.concat([frames, more(40_000, 0, 9)]), "more than one message"],
    ["and half a frame", Buffer.concat([frames, last(3).subarray(0, 5)]), "incomplete"],
    ["and garbage", Buffer.concat([frames, Buffer.of(9)]), "version"],
    ["with a piece missing", frames.subarray(MAX_FRAME_BYTES), "a piece from byte 32760 on where 0 is the next"],
  ])("%s are none", (_what, bytes, reason) => {
    const decoded = decodeFrames(bytes);
    expect(decoded.kind === "malformed" ? decoded.reason : decoded.kind).toBe(reason);
  });

  test("are refused with one burst of bits flipped in any of their frames", () => {
    const hit = new Set<number>();
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), (choice) => {
        const damaged = Buffer.from(frames);
        corruptFrames(damaged, choice);
        hit.add(Math.floor(damaged.findIndex((byte, at) => byte !== frames[at]) / MAX_FRAME_BYTES));
        expect(decodeFrames(damaged)).toEqual({ kind: "malformed", reason: "checksum" });
      }),
    );
    expect(hit.size).toBe(4);
  });

  test("that are none, but long, are damaged without a throw", () => {
    for (const size of [11, MAX_FRAME_BYTES, MAX_FRAME_BYTES + 1, MAX_FRAME_BYTES + HEADER_BYTES]) {
      for (let choice = 0; choice < 2 ** 32; choice += 2 ** 26 + 1) {
        const bytes = Buffer.alloc(size, 1);
        corruptFrames(bytes, choice);
        expect(bytes.equals(Buffer.alloc(size, 1))).toBe(false);
      }
    }
  });
});
