import { InvalidArgumentError, type Option } from "commander";
import { nearest } from "../../core/nearest.ts";
import { safeText } from "../../ui/safe-text.ts";
import { parsePath, parsePort } from "../values.ts";
import { ConfigError } from "./config-error.ts";
import { readFileText } from "./file-text.ts";
import { type IniEntry, readIni } from "./ini.ts";

/** Columns of a name or value that an error shows, at most. */
const SHOWN = 60;

/** What a file sets, read as the flag of the same meaning would be. */
export interface FileSetting {
  readonly value: unknown;
  /** Counted from 1. */
  readonly line: number;
  /** The key as it is written. */
  readonly key: string;
}

/** What a file sets, by the names that commander has for the flags; and `hostkey`, which has no flag. */
export type FileSettings = ReadonlyMap<string, FileSetting>;

/** What takes an entry: the settings that it gives, by the names of their flags. */
type Taker = (text: string) => Readonly<Record<string, unknown>>;

const ON = new Set(["1", "true", "yes", "on"]);
const OFF = new Set(["0", "false", "no", "off"]);

/** The flags that the keys of `[gossip]` stand for. */
const GOSSIP_KEYS: Readonly<Record<string, string>> = {
  "cache-size": "cache-size",
  degree: "degree",
  bootstrapper: "bootstrapper",
  "api-address": "api",
  "max-connections": "max-connections",
};

/**
 * Reads a configuration file.
 *
 * @param flags those of `run`: each is a key of `[p2p-node]`, but for `config` itself
 * @throws ConfigError where the file says something that is not understood
 * @throws StartError where it cannot be read
 */
export async function readFileSettings(file: string, flags: readonly Option[]): Promise<FileSettings> {
  const takers = takersOf(flags);
  const entries = readIni(await readFileText(file), new Set(takers.keys()), file);
  const settings = new Map<string, FileSetting>();
  for (const entry of entries) {
    for (const [name, value] of Object.entries(take(entry, takers, file))) {
      const earlier = settings.get(name);
      if (earlier !== undefined) throw new ConfigError(file, entry.line, twice(entry, earlier));
      settings.set(name, { value, line: entry.line, key: entry.said });
    }
  }
  return settings;
}

function twice({ said, line }: IniEntry, earlier: FileSetting): string {
  return `${safeText(said, SHOWN)} in line ${line} and ${safeText(earlier.key, SHOWN)} in line ${earlier.line} set the same: keep one of them`;
}

/** Who takes which key, by section; the empty one is what stands before any section. */
function takersOf(flags: readonly Option[]): ReadonlyMap<string, ReadonlyMap<string, Taker>> {
  const own = new Map<string, Taker>();
  for (const flag of flags) {
    const key = flag.long?.slice(2);
    if (key !== undefined && key !== "config") own.set(key, takerOf(flag));
  }
  const gossip = new Map<string, Taker>([["p2p-address", takePeerAddress]]);
  for (const [key, name] of Object.entries(GOSSIP_KEYS)) {
    const taker = own.get(name);
    if (taker !== undefined) gossip.set(key, taker);
  }
  const global = new Map<string, Taker>([["hostkey", (text) => ({ hostkey: parsePath(text) })]]);
  return new Map([
    ["", global],
    ["gossip", gossip],
    ["p2p-node", own],
  ]);
}

function takerOf(flag: Option): Taker {
  const name = flag.attributeName();
  if (flag.isBoolean()) return (text) => ({ [name]: readSwitch(text) });
  return (text) => ({ [name]: flag.parseArg === undefined ? text : flag.parseArg<unknown>(text, undefined) });
}

/** As a flag has it: on, or not set. */
function readSwitch(text: string): true | undefined {
  const word = text.toLowerCase();
  if (ON.has(word)) return true;
  if (OFF.has(word)) return undefined;
  throw new InvalidArgumentError("a switch is on or off.");
}

/** The address at which others reach this peer is the one that it binds. */
function takePeerAddress(text: string): Readonly<Record<string, unknown>> {
  const [, bracketed, plain, port] = /^(?:\[([^[\]]+)\]|([^:]+)):([^:]*)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || port === undefined) {
    throw new InvalidArgumentError("an address is host:port, such as 127.0.0.1:7001 or [::1]:7001.");
  }
  return { host, port: parsePort(port) };
}

function take(
  entry: IniEntry,
  takers: ReadonlyMap<string, ReadonlyMap<string, Taker>>,
  file: string,
): Readonly<Record<string, unknown>> {
  const { section, key, said, value, line } = entry;
  const known = takers.get(section) ?? new Map<string, Taker>();
  const taker = known.get(key);
  if (taker === undefined) throw new ConfigError(file, line, unknown(entry, [...known.keys()]));
  try {
    return taker(value);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new ConfigError(file, line, `${said} = ${safeText(value, SHOWN)}: ${error.message}`);
  }
}

function unknown({ section, said, key }: IniEntry, known: readonly string[]): string {
  const place = section === "" ? "before any section" : `in [${section}]`;
  // What others read as well has their spelling.
  const spelling = section === "gossip" ? known.map((name) => name.replaceAll("-", "_")) : known;
  const near = spelling[known.indexOf(nearest(key, known) ?? "")];
  const instead = near === undefined ? `what there is: ${spelling.join(", ")}` : `did you mean ${near}?`;
  return `there is no ${safeText(said, SHOWN)} ${place}; ${instead}`;
}
