import { type Band, MAX_BOARD_SIZE, MIN_BOARD_SIZE, TOPOLOGIES } from "../core/board.ts";
import { JOB_STATES } from "../core/job.ts";
import { band } from "./band.ts";
import { type Codec, choice, optional, struct, type TypeOf, text, u16, u32, u64 } from "./codec.ts";
import { MAX_PAYLOAD_BYTES } from "./frame.ts";
import { JOB_ERROR, type JobErrorCode } from "./job-error.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

export type { JobErrorCode };

/** The bit of a frame's type that the answer to a request has. */
const ANSWER = 0x80;

/** What is asked of the pool, by frame type (wire document, section "The pool"). Append-only. */
const REQUEST_TYPE = {
  ping: 0x01,
  subscribe: 0x04,
  unsubscribe: 0x05,
  "process-gol": 0x08,
  "process-slice": 0x09,
  "count-alive": 0x0a,
  flip: 0x0b,
  pause: 0x0c,
  screenshot: 0x0d,
  quit: 0x0e,
  kill: 0x0f,
} as const;

/** The frame type of an ERROR that answers nothing: the connection ends. As an answer it has the bit of one. */
export const ERROR_FRAME = 0x7f;

/** The frame types of a PING and of its answer. */
export const PING_FRAME = { request: REQUEST_TYPE.ping, answer: REQUEST_TYPE.ping | ANSWER } as const;

/** Bytes that a PING brings to be sent back, at most: those of a frame. */
export const MAX_PING_BYTES = MAX_PAYLOAD_BYTES;

/** What a paused or running job is told. */
export const PAUSE_ACTIONS = ["pause", "resume", "toggle", "step"] as const;

const codeByNumber = new Map<number, JobErrorCode>(
  Object.entries(JOB_ERROR).map(([code, number]) => [number, code as JobErrorCode]),
);

const topology = choice(TOPOLOGIES);
const state = choice(JOB_STATES);

/** How a job stands; `term` is that of the office that says so: whoever has heard of a later one does not believe it. */
const standing = { term: u64, job: u64, turn: u64, alive: u32, state };

/**
 * Rows `y` to `y + rows` of a board, `turns` turns ahead: the band has `turns` rows more above and below, as they are around
 * the board where it is a torus, blank beyond the edges of a plane.
 */
const slice = { term: u64, job: u64, turn: u64, turns: u16, topology, y: u16, rows: u16 };

const golFields = struct({ turns: optional(u64), pace: u32, topology });
const sliceFields = struct(slice);
const slicedFields = struct({ ...slice, alive: u32, tookUs: u32 });
const jobFields = struct({ job: u64 });
const aliveFields = struct({ job: u64, since: optional(u64) });
const pauseFields = struct({ job: u64, action: choice(PAUSE_ACTIONS), turns: u32 });
const screenshotFields = struct({ job: u64, rows: optional(struct({ y: u16, rows: u16 })) });
const standingFields = struct(standing);
const boardFields = struct({ ...standing, y: u16, rows: u16 });
const subscribeFields = struct({ speed: u32 });
const termFields = struct({ term: u64 });
const begunFields = struct({ term: u64, job: u64 });
const errorFields = struct({ code: u16, text: text(1024) });

/** What is asked of the pool. Bands and boards have the side that is in the frame's header. */
export type JobRequest =
  /** Answered by the same bytes. */
  | { readonly kind: "ping"; readonly data: Uint8Array }
  /** Join the workers; `speed` in cells a microsecond, 0 where nothing was measured yet. Peers only. */
  | ({ readonly kind: "subscribe" } & TypeOf<typeof subscribeFields>)
  | { readonly kind: "unsubscribe" }
  /** Begin a job; `turns` is null for ever; `pace` turns in a second at most, 0 for no limit. */
  | ({ readonly kind: "process-gol"; readonly board: Band } & TypeOf<typeof golFields>)
  | ({ readonly kind: "process-slice"; readonly band: Band } & TypeOf<typeof sliceFields>)
  /** Answered at once, or, with `since`, once the turn is beyond that, the job does not run, or a second has passed. */
  | ({ readonly kind: "count-alive" } & TypeOf<typeof aliveFields>)
  /** Turns those cells of a paused job over that live on this board. */
  | { readonly kind: "flip"; readonly job: number; readonly board: Band }
  /** `turns` of a step; 0 elsewhere. */
  | ({ readonly kind: "pause" } & TypeOf<typeof pauseFields>)
  /** All rows, or some. */
  | ({ readonly kind: "screenshot" } & TypeOf<typeof screenshotFields>)
  | { readonly kind: "quit" }
  | ({ readonly kind: "kill" } & TypeOf<typeof jobFields>);

