/** Longest name of a peer, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 64;

/** The ports on which peers of one machine look for each other. */
export const FIRST_PORT = 7001;

/** The last of those ports. */
export const LAST_PORT = 7016;

/** How far from its own port a peer looks as well. */
const NEARBY = 8;

/** The ports at which a peer that is told of nobody looks for others: those of the range, and those around its own. */
export function neighbouringPorts(own: number): readonly number[] {
  const ports = new Set<number>();
  for (let port = FIRST_PORT; port <= LAST_PORT; port++) ports.add(port);
  for (let port = Math.max(1, own - NEARBY); port <= Math.min(65_535, own + NEARBY); port++) ports.add(port);
  ports.delete(own);
  return [...ports];
}
