import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_CLUSTER, type PeerId } from "../../src/core/peer-id.ts";
import { decode, encode } from "../../src/wire/codec.ts";
import { address, clusterId, peerId } from "../../src/wire/identity.ts";
import { anyAddress, someBytes } from "./arbitraries.ts";
import { addressFrom, bytesOf } from "./vectors.ts";

describe("peerId and clusterId", () => {
  it("are eight bytes", () => {
    const id = "0123456789abcdef" as PeerId;
    expect(encode(peerId, id).toString("hex")).toBe(id);
    expect(decode(peerId, bytesOf(id))).toEqual({ kind: "value", value: id });
  });

  it("of zero: nobody, and a seeker's cluster", () => {
    expect(decode(peerId, Buffer.alloc(8))).toEqual({ kind: "malformed", reason: "peer ID of zero" });
    expect(decode(clusterId, Buffer.alloc(8))).toEqual({ kind: "value", value: NO_CLUSTER });
  });
});

describe("address", () => {
  it("is family, IP and port", () => {
    expect(encode(address, addressFrom("127.0.0.1", 7001)).toString("hex")).toBe("047f0000011b59");
    expect(encode(address, addressFrom("::1", 7001)).toString("hex")).toBe(`06${"00".repeat(15)}011b59`);
  });

  it("comes back as it was sent, and is incomplete at every truncation", () => {
    fc.assert(
      fc.property(anyAddress, (value) => {
        const encoded = encode(address, value);
        expect(decode(address, encoded)).toEqual({ kind: "value", value });
        for (let length = 0; length < encoded.length; length++) {
          expect(decode(address, encoded.subarray(0, length))).toEqual({ kind: "incomplete" });
        }
      }),
    );
  });

  it.each([
    ["another family", "057f0000011b59"],
    ["port 0", "047f0000010000"],
  ])("is malformed with %s", (_name, hex) => {
    expect(decode(address, bytesOf(hex)).kind).toBe("malformed");
  });

  it("reads an IPv4-mapped IPv6 address as the IPv4 one that it means", () => {
    const mapped = bytesOf("0600000000000000000000ffff7f0000011b59");
    expect(decode(address, mapped)).toEqual({ kind: "value", value: addressFrom("127.0.0.1", 7001) });
  });

  it("never throws, whatever comes", () => {
    fc.assert(fc.property(someBytes(25), (bytes) => decode(address, bytes).kind.length > 0));
  });
});
