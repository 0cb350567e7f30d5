import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { cleanEnvironment, PROGRAM } from "./processes.ts";

/** Longest wait for something that must happen soon, ms. */
const SOON_MS = 15_000;

/** How a command ended: its exit code and all that it complained about. */
export interface ToolEnd {
  readonly code: number | null;
  readonly stderr: string;
}

/** A command of the program in a process of its own, its stdin and stdout at the ends of pipes. */
export class Tool {
  readonly lines: string[] = [];
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<ToolEnd>;
  readonly #watchers = new Set<() => void>();
  #stderr = "";

  constructor(...words: readonly string[]) {
    this.child = spawn(process.execPath, [PROGRAM, ...words], { env: cleanEnvironment() });
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      this.lines.push(line);
      for (const watcher of this.#watchers) watcher();
    });
    this.child.stderr.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    // A command that has heard enough lets go of its stdin.
    this.child.stdin.on("error", () => {});
    this.ended = once(this.child, "close").then(([code]) => ({ code: code as number | null, stderr: this.#stderr }));
  }

  /** Settles when so many lines were printed; all of them. */
  printed(count: number): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const done = (act: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        act();
      };
      const look = (): void => {
        if (this.lines.length >= count) done(() => resolve(this.lines));
      };
      const timer = setTimeout(
        () => done(() => reject(new Error(`${this.lines.length} of ${count} lines in time; ${this.#stderr}`))),
        SOON_MS,
      );
      this.#watchers.add(look);
      look();
    });
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}
