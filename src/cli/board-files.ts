import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { MAX_PATTERN_LENGTH } from "../apps/life/pattern.ts";
import { toPbm } from "../apps/life/pbm.ts";
import { toRle } from "../apps/life/rle.ts";
import type { BoardFiles } from "../control/desk/desk.ts";
import type { Band } from "../core/board.ts";
import { StartError } from "../runtime/start-error.ts";
import { readBytes } from "./read-bytes.ts";

/** The files of whoever runs this process, from its working directory on. */
export const boardFiles: BoardFiles = {
  readPattern,
  saveBoard: async (name, board) => {
    await saveBoard(`${name}.rle`, board);
    await saveBoard(`${name}.pbm`, board);
    return `${name}.rle and .pbm`;
  },
};

/**
 * The text of a pattern's file.
 *
 * @throws StartError where it cannot be read, or is too large
 */
export async function readPattern(path: string): Promise<string> {
  const bytes = await readBytes(resolve(path), MAX_PATTERN_LENGTH).catch((error: Error) => {
    throw new StartError(`cannot read the pattern ${path}: ${error.message}`);
  });
  if (bytes.length > MAX_PATTERN_LENGTH) {
    throw new StartError(`${path} has more than ${MAX_PATTERN_LENGTH} bytes: is it a pattern?`);
  }
  // Patterns are of ASCII but for names in comments, whatever those are written in.
  return bytes.toString("latin1");
}

/** Saves a board: as a picture where the name ends in `.pbm`, else as run lengths. */
export async function saveBoard(path: string, board: Band): Promise<void> {
  const content = path.endsWith(".pbm") ? toPbm(board) : toRle(board);
  await writeFile(resolve(path), content).catch((error: Error) => {
    throw new StartError(`cannot save ${path}: ${error.message}`);
  });
}
