/** Answers of the client dialect, one JSON value a line (wire document, section "Client dialect"). */
import type { Answer } from "../core/request.ts";
import { isCount, isTime, readJson, tagged } from "./json-value.ts";
import { isErrorCode } from "./request.ts";

/** Longest line of an answer, in bytes, its end not counted: the longest text for people with all of it escaped fits. */
export const MAX_ANSWER_LINE_BYTES = 5 * 1_048_576;

/** The line that says an answer, with its end. */
export function lineOf(answer: Answer): string {
  switch (answer.kind) {
    case "display":
      return `{"HumanDisplay":${JSON.stringify(answer.text)}}\n`;
    case "pong":
      return `{"Pong":${JSON.stringify(answer.text)}}\n`;
    case "written-at":
      return `{"WrittenAt":${answer.time}}\n`;
    case "value": {
      const { found } = answer;
      return `${JSON.stringify({ Value: found === null ? null : [found.key, found.value, found.writtenAt] })}\n`;
    }
    case "session":
      return `{"Session":${answer.session}}\n`;
    case "locked":
      return `${JSON.stringify({ Locked: [answer.name, answer.token] })}\n`;
    case "job":
      return `${JSON.stringify({ Job: answer.job })}\n`;
    case "unknown":
      return '"UnknownPong"\n';
    case "error": {
      const { code, message, definite } = answer;
      return `${JSON.stringify({ Error: { code, message, definite } })}\n`;
    }
  }
}

/** Understands a line, without its end, as a client does; undefined where it is no answer. Never throws. */
export function answerOf(line: string | Uint8Array): Answer | undefined {
  const read = readJson(line);
  if (read.kind === "malformed") return undefined;
  const { value } = read;
  if (value === "UnknownPong") return { kind: "unknown" };
  const [tag, content] = tagged(value) ?? [];
  switch (tag) {
    case "HumanDisplay":
      return typeof content === "string" ? { kind: "display", text: content } : undefined;
    case "Pong":
      return typeof content === "string" ? { kind: "pong", text: content } : undefined;
    case "WrittenAt":
      return isTime(content) ? { kind: "written-at", time: content } : undefined;
    case "Value":
      return content === null ? { kind: "value", found: null } : foundIn(content);
    case "Session":
      return isCount(content) ? { kind: "session", session: content } : undefined;
    case "Locked":
      return lockedIn(content);
    case "Error":
      return errorIn(content);
    default:
      return undefined;
  }
}

function foundIn(content: unknown): Answer | undefined {
  if (!Array.isArray(content) || content.length !== 3) return undefined;
  const [key, value, writtenAt]: unknown[] = content;
  if (typeof key !== "string" || typeof value !== "string" || !isTime(writtenAt)) return undefined;
  return { kind: "value", found: { key, value, writtenAt } };
}

function lockedIn(content: unknown): Answer | undefined {
  if (!Array.isArray(content) || content.length !== 2) return undefined;
  const [name, token]: unknown[] = content;
  return typeof name === "string" && isCount(token) ? { kind: "locked", name, token } : undefined;
}

function errorIn(content: unknown): Answer | undefined {
  if (typeof content !== "object" || content === null) return undefined;
  if (!("code" in content && "message" in content && "definite" in content)) return undefined;
  const { code, message, definite } = content;
  if (!isErrorCode(code) || typeof message !== "string" || typeof definite !== "boolean") return undefined;
  return { kind: "error", code, message, definite };
}
