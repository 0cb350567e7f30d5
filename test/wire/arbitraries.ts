import fc from "fast-check";
import { type Address, formatAddress } from "../../src/core/address.ts";

const port = fc.integer({ min: 1, max: 65_535 });

function withIp(bytes: number): fc.Arbitrary<Address> {
  const ip = fc.uint8Array({ minLength: bytes, maxLength: bytes });
  return fc.record({ ip, port }).map(formatAddress);
}

export const ipv4Address = withIp(4);

/** Of all IPv6 addresses but those that mean an IPv4 one. */
export const ipv6Address = withIp(16).filter((address) => address.startsWith("["));

export const anyAddress = fc.oneof(ipv4Address, ipv6Address);

/** Bytes, as the views of larger ones that they mostly are. */
export function someBytes(maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));
}

/** The same bytes in chunks: cut at each of the given places, which are taken modulo the length. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...cuts, bytes.length].map((cut, at) => bytes.subarray(cuts[at - 1] ?? 0, cut));
}
