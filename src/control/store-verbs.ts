import { verb } from "./grammar.ts";
import { lossOfDeletion } from "./losses.ts";
import { fileName, key, newName, text, time, value, version } from "./store-arguments.ts";

const LOOKS_ONLY = { none: "it changes nothing" } as const;

/** What is asked of the replicated files and values, in the order in which help lists it. */
export const storeVerbs = {
  create: verb({
    arguments: { name: newName },
    help: 'make an empty file; a name with blanks stands in quotes: "my notes"',
    key: { key: "n", scope: "files", opens: true },
    inverse: { line: "delete {file}" },
  }),
  append: verb({
    arguments: { name: fileName, text },
    help: 'add the rest of the line to the end of a file, or what stands in quotes: "one\\ntwo"',
    key: { key: "a", scope: "files", opens: true },
    takesUnder: "file",
    inverse: { none: "a file only grows: delete it" },
  }),
  delete: verb({
    arguments: { name: fileName },
    help: "delete a file, on every peer",
    key: { key: "x", scope: "files" },
    takesUnder: "file",
    inverse: { none: "what it held is gone" },
    loss: lossOfDeletion,
  }),
  read: verb({
    arguments: { name: fileName },
    help: "read a file as it is now in the whole cluster",
    key: { key: "r", scope: "files" },
    takesUnder: "file",
    inverse: LOOKS_ONLY,
  }),
  write: verb({
    arguments: { key, value },
    help: "write a value, the rest of the line; the request's time is this peer's Lamport time",
    key: { key: "w", scope: "values", opens: true },
    takesUnder: "key",
    inverse: { none: "every version stays: write another" },
  }),
  get: verb({
    arguments: { key, version, time },
    help: "read a value: the latest, one version, or the newest that was not written after a time",
    key: { key: "r", scope: "values" },
    takesUnder: "key",
    inverse: LOOKS_ONLY,
  }),
};
