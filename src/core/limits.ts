/** Longest name of a peer, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 64;
