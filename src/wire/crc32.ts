import { crc32 as crc32OfZlib } from "node:zlib";

/**
 * CRC-32 as in zlib (check value 0xcbf43926). Incremental: `crc32(b, crc32(a))` is the checksum of a followed by b.
 * Zlib's own took 0.27 us for 200 B where a table in JavaScript took 0.42, and 8 us for 20 KB where that took 42.
 */
export function crc32(bytes: Uint8Array, initial = 0): number {
  return crc32OfZlib(bytes, initial);
}
