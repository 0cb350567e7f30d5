import { crc32 } from "node:zlib";

/** The first ten bytes of a recording. */
export const PROLOGUE = Buffer.from("p2p-rec\n\0\x01", "latin1");

/** A recording of nothing but these facts. */
export function sealed(facts: string): Buffer {
  return sealedAfter(PROLOGUE, [facts]);
}

/** Blocks of these contents behind a prologue, with all their checksums. */
export function sealedAfter(prologue: Buffer, contents: readonly (string | Buffer)[]): Buffer {
  const parts = [prologue];
  let checksum = crc32(prologue);
  for (const each of contents) {
    const content = Buffer.from(each);
    const head = Buffer.alloc(12);
    checksum = crc32(content, checksum);
    head.writeUInt32BE(content.length, 0);
    head.writeUInt32BE(crc32(head.subarray(0, 4)), 4);
    head.writeUInt32BE(checksum, 8);
    parts.push(head, content);
  }
  return Buffer.concat(parts);
}
