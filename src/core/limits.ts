/** Longest name of a peer, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 64;

/** The ports on which peers of one machine look for each other. */
export const FIRST_PORT = 7001;

/** The last of those ports. */
export const LAST_PORT = 7016;
