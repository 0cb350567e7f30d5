import type { Address } from "../core/address.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { fetchText } from "../runtime/fetch-text.ts";
import { StartError } from "../runtime/start-error.ts";

const MAX_BYTES = 8 * 1024 * 1024;

/**
 * What the peer at an address shows. Whoever answers may be anybody: beyond its outline the picture is as it came.
 *
 * @throws StartError when nothing that looks like a picture comes in time
 */
export async function fetchView(address: Address, timeoutMs: number): Promise<PeerView> {
  const wanted = { path: "/v1/status", what: "status", timeoutMs, maxBytes: MAX_BYTES };
  const body = await fetchText(address, wanted).catch((error: Error) => {
    throw new StartError(`no status of ${address}: ${error.message}. Is a peer running there?`);
  });
  try {
    const view: unknown = JSON.parse(body);
    if (typeof view === "object" && view !== null && "self" in view && "raft" in view) return view as PeerView;
  } catch {
    // Said below, as for any other answer that is no status.
  }
  throw noPeer(address);
}

/** What answers at an address is no peer. */
export function noPeer(address: Address): StartError {
  return new StartError(`no status of ${address}: what answers there is no peer`);
}
