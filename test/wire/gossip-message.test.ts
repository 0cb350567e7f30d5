import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvariantViolation } from "../../src/core/assert.ts";
import { decode, encode } from "../../src/wire/codec.ts";
import {
  decodeGossip,
  encodeGossip,
  type GossipMessage,
  isPeerGossip,
  MAX_GOSSIP_BYTES,
  peerGossip,
  splitByFamily,
} from "../../src/wire/gossip-message.ts";
import { anyAddress, ipv4Address, ipv6Address, someBytes } from "./arbitraries.ts";
import { addressFrom, bytesOf, type GossipVector, vectors } from "./vectors.ts";

const u16 = fc.nat(0xffff);
const V4 = addressFrom("127.0.0.1", 7001);
const V6 = addressFrom("::1", 7001);

function peerMessage(address: typeof anyAddress): fc.Arbitrary<GossipMessage> {
  const ids = fc.array(address, { maxLength: 20 });
  return fc.oneof(
    fc.record({ kind: fc.constant("pull" as const), address }),
    fc.record({ kind: fc.constant("response" as const), ids }),
    fc.record({ kind: fc.constant("push" as const), address, ids }),
  );
}

const anyPeerMessage = fc.oneof(peerMessage(ipv4Address), peerMessage(ipv6Address));

const anyMessage: fc.Arbitrary<GossipMessage> = fc.oneof(
  anyPeerMessage,
  fc.record({ kind: fc.constant("announce" as const), ttl: fc.nat(0xff), dataType: u16, data: someBytes(50) }),
  fc.record({ kind: fc.constant("notify" as const), dataType: u16 }),
  fc.record({ kind: fc.constant("notification" as const), messageId: u16, dataType: u16, data: someBytes(50) }),
  fc.record({ kind: fc.constant("validation" as const), messageId: u16, valid: fc.boolean() }),
);

function messageOf(vector: GossipVector): GossipMessage {
  const { ttl = 0, dataType = 0, messageId = 0, valid = false, dataHex, host, port, ids = [] } = vector;
  switch (vector.type) {
    case 500:
      return { kind: "announce", ttl, dataType, data: bytesOf(dataHex) };
    case 501:
      return { kind: "notify", dataType };
    case 502:
      return { kind: "notification", messageId, dataType, data: bytesOf(dataHex) };
    case 503:
      return { kind: "validation", messageId, valid };
    case 505:
      return { kind: "pull", address: addressFrom(host, port) };
    default: {
      const addresses = ids.map((id) => addressFrom(id.host, id.port));
      return vector.kind === "response"
        ? { kind: "response", ids: addresses }
        : { kind: "push", address: addressFrom(host, port), ids: addresses };
    }
  }
}

describe("gossip vectors", () => {
  it.each(vectors.gossip)("$name: decodes", (vector) => {
    expect(decodeGossip(bytesOf(vector.hex))).toEqual({ kind: "value", value: messageOf(vector) });
  });

  it.each(vectors.gossip.filter(({ decodeOnly }) => decodeOnly !== true))("$name: encodes", (vector) => {
    expect(encodeGossip(messageOf(vector)).toString("hex")).toBe(vector.hex);
  });

  it.each(vectors.badGossip)("$name: malformed", ({ hex }) => {
    expect(decodeGossip(bytesOf(hex)).kind).toBe("malformed");
  });
});

