import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvariantViolation } from "../../src/core/assert.ts";
import {
  decodeFrame,
  encodeFrame,
  FRAME_VERSION,
  type Frame,
  FrameDecoder,
  type FrameHeader,
  HEADER_BYTES,
  MAX_PAYLOAD_BYTES,
} from "../../src/wire/frame.ts";
import { cutAt, someBytes } from "./arbitraries.ts";
import { bytesOf, type FrameVector, vectors } from "./vectors.ts";

const HEADER: FrameHeader = { type: 0x20, requestId: 258, imageSize: 0 };
const LENGTH_FIELD = [6, 7, 8];

const anyFrame: fc.Arbitrary<Frame> = fc.record({
  type: fc.nat(0xff),
  requestId: fc.nat(0xffff),
  imageSize: fc.nat(0xffff),
  payload: someBytes(80),
});

function encoded(frame: Frame): Buffer {
  return encodeFrame(frame, frame.payload);
}

function payloadOf(vector: FrameVector): Buffer {
  return vector.payloadByte === undefined
    ? bytesOf(vector.payloadHex)
    : Buffer.alloc(vector.length, vector.payloadByte);
}

function bytesOfVector(vector: FrameVector): Buffer {
  return vector.hex === undefined ? Buffer.concat([bytesOf(vector.headerHex), payloadOf(vector)]) : bytesOf(vector.hex);
}

describe("frame vectors", () => {
  it.each(vectors.frames)("$name: encodes and decodes", (vector) => {
    const frame = { type: vector.type, requestId: vector.messageId, imageSize: vector.imageSize };
    const payload = payloadOf(vector);
    const bytes = bytesOfVector(vector);
    expect(encodeFrame(frame, payload).equals(bytes)).toBe(true);
    const decoded = decodeFrame(bytes);
    expect(decoded).toMatchObject({ kind: "value", value: frame });
    expect(decoded.kind === "value" && decoded.value.payload.equals(payload)).toBe(true);
  });

  it.each(vectors.badFrames)("$name: refused for its $why", ({ hex, why }) => {
    expect(decodeFrame(bytesOf(hex))).toEqual({ kind: "malformed", reason: why });
    const decoder = new FrameDecoder();
    expect(decoder.push(bytesOf(hex))).toEqual([]);
    expect(decoder.failure).toBe(why);
  });
});

describe("a single frame", () => {
  it("comes back as it was sent", () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(decodeFrame(encoded(frame))).toEqual({ kind: "value", value: frame });
      }),
    );
  });

  it("is incomplete at every truncation", () => {
    const frame = encodeFrame(HEADER, Buffer.from("peers shared"));
    for (let length = 0; length < frame.length; length++) {
      expect(decodeFrame(frame.subarray(0, length))).toEqual({ kind: "incomplete" });
    }
  });

  it("is refused with any one bit flipped outside its length", () => {
    const frame = encodeFrame(HEADER, Buffer.from("peers shared"));
    for (const at of frame.keys()) {
      for (let bit = 0; bit < 8 && !LENGTH_FIELD.includes(at); bit++) {
        const reason = at === 0 ? "version" : "checksum";
        expect(decodeFrame(flipped(frame, at, bit))).toEqual({ kind: "malformed", reason });
      }
    }
  });

  it("is never a value with any one bit of its length flipped", () => {
    const frame = encodeFrame(HEADER, Buffer.from("peers shared"));
    for (const at of LENGTH_FIELD) {
      for (let bit = 0; bit < 8; bit++) expect(decodeFrame(flipped(frame, at, bit)).kind).not.toBe("value");
    }
  });

  it("is malformed with a byte too many", () => {
    const frame = Buffer.concat([encodeFrame(HEADER, Buffer.alloc(3)), Buffer.alloc(1)]);
    expect(decodeFrame(frame)).toEqual({ kind: "malformed", reason: "1 bytes too many" });
  });

  it("holds at most the largest payload", () => {
    expect(encodeFrame(HEADER, Buffer.alloc(MAX_PAYLOAD_BYTES)).length).toBe(32_779);
    expect(() => encodeFrame(HEADER, Buffer.alloc(MAX_PAYLOAD_BYTES + 1))).toThrow(InvariantViolation);
  });

  it.each([
    { ...HEADER, type: 256 },
    { ...HEADER, requestId: 65_536 },
    { ...HEADER, requestId: -1 },
    { ...HEADER, imageSize: 1.5 },
  ])("is not written with a field out of range: %o", (header) => {
    expect(() => encodeFrame(header, Buffer.alloc(0))).toThrow(InvariantViolation);
  });
});

