import type { PanelRow, Subject } from "./model.ts";

/** The name of a row, by which the cursor finds it again when others have come above it; null where it cannot stand. */
function keyOf(subject: Subject | null): string | null {
  if (subject?.kind === "notice") return `${subject.origin} ${subject.id}`;
  return subject?.kind === "subscriptions" ? subject.row : null;
}

/**
 * Where the cursor of the Notices panel stands: on the row it was moved to while that is there, else on the newest
 * notice, else on the first row that stands for something; -1 for nowhere.
 */
export function noticeCursorAt(rows: readonly PanelRow[], wanted: string | null): number {
  const kept = wanted === null ? -1 : rows.findIndex(({ subject }) => keyOf(subject) === wanted);
  if (kept >= 0) return kept;
  const newest = rows.findIndex(({ subject }) => subject?.kind === "notice");
  return newest >= 0 ? newest : rows.findIndex(({ subject }) => subject !== null);
}

/** The row to which the cursor is moved by so many; it never stands on headings. */
export function noticeCursorMoved(rows: readonly PanelRow[], wanted: string | null, by: number): string | null {
  const open = rows.filter(({ subject }) => subject !== null);
  const standing = rows[noticeCursorAt(rows, wanted)];
  const from = standing === undefined ? 0 : open.indexOf(standing);
  const to = Math.max(0, Math.min(open.length - 1, from + by));
  return keyOf(open[to]?.subject ?? null);
}