describe("a gossip message", () => {
  it("comes back as it was sent", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeGossip(encodeGossip(message))).toEqual({ kind: "value", value: message });
      }),
      { numRuns: 500 },
    );
  });

  it("is incomplete at every truncation", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const bytes = encodeGossip(message);
        for (let length = 0; length < bytes.length; length++) {
          expect(decodeGossip(bytes.subarray(0, length))).toEqual({ kind: "incomplete" });
        }
      }),
      { numRuns: 40 },
    );
  });

  it("is a response where the body's length is 2 modulo 4, a push where it is 0", () => {
    fc.assert(
      fc.property(anyPeerMessage, (message) => {
        const bodyBytes = encodeGossip(message).length - 4;
        expect(bodyBytes % 4).toBe(message.kind === "push" ? 0 : 2);
      }),
    );
  });

  it("never throws on random bytes behind a true size", () => {
    const type = fc.constantFrom(500, 501, 502, 503, 504, 505, 506, 507, 0xffff);
    fc.assert(
      fc.property(type, someBytes(60), (number, body) => {
        const bytes = Buffer.concat([Buffer.alloc(4), body]);
        bytes.writeUInt16BE(bytes.length, 0);
        bytes.writeUInt16BE(number, 2);
        expect(decodeGossip(bytes).kind).not.toBe("incomplete");
      }),
      { numRuns: 1000 },
    );
  });

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(someBytes(40), (bytes) => {
        expect(["value", "incomplete", "malformed"]).toContain(decodeGossip(bytes).kind);
      }),
    );
  });

  it("is malformed with port 0, which is nobody's", () => {
    expect(decodeGossip(bytesOf("000a01f97f0000010000")).kind).toBe("malformed");
  });

  it("reads an IPv4-mapped IPv6 address as the IPv4 one that it means", () => {
    const mapped = bytesOf("001601f900000000000000000000ffff7f0000011b59");
    expect(decodeGossip(mapped)).toEqual({ kind: "value", value: { kind: "pull", address: V4 } });
  });

  const MAPPED = "00000000000000000000ffff7f0000011b59";
  const REAL = "20010db80000000000000000000000071b59";
  it.each([
    ["a response", `002e01fa00020000${MAPPED}0001${REAL}`],
    ["a push of an IPv4 one", `002c01fa${MAPPED}00010000${REAL}`],
    ["a push with an IPv4 one", `002c01fa${REAL}00010000${MAPPED}`],
  ])("is malformed where IPv4-mapped addresses meet true IPv6 ones: %s", (_what, hex) => {
    expect(decodeGossip(bytesOf(hex)).kind).toBe("malformed");
    // With addresses of one family it is a message that can be written again.
    for (const one of [hex.replace(MAPPED, REAL), hex.replace(REAL, MAPPED)]) {
      const decoded = decodeGossip(bytesOf(one));
      if (decoded.kind !== "value") throw new Error(decoded.kind);
      expect(decodeGossip(encodeGossip(decoded.value))).toEqual(decoded);
    }
  });

  it("that fits both families is read as IPv4", () => {
    // As IPv6: from [::4:0:0:0:0]:1 with one ID; as IPv4: four IDs whose counters stand in the same bytes.
    const both = Buffer.alloc(44);
    both.writeUInt16BE(44, 0);
    both.writeUInt16BE(506, 2);
    both.writeUInt16BE(1, 4 + 4);
    for (let counter = 0; counter < 4; counter++) {
      both.writeUInt16BE(counter, 4 + 8 + 8 * counter);
      both.writeUInt16BE(1, 4 + 8 + 8 * counter + 6);
    }
    both.writeUInt16BE(4, 4 + 6);
    both.writeUInt16BE(1, 4 + 18);
    both.writeUInt16BE(0, 4 + 20);
    expect(decodeGossip(both)).toMatchObject({ kind: "value", value: { kind: "push", ids: { length: 4 } } });
  });

  it.each<GossipMessage>([
    { kind: "response", ids: [V4, V6] },
    { kind: "push", address: V4, ids: [V6] },
    { kind: "push", address: V6, ids: [V4] },
  ])("is not written with addresses of both families: %o", (message) => {
    expect(() => encodeGossip(message)).toThrow(InvariantViolation);
  });

  it("has at most 65,535 bytes", () => {
    const ids = (count: number) => new Array(count).fill(V4);
    expect(encodeGossip({ kind: "response", ids: ids(8191) }).length).toBeLessThanOrEqual(MAX_GOSSIP_BYTES);
    expect(() => encodeGossip({ kind: "response", ids: ids(8192) })).toThrow(InvariantViolation);
    const data = Buffer.alloc(MAX_GOSSIP_BYTES - 8, 1);
    const announce = { kind: "announce", ttl: 0, dataType: 1, data } as const;
    expect(encodeGossip(announce).length).toBe(MAX_GOSSIP_BYTES);
    expect(() => encodeGossip({ ...announce, data: Buffer.alloc(data.length + 1) })).toThrow(InvariantViolation);
  });
});

describe("what peers say", () => {
  it("has the same bytes inside a frame", () => {
    fc.assert(
      fc.property(anyPeerMessage.filter(isPeerGossip), (message) => {
        expect(encode(peerGossip, message)).toEqual(encodeGossip(message));
        expect(decode(peerGossip, encodeGossip(message))).toEqual({ kind: "value", value: message });
      }),
    );
  });

  it("is no message of the API", () => {
    const notify = encodeGossip({ kind: "notify", dataType: 1 });
    expect(decode(peerGossip, notify)).toEqual({ kind: "malformed", reason: "notify where peers speak" });
  });

  it("is split by address family, each in order and nothing lost", () => {
    fc.assert(
      fc.property(fc.array(anyAddress), (addresses) => {
        const { ipv4, ipv6 } = splitByFamily(addresses);
        expect(() => encodeGossip({ kind: "response", ids: ipv4 })).not.toThrow();
        expect(() => encodeGossip({ kind: "response", ids: ipv6 })).not.toThrow();
        expect(ipv4).toEqual(addresses.filter((address) => ipv4.includes(address)));
        expect(ipv6).toEqual(addresses.filter((address) => !ipv4.includes(address)));
      }),
    );
  });
});