/** What those are answered. */
export type JobAnswer =
  | { readonly kind: "ping"; readonly data: Uint8Array }
  | ({ readonly kind: "subscribe" | "unsubscribe" | "quit" } & TypeOf<typeof termFields>)
  | ({ readonly kind: "process-gol" } & TypeOf<typeof begunFields>)
  /** The rows `turns` turns later; `alive` of them live. It took `tookUs` microseconds. */
  | ({ readonly kind: "process-slice"; readonly band: Band } & TypeOf<typeof slicedFields>)
  | ({ readonly kind: "count-alive" | "flip" | "pause" | "kill" } & TypeOf<typeof standingFields>)
  | ({ readonly kind: "screenshot"; readonly band: Band } & TypeOf<typeof boardFields>)
  | { readonly kind: "error"; readonly code: JobErrorCode; readonly text: string };

/** The part of a frame's header that decides how its payload is read. */
export interface JobHead {
  readonly type: number;
  /** Side of the board; 0 where there is none. */
  readonly imageSize: number;
}

type Kind = keyof typeof REQUEST_TYPE;

const kindByType = new Map<number, Kind>(Object.entries(REQUEST_TYPE).map(([kind, type]) => [type, kind as Kind]));

/** Every frame type of a request, and of an answer to one. */
export const JOB_REQUEST_TYPES: readonly number[] = Object.values(REQUEST_TYPE);
export const JOB_ANSWER_TYPES: readonly number[] = [...JOB_REQUEST_TYPES, ERROR_FRAME].map((type) => type | ANSWER);

/** The header of a request's frame. */
export function headOfRequest(request: JobRequest): JobHead {
  return { type: REQUEST_TYPE[request.kind], imageSize: sizeOf(request) };
}

/** The header of an answer's frame. */
export function headOfAnswer(answer: JobAnswer): JobHead {
  const type = answer.kind === "error" ? ERROR_FRAME : REQUEST_TYPE[answer.kind];
  return { type: type | ANSWER, imageSize: sizeOf(answer) };
}

function sizeOf(said: JobRequest | JobAnswer): number {
  if ("board" in said) return said.board.size;
  return "band" in said ? said.band.size : 0;
}

/** Writes the payload of a request. */
export function writeJobRequest(writer: Writer, request: JobRequest): void {
  switch (request.kind) {
    case "ping":
      return writer.bytes(request.data);
    case "subscribe":
      return subscribeFields.write(writer, request);
    case "process-gol":
      golFields.write(writer, request);
      return band(request.board.size, request.board.rows).write(writer, request.board);
    case "process-slice":
      sliceFields.write(writer, request);
      return band(request.band.size, request.band.rows).write(writer, request.band);
    case "count-alive":
      return aliveFields.write(writer, request);
    case "flip":
      jobFields.write(writer, request);
      return band(request.board.size, request.board.rows).write(writer, request.board);
    case "pause":
      return pauseFields.write(writer, request);
    case "screenshot":
      return screenshotFields.write(writer, request);
    case "kill":
      return jobFields.write(writer, request);
    case "unsubscribe":
    case "quit":
      return;
  }
}

/** Reads the payload of a request; trouble is left in `reader.failure`. */
export function readJobRequest(reader: Reader, { type, imageSize }: JobHead): JobRequest {
  const kind = kindByType.get(type);
  switch (kind) {
    case "ping":
      return { kind, data: echoOf(reader) };
    case "subscribe":
      return { kind, ...subscribeFields.read(reader) };
    case "process-gol":
      return { kind, ...golFields.read(reader), board: boardCodec(reader, imageSize).read(reader) };
    case "process-slice": {
      const fields = sliceFields.read(reader);
      if (fields.turns === 0) reader.fail("a slice of no turns");
      return { kind, ...fields, band: bandOf(reader, imageSize, fields, fields.turns) };
    }
    case "count-alive":
      return { kind, ...aliveFields.read(reader) };
    case "flip":
      return { kind, ...jobFields.read(reader), board: boardCodec(reader, imageSize).read(reader) };
    case "pause":
      return { kind, ...pauseFields.read(reader) };
    case "screenshot":
      return { kind, ...screenshotFields.read(reader) };
    case "kill":
      return { kind, ...jobFields.read(reader) };
    case "unsubscribe":
    case "quit":
      return { kind };
    case undefined:
      reader.fail(`no request has the type 0x${type.toString(16)}`);
      return { kind: "quit" };
  }
}

