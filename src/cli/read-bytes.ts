import { createReadStream } from "node:fs";

/** The bytes of a file, or of a pipe; somewhat more than `most` where there are more. */
export async function readBytes(file: string, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > most) break;
  }
  return Buffer.concat(chunks);
}
