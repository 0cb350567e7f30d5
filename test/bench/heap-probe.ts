import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { until } from "../support/processes.ts";

const LIMIT_MS = 10_000;

/** Tells how much heap of a program is in use after all garbage is collected. */
export class HeapProbe {
  /** Options of node with which a program answers. */
  readonly options: readonly string[];
  readonly #directory: string;

  /** @param directory for files of the probe, until it is needed no more */
  static async in(directory: string): Promise<HeapProbe> {
    const script = join(directory, "probe.mjs");
    await writeFile(script, scriptFor(directory));
    return new HeapProbe(directory, ["--expose-gc", "--import", pathToFileURL(script).href]);
  }

  private constructor(directory: string, options: readonly string[]) {
    this.#directory = directory;
    this.options = options;
  }

  /** Bytes in use by the heap of a program that was started with the options. */
  async heapBytes(pid: number): Promise<number> {
    const file = join(this.#directory, String(pid));
    await rm(file, { force: true });
    process.kill(pid, "SIGUSR2");
    return until(LIMIT_MS, "heap in use", async () => Number(await readFile(file, "utf8")) || undefined);
  }
}

/** Runs in the program: when asked by SIGUSR2, collects all garbage and writes how much heap is in use. */
function scriptFor(directory: string): string {
  return `import { writeFileSync } from "node:fs";
process.on("SIGUSR2", () => {
  gc();
  writeFileSync(${JSON.stringify(directory)} + "/" + process.pid, String(process.memoryUsage().heapUsed));
});
`;
}
