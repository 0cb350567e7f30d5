import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressOf,
  endpointOf,
  formatAddress,
  hostOf,
  isLoopback,
  isUsable,
  parseAddress,
  portOf,
} from "../../src/core/address.ts";
import { addressFrom } from "../wire/vectors.ts";

const port = fc.integer({ min: 1, max: 65_535 });
const ip = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  // Runs of zeros, which the text form shortens.
  fc.array(fc.constantFrom(0, 0, 1), { minLength: 16, maxLength: 16 }).map((bytes) => Uint8Array.from(bytes)),
);

describe("parseAddress", () => {
  it.each([
    ["127.0.0.1:7001", "127.0.0.1:7001"],
    ["0.0.0.0:1", "0.0.0.0:1"],
    ["255.255.255.255:65535", "255.255.255.255:65535"],
    ["[::1]:7001", "[::1]:7001"],
    ["[::]:7001", "[::]:7001"],
    ["[2001:DB8:0:0:0:0:0:1]:7001", "[2001:db8::1]:7001"],
    ["[1:2:3:4:5:6:7::]:7001", "[1:2:3:4:5:6:7:0]:7001"],
    ["[::ffff:127.0.0.1]:7001", "127.0.0.1:7001"],
    ["[64:ff9b::192.0.2.33]:7001", "[64:ff9b::c000:221]:7001"],
  ])("%s is %s", (text, canonical) => {
    expect(parseAddress(text)).toBe(canonical);
  });

  it.each([
    "",
    "7001",
    ":7001",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    "127.0.0.1:07001",
    "127.0.0.1:+1",
    "127.0.0.1: 1",
    "127.0.0.1:7001 ",
    "127.0.1:7001",
    "127.0.0.0.1:7001",
    "127.0.0.256:7001",
    "127.0.0.01:7001",
    "localhost:7001",
    "::1:7001",
    "[127.0.0.1]:7001",
    "[::1:7001",
    "[]:7001",
    "[::1]7001",
    "[:::1]:7001",
    "[1::2::3]:7001",
    "[1:2:3:4:5:6:7]:7001",
    "[1:2:3:4:5:6:7:8:9]:7001",
    "[1:2:3:4::5:6:7:8]:7001",
    "[12345::]:7001",
    "[g::]:7001",
    "[1.2.3.4::]:7001",
    "[::1.2.3]:7001",
    "[fe80::1%eth0]:7001",
  ])("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it("never throws, and its answer is canonical", () => {
    const likely = fc.string({ unit: fc.constantFrom(..."0179afg.:[]%"), maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(likely, fc.string()), (text) => {
        const address = parseAddress(text);
        if (address !== undefined) expect(parseAddress(address)).toBe(address);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("formatAddress", () => {
  // RFC 5952, section 4.
  it.each([
    ["20010db8000000000000000000000001", "[2001:db8::1]:1", "4.2.1: shortened as much as possible"],
    ["20010db8000000010001000100010001", "[2001:db8:0:1:1:1:1:1]:1", "4.2.2: a single zero group is not shortened"],
    ["20010000000000010000000000000001", "[2001:0:0:1::1]:1", "4.2.3: the longest run is shortened"],
    ["20010db8000000000001000000000001", "[2001:db8::1:0:0:1]:1", "4.2.3: the first of two equal runs is shortened"],
    ["20010db80000000000000000000aaaaa", "[2001:db8::a:aaaa]:1", "4.3: lower case"],
    ["00000000000000000000ffff0a000007", "10.0.0.7:1", "an IPv4-mapped address is the IPv4 one"],
  ])("%s is %s (%s)", (hex, text) => {
    expect(formatAddress({ ip: Buffer.from(hex, "hex"), port: 1 })).toBe(text);
  });

  it("gives what parses to itself, and to the same bytes", () => {
    fc.assert(
      fc.property(ip, port, (bytes, number) => {
        const address = formatAddress({ ip: bytes, port: number });
        expect(parseAddress(address)).toBe(address);
        const endpoint = endpointOf(address);
        expect(formatAddress(endpoint)).toBe(address);
        expect(endpoint.port).toBe(number);
        if (endpoint.ip.length === bytes.length) expect([...endpoint.ip]).toEqual([...bytes]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the parts of an address", () => {
  it("are its host without brackets and its port", () => {
    expect([hostOf(addressFrom("::1", 7001)), portOf(addressFrom("::1", 7001))]).toEqual(["::1", 7001]);
    expect([hostOf(addressFrom("10.0.0.7", 1)), portOf(addressFrom("10.0.0.7", 1))]).toEqual(["10.0.0.7", 1]);
  });

  it("make no address where the host is no IP literal or the port out of range", () => {
    expect(addressOf("localhost", 7001)).toBeUndefined();
    expect(addressOf("[::1]", 7001)).toBeUndefined();
    for (const number of [0, 65_536, 1.5, -1, Number.NaN]) expect(addressOf("::1", number)).toBeUndefined();
  });
});

describe("what an address says of its peer", () => {
  it.each([
    ["127.0.0.1", true],
    ["127.255.0.9", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["128.0.0.1", false],
    ["::2", false],
  ])("%s is loopback: %s", (host, expected) => {
    expect(isLoopback(addressFrom(host, 1))).toBe(expected);
  });

  it.each([
    ["127.0.0.1", true],
    ["223.255.255.255", true],
    ["::1", true],
    ["fe80::1", true],
    ["0.0.0.0", false],
    ["::", false],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["ff02::1", false],
    ["::ffff:224.0.0.1", false],
  ])("%s can be reached: %s", (host, expected) => {
    expect(isUsable(addressFrom(host, 1))).toBe(expected);
  });
});
