import { type Address, endpointOf, isLoopback } from "../../core/address.ts";

/** Leading bytes of an IPv6 address that name its subnet. */
const IPV6_PREFIX_BYTES = 8;

/** The subnet of an address, /24 or /64, as a key; null on loopback, where everybody is on one machine. */
export function subnetOf(address: Address): string | null {
  if (isLoopback(address)) return null;
  // All but the last number of an IPv4 address, which is canonical text.
  if (!address.startsWith("[")) return address.slice(0, address.lastIndexOf("."));
  return endpointOf(address).ip.subarray(0, IPV6_PREFIX_BYTES).join(".");
}
