import { createReadStream } from "node:fs";
import { StartError } from "../../runtime/start-error.ts";

/** Bytes of a configuration file, at most. */
const MAX_BYTES = 64 * 1024;

/**
 * The text of a configuration file; a mark of the byte order at its beginning is dropped.
 *
 * @throws StartError where it cannot be read, is too large, or is not UTF-8
 */
export async function readFileText(file: string): Promise<string> {
  const bytes = await readBytes(file).catch((error: Error) => {
    throw new StartError(`cannot read the configuration file ${file}: ${error.message}`);
  });
  if (bytes.length > MAX_BYTES) {
    throw new StartError(`${file} has more than ${MAX_BYTES} bytes: is it a configuration file?`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new StartError(`${file} is not UTF-8: save it as that`);
  }
}

/** The bytes of a file, or of a pipe; somewhat more than the limit where there are more. */
async function readBytes(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BYTES) break;
  }
  return Buffer.concat(chunks);
}
