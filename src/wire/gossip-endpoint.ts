import { type Address, endpointOf, formatAddress } from "../core/address.ts";
import { InvariantViolation } from "../core/assert.ts";
import { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** Bytes of an address without its port, by family. */
export const IPV4_BYTES = 4;
export const IPV6_BYTES = 16;

/** Appends IP and port; throws InvariantViolation where the address is not of that family. */
export function writeEndpoint(writer: Writer, address: Address, ipBytes: number): void {
  const { ip, port } = endpointOf(address);
  if (ip.length !== ipBytes) throw new InvariantViolation(`${address} in a message of the other address family`);
  writer.bytes(ip);
  writer.u16(port);
}

/** Takes IP and port; port 0 is malformed. */
export function readEndpoint(reader: Reader, ipBytes: number): Address {
  const ip = reader.bytes(ipBytes);
  const port = reader.u16();
  if (port === 0) reader.fail("port 0");
  // After a failure the value is never looked at.
  return reader.failure === undefined ? formatAddress({ ip, port }) : ("" as Address);
}

/** What `read` makes of all of the bytes; undefined where they stand for nothing. */
export function whole<T>(bytes: Buffer, read: (reader: Reader) => T): T | undefined {
  const reader = new Reader(bytes);
  const value = read(reader);
  return reader.failure === undefined && reader.remaining === 0 ? value : undefined;
}