/** Writes the payload of an answer. */
export function writeJobAnswer(writer: Writer, answer: JobAnswer): void {
  switch (answer.kind) {
    case "ping":
      return writer.bytes(answer.data);
    case "subscribe":
    case "unsubscribe":
    case "quit":
      return termFields.write(writer, answer);
    case "process-gol":
      return begunFields.write(writer, answer);
    case "process-slice":
      slicedFields.write(writer, answer);
      return band(answer.band.size, answer.rows).write(writer, answer.band);
    case "count-alive":
    case "flip":
    case "pause":
    case "kill":
      return standingFields.write(writer, answer);
    case "screenshot":
      boardFields.write(writer, answer);
      return band(answer.band.size, answer.rows).write(writer, answer.band);
    case "error":
      return errorFields.write(writer, { code: JOB_ERROR[answer.code], text: answer.text });
  }
}

/** Reads the payload of an answer; trouble is left in `reader.failure`. */
export function readJobAnswer(reader: Reader, { type, imageSize }: JobHead): JobAnswer {
  if (type === (ERROR_FRAME | ANSWER)) return readError(reader);
  const kind = kindByType.get(type & ~ANSWER);
  switch (kind) {
    case "ping":
      return { kind, data: echoOf(reader) };
    case "subscribe":
    case "unsubscribe":
    case "quit":
      return { kind, ...termFields.read(reader) };
    case "process-gol":
      return { kind, ...begunFields.read(reader) };
    case "process-slice": {
      const fields = slicedFields.read(reader);
      return { kind, ...fields, band: bandOf(reader, imageSize, fields) };
    }
    case "count-alive":
    case "flip":
    case "pause":
    case "kill":
      return { kind, ...standingFields.read(reader) };
    case "screenshot": {
      const fields = boardFields.read(reader);
      return { kind, ...fields, band: bandOf(reader, imageSize, fields) };
    }
    case undefined:
      reader.fail(`no answer has the type 0x${type.toString(16)}`);
      return { kind: "quit", term: 0 };
  }
}

function readError(reader: Reader): JobAnswer {
  const { code: number, text } = errorFields.read(reader);
  const code = codeByNumber.get(number);
  if (code === undefined) reader.fail(`unknown error ${number}`);
  return { kind: "error", code: code ?? "malformed", text };
}

/** The board that is the rest of a payload. */
function boardCodec(reader: Reader, imageSize: number): Codec<Band> {
  const size = boardSize(reader, imageSize);
  return band(size, size);
}

/** The rows of a board that are the rest of a payload, with so many more on either side. */
function bandOf(reader: Reader, imageSize: number, { y, rows }: { y: number; rows: number }, around = 0): Band {
  const size = boardSize(reader, imageSize);
  // Nothing is set aside for what nobody may send: around a slice there is the board once, at most.
  if (rows === 0 || y + rows > size) reader.fail(`rows ${y} to ${y + rows} of a board of side ${size}`);
  if (rows + 2 * around > 3 * size) reader.fail(`${rows + 2 * around} rows of a board of side ${size}`);
  return band(size, reader.failure === undefined ? rows + 2 * around : 0).read(reader);
}

function echoOf(reader: Reader): Uint8Array {
  if (reader.remaining > MAX_PING_BYTES) reader.fail(`a PING with ${reader.remaining} bytes`);
  return reader.bytes(reader.remaining);
}

function boardSize(reader: Reader, imageSize: number): number {
  if (imageSize >= MIN_BOARD_SIZE && imageSize <= MAX_BOARD_SIZE) return imageSize;
  reader.fail(`a board of side ${imageSize}`);
  return MIN_BOARD_SIZE;
}
