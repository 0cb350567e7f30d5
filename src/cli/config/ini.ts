/**
 * Reads the Windows INI format. This reader is our own because an error in a file is to name its line: the usual
 * package tells no lines, and takes a bad line for a key without a value.
 *
 * - `[section]` and `key = value`, one a line; lines end with LF or CRLF. What comes before any section is global.
 * - Blank lines, and lines that begin with `;` or `#`, say nothing. A comment does not follow a value on its line: where
 *   one seems to, that is an error, for else a part of the value could get lost unseen.
 * - Names are the same in upper and lower case, and with `_` and `-`.
 * - Blanks around names and values do not count. A value in quotes, `"` or `'`, is what stands between them, as it is; it
 *   may hold anything but that quote, and nothing in it is an escape. A value may hold `=`.
 */
import { safeText } from "../../ui/safe-text.ts";
import { ConfigError } from "./config-error.ts";

/** Columns of a line of the file that an error shows, at most. */
const SHOWN = 60;

/** A line `key = value`. */
export interface IniEntry {
  /** In lower case, with `-`; empty for what is global. */
  readonly section: string;
  /** In lower case, with `-`. */
  readonly key: string;
  /** The key as it is written. */
  readonly said: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

const SECTION = /^\[([^[\]]*)\]\s*(?:[;#].*)?$/s;
const QUOTED = /^(["'])((?:(?!\1).)*)\1$/s;
const COMMENT_BEHIND = /\s[;#]/;

/**
 * The entries of some sections, in order; what stands in others is passed over.
 *
 * @param sections their names, as entries have them
 * @param file what to call the text in an error
 * @throws ConfigError at the first line that is none of the format
 */
export function readIni(text: string, sections: ReadonlySet<string>, file: string): readonly IniEntry[] {
  const entries: IniEntry[] = [];
  let section = "";
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    const fail = (reason: string): never => {
      throw new ConfigError(file, index + 1, reason);
    };
    if (line === "" || line.startsWith(";") || line.startsWith("#")) continue;
    if (line.startsWith("[")) section = sectionOf(line, fail);
    else if (sections.has(section)) entries.push({ section, ...entryOf(line, fail), line: index + 1 });
  }
  return entries;
}

function sectionOf(line: string, fail: (reason: string) => never): string {
  const [, name] =
    SECTION.exec(line) ?? fail(`${safeText(line, SHOWN)} is no section: that is [name] on a line of its own`);
  return canonical((name ?? "").trim());
}

function entryOf(line: string, fail: (reason: string) => never): Pick<IniEntry, "key" | "said" | "value"> {
  const equals = line.indexOf("=");
  const said = line.slice(0, Math.max(0, equals)).trim();
  if (said === "") return fail(`${safeText(line, SHOWN)} is neither [section] nor key = value`);
  return { key: canonical(said), said, value: readValue(line.slice(equals + 1).trim(), fail) };
}

function readValue(value: string, fail: (reason: string) => never): string {
  const [, , quoted] = QUOTED.exec(value) ?? [];
  if (quoted !== undefined) return quoted;
  const shown = safeText(value, SHOWN);
  if (/^["']/.test(value)) return fail(`${shown} begins with a quote that does not end it`);
  if (COMMENT_BEHIND.test(value)) {
    return fail(`${shown} may be a value and a comment: put the comment on a line of its own, or the value in quotes`);
  }
  return value;
}

function canonical(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}
