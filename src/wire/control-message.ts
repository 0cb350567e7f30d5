import { MAX_NAME_BYTES } from "../core/limits.ts";
import { bool, optional, struct, type TypeOf, text } from "./codec.ts";
import { peerId } from "./identity.ts";

/** The frame types of CONTROL: a request, and its answer. */
export const CONTROL_FRAME = { request: 0x12, answer: 0x92 } as const;

/** Longest line that travels, and longest text that answers it. */
export const MAX_LINE_BYTES = 1024;

/** A line of the palette for whoever is dialled (wire document, section "CONTROL"). */
export const controlRequest = struct({
  /** Whom it concerns, and nobody else: it goes no further. Null from a program, for whoever is dialled to plan. */
  to: optional(peerId),
  /** What the desk that asks calls its own peer; empty from a program. */
  by: text(MAX_NAME_BYTES),
  line: text(MAX_LINE_BYTES),
});

/** A request as a value. */
export type ControlRequest = TypeOf<typeof controlRequest>;

/** What became of it. */
export const controlAnswer = struct({
  ok: bool,
  /** One line for people. */
  text: text(MAX_LINE_BYTES),
  /** The line by which the same peer takes it back; empty where there is none. */
  undo: text(MAX_LINE_BYTES),
});

/** An answer as a value. */
export type ControlAnswer = TypeOf<typeof controlAnswer>;
