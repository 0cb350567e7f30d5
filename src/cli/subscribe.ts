import { once } from "node:events";
import { StartError } from "../runtime/start-error.ts";
import { safeText } from "../ui/safe-text.ts";
import type { GossipMessage } from "../wire/gossip-message.ts";
import { resolveAddress } from "./address.ts";
import { BoundedPattern } from "./bounded-pattern.ts";
import { complain } from "./complain.ts";
import { GossipConnection } from "./gossip-connection.ts";
import { jsonLine } from "./json-line.ts";

const FAILED = 1;

/** Columns of data that are printed for people. */
const WIDEST = 4096;

/** A peer that has taken the last answer ends the connection by then. */
const FINISH_TIMEOUT_MS = 5000;

/** The flags of `subscribe`, as the command line gives them. */
export interface SubscribeFlags {
  readonly type: readonly number[];
  readonly reject?: RegExp;
  readonly json?: true;
  readonly count?: number;
}

type Notification = GossipMessage & { readonly kind: "notification" };

/** A notification, and what there is to say of it. */
interface Judged {
  readonly notification: Notification;
  /** Its data where it is text; else undefined. */
  readonly text: string | undefined;
  readonly valid: boolean;
}

/** Prints what is announced of some data types to the peer at an address, a line each; the exit code. */
export async function subscribe(text: string, flags: SubscribeFlags): Promise<number> {
  let stopped: AbortSignal | undefined;
  try {
    const address = await resolveAddress(text, "subscribe");
    const connection = await GossipConnection.open(address);
    stopped = stopOnSignals();
    stopped.addEventListener("abort", () => connection.close());
    await connection.say(flags.type.map((dataType) => ({ kind: "notify", dataType })));
    if (await follow(connection, flags, stopped)) return 0;
    return complain(`${address}: the peer ended the connection`, FAILED);
  } catch (error) {
    if (stopped?.aborted === true) return 0;
    if (!(error instanceof StartError)) throw error;
    return complain(error.message, FAILED);
  }
}

/** Aborted at the first signal to end, and when nobody reads what is printed any more: both are a good end. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => controller.abort());
  process.stdout.on("error", () => controller.abort());
  return controller.signal;
}

/** Prints and answers notifications; whether there were as many as are wanted before the peer ended the connection. */
async function follow(connection: GossipConnection, flags: SubscribeFlags, stopped: AbortSignal): Promise<boolean> {
  const pattern = flags.reject === undefined ? undefined : new BoundedPattern(flags.reject);
  let left = flags.count ?? Number.POSITIVE_INFINITY;
  for await (const messages of connection.heard()) {
    const judged = messages
      .filter((message) => message.kind === "notification")
      .slice(0, left)
      .map((notification) => judge(notification, pattern));
    if (judged.length === 0) continue;
    await print(judged.map(flags.json === true ? jsonOf : lineOf), stopped);
    await connection.say(
      judged.map(({ notification: { messageId }, valid }) => ({ kind: "validation", messageId, valid })),
    );
    left -= judged.length;
    if (left === 0) break;
  }
  if (left > 0) return false;
  // What was wanted has come, so how the peer takes its leave does not matter.
  await connection.finish(FINISH_TIMEOUT_MS).catch(() => {});
  return true;
}

function judge(notification: Notification, pattern: BoundedPattern | undefined): Judged {
  const text = textOf(notification.data);
  // What is no text is matched as the nearest text.
  const isRejected = pattern?.isFoundIn(text ?? Buffer.from(notification.data).toString()) === true;
  return { notification, text, valid: !isRejected };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(data: Uint8Array): string | undefined {
  try {
    return utf8.decode(data);
  } catch {
    return undefined;
  }
}

function jsonOf({ notification, text, valid }: Judged): string {
  const { messageId, dataType, data } = notification;
  const shown = text === undefined ? { hex: hexOf(data) } : { text };
  return jsonLine({ at: Date.now(), messageId, dataType, ...shown, valid });
}

function lineOf({ notification: { dataType, data }, text, valid }: Judged): string {
  return `${dataType} ${valid ? "valid" : "rejected"} ${safeText(text ?? `0x${hexOf(data)}`, WIDEST)}`;
}

function hexOf(data: Uint8Array): string {
  return Buffer.from(data).toString("hex");
}

/** Prints lines, and waits until whoever reads them has room for more. */
async function print(lines: readonly string[], stopped: AbortSignal): Promise<void> {
  if (process.stdout.write(lines.map((line) => `${line}\n`).join(""))) return;
  await once(process.stdout, "drain", { signal: stopped });
}
