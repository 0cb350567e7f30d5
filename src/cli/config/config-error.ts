/** A configuration file says something that is not understood. The message is one line: `FILE:12: ...`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  /** @param line counted from 1 */
  constructor(file: string, line: number, reason: string) {
    super(`${file}:${line}: ${reason}`);
  }
}
