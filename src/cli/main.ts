import { CommanderError } from "commander";
import { program } from "./program.ts";

/** Exit codes: 0 well, 1 failed, 2 wrong usage. This is the only place where the process is ended. */
const FAILED = 1;
const WRONG_USAGE = 2;

async function main(): Promise<number> {
  try {
    await program((code) => {
      process.exitCode = code;
    }).parseAsync();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`p2p-node: this is a bug in p2p-node: ${detail}\n`);
    return FAILED;
  }
}

process.exit(await main());
