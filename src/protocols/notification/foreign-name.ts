import { Fingerprint } from "../../core/fingerprint.ts";
import { type PeerId, parsePeerId } from "../../core/peer-id.ts";

/** The life that stands for no life: a notice of another network has none. */
export const NO_LIFE = 0;

/** Where a fingerprint is zero, which names nobody. */
const NOT_ZERO = "0000000000000001" as PeerId;

/**
 * What names a notice of another network, where notices have no IDs: a fingerprint of it, so that two peers that take the
 * same one in give it the same name.
 */
export function foreignName(dataType: number, data: Uint8Array): { readonly origin: PeerId; readonly life: number } {
  const fingerprint = new Fingerprint();
  fingerprint.number(dataType);
  fingerprint.bytes(data);
  return { origin: parsePeerId(fingerprint.hex()) ?? NOT_ZERO, life: NO_LIFE };
}
