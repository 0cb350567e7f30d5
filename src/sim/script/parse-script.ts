import { flawOf as flawOfModes } from "../../core/modes.ts";
import { Line, type Wrong } from "./line.ts";
import { flawOf } from "./palette-line.ts";
import { readName } from "./read-names.ts";
import { readStatement } from "./read-statement.ts";
import { Scope } from "./scope.ts";
import type { Placed, Script, Statement } from "./script.ts";
import { tunedBy } from "./tuned.ts";

/** A script that was understood, or what is wrong with it: `FILE:LINE:COLUMN: expected ..., found ...`, a line each. */
export type ParsedScript =
  | { readonly ok: true; readonly script: Script<unknown> }
  | { readonly ok: false; readonly errors: readonly string[] };

const MAX_BYTES = 1024 * 1024;
const MAX_LINES = 10_000;

/** UTF-16 units. */
const MAX_LINE_LENGTH = 1000;

/** Errors that are told; the rest mostly follows from them. */
const MAX_ERRORS = 20;

/** A name, `in vain` where nothing may come of it, a colon and a line of the palette. No other statement but `say` holds a colon. */
const ENTRY = /^(\s*[\w-]+)(\s+in\s+vain)?\s*:\s*(.*)$/s;
const SAY = /^\s*say(?:\s+(.*))?$/s;

/** A comment behind a line of the palette, in which a # right before a number means that fault. */
const ENTRY_COMMENT = /\s#(?:\s.*)?$/s;

/**
 * Understands the text of a scenario file, whatever it holds; it never throws.
 *
 * @param file what the errors call it
 */
export function parseScript(text: string, file: string): ParsedScript {
  const script: Placed<unknown>[] = [];
  const errors: string[] = [];
  const scope = new Scope();
  const refuse = (line: number, { column, text }: Wrong) => errors.push(`${file}:${line}:${column}: ${text}`);
  const size = Buffer.byteLength(text);
  if (size > MAX_BYTES) refuse(1, { column: 1, text: `expected at most ${MAX_BYTES} bytes, found ${size}` });
  const lines = size > MAX_BYTES ? [] : text.replace(/^\ufeff/, "").split(/\r\n|[\r\n]/);
  for (const [index, content] of lines.slice(0, MAX_LINES).entries()) {
    const { made, wrong, column } = readLine(content, scope);
    const misplaced = script.length > 0 && made.some(({ kind }) => kind === "seed");
    if (misplaced) refuse(index + 1, { column, text: "expected seed before everything else, once" });
    else if (wrong !== null) refuse(index + 1, wrong);
    else script.push(...made.map((statement) => ({ ...statement, line: index + 1, column })));
    if (errors.length === MAX_ERRORS) break;
  }
  if (lines.length > MAX_LINES && errors.length < MAX_ERRORS && lines.slice(MAX_LINES).some((line) => line !== ""))
    refuse(MAX_LINES + 1, { column: 1, text: `expected at most ${MAX_LINES} lines, found ${lines.length}` });
  if (errors.length === 0) refuseDiscord(script, refuse);
  return errors.length === 0 ? { ok: true, script } : { ok: false, errors };
}

/** All is known of how peers agree when the last of it was said. */
function refuseDiscord(script: Script<unknown>, refuse: (line: number, wrong: Wrong) => void): void {
  const flaw = flawOfModes(tunedBy(script).modes);
  const last = script.findLast(({ kind }) => kind === "tune");
  if (flaw !== null && last !== undefined)
    refuse(last.line ?? 1, { column: last.column ?? 1, text: `expected settings that go together: ${flaw}` });
}

/** What one line stands for. */
interface ReadLine {
  readonly made: readonly Statement<unknown>[];
  readonly wrong: Wrong | null;
  /** Where its statement begins. */
  readonly column: number;
}

function readLine(text: string, scope: Scope): ReadLine {
  const column = text.search(/\S/) + 1;
  if (text.length > MAX_LINE_LENGTH) {
    const wrong = `expected a line of at most ${MAX_LINE_LENGTH} characters, found ${text.length}`;
    return { made: [], wrong: { column: MAX_LINE_LENGTH + 1, text: wrong }, column };
  }
  const said = SAY.exec(text);
  if (said !== null) return readSay((said[1] ?? "").trim(), text, column);
  const entry = ENTRY.exec(text);
  if (entry !== null) {
    const read = readEntry(entry[1] ?? "", entry[3] ?? "", text, scope, column);
    return entry[2] === undefined ? read : { ...read, made: read.made.map((made) => ({ ...made, inVain: true })) };
  }
  const line = new Line(text);
  if (line.next === "") return { made: [], wrong: null, column };
  const made = readStatement(line, scope);
  return { made, wrong: line.wrong, column };
}

/** All that is said is text, whatever stands in it. */
function readSay(said: string, text: string, column: number): ReadLine {
  const wrong = { column: text.trimEnd().length + 1, text: "expected what to say, found the end of the line" };
  return said === "" ? { made: [], wrong, column } : { made: [{ kind: "say", text: said }], wrong: null, column };
}

function readEntry(speaker: string, rest: string, text: string, scope: Scope, column: number) {
  const line = new Line(speaker);
  const peer = readName(line, scope);
  const said = rest.replace(ENTRY_COMMENT, "").trimEnd();
  const flaw = line.wrong === null ? flawOf(said, peer, scope) : null;
  if (flaw !== null) line.refuse(text.length - rest.length + 1, flaw);
  return { made: [{ kind: "entry", peer, text: said } as const], wrong: line.wrong, column };
}
