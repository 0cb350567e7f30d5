import { parseScript } from "../../../src/sim/script/parse-script.ts";
import type { Script } from "../../../src/sim/script/script.ts";

/** The script that a text is; throws what is wrong with it. */
export function parsed(text: string): Script<unknown> {
  const read = parseScript(text, "x.script");
  if (!read.ok) throw new Error(read.errors.join("\n"));
  return read.script;
}
