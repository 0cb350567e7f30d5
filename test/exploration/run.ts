/** Builds the program that explores and runs it with the arguments of this one: what `npm run explore` does. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildExploration } from "./built.ts";

const outfile = fileURLToPath(new URL("exploration.mjs", import.meta.url));
await buildExploration(outfile);
// Millions of states take more than the usual heap.
const child = spawn(process.execPath, ["--max-old-space-size=8192", outfile, ...process.argv.slice(2)], {
  stdio: "inherit",
});
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
