import { unreachable } from "../core/assert.ts";
import type { Answer, ErrorCode, Operation, Query } from "../core/request.ts";
import { quoted } from "./quoted.ts";
import { oneLine, type ToldAnswer } from "./told-answer.ts";
import type { StoreLine } from "./verbs.ts";

/** Why a request was not done although nothing is wrong with it. */
const UNTRIED: readonly ErrorCode[] = ["no-leader", "busy", "timed-out", "leader-lost"];

/** What a line asks of the store. A write is asked for at this peer's Lamport time, so it is later than all seen here. */
export function requestOf(command: StoreLine, lamport: number): Operation | Query {
  const name = "name" in command ? (command.name ?? "") : (command.key ?? "");
  switch (command.verb) {
    case "create":
    case "delete":
    case "read":
      return { kind: command.verb, name };
    case "append":
      return { kind: "append", name, data: command.text ?? "" };
    case "write":
      return { kind: "write", key: name, value: command.value ?? "", time: lamport };
    case "get":
      return { kind: "read-value", key: name, version: command.version, time: command.time };
    default:
      return unreachable(command);
  }
}

/** Tells what became of a request. */
export function toldOf(request: Operation | Query, answer: Answer): ToldAnswer {
  const { todo, done } = deedOf(request);
  if (answer.kind !== "error") return { ok: true, text: doneWords(request, answer) ?? done, because: null };
  const because = oneLine(answer.message);
  if (!answer.definite) return { ok: false, text: `may have ${done}`, because };
  const why = UNTRIED.includes(answer.code) ? `it did not happen: ${because}` : because;
  return { ok: false, text: `could not ${todo}`, because: why };
}

/** What an answer says beyond that it was done; null where that is all. */
function doneWords(request: Operation | Query, answer: Exclude<Answer, { kind: "error" }>): string | null {
  switch (answer.kind) {
    case "display":
      if (request.kind !== "read") return oneLine(answer.text);
      return answer.text === ""
        ? `read ${quoted(request.name)}, which is empty`
        : `read ${quoted(request.name)}: ${oneLine(answer.text)}`;
    case "written-at":
      return `wrote ${deedOf(request).what} at ${answer.time}`;
    case "value": {
      if (answer.found === null) return `found no value of ${deedOf(request).what}`;
      const { key, value, writtenAt } = answer.found;
      return `read ${quoted(key)}, written at ${writtenAt}: ${oneLine(value)}`;
    }
    case "session":
      return `${deedOf(request).done}: ${answer.session}`;
    case "pong":
    case "locked":
    case "job":
    case "unknown":
      return null;
  }
}

/** A request in words: what it is about, what is to be done, and what was done. */
function deedOf(request: Operation | Query): { readonly what: string; readonly todo: string; readonly done: string } {
  const of = (what: string, todo: string, done: string) => ({ what, todo: `${todo} ${what}`, done: `${done} ${what}` });
  switch (request.kind) {
    case "create":
      return of(quoted(request.name), "create", "created");
    case "delete":
      return of(quoted(request.name), "delete", "deleted");
    case "append":
      return of(quoted(request.name), "append to", "appended to");
    case "read":
      return of(quoted(request.name), "read", "read");
    case "write":
      return of(quoted(request.key), "write", "written");
    case "read-value":
      return of(quoted(request.key), "read", "read");
    case "list":
      return of("the files", "list", "listed");
    case "atomic":
      return of(`${request.operations.length} operations as one`, "do", "done");
    case "open-session":
      return of("a session", "open", "opened");
    case "resume-session":
      return of(`session ${request.session}`, "resume", "resumed");
  }
}
