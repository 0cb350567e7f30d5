declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Who a peer is for life: 16 lower-case hex digits, kept in its data directory. Text order is numeric order. */
export type PeerId = Branded<string, "PeerId">;

/** Which cluster a peer belongs to: 16 lower-case hex digits. */
export type ClusterId = Branded<string, "ClusterId">;

/** The cluster ID of a peer that has none yet: on the wire it means "seeking". */
export const NO_CLUSTER = "0000000000000000" as ClusterId;

const SIXTEEN_HEX_DIGITS = /^[0-9a-f]{16}$/;

/** Parses 16 hex digits; undefined for anything else, and for zero, which is nobody. */
export function parsePeerId(text: string): PeerId | undefined {
  return SIXTEEN_HEX_DIGITS.test(text) && text !== NO_CLUSTER ? (text as PeerId) : undefined;
}

/** Parses 16 hex digits, zero ("seeking") included; undefined for anything else. */
export function parseClusterId(text: string): ClusterId | undefined {
  return SIXTEEN_HEX_DIGITS.test(text) ? (text as ClusterId) : undefined;
}
