import type { Command, Option } from "commander";
import { StartError } from "../../runtime/start-error.ts";
import { complain } from "../complain.ts";
import type { RunFlags } from "../flags.ts";
import { ConfigError } from "./config-error.ts";
import { type FileSettings, readFileSettings } from "./file-settings.ts";

const FAILED = 1;
const WRONG_USAGE = 2;

/** Where the value of a setting comes from. */
export type Origin =
  | { readonly from: "flag"; readonly flag: string }
  | { readonly from: "environment"; readonly variable: string }
  | { readonly from: "file"; readonly file: string; readonly line: number; readonly key: string }
  | { readonly from: "default" };

/** Every setting in force: flags beat the environment, which beats the configuration file, which beats defaults. */
export interface Settings {
  readonly flags: RunFlags;
  /** The key of this host. It is kept for authenticated links, and nothing uses it yet. */
  readonly hostkey?: string;
  /** Where each comes from, by its name in `flags`, or `hostkey`. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** What a variable says to mean that its switch is off; anything else means on. */
const OFF = new Set(["", "0", "false", "no", "off"]);

/**
 * Finds out what is in force for a command with the flags of `run`, and acts on it; the exit code. What is wrong with
 * the configuration file is said in one line, and nothing is done.
 */
export async function withSettings(command: Command, act: (settings: Settings) => Promise<number>): Promise<number> {
  let settings: Settings;
  try {
    settings = await settle(command);
  } catch (error) {
    if (error instanceof ConfigError) return complain(error.message, WRONG_USAGE);
    if (error instanceof StartError) return complain(error.message, FAILED);
    throw error;
  }
  return act(settings);
}

async function settle(command: Command): Promise<Settings> {
  const { config: file } = command.opts<RunFlags>();
  const options = command.options.filter(({ envVar }) => envVar !== undefined);
  const inFile: FileSettings = file === undefined ? new Map() : await readFileSettings(file, options);
  const flags: Record<string, unknown> = {};
  const origins = new Map<string, Origin>();
  for (const option of options) {
    const name = option.attributeName();
    const origin = originOf(command, option, file, inFile);
    const value = origin.from === "file" ? inFile.get(name)?.value : saidValue(command, option);
    if (value !== undefined) flags[name] = value;
    origins.set(name, origin);
  }
  const hostkey = inFile.get("hostkey");
  origins.set("hostkey", fileOrigin(file, hostkey) ?? { from: "default" });
  return {
    // What the parsers of the flags answer has the types of RunFlags; commander does not know them.
    flags: flags as unknown as RunFlags,
    ...(hostkey !== undefined && { hostkey: String(hostkey.value) }),
    origins,
  };
}

function originOf(command: Command, option: Option, file: string | undefined, inFile: FileSettings): Origin {
  const source = command.getOptionValueSource(option.attributeName());
  if (source === "cli") return { from: "flag", flag: option.long ?? option.flags };
  if (source === "env") return { from: "environment", variable: option.envVar ?? "" };
  return fileOrigin(file, inFile.get(option.attributeName())) ?? { from: "default" };
}

function fileOrigin(file: string | undefined, setting: ReturnType<FileSettings["get"]>): Origin | undefined {
  if (file === undefined || setting === undefined) return undefined;
  return { from: "file", file, line: setting.line, key: setting.key };
}

/** A switch is on as soon as its variable exists, whatever that says; this takes the variable at its word. */
function saidValue(command: Command, option: Option): unknown {
  const name = option.attributeName();
  const isSaid = option.isBoolean() && command.getOptionValueSource(name) === "env";
  if (isSaid && OFF.has((process.env[option.envVar ?? ""] ?? "").toLowerCase())) return undefined;
  return command.getOptionValue(name) as unknown;
}
