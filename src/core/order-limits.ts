/** Bytes of entries in one message of a total order, at most, unless it is a single entry. */
export const MAX_APPEND_BYTES = 131_072;

/** Entries in one message of a total order, at most. */
export const MAX_ENTRIES = 1024;

/** Entries and bytes of them on their way to one member, at most: what a slow one can cost the leader. */
export const WINDOW_ENTRIES = 4 * MAX_ENTRIES;
export const WINDOW_BYTES = 8 * MAX_APPEND_BYTES;

/** Bytes and entries that are not committed yet, at most: a leader refuses more until some are. */
export const MAX_UNCOMMITTED_BYTES = 2 ** 25;
export const MAX_UNCOMMITTED_ENTRIES = 2 ** 16;

/** What is committed is told with the next entries, or after this long. */
export const COMMIT_NEWS_MS = 5;

/** Bytes of a snapshot in one message, at most. */
export const MAX_CHUNK_BYTES = 262_144;

/** Largest snapshot that is taken from another peer, in bytes. */
export const MAX_SNAPSHOT_BYTES = 2 ** 28;

/** Entries in one record on disk, at most. */
export const MAX_RECORD_ENTRIES = 0xffff;

/**
 * What is kept before the end of a snapshot for followers that lag a little, at most: to send them entries is cheaper.
 * In bytes, a part of what makes another snapshot wanted.
 */
export const KEPT_ENTRIES = 4096;
export const KEPT_PART = 0.25;

/** Terms and epochs from here on are not believed: one step more and numbers would lose precision. */
export const TERM_LIMIT = 2 ** 53 - 2 ** 32;
