/**
 * Requests of the client dialect, one JSON value a line (wire document, section "Client dialect"). What is JSON but no
 * request of the dialect is "unknown"; what bears the name of one but not its content is "malformed", as is what is no
 * JSON at all.
 */
import { isLockName, MAX_LOCK_NAME } from "../core/lock.ts";
import {
  type FileOperation,
  MAX_ATOMIC,
  MAX_COMMAND_BYTES,
  MAX_DATA_BYTES,
  MAX_KEY_BYTES,
  type Operation,
  type Query,
  type Request,
} from "../core/request.ts";
import { isCount, isTime, isWellFormed, readJson, tagged } from "./json-value.ts";

/** Longest line of a request, in bytes, its end not counted. */
export const MAX_REQUEST_LINE_BYTES = 1_048_576;

/** In a command, what is not one of the operations of a list takes fewer bytes than this. */
const COMMAND_ROOM = 64;

/** In a command, an operation of a list takes as many bytes besides its texts. */
const OPERATION_ROOM = 6;

/** A request that makes sense: what a client says. */
export type ClientRequest = Exclude<Request, { readonly kind: "unknown" | "malformed" }>;

/** What the line is that a splitter found too long. */
export const TOO_LONG_LINE = malformed(`a line has ${MAX_REQUEST_LINE_BYTES} bytes at most`);

/** At least one, none of them a control character or half of a pair. */
const NAME_CHARACTERS = /^[^\p{Cc}\p{Cs}]+$/u;

const UNKNOWN: Request = { kind: "unknown" };

/** Understands a line, without its end, as a peer does. Never throws. */
export function requestOf(line: string | Uint8Array): Request {
  if (line.length > MAX_REQUEST_LINE_BYTES) return TOO_LONG_LINE;
  const read = readJson(line);
  return read.kind === "malformed" ? read : requestIn(read.value);
}

/** The line that says a request, with its end. */
export function lineOfRequest(request: ClientRequest): string {
  return `${JSON.stringify(jsonOf(request))}\n`;
}

/** How the content of a request is read, by the request's name. */
interface Form {
  /** What the content is, for whoever said something else. */
  readonly takes: string;
  /** The request; undefined where the content is something else. */
  readonly read: (content: unknown) => Request | undefined;
}

const NAME = `${MAX_KEY_BYTES} bytes of text at most, not empty and without control characters`;
const LOCK_NAME = `the name of a lock: ${MAX_LOCK_NAME} characters at most, not empty and without control characters`;
const DATA = `${MAX_DATA_BYTES} bytes of text at most`;
const TIME = "a whole number from 0 to below 2^53 - 2^32";

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["Create", { takes: `a name: ${NAME}`, read: (name) => (isName(name) ? { kind: "create", name } : undefined) }],
  ["Delete", { takes: `a name: ${NAME}`, read: (name) => (isName(name) ? { kind: "delete", name } : undefined) }],
  ["Append", { takes: `[name, data]: the name ${NAME}; the data ${DATA}`, read: appendIn }],
  [
    "Read",
    {
      takes: `a name, or [key, null or version, null or time]: name, key and version ${NAME}; the time ${TIME}`,
      read: (content) => (isName(content) ? { kind: "read", name: content } : readValueIn(content)),
    },
  ],
  ["Write", { takes: `[key, value, time]: the key ${NAME}; the value ${DATA}; the time ${TIME}`, read: writeIn }],
  [
    "Atomic",
    {
      takes: `a list of ${MAX_ATOMIC} file operations at most, of ${MAX_COMMAND_BYTES} bytes together`,
      read: atomicIn,
    },
  ],
  ["Lock", { takes: LOCK_NAME, read: (name) => (isALock(name) ? { kind: "lock", name } : undefined) }],
  ["Unlock", { takes: LOCK_NAME, read: (name) => (isALock(name) ? { kind: "unlock", name } : undefined) }],
  [
    "Session",
    {
      takes: "null or the number of a session",
      read: (content) => {
        if (content === null) return { kind: "open-session" };
        return isCount(content) ? { kind: "resume-session", session: content } : undefined;
      },
    },
  ],
  [
    "Do",
    {
      takes: "[sequence, request]: the sequence a whole number from 1 to 2^53 - 1; the request of files or of values",
      read: doIn,
    },
  ],
]);

/** Requests without content, which are said by their names alone. */
const BARE: ReadonlyMap<unknown, Request> = new Map<unknown, Request>([
  ["List", { kind: "list" }],
  ["Ping", { kind: "ping" }],
  ["Exit", { kind: "exit" }],
]);

