/** Takes the lock of the directory that is its argument, at the word, prints what became of it, and stays until its input ends. */
import { lockDirectory } from "../../../src/runtime/journal/lock.ts";

const [directory = "", startAt = "0"] = process.argv.slice(2);
// All of them at the same instant, however long each took to start.
while (Date.now() < Number(startAt));
const locking = await lockDirectory(directory);
process.stdout.write(`${locking.kind}\n`);
process.stdin.resume();
