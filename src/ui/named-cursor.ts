import type { PanelRow, ScreenState, Subject } from "./model.ts";

/** The panels whose cursor stays with what it stands on, when others have come above that. */
export type NamedList = keyof ScreenState["namedCursor"];

/** What a row is called, so that the cursor finds it again; null where it cannot stand. */
function nameOf(subject: Subject | null): string | null {
  switch (subject?.kind) {
    case "notice":
      return `${subject.origin} ${subject.id}`;
    case "subscriptions":
      return subject.row;
    case "file":
    case "lock":
      return subject.name;
    case "value":
      return subject.key;
    case "worker":
      return subject.peer;
    case "job":
      return `job ${subject.id}`;
    case "address":
      return subject.kind;
    default:
      return null;
  }
}

/**
 * Where the cursor of such a panel stands: on the row it was moved to while that is there, else on the first thing of
 * its table, else on the first row that stands for something; -1 for nowhere.
 */
export function namedCursorAt(rows: readonly PanelRow[], wanted: string | null): number {
  const kept = wanted === null ? -1 : rows.findIndex(({ subject }) => nameOf(subject) === wanted);
  if (kept >= 0) return kept;
  const first = rows.findIndex(({ subject }) => subject !== null && subject.kind !== "subscriptions");
  return first >= 0 ? first : rows.findIndex(({ subject }) => subject !== null);
}

/** The row to which the cursor is moved by so many; it never stands on headings. */
export function namedCursorMoved(rows: readonly PanelRow[], wanted: string | null, by: number): string | null {
  const open = rows.filter(({ subject }) => subject !== null);
  const standing = rows[namedCursorAt(rows, wanted)];
  const from = standing === undefined ? 0 : open.indexOf(standing);
  const to = Math.max(0, Math.min(open.length - 1, from + by));
  return nameOf(open[to]?.subject ?? null);
}
