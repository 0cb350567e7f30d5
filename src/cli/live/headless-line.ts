import { type PeerId, parsePeerId } from "../../core/peer-id.ts";
import { protocols } from "../../peer/registry.ts";
import { isEventKind } from "../../sim/script/event-kinds.ts";
import type { SceneEvent } from "../../sim/script/script.ts";

/** What a line of a headless peer says. */
export type HeadlessLine =
  /** It is there, under this ID. */
  { readonly kind: "listening"; readonly id: PeerId } | { readonly kind: "event"; readonly event: SceneEvent["event"] };

const ROUTINE: ReadonlySet<string> = new Set(
  Object.values(protocols).flatMap((protocol) => [...protocol.routine] as string[]),
);

/** Whether events of this kind happen all the time, so that only a verbose peer prints them. */
export function isRoutine(kind: SceneEvent["event"]["kind"]): boolean {
  return ROUTINE.has(kind);
}

/** Understands a line of headless output; undefined for any that is of no concern here. */
export function readHeadlessLine(line: string): HeadlessLine | undefined {
  const said = objectIn(line);
  if (said === undefined || !("event" in said) || typeof said.event !== "string") return undefined;
  if (said.event === "listening") {
    const id = "id" in said && typeof said.id === "string" ? parsePeerId(said.id) : undefined;
    return id === undefined ? undefined : { kind: "listening", id };
  }
  if (!isEventKind(said.event)) return undefined;
  const { event: kind, at: _at, lamport: _lamport, ...told } = { at: 0, lamport: 0, ...said, event: said.event };
  // A process of this very program has said it, and prints its events field by field.
  return { kind: "event", event: { kind, ...told } as SceneEvent["event"] };
}

function objectIn(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
