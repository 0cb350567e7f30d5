import { Command, InvalidArgumentError, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { MAX_NAME_BYTES } from "../core/limits.ts";
import type { RunFlags } from "./run.ts";
import type { SimFlags } from "./sim.ts";

/** Why a value of a flag is not taken; one line. */
function refuse(reason: string): never {
  throw new InvalidArgumentError(reason);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  return refuse("a port is a number from 1 to 65535, or 0 for any free one.");
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed;
  return refuse("a seed is a whole number from 0 to 2^53 - 1.");
}

function parseName(text: string): string {
  if (Buffer.byteLength(text) <= MAX_NAME_BYTES) return text;
  return refuse(`a name has ${MAX_NAME_BYTES} bytes of UTF-8 at most.`);
}

function collect(text: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), ...text.split(",").filter((part) => part !== "")];
}

/** A flag with its environment variable, `P2P_NODE_` and its name. */
function flag(flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.env(`P2P_NODE_${option.attributeName().replace(/[A-Z]/g, "_$&").toUpperCase()}`);
}

/** What a variable says to mean that its switch is off; anything else means on. */
const OFF = new Set(["", "0", "false", "no", "off"]);

/** A switch is on as soon as its variable exists, whatever that says; this takes it at its word. */
function obeyVariables(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (!option.isBoolean() || command.getOptionValueSource(name) !== "env") continue;
    if (OFF.has((process.env[option.envVar ?? ""] ?? "").toLowerCase())) command.setOptionValue(name, undefined);
  }
}

function withRunFlags(command: Command): Command {
  return command
    .hook("preAction", (_command, acting) => obeyVariables(acting))
    .addOption(flag("--port <port>", "TCP and UDP port; the first free one from 7001 by default").argParser(parsePort))
    .addOption(flag("--host <ip>", "IP address to bind").default("127.0.0.1"))
    .addOption(flag("--advertise <host:port>", "address that others are told, if it is not host and port"))
    .addOption(flag("--join <host:port...>", "peers to join, several by commas or by repeating").argParser(collect))
    .addOption(flag("--name <name>", "what this peer is called; its port by default").argParser(parseName))
    .addOption(flag("--data-dir <dir>", "where state is kept, or `none`; by default by port in the state directory"))
    .addOption(flag("--found", "found a cluster at once, and never join another by itself"))
    .addOption(flag("--fresh", "set the saved state aside and start anew"))
    .addOption(flag("--headless", "no screen: one JSON event a line on stdout"))
    .addOption(flag("--verbose", "headless: print routine events too"))
    .addOption(flag("--ascii", "draw with ASCII characters only"))
    .addOption(
      flag(
        "--remote-faults <on|off>",
        "whether others may set faults here; by default those on this machine may",
      ).choices(["on", "off"]),
    )
    .addOption(flag("--seed <number>", "seed of all random choices").argParser(parseSeed));
}

/** The command line. `exit` is told the exit code of a command that ended. */
export function program(exit: (code: number) => void): Command {
  const run = async (flags: RunFlags): Promise<void> => {
    const command = await import("./run.ts");
    exit(await command.run(flags));
  };
  const root = new Command("p2p-node");
  // Subcommands inherit what stands here, so it comes first.
  root
    .exitOverride()
    .showHelpAfterError("(p2p-node --help lists what there is)")
    .description("A peer you can watch: gossip, health checks and Raft, live in your terminal.")
    .version(packageJson.version)
    .enablePositionalOptions();
  withRunFlags(root).action(run);
  withRunFlags(root.command("run").description("run a peer (the default)")).action(run);
  root
    .command("status")
    .description("what a running peer sees, as a table or as JSON")
    .argument("<host:port>", "a peer's address; a port alone means 127.0.0.1")
    .option("--json", "print the whole picture as JSON")
    .action(async (address: string, flags: { json?: true }) => {
      const command = await import("./status.ts");
      exit(await command.status(address, flags.json === true));
    });
  root
    .command("fault")
    .description('let a running peer carry out a command, such as "drop 7002 30% both for 30s"')
    .argument("<host:port>", "a peer's address; a port alone means 127.0.0.1")
    .argument("<command...>", "a line of the palette; `help` lists what there is")
    .action(async (address: string, words: readonly string[]) => {
      const command = await import("./fault.ts");
      exit(await command.fault(address, words.join(" ")));
    });
  root
    .command("sim")
    .description("play a scenario, or a campaign of drawn ones, on simulated peers")
    .argument("[file]", "a scenario file, such as demo/split-brain.script")
    .option("--seed <number>", "play the file with another seed", parseSeed)
    .option("--record <file>", "write all that happens to a recording, for p2p-node replay")
    .option("--ui", "watch it on this terminal, and take part")
    .option("--ascii", "with --ui: draw with ASCII characters only")
    .option("--live", "play it with real processes on this machine")
    .option("--swarm", "play drawn scenarios instead of a file, and see to it that every invariant holds")
    .option("--peers <range>", "swarm: how many peers a world has", "3..9")
    .option("--seeds <range>", "swarm: the seeds that are played", "1..100")
    .option("--shard <i/n>", "swarm: play only the i-th of n parts of the seeds", "1/1")
    .option("--threads <number>", "swarm: threads; as many as there are cores by default")
    .option("--shrink", "swarm: reduce the first seed that breaks something to a minimal scenario file")
    .option("--out <file>", "swarm: that file; swarm-SEED.script by default")
    .option("--json", "print one JSON object a line")
    .action(async (file: string | undefined, flags: SimFlags) => {
      const command = await import("./sim.ts");
      exit(await command.sim(file, flags));
    });
  root
    .command("replay")
    .description("let what is recorded happen again, and tell whether it goes the same way")
    .argument("<file>", "a recording")
    .option("--json", "print the outcome as one line of JSON")
    .action(async (file: string, flags: { json?: true }) => {
      const command = await import("./replay.ts");
      exit(await command.replay(file, flags.json === true));
    });
  return root;
}
