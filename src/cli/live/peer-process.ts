import { type ChildProcess, spawn } from "node:child_process";
import { LineSplitter } from "../../wire/lines.ts";

/** How a process ended. */
export interface Ending {
  /** It was asked to end, or had no reason to go on. */
  readonly isWell: boolean;
  /** `with exit code 1: p2p-node: TCP port 7001 on 127.0.0.1 is in use`. */
  readonly text: string;
}

/** The longest line of its output that is taken, in bytes. */
const MAX_LINE_BYTES = 256 * 1024;

/** Of what a process complains, the latest so many characters are kept. */
const MAX_COMPLAINT = 4096;

/** How each line begins by which this program says what is wrong. */
const OUR_WORD = "p2p-node: ";

/** A process of this program: a headless peer. */
export class PeerProcess {
  /** Settles when it is gone and all that it had said was heard. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #complaint = "";

  /**
   * @param program this program's entry
   * @param onLine is given each line of its output
   */
  constructor(program: string, flags: readonly string[], onLine: (line: string) => void) {
    this.#child = spawn(process.execPath, [program, "run", "--headless", ...flags], {
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { stdout, stderr } = this.#child;
    const splitter = new LineSplitter(MAX_LINE_BYTES);
    stdout?.on("data", (chunk: Buffer) => {
      splitter.push(chunk);
      for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
        // It prints ASCII.
        if (line !== "too-long") onLine(line.toString("latin1"));
      }
    });
    stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      this.#complaint = (this.#complaint + chunk).slice(-MAX_COMPLAINT);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => resolve(this.#endingOf(code, signal)));
      this.#child.on("error", (error) => {
        // Also told where a signal could not be sent.
        if (this.#child.pid === undefined) resolve({ isWell: false, text: `before it began: ${error.message}` });
      });
    });
  }

  get isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** Sends a signal, if it still runs. A stopped process takes a kill. */
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  #endingOf(code: number | null, signal: NodeJS.Signals | null): Ending {
    const lines = this.#complaint.split("\n");
    // What it cannot explain, Node does.
    const complaint = lines.findLast((line) => line.startsWith(OUR_WORD)) ?? lines.find((line) => /Error\b/.test(line));
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    return { isWell: code === 0, text: complaint === undefined ? how : `${how}: ${complaint}` };
  }
}

/** Ours, without what would be flags for a peer. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.toUpperCase().startsWith("P2P_NODE_"));
  return Object.fromEntries(kept);
}
