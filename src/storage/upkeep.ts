/** How long, ms, a journal rests before a seal marks its last batch as durable. */
export const SEAL_DELAY_MS = 100;

/** A journal that has grown by this much is rewritten as the least that it must hold. */
export const COMPACT_ABOVE_BYTES = 4 * 1024 * 1024;
