import { FIRST_PORT, LAST_PORT } from "../core/limits.ts";
import type { Counters } from "./counters.ts";
import { FrontDoor } from "./front-door.ts";
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
export async function bindOnePort(host: string, port: number | null, counters: Counters): Promise<OnePort> {
  if (port === 0) return bindFirst(host, new Array<number>(MAX_CHOICES).fill(0), counters);
  if (port !== null) return bindBoth(host, port, counters);
  const candidates = Array.from({ length: LAST_PORT - FIRST_PORT + 1 }, (_, i) => FIRST_PORT + i);
  return bindFirst(host, candidates, counters);
}

async function bindFirst(host: string, candidates: readonly number[], counters: Counters): Promise<OnePort> {
  for (const candidate of candidates) {
    try {
      return await bindBoth(host, candidate, counters);
    } catch (error) {
      if (!(error instanceof StartError) || error.code !== "EADDRINUSE") throw error;
    }
  }
  const range = candidates[0] === 0 ? "the ports that the system chose" : `ports ${FIRST_PORT} to ${LAST_PORT}`;
  throw new StartError(`${range} on ${host} are all in use: choose one with --port`);
}

async function bindBoth(host: string, port: number, counters: Counters): Promise<OnePort> {
  const door = await FrontDoor.bind(host, port, counters).catch((error: unknown) => refuse("TCP", host, port, error));
  try {
    const udp = await UdpPort.bind(host, door.port, counters);
    return { port: door.port, door, udp };
  } catch (error) {
    door.close();
    return refuse("UDP", host, port, error);
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use: stop what listens there, or choose another with --port",
  EACCES: "may not be used by this user: choose one above 1023 with --port",
  EADDRNOTAVAIL: "cannot be bound: this machine does not have that address; choose another with --host",
};

function refuse(half: string, host: string, port: number, error: unknown): never {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const detail = ADVICE[code] ?? `cannot be bound: ${error instanceof Error ? error.message : String(error)}`;
  throw new StartError(`${half} port ${port} on ${host} ${detail}`, code);
}
