import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvariantViolation } from "../../src/core/assert.ts";
import { GossipDecoder } from "../../src/wire/gossip-decoder.ts";
import {
  decodeGossip,
  encodeGossip,
  type GossipMessage,
  type GossipSend,
  MAX_GOSSIP_BYTES,
  MAX_SEND_DATA_BYTES,
} from "../../src/wire/gossip-message.ts";
import { cutAt, ipv4Address, someBytes } from "./arbitraries.ts";
import { addressFrom, bytesOf } from "./vectors.ts";

const V4 = addressFrom("127.0.0.1", 7001);
const OTHER = addressFrom("10.143.79.131", 10_581);
const V6 = addressFrom("::1", 7001);

function send(data: Buffer, ttl = 4, dataType = 1337): GossipSend {
  return { kind: "send", announce: { kind: "announce", ttl, dataType, data } };
}

const VECTORS: readonly (readonly [string, GossipMessage, string])[] = [
  ["pull", { kind: "pull", address: V4 }, "000a01f87f0000011b59"],
  ["response, no IDs", { kind: "response", ids: [] }, "000601f90000"],
  ["response", { kind: "response", ids: [V4, OTHER] }, "001201f900027f0000011b590a8f4f832955"],
  ["push", { kind: "push", address: V4, ids: [] }, "000a01fa7f0000011b59"],
  ["send", send(Buffer.from("note")), "001001fb" + "000c01f404000539" + "6e6f7465"],
  ["send, no data", send(Buffer.alloc(0), 0, 1), "000c01fb" + "000801f400000001"],
  // The API has the same numbers in both.
  ["announce", { kind: "announce", ttl: 4, dataType: 1337, data: Buffer.from("note") }, "000c01f4040005396e6f7465"],
  ["notify", { kind: "notify", dataType: 1337 }, "000801f500000539"],
  ["validation", { kind: "validation", messageId: 0x1234, valid: true }, "000801f712340001"],
];

const u16 = fc.nat(0xffff);
const anySend = fc.tuple(someBytes(50), fc.nat(0xff), u16).map((parts) => send(...parts));
const anyMessage: fc.Arbitrary<GossipMessage> = fc.oneof(
  anySend,
  fc.record({ kind: fc.constant("pull" as const), address: ipv4Address }),
  fc.record({ kind: fc.constant("response" as const), ids: fc.array(ipv4Address, { maxLength: 20 }) }),
  fc.record({ kind: fc.constant("push" as const), address: ipv4Address, ids: fc.constant([]) }),
  fc.record({ kind: fc.constant("notify" as const), dataType: u16 }),
  fc.record({ kind: fc.constant("notification" as const), messageId: u16, dataType: u16, data: someBytes(50) }),
);

describe("the revised dialect, byte for byte", () => {
  it.each(VECTORS)("%s: encodes", (_name, message, hex) => {
    expect(encodeGossip(message, "revised").toString("hex")).toBe(hex);
  });

  it.each(VECTORS)("%s: decodes", (_name, message, hex) => {
    expect(decodeGossip(bytesOf(hex), "revised")).toEqual({ kind: "value", value: message });
  });

  it.each([
    ["pull of IPv6", "001601f8000000000000000000000000000000011b59"],
    ["pull from port 0", "000a01f87f0000010000"],
    ["response of fewer IDs than it says", "000c01f900027f0000011b59"],
    ["response of more IDs than it says", "000c01f900007f0000011b59"],
    ["response with counters", "000e01f9000100007f0000011b59"],
    ["push with IDs", "000c01fa7f0000011b590000"],
    ["push of nobody", "000401fa"],
    ["send of nothing", "000401fb"],
    ["send of half a header", "000601fb0008"],
    ["send of a notify", "000c01fb000801f500000539"],
    ["send of a send", "001001fb000c01fb000801f400000001"],
    ["send of an announce cut short", "000a01fb000801f40000"],
    ["send of an announce and a byte too many", "000d01fb000801f40000000100"],
    ["unknown type", "000401fc"],
  ])("%s: malformed", (_name, hex) => {
    expect(decodeGossip(bytesOf(hex), "revised").kind).toBe("malformed");
  });

  it("gives 505 and 506 other meanings than the classic one", () => {
    const response = encodeGossip({ kind: "response", ids: [] }, "revised");
    expect(decodeGossip(response).kind).toBe("malformed");
    const push = encodeGossip({ kind: "push", address: V4, ids: [] }, "revised");
    expect(decodeGossip(push).kind).toBe("malformed");
    const pull = encodeGossip({ kind: "pull", address: V4 }, "classic");
    expect(decodeGossip(pull, "revised").kind).toBe("malformed");
    expect(decodeGossip(encodeGossip({ kind: "pull", address: V4 }, "revised")).kind).toBe("malformed");
  });

  it("reads one body as PULL and as PUSH, by its type alone", () => {
    expect(decodeGossip(bytesOf("000a01f87f0000011b59"), "revised")).toMatchObject({ value: { kind: "pull" } });
    expect(decodeGossip(bytesOf("000a01fa7f0000011b59"), "revised")).toMatchObject({ value: { kind: "push" } });
  });

  it("writes SEND in the classic one too, which recordings keep", () => {
    const message = send(Buffer.from("note"));
    expect(encodeGossip(message)).toEqual(encodeGossip(message, "revised"));
    expect(decodeGossip(encodeGossip(message))).toEqual({ kind: "value", value: message });
  });
});

