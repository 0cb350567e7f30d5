/** Files that are shown at most, and values. */
export const MAX_SHOWN = 100;

/** Versions of a value that are shown besides the latest, at most. */
export const MAX_OLDER_SHOWN = 8;

/** Longest preview, in UTF-16 units. */
export const MAX_PREVIEW = 160;

/** How a text begins; half a surrogate pair is left out. */
export function preview(text: string): string {
  const start = text.slice(0, MAX_PREVIEW);
  return start.length < text.length ? start.replace(/[\ud800-\udbff]$/, "") : start;
}
