import { portOf } from "../../src/core/address.ts";
import { USUAL_MODES } from "../../src/core/modes.ts";
import { type Host, type HostOptions, startHost } from "../../src/runtime/host.ts";

/** Starts a peer on a port of its own, with its state in memory; it founds a cluster unless it is told whom to join. */
export function startAlone(changes: Partial<HostOptions> = {}): Promise<Host> {
  return startHost({
    host: "127.0.0.1",
    port: 0,
    advertise: null,
    name: "",
    seeds: [],
    found: changes.seeds === undefined,
    dataDirectory: () => null,
    fresh: false,
    seed: 1,
    remoteFaults: null,
    api: null,
    maxConnections: null,
    modes: USUAL_MODES,
    vipInterface: null,
    tuning: {},
    ...changes,
  });
}

/** The port of a peer. */
export function portOfHost(host: Host): number {
  return portOf(host.address);
}

/** How often a peer has counted something. */
export function counterOf(host: Host, name: string): number {
  return host.desk.view().counters[name] ?? 0;
}
