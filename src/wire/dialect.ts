/** What a connection to the one port turns out to speak. */
export type Dialect = "gossip" | "peer" | "http" | "client" | "tls";

/** How many first bytes always decide. */
export const DIALECT_BYTES = 4;

/** Whether the first bytes are of a dialect; undefined where more of them must tell. */
type Test = (bytes: Uint8Array) => boolean | undefined;

const FIRST_GOSSIP_TYPE = 0x01f4;
const LAST_GOSSIP_TYPE = 0x01ff;
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
const METHOD_STARTS = METHODS.map((method) => Buffer.from(`${method} `).subarray(0, DIALECT_BYTES));

/** In the order in which they are tried (wire document, section "Dialects"). */
const TESTS: readonly (readonly [Dialect, Test])[] = [
  ["gossip", isGossip],
  ["peer", isPeerLink],
  ["http", (bytes) => anyOf(METHOD_STARTS.map((start) => startsWith(bytes, start)))],
  ["client", (bytes) => anyOf(["{", '"'].map((character) => startsWith(bytes, Buffer.from(character))))],
  ["tls", (bytes) => startsWith(bytes, Buffer.of(0x16, 0x03))],
];

/**
 * The dialect that a connection's first bytes begin. "undecided" is answered only to fewer than `DIALECT_BYTES`, and to
 * them only as long as further bytes could make a difference.
 */
export function dialectOf(firstBytes: Uint8Array): Dialect | "unknown" | "undecided" {
  for (const [dialect, test] of TESTS) {
    const verdict = test(firstBytes);
    if (verdict === undefined) return "undecided";
    if (verdict) return dialect;
  }
  return "unknown";
}

/** Bytes 2 and 3, a message's type, in the range of the dialect. */
function isGossip(bytes: Uint8Array): boolean | undefined {
  const [, , high, low] = bytes;
  if (high === undefined) return undefined;
  if (high !== FIRST_GOSSIP_TYPE >> 8) return false;
  if (low === undefined) return undefined;
  return low >= (FIRST_GOSSIP_TYPE & 0xff) && low <= (LAST_GOSSIP_TYPE & 0xff);
}

/** A frame's version, and the request ID of a HELLO: zero. */
function isPeerLink(bytes: Uint8Array): boolean | undefined {
  const [version, , high, low] = bytes;
  return allOf([is(version, 1), is(high, 0), is(low, 0)]);
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean | undefined {
  return allOf(Array.from(start, (byte, at) => is(bytes[at], byte)));
}

function is(byte: number | undefined, wanted: number): boolean | undefined {
  return byte === undefined ? undefined : byte === wanted;
}

function allOf(verdicts: readonly (boolean | undefined)[]): boolean | undefined {
  if (verdicts.includes(false)) return false;
  return verdicts.includes(undefined) ? undefined : true;
}

function anyOf(verdicts: readonly (boolean | undefined)[]): boolean | undefined {
  if (verdicts.includes(true)) return true;
  return verdicts.includes(undefined) ? undefined : false;
}
