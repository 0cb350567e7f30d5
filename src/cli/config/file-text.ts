import { StartError } from "../../runtime/start-error.ts";
import { readBytes } from "../read-bytes.ts";

/** Bytes of a configuration file, at most. */
const MAX_BYTES = 64 * 1024;

/**
 * The text of a configuration file; a mark of the byte order at its beginning is dropped.
 *
 * @throws StartError where it cannot be read, is too large, or is not UTF-8
 */
export async function readFileText(file: string): Promise<string> {
  const bytes = await readBytes(file, MAX_BYTES).catch((error: Error) => {
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