function requestIn(value: unknown): Request {
  const [tag, content] = tagged(value) ?? [];
  if (tag === undefined) return BARE.get(value) ?? UNKNOWN;
  const form = FORMS.get(tag);
  if (form === undefined) return UNKNOWN;
  return form.read(content) ?? malformed(`${tag} takes ${form.takes}`);
}

function appendIn(content: unknown): Request | undefined {
  if (!Array.isArray(content) || content.length !== 2) return undefined;
  const [name, data]: unknown[] = content;
  return isName(name) && isData(data) ? { kind: "append", name, data } : undefined;
}

function readValueIn(content: unknown): Request | undefined {
  if (!Array.isArray(content) || content.length !== 3) return undefined;
  const [key, version, time]: unknown[] = content;
  if (!isName(key) || !(version === null || isName(version)) || !(time === null || isTime(time))) return undefined;
  return { kind: "read-value", key, version, time };
}

function writeIn(content: unknown): Request | undefined {
  if (!Array.isArray(content) || content.length !== 3) return undefined;
  const [key, value, time]: unknown[] = content;
  return isName(key) && isData(value) && isTime(time) ? { kind: "write", key, value, time } : undefined;
}

function atomicIn(content: unknown): Request | undefined {
  if (!Array.isArray(content) || content.length > MAX_ATOMIC) return undefined;
  const operations: FileOperation[] = [];
  let bytes = COMMAND_ROOM;
  for (const value of content as unknown[]) {
    const operation = requestIn(value);
    if (operation.kind === "malformed") return malformed(`in Atomic, ${operation.reason}`);
    if (!isFileOperation(operation)) return undefined;
    operations.push(operation);
    bytes += OPERATION_ROOM + Buffer.byteLength(operation.name);
    if (operation.kind === "append") bytes += Buffer.byteLength(operation.data);
  }
  return bytes <= MAX_COMMAND_BYTES ? { kind: "atomic", operations } : undefined;
}

function doIn(content: unknown): Request | undefined {
  if (!Array.isArray(content) || content.length !== 2) return undefined;
  const [sequence, value]: unknown[] = content;
  if (!isCount(sequence)) return undefined;
  const request = requestIn(value);
  if (request.kind === "malformed") return malformed(`in Do, ${request.reason}`);
  return isOfTheStore(request) ? { kind: "do", sequence, request } : undefined;
}

function isFileOperation(request: Request): request is FileOperation {
  const { kind } = request;
  return kind === "create" || kind === "delete" || kind === "append" || kind === "read";
}

/** Whether it is of files or values, so that a session may do it once. */
function isOfTheStore(request: Request): request is Operation | Query {
  const { kind } = request;
  return isFileOperation(request) || kind === "atomic" || kind === "write" || kind === "read-value" || kind === "list";
}

/** A request as the JSON value that says it. */
function jsonOf(request: ClientRequest): unknown {
  switch (request.kind) {
    case "create":
      return { Create: request.name };
    case "delete":
      return { Delete: request.name };
    case "append":
      return { Append: [request.name, request.data] };
    case "read":
      return { Read: request.name };
    case "read-value":
      return { Read: [request.key, request.version, request.time] };
    case "write":
      return { Write: [request.key, request.value, request.time] };
    case "atomic":
      return { Atomic: request.operations.map(jsonOf) };
    case "open-session":
      return { Session: null };
    case "resume-session":
      return { Session: request.session };
    case "do":
      return { Do: [request.sequence, jsonOf(request.request)] };
    case "lock":
      return { Lock: request.name };
    case "unlock":
      return { Unlock: request.name };
    case "list":
      return "List";
    case "ping":
      return "Ping";
    case "exit":
      return "Exit";
  }
}

/** Whether a text may be what a file or a value is called. */
function isName(value: unknown): value is string {
  return typeof value === "string" && NAME_CHARACTERS.test(value) && fits(value, MAX_KEY_BYTES);
}

function isALock(value: unknown): value is string {
  return typeof value === "string" && isLockName(value);
}

function isData(value: unknown): value is string {
  return typeof value === "string" && fits(value, MAX_DATA_BYTES) && isWellFormed(value);
}

function fits(text: string, maxBytes: number): boolean {
  // A UTF-16 unit takes three bytes at most, so that most texts need not be counted.
  return text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes;
}

function malformed(reason: string): Request {
  return { kind: "malformed", reason };
}
