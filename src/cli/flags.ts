import { type Command, Option } from "commander";
import { ELECTIONS, type ElectionKind } from "../core/election.ts";
import { MUTEX_KINDS, type MutexKind } from "../core/lock.ts";
import { BROADCASTS, type BroadcastKind } from "../core/modes.ts";
import { READ_MODES, type ReadMode } from "../core/total-order.ts";
import { ADDRESS_DRIVERS, type AddressDriver } from "../protocols/office/message.ts";
import type { GossipDialect } from "../wire/gossip-message.ts";
import { collect, parseName, parsePath, parsePort, parseSeed, parseSize, wholeNumber } from "./values.ts";

/** The settings of a peer by the names of their flags, read and checked one by one; what nobody set is missing. */
export interface RunFlags {
  readonly config?: string;
  readonly port?: number;
  readonly host: string;
  readonly advertise?: string;
  readonly join?: readonly string[];
  readonly name?: string;
  readonly dataDir?: string;
  readonly found?: true;
  readonly fresh?: true;
  readonly headless?: true;
  readonly verbose?: true;
  readonly ascii?: true;
  readonly remoteFaults?: "on" | "off";
  readonly seed?: number;
  readonly api?: string;
  readonly strictApi?: true;
  readonly gossipDialect?: GossipDialect;
  readonly bootstrapper?: string;
  readonly degree?: number;
  readonly cacheSize?: number;
  readonly cacheBytes?: number;
  readonly validationTimeout?: number;
  readonly maxConnections?: number;
  readonly reads?: ReadMode;
  readonly keepVersions?: number;
  readonly election?: ElectionKind;
  readonly leader?: string;
  readonly priority?: number;
  readonly broadcast?: BroadcastKind;
  readonly ensemble?: readonly string[];
  readonly mutex?: MutexKind;
  readonly vip?: string;
  readonly vipDriver?: AddressDriver;
  readonly vipInterface?: string;
  readonly noWorker?: true;
}

/** A flag with its environment variable, `P2P_NODE_` and its name. */
function flag(flags: string, description: string): Option {
  const option = new Option(flags, description);
  // A switch like any other, also where its name begins with "no".
  option.negate = false;
  return option.env(`P2P_NODE_${option.attributeName().replace(/[A-Z]/g, "_$&").toUpperCase()}`);
}

/** The one table of the flags of `run`: what `config` shows, and what a configuration file may set, follows from it. */
function runFlags(): readonly Option[] {
  return [
    flag("-c, --config <file>", "file of settings in the INI format; the environment and flags beat it").argParser(
      parsePath,
    ),
    flag("--port <port>", "TCP and UDP port; the first free one from 7001 by default").argParser(parsePort),
    flag("--host <ip>", "IP address to bind").default("127.0.0.1"),
    flag("--advertise <host:port>", "address that others are told, if it is not host and port"),
    flag("--join <host:port...>", "peers to join, several by commas or by repeating").argParser(collect),
    flag("--name <name>", "what this peer is called; its port by default").argParser(parseName),
    flag("--data-dir <dir>", "where state is kept, or `none`; by default by port in the state directory").argParser(
      parsePath,
    ),
    flag("--found", "found a cluster at once, and never join another by itself"),
    flag("--fresh", "set the saved state aside and start anew"),
    flag("--headless", "no screen: one JSON event a line on stdout"),
    flag("--verbose", "headless: print routine events too"),
    flag("--ascii", "draw with ASCII characters only"),
    flag(
      "--remote-faults <on|off>",
      "whether others may set faults here; by default those on this machine may",
    ).choices(["on", "off"]),
    flag("--seed <number>", "seed of all random choices").argParser(parseSeed),
    flag("--api <host:port>", "listen there too for programs that announce and subscribe"),
    flag("--strict-api", "disconnect a program at whatever is refused"),
    flag("--gossip-dialect <name>", "how peers of other makes speak").choices([
      "classic",
      "revised",
    ] satisfies GossipDialect[]),
    flag("--bootstrapper <host:port>", "a peer that leads to the others"),
    flag("--degree <number>", "random peers to which a notice is pushed at first").argParser(
      wholeNumber("a degree", 1, 64),
    ),
    flag("--cache-size <number>", "notices held for others to pull, at most").argParser(
      wholeNumber("a cache size", 1, 1_048_576),
    ),
    flag("--cache-bytes <size>", "memory for them, at most, such as 32MiB").argParser(parseSize),
    flag("--validation-timeout <ms>", "a program that has not answered by then finds a notice not valid").argParser(
      wholeNumber("a timeout in ms", 1, 3_600_000),
    ),
    flag("--max-connections <number>", "connections of every kind at a time").argParser(
      wholeNumber("a number of connections", 1, 65_535),
    ),
    flag("--reads <mode>", "how reads are made linearizable; the same on all peers").choices(READ_MODES),
    flag("--keep-versions <number>", "versions of a value that are kept, the latest included").argParser(
      wholeNumber("a number of versions", 1, 65_535),
    ),
    flag("--election <kind>", "how a leader is found; the same on all peers").choices(ELECTIONS),
    flag("--leader <host:port>", "who leads where the election is fixed; the same on all peers"),
    flag("--priority <number>", "with --election bully: the highest leads").argParser(
      wholeNumber("a priority", 0, 65_535),
    ),
    flag("--broadcast <kind>", "what puts changes into one order; the same on all peers").choices(BROADCASTS),
    flag("--ensemble <host:port...>", "with --broadcast zab: all whose majority decides, by commas").argParser(collect),
    flag("--mutex <kind>", "how locks are kept; the same on all peers").choices(MUTEX_KINDS),
    flag("--vip <host:port>", "virtual address of the cluster, which its leader holds; the same on all peers"),
    flag("--vip-driver <name>", "how it is held on this machine").choices(ADDRESS_DRIVERS),
    flag("--vip-interface <name>", "with --vip-driver ip: where it is added; found by its route by default").argParser(
      parseName,
    ),
    flag("--no-worker", "compute nothing for others"),
  ];
}

/** Gives a command the flags of `run`. */
export function withRunFlags(command: Command): Command {
  for (const option of runFlags()) command.addOption(option);
  return command;
}
