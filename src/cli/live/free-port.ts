import { randomInt } from "node:crypto";
import type { Address } from "../../core/address.ts";
import { addressOf } from "../../core/address.ts";
import { Counters } from "../../runtime/counters.ts";
import { bindOnePort } from "../../runtime/port.ts";
import { StartError } from "../../runtime/start-error.ts";

const HOST = "127.0.0.1";

/**
 * Ports below those that systems give to outgoing connections, none of which may take the port of a peer that is down
 * for a while, and far from 7001, where peers look for each other.
 */
const FIRST_PORT = 12_000;
const LAST_PORT = 32_000;

const MAX_TRIES = 100;

/**
 * An address on loopback that is free for TCP and UDP at the moment.
 *
 * @param taken ports that it must not have
 * @throws StartError when none was found
 */
export async function freeAddress(taken: ReadonlySet<number>): Promise<Address> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    const address = addressOf(HOST, port);
    if (address !== undefined && !taken.has(port) && (await isFree(port))) return address;
  }
  throw new StartError(`no free port was found on ${HOST} between ${FIRST_PORT} and ${LAST_PORT}`);
}

async function isFree(port: number): Promise<boolean> {
  try {
    const { door, udp } = await bindOnePort(HOST, port, new Counters());
    door.close();
    udp.close();
    return true;
  } catch (error) {
    if (error instanceof StartError) return false;
    throw error;
  }
}
