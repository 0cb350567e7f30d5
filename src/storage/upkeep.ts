/** How long, ms, a journal rests before a seal marks its last batch as durable. */
export const SEAL_DELAY_MS = 100;

/** A journal that has grown by less is not rewritten. */
const COMPACT_ABOVE_BYTES = 4 * 1024 * 1024;

/**
 * Whether a journal has grown so much that it is to be rewritten as the least that it must hold. Not before it has
 * doubled, so that rewriting stays in proportion to what is appended, however large the state is.
 *
 * @param grownBytes what was appended since the latest compaction began
 * @param baseBytes what that one wrote
 */
export function isGrown(grownBytes: number, baseBytes: number): boolean {
  return grownBytes > Math.max(COMPACT_ABOVE_BYTES, baseBytes);
}
