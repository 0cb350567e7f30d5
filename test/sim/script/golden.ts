import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = "test/scripts";
const REWRITE = "UPDATE_GOLDEN=1 npx vitest run test/sim/scripts.test.ts";

/** Lines before the first difference that a message repeats. */
const CONTEXT = 3;

/**
 * Compares a story with its golden file, `test/scripts/NAME.golden`, line by line. With UPDATE_GOLDEN=1 in the
 * environment it writes the file instead.
 *
 * @throws an error that shows the first difference
 */
export function expectGolden(
  name: string,
  story: readonly string[],
  { folder = FOLDER, update = process.env.UPDATE_GOLDEN === "1" } = {},
): void {
  const path = join(folder, `${name}.golden`);
  if (update) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, story.map((line) => `${line}\n`).join(""));
    return;
  }
  if (!existsSync(path)) throw new Error(`${path} is missing. Write it: ${REWRITE}`);
  const golden = readFileSync(path, "utf8").split("\n").slice(0, -1);
  const longest = Math.max(golden.length, story.length);
  for (let index = 0; index < longest; index++) {
    if (golden[index] !== story[index]) throw new Error(difference(path, golden, story, index));
  }
}

function difference(path: string, golden: readonly string[], story: readonly string[], index: number): string {
  return [
    `${path}:${index + 1} differs from what happened.`,
    ...golden.slice(Math.max(0, index - CONTEXT), index).map((line) => `  both:   ${line}`),
    `  golden: ${golden[index] ?? "(the end)"}`,
    `  now:    ${story[index] ?? "(the end)"}`,
    `If this is as it should be: ${REWRITE}`,
  ].join("\n");
}
