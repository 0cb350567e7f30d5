import * as zlib from "node:zlib";

/**
 * CRC-32/ISO-HDLC, zlib's (check value 0xcbf43926). Incremental: `crc32(b, crc32(a))` is the checksum of a followed
 * by b.
 */
export function crc32(bytes: Uint8Array, initial = 0): number {
  return zlib.crc32(bytes, initial);
}
