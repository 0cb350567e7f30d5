import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LAMPORT_LIMIT } from "../../src/core/lamport-clock.ts";
import { encodeMessage, MessageReceiver } from "../../src/peer/frames.ts";
import type { Envelope } from "../../src/peer/machine.ts";
import { type AnyMessage, protocolNames } from "../../src/peer/registry.ts";
import { encodeFrame, FrameDecoder } from "../../src/wire/frame.ts";
import { cutAt, someBytes } from "../wire/arbitraries.ts";
import { messages } from "../wire/protocol-samples.ts";
import { ANNA } from "./rig.ts";

/** Every message of every protocol that may follow a HELLO. */
const contents: readonly AnyMessage[] = protocolNames.flatMap((protocol) =>
  messages[protocol].map((message) => ({ protocol, message }) as AnyMessage),
);
const hello = contents.find(({ message }) => message.kind === "hello") as AnyMessage;
const ping: AnyMessage = { protocol: "link", message: { kind: "ping", requestId: 1 } };
const SESSION = 8;

const bytesOf = (content: AnyMessage, envelope: Envelope | null): Buffer =>
  encodeMessage({ kind: "message", session: SESSION, content, envelope });
const helloBytes = bytesOf(hello, null);
const anyEnvelope = fc.record({
  lamport: fc.oneof(fc.nat(1000), fc.constant(LAMPORT_LIMIT - 1)),
  sequence: fc.oneof(fc.nat(1000), fc.constant(2 ** 32 - 1)),
});

/** Whatever a receiver makes of these chunks, and what it finds wrong. */
function receive(...chunks: readonly Uint8Array[]) {
  const receiver = new MessageReceiver(SESSION);
  const inputs = chunks.flatMap((chunk) => [...receiver.push(chunk)]);
  return { inputs, failure: receiver.failure };
}

describe("messages on a link", () => {
  test("come back as they were sent, in any chunks, each behind its envelope", () => {
    const sent = fc.array(fc.tuple(fc.constantFrom(...contents.filter((each) => each !== hello)), anyEnvelope), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(sent, fc.array(fc.nat(), { maxLength: 12 }), (rest, places) => {
        const whole = Buffer.concat([helloBytes, ...rest.map(([content, envelope]) => bytesOf(content, envelope))]);
        const { inputs, failure } = receive(...cutAt(whole, places));
        expect(failure).toBeUndefined();
        expect(inputs).toEqual([
          { kind: "message", session: SESSION, content: hello, envelope: null },
          ...rest.map(([content, envelope]) => ({ kind: "message", session: SESSION, content, envelope })),
        ]);
      }),
    );
  });

  test.each(contents)("$protocol $message.kind comes back without an envelope before HELLO", (content) => {
    expect(receive(bytesOf(content, null)).inputs).toEqual([
      { kind: "message", session: SESSION, content, envelope: null },
    ]);
  });

  test("have sequence numbers that wrap at 2^32", () => {
    const { inputs } = receive(helloBytes, bytesOf(ping, { lamport: 1, sequence: 2 ** 32 + 5 }));
    expect(inputs[1]?.envelope).toEqual({ lamport: 1, sequence: 5 });
  });
});

