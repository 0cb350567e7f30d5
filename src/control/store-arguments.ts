import { MAX_DATA_BYTES, MAX_KEY_BYTES } from "../core/request.ts";
import { behind } from "./arguments.ts";
import { type Argument, type Reading, wrong } from "./grammar.ts";
import type { Held } from "./held.ts";
import { quoted, unquoted } from "./quoted.ts";

/** The name of a file that is not there yet. */
export const newName: Argument<string> = naming("NAME", () => []);

/** The name of a file. */
export const fileName: Argument<string> = naming("NAME", ({ files }) => files);

/** The key of a value. */
export const key: Argument<string> = naming("KEY", ({ keys }) => keys);

/** What is added to a file. */
export const text: Argument<string> = restOfLine("TEXT...");

/** What is written under a key. */
export const value: Argument<string> = restOfLine("VALUE...");

/** A version of a value by its name, which is the time at which it was written. */
export const version: Argument<string> = behind("version", { ...newName, shape: "182" }, "182", []);

/** A time of the store's clock. */
export const time: Argument<number> = behind(
  "at",
  {
    shape: "182",
    optional: false,
    read: (word) => {
      const said = /^\d{1,16}$/.test(word) ? Number(word) : Number.NaN;
      return Number.isSafeInteger(said)
        ? { ok: true, value: said }
        : wrong(`${word} is no time of the store: say 182, as WrittenAt does`);
    },
    offers: () => [],
  },
  "182",
  [],
);

/**
 * A word that names something: as it stands, or in quotes where it is none: `"my notes"`.
 *
 * @param known what may be offered
 * @param check what is wrong with a name, if anything is
 */
export function naming(
  shape: string,
  known: (held: Held) => readonly string[],
  check = (name: string): Reading<string> => sized(name, shape),
): Argument<string> {
  return {
    shape,
    optional: false,
    isPlain: true,
    read: (word) => {
      const name = word.startsWith('"') ? unquoted(word) : word;
      return name === undefined ? wrong(`${word} is no text in quotes: say "my notes"`) : check(name);
    },
    offers: (_names, _begun, held) => known(held).map(quoted),
  };
}

/** The rest of the line as it stands, or all of it in quotes, with the escapes of JSON: `"one\ntwo"`. */
function restOfLine(shape: string): Argument<string> {
  return {
    shape,
    optional: false,
    takesRest: true,
    read: (said) => {
      const content = unquoted(said) ?? said;
      const bytes = Buffer.byteLength(content);
      return bytes > MAX_DATA_BYTES
        ? wrong(`${bytes} bytes are too many: say ${MAX_DATA_BYTES} at most`)
        : { ok: true, value: content };
    },
    offers: () => [],
  };
}

function sized(name: string, shape: string): Reading<string> {
  const bytes = Buffer.byteLength(name);
  return bytes >= 1 && bytes <= MAX_KEY_BYTES
    ? { ok: true, value: name }
    : wrong(`${bytes} bytes are no ${shape}: say 1 to ${MAX_KEY_BYTES}`);
}
