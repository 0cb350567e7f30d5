import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/wire/codec.ts";
import { HEALTH_PACKET_BYTES, healthPacket } from "../../src/wire/health-packet.ts";
import { someBytes } from "./arbitraries.ts";
import { bytesOf, vectors } from "./vectors.ts";

describe("healthPacket", () => {
  it.each(vectors.health)("agrees with the vector $name", ({ name, nonceHex, hex }) => {
    const packet = { kind: name, nonce: bytesOf(nonceHex) };
    expect(encode(healthPacket, packet).toString("hex")).toBe(hex);
    expect(decode(healthPacket, bytesOf(hex))).toEqual({ kind: "value", value: packet });
  });

  it("is malformed unless it has exactly 17 bytes", () => {
    for (let length = 0; length < 40; length++) {
      const expected = length === HEALTH_PACKET_BYTES ? "value" : "malformed";
      expect(decode(healthPacket, Buffer.alloc(length, 1)).kind).toBe(expected);
    }
  });

  it("is malformed with any type but SYN and ACK", () => {
    for (let type = 0; type < 256; type++) {
      const packet = Buffer.concat([Buffer.of(type), Buffer.alloc(16)]);
      expect(decode(healthPacket, packet).kind).toBe(type === 1 || type === 2 ? "value" : "malformed");
    }
  });

  it("never throws, whatever comes", () => {
    fc.assert(fc.property(someBytes(600), (bytes) => decode(healthPacket, bytes).kind !== "incomplete"));
  });
});