describe("a message longer than a frame", () => {
  const long = (bytes: number): AnyMessage => {
    const notice = { origin: ANNA, life: 1, dataType: 1, sequence: 1, ttl: 0, hops: 0, lamport: 1 };
    const notices = Array.from({ length: Math.ceil(bytes / 60_000) }, (_, at) => {
      return { ...notice, sequence: at + 1, data: Buffer.alloc(60_000, at) };
    });
    return { protocol: "notification", message: { kind: "push", offset: 0, notices } };
  };
  const envelope = { lamport: 5, sequence: 1 };
  const bytes = bytesOf(long(300_000), envelope);

  test("comes back behind its one envelope, in any chunks, and so do those around it", () => {
    const others = bytesOf(ping, { lamport: 9, sequence: 2 });
    const whole = Buffer.concat([helloBytes, bytes, others]);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (places) => {
        const { inputs, failure } = receive(...cutAt(whole, places));
        expect(failure).toBeUndefined();
        expect(inputs.map((input) => input.envelope)).toEqual([null, envelope, { lamport: 9, sequence: 2 }]);
        expect(isDeepStrictEqual(inputs[1]?.content, long(300_000))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test("is not put together before HELLO", () => {
    expect(receive(bytes)).toEqual({ inputs: [], failure: "unknown frame type 0x11" });
  });

  test("with a bad piece is the end of the connection", () => {
    const frames = new FrameDecoder().push(bytes);
    const [first, second] = frames.map((frame) => encodeFrame(frame, frame.payload)) as [Buffer, Buffer];
    expect(receive(helloBytes, first, first, second).failure).toBe("a piece from byte 0 on where 32760 is the next");
    expect(receive(helloBytes, first, helloBytes).failure).toMatch(/^a last piece of \d+ bytes where/);
  });

  test("that a fault corrupts is refused by its checksum", () => {
    for (let choice = 0; choice < 2 ** 32; choice += 2 ** 28 + 12_345) {
      const message = { kind: "message", session: SESSION, content: long(300_000), envelope } as const;
      const { inputs, failure } = receive(helloBytes, encodeMessage({ ...message, corruption: choice }));
      expect([inputs.length, failure]).toEqual([1, "bad checksum"]);
    }
  });
});

describe("what is wrong", () => {
  test.each([
    [
      "an unknown type",
      encodeFrame({ type: 0x6e, requestId: 0, imageSize: 0 }, Buffer.alloc(3)),
      "unknown frame type 0x6e",
    ],
    [
      "an empty HELLO",
      encodeFrame({ type: 0x10, requestId: 0, imageSize: 0 }, Buffer.alloc(0)),
      "malformed link message: too short",
    ],
    [
      "a HELLO and a byte",
      encodeFrame({ type: 0x10, requestId: 0, imageSize: 0 }, Buffer.concat([helloBytes.subarray(11), Buffer.of(0)])),
      "malformed link message: 1 bytes too many",
    ],
    [
      "a PING without a request ID",
      encodeFrame({ type: 0x01, requestId: 0, imageSize: 0 }, Buffer.alloc(0)),
      "malformed link message: PING without a request ID",
    ],
    ["a bad version", Buffer.of(2), "bad version"],
    ["a bad length", Buffer.of(1, 0x10, 0, 0, 0, 0, 0xff, 0xff, 0xff), "bad length"],
    [
      "a bad checksum",
      Buffer.concat([helloBytes.subarray(0, 9), Buffer.of(0, 0), helloBytes.subarray(11)]),
      "bad checksum",
    ],
  ])("%s is a failure with its reason", (_what, bytes, reason) => {
    expect(receive(bytes)).toEqual({ inputs: [], failure: reason });
  });

  test.each([0, 11])("an envelope of %i bytes is too short", (length) => {
    const cut = encodeFrame({ type: 0x01, requestId: 1, imageSize: 0 }, Buffer.alloc(length));
    expect(receive(helloBytes, cut).failure).toBe("malformed link message: too short");
  });

  test.each([LAMPORT_LIMIT, LAMPORT_LIMIT + 1, 2 ** 53 - 1])("a Lamport time of %i is out of range", (lamport) => {
    const { inputs, failure } = receive(helloBytes, bytesOf(ping, { lamport, sequence: 1 }));
    expect(inputs).toHaveLength(1);
    expect(failure).toMatch(/Lamport time out of range/);
  });

  test("a Lamport time of 2^53 and more is malformed", () => {
    const payload = Buffer.alloc(12, 0xff);
    expect(receive(helloBytes, encodeFrame({ type: 0x01, requestId: 1, imageSize: 0 }, payload)).failure).toMatch(
      /2\^53/,
    );
  });

  test("what came before it is delivered, nothing after it is, and the first reason stays", () => {
    const good = bytesOf(ping, { lamport: 1, sequence: 1 });
    const bad = encodeFrame({ type: 0x6e, requestId: 0, imageSize: 0 }, Buffer.alloc(12));
    const { inputs, failure } = receive(Buffer.concat([helloBytes, good, bad, good, Buffer.of(9)]), good);
    expect(inputs).toHaveLength(2);
    expect(failure).toBe("unknown frame type 0x6e");
  });

  test("never throws, whatever the bytes", () => {
    const chunk = fc.oneof(
      someBytes(40),
      fc.constant(helloBytes),
      fc.nat(helloBytes.length).map((length) => helloBytes.subarray(0, length)),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 6 }), (chunks) => {
        const { inputs, failure } = receive(...chunks);
        expect(inputs.length <= chunks.length && (failure === undefined || failure.length < 200)).toBe(true);
      }),
    );
  });
});
