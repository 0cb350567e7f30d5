import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { MAX_BOARD_SIZE, MIN_BOARD_SIZE } from "../core/board.ts";
import type { AnnounceFlags } from "./announce.ts";
import type { ClientFlags } from "./client.ts";
import type { Settings } from "./config/settings.ts";
import { withRunFlags } from "./flags.ts";
import type { LifeFlags } from "./life.ts";
import type { LockFlags } from "./lock.ts";
import type { SimFlags } from "./sim.ts";
import type { SubscribeFlags } from "./subscribe.ts";
import { collect, collectDataTypes, parseDataType, parsePath, parsePattern, parseSeed, wholeNumber } from "./values.ts";

/** Is told the exit code of a command that ended. */
type Exit = (code: number) => void;

/** The command line. */
export function program(exit: Exit): Command {
  const root = new Command("p2p-node");
  // Subcommands inherit what stands here, so it comes first.
  root
    .exitOverride()
    .showHelpAfterError("(p2p-node --help lists what there is)")
    .description("A peer you can watch: gossip, health checks and Raft, live in your terminal.")
    .version(packageJson.version)
    .enablePositionalOptions();
  addRun(root, exit);
  addPeerCommands(root, exit);
  addClient(root, exit);
  addLock(root, exit);
  addLife(root, exit);
  addNoticeCommands(root, exit);
  addSimulation(root, exit);
  return root;
}

/** A peer, by the name of its command and without it, and the settings of one. */
function addRun(root: Command, exit: Exit): void {
  const withSettings =
    (act: (settings: Settings, command: Command) => Promise<number>) =>
    async (_flags: object, command: Command): Promise<void> => {
      const settings = await import("./config/settings.ts");
      exit(await settings.withSettings(command, (inForce) => act(inForce, command)));
    };
  const run = withSettings(async (settings) => {
    const command = await import("./run.ts");
    return command.run(settings);
  });
  withRunFlags(root).action(run);
  withRunFlags(root.command("run").description("run a peer (the default)")).action(run);
  withRunFlags(root.command("config").description("every setting of `run` that is in force, and where it comes from"))
    .option("--json", "print them as JSON")
    .action(
      withSettings(async (settings, acting) => {
        const command = await import("./config/config.ts");
        return command.config(settings, acting.opts<{ json?: true }>().json === true);
      }),
    );
}

/** What asks a running peer. */
function addPeerCommands(root: Command, exit: Exit): void {
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
}

/** What lets a shell use the replicated store. */
function addClient(root: Command, exit: Exit): void {
  root
    .command("client")
    .description("ask the replicated store for what stdin says, a command a line; `help` lists the commands")
    .argument(
      "<host:port...>",
      "peers, several by commas or by repeating: where one is gone, the next is asked",
      collect,
    )
    .option("--json", "print answers as the peers say them, one JSON value a line")
    .option(
      "--timeout <seconds>",
      "give a command up that has no outcome by then",
      wholeNumber("a timeout in seconds", 1, 3600),
      10,
    )
    .action(async (addresses: readonly string[], flags: ClientFlags) => {
      const command = await import("./client.ts");
      exit(await command.client(addresses, flags));
    });
}

/** What lets a shell run something while a lock is held. */
function addLock(root: Command, exit: Exit): void {
  root
    .command("lock")
    .description("hold a lock while a command runs, which finds its fencing token in P2P_NODE_LOCK_TOKEN")
    .argument("<host:port>", "peers, several by commas: where one is gone, the next is asked", collect)
    .argument("<name>", "the lock")
    .argument("<command...>", "what to run, behind `--`; its exit code is that of all")
    .option(
      "--timeout <seconds>",
      "give up if the lock is not held by then; by default it is waited for without end",
      wholeNumber("a timeout in seconds", 1, 1_000_000),
    )
    .action(async (addresses: readonly string[], name: string, words: readonly string[], flags: LockFlags) => {
      const command = await import("./lock.ts");
      exit(await command.lock(addresses, name, words, flags));
    });
}

/** What lets a shell use the pool. */
function addLife(root: Command, exit: Exit): void {
  root
    .command("life")
    .description("let the pool play the Game of Life, and follow it; Ctrl-C ends this command, not the job")
    .argument("<host:port>", "the virtual address, or that of any peer; a port alone means 127.0.0.1")
    .option("--pattern <file>", "begin a job with this pattern (.rle or .cells) in the middle of a board", parsePath)
    .option("--job <number>", "follow this job instead; 0 is the latest", wholeNumber("a job", 0, 2 ** 53 - 1))
    .option(
      "--size <cells>",
      "side of the board; 256 by default",
      wholeNumber("a size", MIN_BOARD_SIZE, MAX_BOARD_SIZE),
    )
    .option("--turns <number>", "finish after so many; for ever by default", wholeNumber("turns", 0, 2 ** 53 - 1))
    .option("--pace <number>", "turns in a second, at most", wholeNumber("a pace", 1, 1_000_000))
    .option("--plane", "nothing lives beyond the edges; by default they are joined")
    .option("--out <file>", "save the board at the end: as a picture where it ends in .pbm, else as run lengths")
    .option("--json", "print one line of JSON each time that more is known")
    .option("--kill", "end the job, everywhere")
    .option(
      "--timeout <seconds>",
      "give up when nothing is answered for so long",
      wholeNumber("a timeout", 1, 3600),
      10,
    )
    .action(async (address: string, flags: LifeFlags) => {
      const command = await import("./life.ts");
      exit(await command.life(address, flags));
    });
}

/** What lets a shell announce and be notified. */
function addNoticeCommands(root: Command, exit: Exit): void {
  root
    .command("announce")
    .description("let a running peer announce data to all who subscribe its type")
    .argument("<host:port>", "a peer's address; a port alone means 127.0.0.1")
    .argument("[data]", "text of one byte at least; `-`, or nothing, for what stdin says")
    .requiredOption("--type <number>", "data type", parseDataType)
    .option("--ttl <number>", "links that it may cross, at most; 0 for no limit", wholeNumber("a TTL", 0, 255), 0)
    .option("--lines", "announce every line of stdin as soon as it comes")
    .option("--hex", "data is said in hex, two digits a byte")
    .action(async (address: string, data: string | undefined, flags: AnnounceFlags) => {
      const command = await import("./announce.ts");
      exit(await command.announce(address, data, flags));
    });
  root
    .command("subscribe")
    .description("print what is announced of some data types, a line each")
    .argument("<host:port>", "a peer's address; a port alone means 127.0.0.1")
    .requiredOption("--type <number>", "data type; several by repeating", collectDataTypes)
    .option("--reject <regex>", "tell the peer that data in which this is found is not valid", parsePattern)
    .option("--count <number>", "end after so many", wholeNumber("a count", 1, Number.MAX_SAFE_INTEGER))
    .option("--json", "print one JSON object a line")
    .action(async (address: string, flags: SubscribeFlags) => {
      const command = await import("./subscribe.ts");
      exit(await command.subscribe(address, flags));
    });
}

/** What plays, and plays again. */
function addSimulation(root: Command, exit: Exit): void {
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
}
