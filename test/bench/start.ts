import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { freePorts } from "../support/free-ports.ts";
import { cleanEnvironment, PROGRAM } from "../support/processes.ts";
import { within } from "./bare.ts";
import { atMost, atMostTimes, either } from "./figure.ts";
import { type Bench, type Group, linuxOnly } from "./group.ts";
import { FIRST_FRAME } from "./terminal.ts";

const REPS = 15;

/** How soon the program is there; it and bare node take turns. */
export const start: Group = {
  about: "from the start of the process",
  takes: "20 s",
  measure: async (bench) => {
    const reps = bench.reps ?? REPS;
    const help: number[] = [];
    const bare: number[] = [];
    const paint: number[] = [];
    const terminals = linuxOnly() === undefined;
    if (!terminals) bench.note(`first paint: ${linuxOnly()}`);
    for (let rep = 0; rep < reps; rep++) {
      bare.push(wallMs(["-e", "0"]));
      help.push(wallMs([PROGRAM, "--help"]));
      if (terminals) paint.push(await firstPaintMs(bench));
    }
    const beside = { name: "node -e 0", samples: bare };
    return [
      { name: "--help, to its end", unit: "ms", samples: help, beside, goal: atMostTimes(2) },
      { name: "first paint", unit: "ms", samples: paint, beside, goal: either(atMost(300), atMostTimes(8)) },
    ];
  },
};

function wallMs(words: readonly string[]): number {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, words, { env: cleanEnvironment(), stdio: "ignore" });
  if (status !== 0) throw new Error(`node ${words.join(" ")} ended with ${status}`);
  return performance.now() - startedAt;
}

/** Until the first frame has come out of a terminal, the start of that terminal included. */
async function firstPaintMs(bench: Bench): Promise<number> {
  const [port] = await freePorts(1);
  const program = `'${process.execPath}' '${PROGRAM}' --found --data-dir none --port ${port}`;
  const startedAt = performance.now();
  const terminal = spawn("script", ["-qefc", `stty cols 120 rows 40; exec ${program}`, "/dev/null"], {
    env: { ...cleanEnvironment(), TERM: "xterm-256color", LANG: "C.UTF-8" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  // The terminal takes the program with it.
  bench.onEnd(() => void terminal.kill("SIGKILL"));
  const painted = new Promise<number>((resolve, reject) => {
    let shown = "";
    terminal.stdout.on("data", (chunk: Buffer) => {
      shown += chunk.toString("latin1");
      if (FIRST_FRAME.test(shown)) resolve(performance.now());
    });
    terminal.once("close", () => reject(new Error(`ended without a first frame: ${JSON.stringify(shown)}`)));
  });
  const paintedAt = await within(10_000, "first frame", painted);
  const closed = once(terminal, "close");
  terminal.stdin.write("\x03");
  await within(10_000, "end of the program", closed);
  return paintedAt - startedAt;
}
