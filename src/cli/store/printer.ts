import { once } from "node:events";
import type { StoreError } from "../../client/store-error.ts";
import type { Answer } from "../../core/request.ts";
import { safeText } from "../../ui/safe-text.ts";
import { lineOf } from "../../wire/client-answer.ts";
import { complain } from "../complain.ts";
import { asciiJson, jsonLine } from "../json-line.ts";
import type { Outcome } from "./carry-out.ts";

const FAILED = 1;

/** Columns of a command that are repeated where it failed. */
const SHOWN = 60;

/** Some text that no mark follows, which would belong to its last character; or, among many marks, any character. */
const PIECES = /.{1,256}(?!\p{M})|./gsu;

/** Prints what commands came to, in the order in which it is told. */
export class Printer {
  readonly #asJson: boolean;
  readonly #stopped: AbortSignal;
  #exitCode = 0;

  /** @param stopped aborted when nobody reads what is printed any more */
  constructor(asJson: boolean, stopped: AbortSignal) {
    this.#asJson = asJson;
    this.#stopped = stopped;
  }

  /** 0 as long as nothing has failed. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /**
   * Prints an outcome, and waits until whoever reads it has room for more.
   *
   * @param line what was said, for where it failed
   */
  async print(line: string, outcome: Outcome): Promise<void> {
    if (outcome.kind === "failure") return this.#fail(line, outcome.error);
    const { answer, isTold } = outcome;
    await this.#write(this.#asJson ? `${asciiJson(lineOf(answer).trimEnd())}\n` : textOf(answer, isTold));
  }

  async #fail(line: string, { code, message, definite }: StoreError): Promise<void> {
    this.#exitCode = FAILED;
    if (this.#asJson) return this.#write(`${jsonLine({ Error: { code, message, definite } })}\n`);
    const fate = definite ? "it definitely did not happen" : "it may have happened";
    complain(`${safeText(line, SHOWN)}: ${message}: ${fate}`, FAILED);
  }

  async #write(text: string): Promise<void> {
    if (text === "" || this.#stopped.aborted || process.stdout.write(text)) return;
    // Nobody reads on: what is left to say does not matter.
    await once(process.stdout, "drain", { signal: this.#stopped }).catch(() => {});
  }
}

/** An answer for people; lines that end, or nothing at all. */
function textOf(answer: Answer, isTold: boolean): string {
  switch (answer.kind) {
    case "display":
    case "pong":
      return shown(answer.text);
    case "written-at":
      return `written at ${answer.time}\n`;
    case "value": {
      if (answer.found === null) return "none\n";
      const { value, writtenAt } = answer.found;
      return isTold ? `written at ${writtenAt}: ${shown(value) || "\n"}` : shown(value);
    }
    case "session":
    case "locked":
    case "job":
    case "unknown":
    case "error":
      return shown(lineOf(answer));
  }
}

/** A text whose lines cannot steer a terminal, the last one ended. */
function shown(text: string): string {
  if (text === "") return "";
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => `${safeLine(line)}\n`).join("");
}

/** Piece by piece: of a long text, making all of it fit at once takes for ever. */
function safeLine(line: string): string {
  const pieces = line.match(PIECES) ?? [];
  return pieces.map((piece) => safeText(piece, Number.MAX_SAFE_INTEGER)).join("");
}
