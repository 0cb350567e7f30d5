import { USUAL_MODES } from "../../core/modes.ts";
import { NOTIFICATION_DEFAULTS } from "../../protocols/notification/definition.ts";
import { OFFICE_DEFAULTS } from "../../protocols/office/definition.ts";
import { RAFT_DEFAULTS } from "../../protocols/raft/definition.ts";
import { SERVICE_DEFAULTS } from "../../protocols/service/definition.ts";
import { StartError } from "../../runtime/start-error.ts";
import { safeText } from "../../ui/safe-text.ts";
import { columns } from "../columns.ts";
import { complain } from "../complain.ts";
import type { RunFlags } from "../flags.ts";
import { hostOptions } from "../host-options.ts";
import { jsonLine } from "../json-line.ts";
import type { Origin, Settings } from "./settings.ts";

const FAILED = 1;

/** Columns of a value or of where it comes from, at most. */
const WIDEST = 400;

/** A value of a setting, as programs read it; null where a peer finds it out itself. */
type Value = string | number | boolean | readonly string[] | null;

/** A setting in force. */
interface Row {
  readonly name: string;
  readonly value: Value;
  readonly origin: Origin;
}

/** What is in force where nobody says anything. */
const USUAL: Readonly<Record<Exclude<keyof RunFlags, "host"> | "hostkey", Value>> = {
  ...{ config: null, port: null, advertise: null, join: [], name: null, dataDir: null },
  ...{ found: false, fresh: false, headless: false, verbose: false, ascii: false, remoteFaults: null, seed: null },
  ...{ api: null, strictApi: NOTIFICATION_DEFAULTS.strict, gossipDialect: "classic", bootstrapper: null },
  ...{ degree: NOTIFICATION_DEFAULTS.degree, cacheSize: NOTIFICATION_DEFAULTS.cacheSize },
  ...{ cacheBytes: NOTIFICATION_DEFAULTS.cacheBytes, validationTimeout: NOTIFICATION_DEFAULTS.validationTimeoutMs },
  ...{ maxConnections: null, hostkey: null },
  ...{ reads: RAFT_DEFAULTS.reads, keepVersions: SERVICE_DEFAULTS.keepVersions },
  ...{ election: USUAL_MODES.election, leader: null, priority: 0, broadcast: null, ensemble: [] },
  ...{ mutex: USUAL_MODES.mutex },
  ...{ vip: null, vipDriver: OFFICE_DEFAULTS.driver, vipInterface: null, noWorker: false },
};

/** What null means, for people. */
const UNSET: Readonly<Record<string, string>> = {
  port: "the first free one from 7001",
  advertise: "host and port",
  name: "its port",
  dataDir: "by port in the state directory",
  remoteFaults: "on where host is loopback",
  seed: "drawn",
  maxConnections: "the usual limit",
  vipInterface: "by the route of the address",
  broadcast: "raft, or zab where an ensemble is named",
};

/**
 * Prints every setting that is in force and where it comes from; the exit code. A setting with which `run` would not
 * start is an error, after all are printed.
 */
export async function config(settings: Settings, json: boolean): Promise<number> {
  const rows = rowsOf(settings);
  process.stdout.write(`${json ? jsonOf(rows) : tableOf(rows).join("\n")}\n`);
  try {
    await hostOptions(settings);
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return complain(error.message, FAILED);
  }
}

function rowsOf({ flags, hostkey, origins }: Settings): readonly Row[] {
  const set: Readonly<Record<string, Value>> = { ...USUAL, ...flags, ...(hostkey !== undefined && { hostkey }) };
  return [...origins].map(([name, origin]) => ({ name, value: set[name] ?? null, origin }));
}

/** The settings as one line of JSON: each with its name as in a configuration file, its value and where it is from. */
function jsonOf(rows: readonly Row[]): string {
  return jsonLine({ settings: rows.map(({ name, value, origin }) => ({ name: longName(name), value, ...origin })) });
}

function tableOf(rows: readonly Row[]): readonly string[] {
  const cells = rows.map(({ name, value, origin }) => [longName(name), valueText(name, value), originText(origin)]);
  return columns([["SETTING", "VALUE", "FROM"], ...cells].map((row) => row.map((cell) => safeText(cell, WIDEST))));
}

/** `dataDir` as people and files say it: `data-dir`. */
function longName(name: string): string {
  return name.replace(/[A-Z]/g, "-$&").toLowerCase();
}

function valueText(name: string, value: Value): string {
  if (value === null) return UNSET[name] ?? "none";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "string" || typeof value === "number") return String(value);
  return value.length === 0 ? "none" : value.join(",");
}

function originText(origin: Origin): string {
  switch (origin.from) {
    case "flag":
      return origin.flag;
    case "environment":
      return `environment ${origin.variable}`;
    case "file":
      return `${origin.file}:${origin.line}`;
    case "default":
      return "default";
  }
}
