import { isNamedList, listRows, peerCursor, subjectUnderCursor } from "./content.ts";
import { type Model, type ScreenState, SORTS } from "./model.ts";
import { namedCursorMoved } from "./named-cursor.ts";
import { shownMembers } from "./panels/peer-grid.ts";
import { shownEntries } from "./panels/timeline.ts";

/** Moves the cursor of the focused panel; at the end of the timeline it follows again. */
export function moved(model: Model, by: number): ScreenState {
  const { state } = model;
  const { focus, namedCursor, rowCursor } = state;
  if (focus === "peers") return movedAmongPeers(model, by);
  if (focus === "timeline") return movedInTime(model, by);
  // A board has no rows: it is moved as a whole.
  if (focus === "life") return state;
  const rows = listRows(focus, model);
  if (isNamedList(focus))
    return { ...state, namedCursor: { ...namedCursor, [focus]: namedCursorMoved(rows, namedCursor[focus], by) } };
  const at = clamped(rowCursor[focus], rows.length);
  return { ...state, rowCursor: { ...rowCursor, [focus]: clamped(at + by, rows.length) } };
}

/** Marks the peer under the cursor, or no more, and goes on to the next. */
export function marked(model: Model): ScreenState {
  const { state } = model;
  const subject = subjectUnderCursor(model);
  if (subject?.kind !== "peer") return state;
  const without = state.marks.filter((peer) => peer !== subject.peer);
  const marks = without.length < state.marks.length ? without : [...state.marks, subject.peer];
  return moved({ ...model, state: { ...state, marks } }, 1);
}

/** Sorts the focused panel by its next column. */
export function sortedOn(state: ScreenState): ScreenState {
  const { focus, sort } = state;
  switch (focus) {
    case "peers":
      return { ...state, sort: { ...sort, peers: after(SORTS.peers, sort.peers) } };
    case "files":
      return { ...state, sort: { ...sort, files: after(SORTS.files, sort.files) } };
    case "values":
      return { ...state, sort: { ...sort, values: after(SORTS.values, sort.values) } };
    default:
      return state;
  }
}

function movedAmongPeers(model: Model, by: number): ScreenState {
  const { state } = model;
  const members = shownMembers(model.view, model.names, state);
  const at = members.findIndex((member) => member.id === peerCursor(model, members));
  return { ...state, peerCursor: members[clamped(at + by, members.length)]?.id ?? null };
}

function movedInTime(model: Model, by: number): ScreenState {
  const { state } = model;
  const entries = shownEntries(model);
  const found = entries.findIndex((entry) => entry.sequence === state.eventCursor);
  const at = found < 0 ? entries.length - 1 : found;
  if (at + by > entries.length - 1)
    return { ...state, eventCursor: null, pausedAt: by === Number.POSITIVE_INFINITY ? null : state.pausedAt };
  return { ...state, eventCursor: entries[clamped(at + by, entries.length)]?.sequence ?? null };
}

function clamped(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index));
}

/** What stands behind one of several; the first again behind the last. */
function after<T>(all: readonly T[], one: T): T {
  return all[(all.indexOf(one) + 1) % all.length] ?? one;
}
