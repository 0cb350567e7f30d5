import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type { Bench } from "./group.ts";

/** Keeps a bare process from outliving a bench that could not end it. */
const ENDS_WITH_ITS_PARENT = "process.stdin.resume().on('end', () => process.exit());";

/** A process of plain node that runs `script`, to stand beside the program; it ends with the group. */
export function bareNode(bench: Bench, script: string): ChildProcess {
  const child = spawn(process.execPath, ["-e", ENDS_WITH_ITS_PARENT + script], { stdio: ["pipe", "pipe", "inherit"] });
  bench.onEnd(() => void child.kill("SIGKILL"));
  return child;
}

/** A script that prints its port and answers all messages of one size that come on a connection, of each batch together. */
export function answering(messageBytes: number, answerBytes: number): string {
  return (
    "const server = require('node:net').createServer({ noDelay: true }, (socket) => {" +
    "  let bytes = 0;" +
    "  socket.on('error', () => {}).on('data', (chunk) => {" +
    "    bytes += chunk.length;" +
    `    const count = Math.floor(bytes / ${messageBytes});` +
    `    bytes -= count * ${messageBytes};` +
    `    if (count > 0) socket.write(Buffer.alloc(count * ${answerBytes}));` +
    "  });" +
    "});" +
    "server.listen(0, '127.0.0.1', () => console.log(server.address().port));"
  );
}

/** The first number that a process prints. */
export async function numberFrom(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("nobody can read what the process prints");
  const [chunk] = await once(child.stdout, "data", { signal: AbortSignal.timeout(10_000) });
  return Number(String(chunk));
}

/** Milliseconds from killing a process until a plain connection to it is seen closed. */
export async function bareClose(bench: Bench): Promise<number> {
  const victim = bareNode(bench, answering(1, 1));
  const socket = connect(await numberFrom(victim), "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.resume();
  // A reset is a close too.
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const killedAt = performance.now();
  victim.kill("SIGKILL");
  await within(10_000, "close", closed);
  return performance.now() - killedAt;
}

/** What `work` gives; rejects when it takes too long. */
export async function within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits, for figures that are rates over time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
