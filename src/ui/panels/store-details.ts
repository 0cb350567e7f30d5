import type { Stamp } from "../../core/store-view.ts";
import { count } from "../format.ts";
import type { Model } from "../model.ts";
import { safeText } from "../safe-text.ts";
import { type Card, field, textFields, wrapField } from "./card.ts";
import { isWhole } from "./files.ts";

/** Columns of a name in a title. */
const TITLE_WIDTH = 40;

/** All that is known here of a file. */
export function fileCard({ view, columns }: Model, name: string): Card {
  const file = view.files.recent.find((row) => row.name === name);
  const title = `File ${safeText(name, TITLE_WIDTH)}`;
  if (file === undefined) return { title, lines: [" It is deleted, or no longer among those that were written last."] };
  const { bytes, preview, createdAt, writtenAt } = file;
  const rest = isWhole(preview, bytes) ? [] : [field("", "... and more, which r in the panel reads")];
  return {
    title,
    lines: [
      ...textFields("name", name, columns),
      field("size", count(bytes, "byte")),
      field("created", stampWords(createdAt)),
      field("written", stampWords(writtenAt)),
      ...(bytes === 0 ? [field("content", "none")] : textFields("content", preview, columns)),
      ...rest,
    ],
  };
}

/** All that is known here of a value. */
export function valueCard({ view, columns }: Model, key: string): Card {
  const found = view.values.recent.find((row) => row.key === key);
  const title = `Value ${safeText(key, TITLE_WIDTH)}`;
  if (found === undefined) return { title, lines: [" It is no longer among those that were written last."] };
  const { value, writtenAt, index, lamport, versions, older } = found;
  const earlier = older.length === 0 ? "none" : older.join(" ");
  return {
    title,
    lines: [
      ...textFields("key", key, columns),
      field("written at", `${writtenAt} (the store's clock is ${view.values.clock})`),
      field("by", stampWords({ index, lamport })),
      field("versions", `${versions} kept, the latest included`),
      ...wrapField("older", earlier, columns),
      ...textFields("value", value, columns),
    ],
  };
}

function stampWords({ index, lamport }: Stamp): string {
  return `log ${index}, Lamport time ${lamport}`;
}
