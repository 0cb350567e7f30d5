import { isIP } from "node:net";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Address, addressOf } from "../core/address.ts";
import { flawOf, type Modes, USUAL_MODES } from "../core/modes.ts";
import { INTERFACE_LEASE_MS } from "../protocols/office/definition.ts";
import type { HostOptions } from "../runtime/host.ts";
import { StartError } from "../runtime/start-error.ts";
import type { GossipDialect } from "../wire/gossip-message.ts";
import { resolveAddress } from "./address.ts";
import type { Settings } from "./config/settings.ts";
import type { RunFlags } from "./flags.ts";

/**
 * How a peer with these settings is started.
 *
 * @throws StartError with one line that says which setting is wrong, where it was set, and what would be right
 */
export async function hostOptions(settings: Settings): Promise<HostOptions> {
  const { flags } = settings;
  const { host } = flags;
  if (isIP(host) === 0) {
    throw new StartError(`${saidAs(settings, "host")} ${host}: an IP address is needed, such as 127.0.0.1 or ::1`);
  }
  if ((host === "0.0.0.0" || host === "::") && flags.advertise === undefined) {
    throw new StartError(
      `${saidAs(settings, "host")} ${host} needs --advertise HOST:PORT: the address at which others reach this peer`,
    );
  }
  const advertise = await addressIn(settings, "advertise");
  refuseIpv6Joining(settings, advertise ?? addressOf(host, 1));
  return {
    host,
    port: flags.port ?? null,
    advertise,
    name: flags.name ?? "",
    seeds: await seedsOf(settings),
    found: flags.found === true,
    dataDirectory: (port) => dataDirectory(flags, port),
    fresh: flags.fresh === true,
    seed: flags.seed ?? null,
    remoteFaults: flags.remoteFaults === undefined ? null : flags.remoteFaults === "on",
    api: await addressIn(settings, "api"),
    maxConnections: flags.maxConnections ?? null,
    modes: await modesOf(settings),
    vipInterface: flags.vipInterface ?? null,
    tuning: {
      ...tuningOf(flags, await addressIn(settings, "bootstrapper")),
      ...officeTuning(flags, await addressIn(settings, "vip")),
    },
  };
}

/** How the peer agrees with others. An ensemble is one of ZAB; another election than Raft's brings no order by itself. */
async function modesOf(settings: Settings): Promise<Modes> {
  const {
    election = USUAL_MODES.election,
    mutex = USUAL_MODES.mutex,
    broadcast,
    ensemble: named = [],
  } = settings.flags;
  const ensemble = await addressesIn(settings, "ensemble");
  const usual = named.length > 0 ? "zab" : election === "raft" ? "raft" : "none";
  const modes = {
    election,
    mutex,
    broadcast: broadcast ?? usual,
    ensemble,
    leader: await addressIn(settings, "leader"),
  };
  const flaw = flawOf(modes);
  if (flaw !== null) throw new StartError(flaw);
  return modes;
}

/** What protocols are told to do otherwise than they usually do: only what somebody set. */
function tuningOf(flags: RunFlags, bootstrapper: Address | null): HostOptions["tuning"] {
  const { degree, cacheSize, cacheBytes, validationTimeout, strictApi, reads, keepVersions, priority, noWorker } =
    flags;
  return {
    ...(dialectOf(flags) === "revised" && { foreign: { dialect: "revised", bootstrapper } }),
    notification: {
      ...(degree !== undefined && { degree }),
      ...(cacheSize !== undefined && { cacheSize }),
      ...(cacheBytes !== undefined && { cacheBytes }),
      ...(validationTimeout !== undefined && { validationTimeoutMs: validationTimeout }),
      ...(strictApi !== undefined && { strict: strictApi }),
    },
    ...(reads !== undefined && { raft: { reads } }),
    ...(keepVersions !== undefined && { service: { keepVersions } }),
    ...(priority !== undefined && { bully: { priority } }),
    ...(noWorker === true && { broker: { isWorker: false } }),
  };
}

/** Where whoever acts for the pool is found, if anywhere. The kernel counts the life of an address in whole seconds. */
function officeTuning({ vipDriver: driver = "bind" }: RunFlags, address: Address | null): HostOptions["tuning"] {
  if (address === null) return {};
  return { office: { address, driver, ...(driver !== "bind" && { leaseMs: INTERFACE_LEASE_MS }) } };
}

function dialectOf(flags: RunFlags): GossipDialect {
  return flags.gossipDialect ?? "classic";
}

/** A network of the revised dialect is joined by telling it an IPv4 address; without one the bootstrapper is no use. */
function refuseIpv6Joining(settings: Settings, own: Address | undefined): void {
  const { bootstrapper } = settings.flags;
  if (dialectOf(settings.flags) !== "revised" || bootstrapper === undefined || own?.startsWith("[") !== true) return;
  throw new StartError(
    `${saidAs(settings, "bootstrapper")} ${bootstrapper}: the revised dialect needs an IPv4 address of this peer, by --host or --advertise`,
  );
}

/** Whom the peer asks to join. Of the revised dialect the bootstrapper is a peer of another network. */
async function seedsOf(settings: Settings): Promise<readonly Address[]> {
  const seeds = await addressesIn(settings, "join");
  const bootstrapper = await addressIn(settings, "bootstrapper");
  return bootstrapper === null || dialectOf(settings.flags) === "revised" ? seeds : [...seeds, bootstrapper];
}

async function addressesIn(settings: Settings, name: "join" | "ensemble"): Promise<readonly Address[]> {
  const texts = settings.flags[name] ?? [];
  return Promise.all(texts.map((text) => resolveAddress(text, saidAs(settings, name))));
}

async function addressIn(
  settings: Settings,
  name: "advertise" | "api" | "bootstrapper" | "leader" | "vip",
): Promise<Address | null> {
  const text = settings.flags[name];
  return text === undefined ? null : await resolveAddress(text, saidAs(settings, name));
}

/** What a setting is called where it was set. */
function saidAs({ origins }: Settings, name: keyof RunFlags): string {
  const origin = origins.get(name);
  switch (origin?.from) {
    case "flag":
      return origin.flag;
    case "environment":
      return origin.variable;
    case "file":
      return `${origin.file}:${origin.line}: ${origin.key}`;
    default:
      return name;
  }
}

/** By default each port has a directory of its own, so that a peer that starts again on its port is the same peer. */
function dataDirectory(flags: RunFlags, port: number): string | null {
  if (flags.dataDir === "none") return null;
  if (flags.dataDir !== undefined) return resolve(flags.dataDir);
  // A port that the system chose comes back for somebody else.
  if (flags.port === 0) return null;
  const state = process.env.XDG_STATE_HOME;
  return join(
    state !== undefined && state !== "" ? state : join(homedir(), ".local", "state"),
    "p2p-node",
    String(port),
  );
}
