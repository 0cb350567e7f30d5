import { StartError } from "../runtime/start-error.ts";
import { resolveAddress } from "./address.ts";
import { DataError, dataFrom, dataOf, linesFrom } from "./announced-data.ts";
import { complain } from "./complain.ts";
import { GossipConnection } from "./gossip-connection.ts";

const FAILED = 1;
const WRONG_USAGE = 2;

/** A peer that has taken everything ends the connection by then. */
const FINISH_TIMEOUT_MS = 5000;

/** The flags of `announce`, as the command line gives them. */
export interface AnnounceFlags {
  readonly type: number;
  readonly ttl: number;
  readonly lines?: true;
  readonly hex?: true;
}

/**
 * Lets the peer at an address announce data; the exit code.
 *
 * @param data missing or `-` for what stdin says
 */
export async function announce(text: string, data: string | undefined, flags: AnnounceFlags): Promise<number> {
  const wrong = misused(data, flags);
  if (wrong !== undefined) return complain(wrong, WRONG_USAGE);
  try {
    if (flags.lines === true) await announceLines(text, flags);
    else await announceOne(text, data, flags);
    return 0;
  } catch (error) {
    if (error instanceof DataError) return complain(error.message, WRONG_USAGE);
    if (error instanceof StartError) return complain(error.message, FAILED);
    throw error;
  }
}

function misused(data: string | undefined, flags: AnnounceFlags): string | undefined {
  const isFromStdin = data === undefined || data === "-";
  if (flags.lines === true && !isFromStdin) return "announce: --lines takes what stdin says, and no other data";
  if (flags.lines !== true && data === undefined && process.stdin.isTTY === true) {
    return "announce: say what to announce, or - to type it in";
  }
  return undefined;
}

async function announceOne(text: string, said: string | undefined, flags: AnnounceFlags): Promise<void> {
  const isHex = flags.hex === true;
  const isFromStdin = said === undefined || said === "-";
  const data = isFromStdin ? await dataFrom(process.stdin, isHex) : dataOf(Buffer.from(said), isHex);
  const connection = await GossipConnection.open(await resolveAddress(text, "announce"));
  await connection.say([announcement(data, flags)]);
  await connection.finish(FINISH_TIMEOUT_MS);
}

async function announceLines(text: string, flags: AnnounceFlags): Promise<void> {
  const connection = await GossipConnection.open(await resolveAddress(text, "announce"));
  // The next line may be long in coming, so that a peer which goes must not have to wait for it.
  const unwatch = connection.watch((end) => process.stdin.destroy(end));
  try {
    for await (const lines of linesFrom(process.stdin, flags.hex === true)) {
      await connection.say(lines.map((data) => announcement(data, flags)));
    }
  } catch (error) {
    unwatch();
    // The lines before one that is refused have been announced.
    if (error instanceof DataError) await connection.finish(FINISH_TIMEOUT_MS);
    throw error;
  }
  unwatch();
  await connection.finish(FINISH_TIMEOUT_MS);
}

function announcement(data: Buffer, { ttl, type }: AnnounceFlags) {
  return { kind: "announce", ttl, dataType: type, data } as const;
}
