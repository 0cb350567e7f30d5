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

/**
 * Binds TCP and UDP on one port.
 *
 * @param port null takes the first of 7001 to 7016 that is free
 * @throws StartError when the port, or every one of those, is in use or may not be used
 */
export async function bindOnePort(host: string, port: number | null, counters: Counters): Promise<OnePort> {
  if (port !== null) return bindBoth(host, port, counters);
  for (let candidate = FIRST_PORT; candidate <= LAST_PORT; candidate++) {
    try {
      return await bindBoth(host, candidate, counters);
    } catch (error) {
      if (!(error instanceof StartError) || error.code !== "EADDRINUSE") throw error;
    }
  }
  throw new StartError(`ports ${FIRST_PORT} to ${LAST_PORT} on ${host} are all in use: choose one with --port`);
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
