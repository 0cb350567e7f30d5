import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ProtocolName, protocolNames, protocols } from "../../src/peer/registry.ts";
import type { FrameHead, Framing } from "../../src/protocols/definition.ts";
import { type Decoded, decode, encode, finish } from "../../src/wire/codec.ts";
import { Reader } from "../../src/wire/reader.ts";
import { Writer } from "../../src/wire/writer.ts";
import { someBytes } from "./arbitraries.ts";
import { messages, records } from "./protocol-samples.ts";

interface Sent {
  readonly protocol: ProtocolName;
  readonly kind: string;
  readonly head: FrameHead;
  readonly message: unknown;
  readonly bytes: Buffer;
}

const sent: readonly Sent[] = protocolNames.flatMap((protocol) => {
  const framing: Framing<unknown> = protocols[protocol].framing;
  return messages[protocol].map((message) => {
    const writer = new Writer();
    framing.write(writer, message);
    return { protocol, kind: message.kind, head: framing.head(message), message, bytes: writer.take() };
  });
});

const kept = protocolNames.flatMap((protocol) =>
  (records[protocol] as readonly { readonly kind: string }[]).map((record) => ({
    protocol,
    kind: record.kind,
    record,
    bytes: encode<unknown>(protocols[protocol].record, record),
  })),
);

function receive(protocol: ProtocolName, head: FrameHead, payload: Uint8Array): Decoded<unknown> {
  const reader = new Reader(payload);
  const framing: Framing<unknown> = protocols[protocol].framing;
  return finish(reader, framing.read(head, reader));
}

/** The bytes with a few of them cut out and others put in their place. */
function damaged(bytes: Buffer): fc.Arbitrary<Buffer> {
  return fc
    .record({ at: fc.nat(bytes.length), cut: fc.nat(4), put: someBytes(6) })
    .map(({ at, cut, put }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]));
}

describe("messages of the protocols", () => {
  it.each(sent)("$protocol $kind comes back as it was sent", ({ protocol, head, message, bytes }) => {
    expect(receive(protocol, head, bytes)).toEqual({ kind: "value", value: message });
    expect(protocols[protocol].framing.types).toContain(head.type);
  });

  it.each(sent)("$protocol $kind is incomplete at every truncation", ({ protocol, head, bytes }) => {
    for (let length = 0; length < bytes.length; length++) {
      expect(receive(protocol, head, bytes.subarray(0, length))).toEqual({ kind: "incomplete" });
    }
  });

  it.each(sent)("$protocol $kind is malformed with a byte too many", ({ protocol, head, bytes }) => {
    expect(receive(protocol, head, Buffer.concat([bytes, Buffer.alloc(1)])).kind).toBe("malformed");
  });

  it.each(sent)("$protocol $kind never throws when damaged", ({ protocol, head, bytes }) => {
    fc.assert(fc.property(damaged(bytes), (input) => receive(protocol, head, input).kind.length > 0));
  });

  // The office says nothing.
  it.each(protocolNames.filter((name) => name !== "office"))("%s never throws on random bytes", (protocol) => {
    const head = fc.record({
      type: fc.constantFrom(...protocols[protocol].framing.types),
      requestId: fc.nat(0xffff),
      imageSize: fc.nat(600),
    });
    const tag = fc.nat(9).map((first) => Buffer.of(first));
    fc.assert(
      fc.property(head, tag, someBytes(60), (anyHead, first, rest) => {
        expect(receive(protocol, anyHead, rest).kind.length).toBeGreaterThan(0);
        expect(receive(protocol, anyHead, Buffer.concat([first, rest])).kind.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it("have frame types that no two protocols share", () => {
    const types = protocolNames.flatMap((protocol) => protocols[protocol].framing.types);
    expect(new Set(types).size).toBe(types.length);
  });
});

describe("records of the protocols", () => {
  it.each(kept)("$protocol $kind comes back as it was saved", ({ protocol, record, bytes }) => {
    expect(decode<unknown>(protocols[protocol].record, bytes)).toEqual({ kind: "value", value: record });
  });

  it.each(kept)("$protocol $kind is incomplete at every truncation", ({ protocol, bytes }) => {
    for (let length = 0; length < bytes.length; length++) {
      const decoded = decode<unknown>(protocols[protocol].record, bytes.subarray(0, length));
      expect(decoded).toEqual({ kind: "incomplete" });
    }
  });

  it.each(protocolNames)("%s never throws on random bytes", (protocol) => {
    fc.assert(
      fc.property(someBytes(60), (bytes) => decode<unknown>(protocols[protocol].record, bytes).kind.length > 0),
    );
  });
});