describe("a message of the revised dialect", () => {
  it("comes back as it was sent", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeGossip(encodeGossip(message, "revised"), "revised")).toEqual({ kind: "value", value: message });
      }),
      { numRuns: 500 },
    );
  });

  it("is incomplete at every truncation", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const bytes = encodeGossip(message, "revised");
        for (let length = 0; length < bytes.length; length++) {
          expect(decodeGossip(bytes.subarray(0, length), "revised")).toEqual({ kind: "incomplete" });
        }
      }),
      { numRuns: 40 },
    );
  });

  it("never throws on random bytes behind a true size, and what is read can be written again", () => {
    const type = fc.constantFrom(500, 501, 502, 503, 504, 505, 506, 507, 508);
    fc.assert(
      fc.property(type, someBytes(60), (number, body) => {
        const bytes = Buffer.concat([Buffer.alloc(4), body]);
        bytes.writeUInt16BE(bytes.length, 0);
        bytes.writeUInt16BE(number, 2);
        const decoded = decodeGossip(bytes, "revised");
        expect(decoded.kind).not.toBe("incomplete");
        if (decoded.kind !== "value") return;
        const again = decodeGossip(encodeGossip(decoded.value, "revised"), "revised");
        expect(again).toEqual(decoded);
      }),
      { numRuns: 1000 },
    );
  });

  it("nested as deep as a message allows is malformed, not the end of the stack", () => {
    const deep = Buffer.alloc(MAX_GOSSIP_BYTES & ~3);
    for (let at = 0; at < deep.length; at += 4) {
      deep.writeUInt16BE(deep.length - at, at);
      deep.writeUInt16BE(507, at + 2);
    }
    for (const dialect of ["classic", "revised"] as const) expect(decodeGossip(deep, dialect).kind).toBe("malformed");
  });

  it.each<GossipMessage>([
    { kind: "pull", address: V6 },
    { kind: "response", ids: [V6] },
    { kind: "push", address: V4, ids: [OTHER] },
  ])("is not written where there is no place for it: %o", (message) => {
    expect(() => encodeGossip(message, "revised")).toThrow(InvariantViolation);
  });

  it("holds data of 65,523 bytes in a SEND, and no more", () => {
    expect(encodeGossip(send(Buffer.alloc(MAX_SEND_DATA_BYTES)), "revised")).toHaveLength(MAX_GOSSIP_BYTES);
    expect(() => encodeGossip(send(Buffer.alloc(MAX_SEND_DATA_BYTES + 1)), "revised")).toThrow(InvariantViolation);
  });

  it("is found in a stream, in chunks of any size", () => {
    const stream = Buffer.concat(VECTORS.map(([, , hex]) => bytesOf(hex)));
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 100 }), (places) => {
        const decoder = new GossipDecoder("revised");
        const found = cutAt(stream, places).flatMap((chunk) => decoder.push(chunk));
        expect(found).toEqual(VECTORS.map(([, message]) => message));
        expect(decoder.discarded).toBe(0);
      }),
    );
  });
});
