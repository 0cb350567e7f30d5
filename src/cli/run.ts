import { type Host, startHost } from "../runtime/host.ts";
import { StartError } from "../runtime/start-error.ts";
import type { runTerminal } from "../ui/run.tsx";
import { boardFiles } from "./board-files.ts";
import { complain } from "./complain.ts";
import type { Settings } from "./config/settings.ts";
import { printEvents } from "./headless.ts";
import { hostOptions } from "./host-options.ts";

const FAILED = 1;

/** Runs one peer until it is told to end; the exit code. */
export async function run(settings: Settings): Promise<number> {
  const { flags } = settings;
  const headless = flags.headless === true || process.stdout.isTTY !== true;
  // Loaded before the peer begins: later it would make the peer stand still for as long as it takes.
  const terminal = headless ? undefined : await import("../ui/run.tsx");
  let host: Host;
  try {
    const say = (line: string): void => {
      if (headless) complain(line, 0);
    };
    host = await startHost(await hostOptions(settings), say);
  } catch (error) {
    return fail(error);
  }
  complain(host.notices, 0);
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
  await show(host.desk, { ascii, color, files: boardFiles, signal: AbortSignal.any([signal, ended.signal]) });
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

function fail(error: unknown): number {
  if (!(error instanceof StartError)) throw error;
  return complain(error.message, FAILED);
}
