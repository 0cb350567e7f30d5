import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { type HeldLock, takeLock } from "../client/lock.ts";
import { StoreError } from "../client/store-error.ts";
import { isLockName, MAX_LOCK_NAME } from "../core/lock.ts";
import { StartError } from "../runtime/start-error.ts";
import { resolveAddress } from "./address.ts";
import { complain } from "./complain.ts";

const FAILED = 1;
const WRONG_USAGE = 2;

/** As shells have it. */
const CANNOT_RUN = 126;
const NOT_FOUND = 127;
const SIGNALLED = 128;

/** A command that is to end as its lock is lost has so long before it is killed, ms. */
const GRACE_MS = 5000;

/** Signals that are passed on. */
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type PassedOn = (typeof PASSED_ON)[number];

/** The flags of `lock`, as the command line gives them. */
export interface LockFlags {
  /** Seconds; undefined for no end. */
  readonly timeout?: number;
}

/**
 * Runs a command while a lock is held; the exit code: the command's own, 128 and the number of the signal that ended it, or
 * why it did not run or was ended.
 */
export async function lock(
  texts: readonly string[],
  name: string,
  command: readonly string[],
  { timeout }: LockFlags,
): Promise<number> {
  if (texts.length === 0) return complain("lock: say the address of a peer, such as 127.0.0.1:7001", WRONG_USAGE);
  if (!isLockName(name)) {
    return complain(
      `lock: a lock's name has 1 to ${MAX_LOCK_NAME} characters, none of them a control character`,
      WRONG_USAGE,
    );
  }
  const signals = new Signals();
  try {
    const addresses = await Promise.all(texts.map((text) => resolveAddress(text, "lock")));
    const timeoutMs = timeout === undefined ? {} : { timeoutMs: timeout * 1000 };
    const held = await takeLock(addresses, name, { ...timeoutMs, signal: signals.stopped });
    try {
      return await runUnder(held, command, signals);
    } finally {
      await held.release();
    }
  } catch (error) {
    if (signals.first !== undefined) return SIGNALLED + constants.signals[signals.first];
    if (error instanceof StoreError) return complain(`lock: ${error.message}${hintOf(error)}`, FAILED);
    if (error instanceof StartError) return complain(error.message, FAILED);
    throw error;
  } finally {
    signals.end();
  }
}

function hintOf({ code }: StoreError): string {
  return code === "unreachable" ? ". Is a peer running there?" : "";
}

/** Runs a command to its end, or until the lock is lost; the exit code. */
async function runUnder(held: HeldLock, command: readonly string[], signals: Signals): Promise<number> {
  // It may have come between the lock and this.
  if (signals.first !== undefined) return SIGNALLED + constants.signals[signals.first];
  const [file = "", ...args] = command;
  const env = { ...process.env, P2P_NODE_LOCK_NAME: held.name, P2P_NODE_LOCK_TOKEN: String(held.token) };
  const child = spawn(file, args, { stdio: "inherit", env });
  signals.passOnTo(child);
  let isLost = false;
  let killer: NodeJS.Timeout | undefined;
  const end = (): void => {
    isLost = true;
    const { reason } = held.lost;
    const because = reason instanceof Error ? reason.message : "its peer is gone";
    complain(`lock: ${held.name} is lost: ${because}: ending the command`, FAILED);
    child.kill("SIGTERM");
    killer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  };
  held.lost.addEventListener("abort", end, { once: true });
  if (held.lost.aborted) end();
  const code = await endOf(child, file);
  held.lost.removeEventListener("abort", end);
  clearTimeout(killer);
  return isLost ? FAILED : code;
}

function endOf(child: ChildProcess, file: string): Promise<number> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === "ENOENT";
      resolve(complain(`lock: ${file}: ${error.message}`, isMissing ? NOT_FOUND : CANNOT_RUN));
    });
    child.once("exit", (code, signal) => {
      resolve(code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** The signals that come to this process: they end the wait for a lock, and go to the command as soon as that runs. */
class Signals {
  readonly #stop = new AbortController();
  readonly #handlers = PASSED_ON.map((name) => ({ name, handle: () => this.#receive(name) }));
  #child: ChildProcess | undefined;
  /** The first that came while no command ran. */
  first: PassedOn | undefined;

  constructor() {
    for (const { name, handle } of this.#handlers) process.on(name, handle);
  }

  /** Aborted by the first signal that comes while no command runs. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  passOnTo(child: ChildProcess): void {
    this.#child = child;
  }

  end(): void {
    for (const { name, handle } of this.#handlers) process.off(name, handle);
  }

  #receive(name: PassedOn): void {
    if (this.#child === undefined) {
      this.first ??= name;
      this.#stop.abort();
    } else if (name !== "SIGINT" || process.stdin.isTTY !== true) {
      // A terminal tells all that run in it of Ctrl-C by itself, and twice would be taken for impatience.
      this.#child.kill(name);
    }
  }
}
