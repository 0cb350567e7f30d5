import { connectStore, type StoreClient } from "../client/store-client.ts";
import { StoreError } from "../client/store-error.ts";
import { StartError } from "../runtime/start-error.ts";
import { resolveAddress } from "./address.ts";
import { readable } from "./announced-data.ts";
import { complain } from "./complain.ts";
import { runPipe } from "./store/pipe.ts";
import { Printer } from "./store/printer.ts";
import { converse } from "./store/prompt.ts";

const FAILED = 1;
const WRONG_USAGE = 2;

/** The flags of `client`, as the command line gives them. */
export interface ClientFlags {
  readonly json?: true;
  /** Seconds. */
  readonly timeout: number;
}

/** Asks the replicated store of some peers for what stdin says, a command a line; the exit code. */
export async function client(texts: readonly string[], { json, timeout }: ClientFlags): Promise<number> {
  if (texts.length === 0) return complain("client: say the address of a peer, such as 127.0.0.1:7001", WRONG_USAGE);
  try {
    const addresses = await Promise.all(texts.map((text) => resolveAddress(text, "client")));
    const store = await connectStore(addresses, { timeoutMs: timeout * 1000 });
    const unread = stopWhenUnread();
    const printer = new Printer(json === true, unread);
    await serve(store, printer, unread).finally(() => store.close());
    return printer.exitCode;
  } catch (error) {
    if (error instanceof StoreError) return complain(`${error.message}. Is a peer running there?`, FAILED);
    if (error instanceof StartError) return complain(error.message, FAILED);
    throw error;
  }
}

/** Aborted when nobody reads what is printed any more: then nobody has anything more to ask. */
function stopWhenUnread(): AbortSignal {
  const controller = new AbortController();
  process.stdout.once("error", () => {
    controller.abort();
    process.stdin.destroy();
  });
  return controller.signal;
}

async function serve(store: StoreClient, printer: Printer, unread: AbortSignal): Promise<void> {
  if (process.stdin.isTTY === true && process.stdout.isTTY === true) return converse(store, printer);
  try {
    await runPipe(store, readable(process.stdin), printer);
  } catch (error) {
    if (!unread.aborted) throw error;
  }
}
