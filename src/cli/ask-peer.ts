import { randomBytes } from "node:crypto";
import type { Address } from "../core/address.ts";
import { type PeerId, parsePeerId } from "../core/peer-id.ts";
import { askControl } from "../runtime/control-client.ts";
import { StartError } from "../runtime/start-error.ts";
import type { ControlAnswer, ControlRequest } from "../wire/control-message.ts";

/** Longer than the peer itself waits for anybody. */
const TIMEOUT_MS = 10_000;

/**
 * Asks the peer at an address, as a program of its user, to carry out a line.
 *
 * @throws StartError when there is no answer
 */
export function askPeer(address: Address, request: ControlRequest): Promise<ControlAnswer> {
  const asker = { peer: randomId(), cluster: null, incarnation: 0, name: "" };
  return askControl(address, asker, request, TIMEOUT_MS).catch((error: Error) => {
    throw new StartError(`${address}: ${error.message}. Is a peer running there?`);
  });
}

function randomId(): PeerId {
  return parsePeerId(randomBytes(8).toString("hex")) ?? randomId();
}
