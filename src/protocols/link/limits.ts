/** Connections that are known at once; the last `MAX_DIALS` of them are kept for our own dials. */
export const MAX_SESSIONS = 1024;

/** Addresses to which a link is kept. */
export const MAX_WANTED = 256;

/** Dials that wait for their HELLO at once; the others wait their turn. */
export const MAX_DIALS = 64;

/** Links that stand at once. */
export const MAX_LINKS = 512;

/** Refusals that are remembered, so that each is told once. */
export const MAX_REFUSALS_REMEMBERED = 256;

/** Characters of a text from outside that are kept. */
export const MAX_TEXT = 200;
