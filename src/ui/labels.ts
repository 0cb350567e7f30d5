import type { PeerNames } from "../control/peer-names.ts";
import type { PeerId } from "../core/peer-id.ts";
import { listed } from "./format.ts";
import { safeText } from "./safe-text.ts";

/** Widest name that a panel shows whole. */
const WIDEST_LABEL = 24;

/** What a peer is called on the screen: safe, and of bounded width. */
export function labelOf(names: PeerNames, peer: PeerId, width = WIDEST_LABEL): string {
  return safeText(names.label(peer), width);
}

/** What a notice is called: its origin, and which one of that and of its type it is: `7003#42`. */
export function noticeLabel(names: PeerNames, origin: PeerId, sequence: number, width = WIDEST_LABEL): string {
  return `${labelOf(names, origin, width)}#${sequence}`;
}

/** Several of them with blanks between, or a dash for nobody. */
export function labelsOf(names: PeerNames, peers: readonly PeerId[]): string {
  return listed(peers.map((peer) => labelOf(names, peer)));
}
