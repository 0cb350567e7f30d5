import { complain } from "./complain.ts";
import type { FileFlags } from "./sim-file.ts";
import type { SwarmFlags } from "./sim-swarm.ts";

const WRONG_USAGE = 2;

/** The flags of `sim`, as the command line gives them. */
export interface SimFlags extends FileFlags, SwarmFlags {
  readonly swarm?: true;
  readonly live?: true;
  readonly ui?: true;
}

/** Flags that only mean something in a campaign, and only for a file. */
const OF_CAMPAIGNS = ["threads", "shrink", "out"] as const;
const OF_FILES = ["record", "live", "ui", "ascii", "seed"] as const;

/** Plays a scenario file, or a campaign of drawn ones; the exit code. */
export async function sim(file: string | undefined, flags: SimFlags): Promise<number> {
  const wrong = misused(file, flags);
  if (wrong !== undefined) return complain(wrong, WRONG_USAGE);
  if (file === undefined) {
    const { simSwarm } = await import("./sim-swarm.ts");
    return simSwarm(flags, interrupted());
  }
  const { simFile } = await import("./sim-file.ts");
  return simFile(file, flags, interrupted());
}

function misused(file: string | undefined, flags: SimFlags): string | undefined {
  if (file === undefined && flags.swarm !== true) return "sim: say a scenario file, or --swarm for a campaign";
  if (file !== undefined && flags.swarm === true) return "sim: say a scenario file or --swarm, not both";
  const strange = (file === undefined ? OF_FILES : OF_CAMPAIGNS).find((name) => flags[name] !== undefined);
  if (strange !== undefined) return `sim: --${strange} goes with ${file === undefined ? "a scenario file" : "--swarm"}`;
  if (flags.live === true && (flags.ui === true || flags.record !== undefined))
    return "sim: --live goes without --ui and --record";
  if (flags.ui === true && process.stdout.isTTY !== true) return "sim: --ui needs a terminal";
  return undefined;
}

/** Aborted at the first signal to end; a second one ends the process as usual. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => controller.abort());
  return controller.signal;
}
