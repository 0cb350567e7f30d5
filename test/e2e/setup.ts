import { execFileSync, spawnSync } from "node:child_process";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** Whether tests may open terminals. Tests that do are skipped where it is false: `describe.skipIf(!inject("tmux"))`. */
    tmux: boolean;
  }
}

/** Before the first end-to-end test: builds what they run, and says whether there is a terminal to run it in. */
export default function setup(project: TestProject): void {
  execFileSync(process.execPath, ["esbuild.config.mjs"], {
    cwd: project.config.root,
    stdio: "inherit",
    timeout: 60_000,
  });
  const tmux = spawnSync("tmux", ["-V"], { timeout: 10_000 }).status === 0;
  if (!tmux && process.env.P2P_NODE_REQUIRE_TMUX === "1")
    throw new Error("tmux is missing: the terminal tests cannot run");
  if (!tmux) console.log("terminal tests skipped: tmux is missing");
  project.provide("tmux", tmux);
}
