import { isIP } from "node:net";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Host, type HostOptions, startHost } from "../runtime/host.ts";
import { StartError } from "../runtime/start-error.ts";
import type { runTerminal } from "../ui/run.tsx";
import { resolveAddress } from "./address.ts";
import { printEvents } from "./headless.ts";

/** The flags of `run`, as the command line gives them. */
export interface RunFlags {
  readonly port?: number;
  readonly host: string;
  readonly advertise?: string;
  readonly join?: readonly string[] | string;
  readonly name?: string;
  readonly dataDir?: string;
  readonly found?: true;
  readonly fresh?: true;
  readonly headless?: true;
  readonly verbose?: true;
  readonly ascii?: true;
  readonly remoteFaults?: "on" | "off";
  readonly seed?: number;
}

/** Runs one peer until it is told to end; the exit code. */
export async function run(flags: RunFlags): Promise<number> {
  const headless = flags.headless === true || process.stdout.isTTY !== true;
  // Loaded before the peer begins: later it would make the peer stand still for as long as it takes.
  const terminal = headless ? undefined : await import("../ui/run.tsx");
  let host: Host;
  try {
    host = await startHost(await hostOptions(flags));
  } catch (error) {
    return fail(error);
  }
  for (const notice of host.notices) complain(notice);
  const stopped = stopOnSignals(host);
  try {
    if (terminal === undefined) await printEvents(host, flags.verbose === true);
    else await watch(host, terminal.runTerminal, flags.ascii === true, stopped);
    const error = await host.ended;
    return error === null ? 0 : fail(error);
  } catch (error) {
    await host.stop();
    return fail(error);
  }
}

/** Shows the peer on this terminal until it ends or its user quits. */
async function watch(host: Host, show: typeof runTerminal, ascii: boolean, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  void host.ended.then(() => ended.abort());
  const color = process.env.NO_COLOR === undefined || process.env.NO_COLOR === "";
  await show(host.desk, { ascii, color, signal: AbortSignal.any([signal, ended.signal]) });
  await host.stop();
}

/** Stops the peer at the first signal to end; the answer is aborted then. A second signal ends the process as usual. */
function stopOnSignals(host: Host): AbortSignal {
  const stopped = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const stop = (): void => {
      stopped.abort();
      void host.stop();
      // Not at once: what keeps the terminal ends the process itself if it finds that nobody else listens.
      setImmediate(() => process.off(name, stop));
    };
    process.on(name, stop);
  }
  return stopped.signal;
}

async function hostOptions(flags: RunFlags): Promise<HostOptions> {
  if (isIP(flags.host) === 0) {
    throw new StartError(`--host ${flags.host}: an IP address is needed, such as 127.0.0.1 or ::1`);
  }
  const unspecified = flags.host === "0.0.0.0" || flags.host === "::";
  if (unspecified && flags.advertise === undefined) {
    throw new StartError(
      `--host ${flags.host} needs --advertise HOST:PORT: the address at which others reach this peer`,
    );
  }
  const seeds = (typeof flags.join === "string" ? flags.join.split(",") : (flags.join ?? [])).filter(Boolean);
  return {
    host: flags.host,
    port: flags.port ?? null,
    advertise: flags.advertise === undefined ? null : await resolveAddress(flags.advertise, "--advertise"),
    name: flags.name ?? "",
    seeds: await Promise.all(seeds.map((seed) => resolveAddress(seed, "--join"))),
    found: flags.found === true,
    dataDirectory: (port) => dataDirectory(flags, port),
    fresh: flags.fresh === true,
    seed: flags.seed ?? null,
    remoteFaults: flags.remoteFaults === undefined ? null : flags.remoteFaults === "on",
    api: null,
    gossipDialect: "classic",
    maxConnections: null,
    tuning: {},
  };
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

function fail(error: unknown): number {
  if (!(error instanceof StartError)) throw error;
  complain(error.message);
  return 1;
}

function complain(line: string): void {
  process.stderr.write(`p2p-node: ${line}\n`);
}
