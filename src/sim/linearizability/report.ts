import type { Answer } from "../../core/request.ts";
import type { Call, StoreRequest } from "./history.ts";
import type { Model } from "./model.ts";
import type { Question } from "./partitions.ts";
import { quoted } from "./quoted.ts";
import type { Stuck } from "./search.ts";

/** Calls of an order that are printed, at most: its latest. Of calls that might have come next, as many. */
const MAX_LINES = 12;

/** Files or keys of which is printed what they hold, at most. */
const MAX_STATE_LINES = 24;

/** Why some calls cannot be explained, for people: several lines. Texts in it are quoted, as in JSON. */
export function reportStuck({ about, calls }: Question, model: Model, stuck: Stuck): string {
  const { order, state, misfit, others } = stuck;
  const latest = order.slice(-MAX_LINES);
  return [
    `not linearizable: ${about}, ${calls.length} calls`,
    `the longest order that explains the answers has ${order.length}${order.length > MAX_LINES ? `, at last ${MAX_LINES}` : ""}:`,
    ...latest.map(inWords),
    "then",
    ...model
      .show(state)
      .slice(0, MAX_STATE_LINES)
      .map((line) => `  ${line}`),
    "where the call that returned next has no place:",
    inWords(misfit),
    ...(others.length > 0 ? ["nor has any that could come before it:"] : []),
    ...others.slice(0, MAX_LINES).map(inWords),
  ].join("\n");
}

/** One call in a line. */
function inWords({ client, request, calledAt, returnedAt, answer }: Call): string {
  const returned = answer === null ? "" : rounded(returnedAt);
  const answered = answer === null ? "outcome unknown" : answerInWords(answer);
  return `  client ${client}  ${rounded(calledAt)}-${returned} ms  ${requestInWords(request)}: ${answered}`;
}

function requestInWords(request: StoreRequest): string {
  switch (request.kind) {
    case "list":
      return "list";
    case "atomic":
      return `atomic (${request.operations.map(requestInWords).join(", ")})`;
    case "append":
      return `append ${quoted(request.name)} ${quoted(request.data)}`;
    case "write":
      return `write ${quoted(request.key)} ${quoted(request.value)}, time ${request.time}`;
    case "read-value": {
      const { key, version, time } = request;
      return `read ${quoted(key)}${version === null ? "" : ` version ${quoted(version)}`}${time === null ? "" : ` not after ${time}`}`;
    }
    default:
      return `${request.kind} ${quoted(request.name)}`;
  }
}

function answerInWords(answer: Answer): string {
  switch (answer.kind) {
    case "display":
      return quoted(answer.text);
    case "written-at":
      return `written at ${answer.time}`;
    case "value":
      return answer.found === null ? "no value" : `${quoted(answer.found.value)} written at ${answer.found.writtenAt}`;
    case "error":
      return answer.code;
    default:
      return answer.kind;
  }
}

/** Milliseconds to the microsecond. */
function rounded(ms: number): string {
  return String(Math.round(ms * 1000) / 1000);
}
