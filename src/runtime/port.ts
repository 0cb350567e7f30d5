import { type Address, hostOf, portOf } from "../core/address.ts";
import { FIRST_PORT, LAST_PORT } from "../core/limits.ts";
import type { Counters } from "./counters.ts";
import { FrontDoor, type FrontDoorLimits } from "./front-door.ts";
import { StartError } from "./start-error.ts";
import { UdpPort } from "./udp.ts";

/** Both halves of a peer's one port. */
export interface OnePort {
  readonly port: number;
  readonly door: FrontDoor;
  readonly udp: UdpPort;
}

/** How often the system may choose a port of which only the TCP half is free. */
const MAX_CHOICES = 16;

/**
 * Binds TCP and UDP on one port.
 *
 * @param port null takes the first of 7001 to 7016 that is free, 0 any that the system chooses
 * @throws StartError when the port, or every one of those, is in use or may not be used
 */
export async function bindOnePort(
  host: string,
  port: number | null,
  counters: Counters,
  limits: Partial<FrontDoorLimits> = {},
): Promise<OnePort> {
  const bind = (candidate: number): Promise<OnePort> => bindBoth(host, candidate, counters, limits);
  if (port === 0) return bindFirst(host, new Array<number>(MAX_CHOICES).fill(0), bind);
  if (port !== null) return bind(port);
  const candidates = Array.from({ length: LAST_PORT - FIRST_PORT + 1 }, (_, i) => FIRST_PORT + i);
  return bindFirst(host, candidates, bind);
}

/**
 * Binds the listener for programs besides the one port.
 *
 * @throws StartError when it is in use or may not be used
 */
export async function bindApi(
  address: Address,
  counters: Counters,
  limits: Partial<FrontDoorLimits> = {},
): Promise<FrontDoor> {
  const [host, port] = [hostOf(address), portOf(address)];
  return FrontDoor.bind(host, port, counters, limits).catch((error: unknown) =>
    refuse(`TCP port ${port} on ${host}`, API_FLAGS, error),
  );
}

async function bindFirst(
  host: string,
  candidates: readonly number[],
  bind: (candidate: number) => Promise<OnePort>,
): Promise<OnePort> {
  for (const candidate of candidates) {
    try {
      return await bind(candidate);
    } catch (error) {
      if (!(error instanceof StartError) || error.code !== "EADDRINUSE") throw error;
    }
  }
  const range = candidates[0] === 0 ? "the ports that the system chose" : `ports ${FIRST_PORT} to ${LAST_PORT}`;
  throw new StartError(`${range} on ${host} are all in use: choose one with --port`);
}

async function bindBoth(
  host: string,
  port: number,
  counters: Counters,
  limits: Partial<FrontDoorLimits>,
): Promise<OnePort> {
  const refused = (half: string, error: unknown): never => refuse(`${half} port ${port} on ${host}`, FLAGS, error);
  const door = await FrontDoor.bind(host, port, counters, limits).catch((error: unknown) => refused("TCP", error));
  try {
    const udp = await UdpPort.bind(host, door.port, counters);
    return { port: door.port, door, udp };
  } catch (error) {
    door.close();
    return refused("UDP", error);
  }
}

/** By which flags another port and another address are chosen. */
interface Flags {
  readonly port: string;
  readonly host: string;
}

const FLAGS: Flags = { port: "--port", host: "--host" };

const API_FLAGS: Flags = { port: "--api", host: "--api" };

const ADVICE: Readonly<Record<string, (flags: Flags) => string>> = {
  EADDRINUSE: ({ port }) => `is in use: stop what listens there, or choose another with ${port}`,
  EACCES: ({ port }) => `may not be used by this user: choose one above 1023 with ${port}`,
  EADDRNOTAVAIL: ({ host }) => `cannot be bound: this machine does not have that address; choose another with ${host}`,
};

function refuse(what: string, flags: Flags, error: unknown): never {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const why = error instanceof Error ? error.message : String(error);
  throw new StartError(`${what} ${ADVICE[code]?.(flags) ?? `cannot be bound: ${why}`}`, code);
}
