import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FrameHead } from "../../../src/protocols/definition.ts";
import { type LinkMessage, linkFraming } from "../../../src/protocols/link/message.ts";
import { type Decoded, finish } from "../../../src/wire/codec.ts";
import { Reader } from "../../../src/wire/reader.ts";
import { Writer } from "../../../src/wire/writer.ts";
import { at, dialsTag, helloOf, LARGE } from "./scene.ts";

function encoded(message: LinkMessage): Buffer {
  const writer = new Writer();
  linkFraming.write(writer, message);
  return writer.take();
}

function decoded(head: FrameHead, payload: Uint8Array): Decoded<LinkMessage> {
  const reader = new Reader(payload);
  return finish(reader, linkFraming.read(head, reader));
}

const anyMessage: fc.Arbitrary<LinkMessage> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("ping" as const, "pong" as const),
    requestId: fc.integer({ min: 1, max: 65_535 }),
  }),
  fc.record({ kind: fc.constant("error" as const), code: fc.nat(65_535), text: fc.string({ maxLength: 300 }) }),
  fc
    .record({
      incarnation: fc.nat(),
      name: fc.string({ maxLength: 64 }),
      leastVersion: fc.nat(255),
      tagged: fc.array(fc.nat().map(dialsTag), { maxLength: 32 }),
    })
    .map((changes) => helloOf({ ...LARGE, address: at(7007) }, changes)),
);

describe("messages of links", () => {
  test("what is written is read back", () => {
    const property = fc.property(anyMessage, (message) => {
      const result = decoded(linkFraming.head(message), encoded(message));
      expect(result).toEqual({ kind: "value", value: message });
    });
    fc.assert(property);
  });

  test("every truncation of a HELLO is incomplete", () => {
    const message = helloOf(LARGE, { dials: 3 });
    const payload = encoded(message);
    for (let length = 0; length < payload.length; length++) {
      expect(decoded(linkFraming.head(message), payload.subarray(0, length)).kind).toBe("incomplete");
    }
  });

  test("random bytes never throw", () => {
    const type = fc.constantFrom(...linkFraming.types);
    const property = fc.property(type, fc.nat(65_535), fc.uint8Array({ maxLength: 300 }), (of, requestId, payload) => {
      expect(["value", "incomplete", "malformed"]).toContain(
        decoded({ type: of, requestId, imageSize: 0 }, payload).kind,
      );
    });
    fc.assert(property);
  });

  test("a name over 64 bytes is malformed", () => {
    const message = helloOf({ ...LARGE, name: "n".repeat(64) });
    const payload = encoded(message);
    const nameAt = payload.indexOf("nnnn") - 1;
    const longer = Buffer.concat([
      payload.subarray(0, nameAt),
      Buffer.of(65),
      Buffer.from("n"),
      payload.subarray(nameAt + 1),
    ]);
    expect(decoded(linkFraming.head(message), longer)).toMatchObject({ kind: "malformed" });
  });

  test("a PING without a request ID is malformed: its answer could not say which it answers", () => {
    expect(decoded({ type: 0x01, requestId: 0, imageSize: 0 }, Buffer.alloc(0))).toMatchObject({ kind: "malformed" });
  });
});