describe("a stream of frames", () => {
  const frames = [Buffer.alloc(0), Buffer.from("a"), Buffer.from("peers shared")].map((payload) => ({
    ...HEADER,
    payload,
  }));
  const stream = Buffer.concat(frames.map(encoded));

  it("gives the same frames at every split point", () => {
    for (let place = 0; place <= stream.length; place++) {
      const decoder = new FrameDecoder();
      expect([...decoder.push(stream.subarray(0, place)), ...decoder.push(stream.subarray(place))]).toEqual(frames);
      expect(decoder.failure).toBeUndefined();
      expect(decoder.buffered).toBe(0);
    }
  });

  it("gives the same frames a byte at a time", () => {
    const decoder = new FrameDecoder();
    expect(Array.from(stream, (byte) => decoder.push(Uint8Array.of(byte))).flat()).toEqual(frames);
  });

  it("gives the same frames in any chunks", () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.nat(1000)), (sent, places) => {
        const decoder = new FrameDecoder();
        const chunks = cutAt(Buffer.concat(sent.map(encoded)), places);
        expect(chunks.flatMap((chunk) => decoder.push(chunk))).toEqual(sent);
        expect(decoder.failure).toBeUndefined();
      }),
    );
  });

  it("gives a frame that lies inside one chunk as a view of it", () => {
    const found = new FrameDecoder().push(stream);
    expect(found.map(({ payload }) => payload.buffer === stream.buffer)).toEqual([true, true, true]);
    expect(found[1]?.payload.byteOffset).toBe(stream.byteOffset + 2 * HEADER_BYTES);
  });

  it("does not hold on to the chunks that a frame spans", () => {
    const decoder = new FrameDecoder();
    const chunk = Buffer.from(stream.subarray(0, 20));
    decoder.push(chunk);
    chunk.fill(0);
    expect(decoder.push(stream.subarray(20))).toEqual(frames.slice(1));
  });

  it("takes a frame's bytes one by one at a cost that grows no faster than its length", () => {
    // Gathering by concatenation would copy 32,779^2 / 2 bytes, half a gigabyte, and far outlast the timeout.
    const frame = encodeFrame(HEADER, Buffer.alloc(MAX_PAYLOAD_BYTES, 7));
    const decoder = new FrameDecoder();
    for (let round = 0; round < 3; round++) {
      const found = Array.from({ length: frame.length }, (_, at) => decoder.push(frame.subarray(at, at + 1))).flat();
      expect(found.map(({ payload }) => payload.length)).toEqual([MAX_PAYLOAD_BYTES]);
    }
  });
});

describe("a stream that fails", () => {
  it("finds a bad version with the first byte", () => {
    const decoder = new FrameDecoder();
    decoder.push(Uint8Array.of(FRAME_VERSION + 1));
    expect(decoder.failure).toBe("version");
  });

  it("finds a bad length with the ninth byte, and not before", () => {
    const decoder = new FrameDecoder();
    const lying = bytesOf("010100090000008001");
    decoder.push(lying.subarray(0, 8));
    expect(decoder.failure).toBeUndefined();
    decoder.push(lying.subarray(8));
    expect(decoder.failure).toBe("length");
    expect(decoder.buffered).toBeLessThanOrEqual(lying.length);
  });

  it("gives the frames before the bad one, and nothing ever after", () => {
    const good = encodeFrame(HEADER, Buffer.from("good"));
    const bad = flipped(good, 13, 0);
    const decoder = new FrameDecoder();
    expect(decoder.push(Buffer.concat([good, good, bad, good])).length).toBe(2);
    expect(decoder.failure).toBe("checksum");
    expect(decoder.push(good)).toEqual([]);
    expect(decoder.failure).toBe("checksum");
  });

  it("keeps the reason that came first", () => {
    const bad = flipped(encodeFrame(HEADER, Buffer.from("x")), 11, 0);
    const decoder = new FrameDecoder();
    decoder.push(Buffer.concat([bad, Buffer.of(99)]));
    expect(decoder.failure).toBe("checksum");
  });

  it("never throws and never holds more than one frame, whatever comes", () => {
    const header = fc.constantFrom("", "01", "0120000100000000", "01200001000000001f", "0120000100000080001111");
    fc.assert(
      fc.property(header, fc.array(someBytes(60), { maxLength: 20 }), (start, chunks) => {
        const decoder = new FrameDecoder();
        for (const chunk of [bytesOf(start), ...chunks]) {
          decoder.push(chunk);
          expect(decoder.buffered).toBeLessThanOrEqual(HEADER_BYTES + MAX_PAYLOAD_BYTES);
        }
      }),
    );
  });
});

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}
