import { randomInt } from "node:crypto";
import { type Address, addressOf, hostOf, portOf } from "../../core/address.ts";
import { neighbouringPorts } from "../../core/limits.ts";
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
    const address = addressOf(HOST, randomInt(FIRST_PORT, LAST_PORT + 1));
    if (address !== undefined && !taken.has(portOf(address)) && (await isFree(address))) return address;
  }
  throw new StartError(`no free port was found on ${HOST} between ${FIRST_PORT} and ${LAST_PORT}`);
}

/**
 * One of the many IP addresses that mean this machine where these ports, and all at which peers there would look for
 * others, are free: whoever looks around finds nobody but those who are started there.
 *
 * @throws StartError when none was found
 */
export async function secludedHost(ports: readonly number[]): Promise<string> {
  const looked = new Set(ports.flatMap((port) => [port, ...neighbouringPorts(port)]));
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const host = `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
    if (await areFree([...looked].flatMap((port) => addressOf(host, port) ?? []))) return host;
  }
  throw new StartError("no loopback address was found on which no peer is seen: does one run with --host 0.0.0.0?");
}

async function areFree(addresses: readonly Address[]): Promise<boolean> {
  for (const address of addresses) if (!(await isFree(address))) return false;
  return true;
}

async function isFree(address: Address): Promise<boolean> {
  try {
    const { door, udp } = await bindOnePort(hostOf(address), portOf(address), new Counters());
    door.close();
    udp.close();
    return true;
  } catch (error) {
    if (error instanceof StartError) return false;
    throw error;
  }
}
