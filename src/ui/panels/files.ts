import type { PeerView } from "../../peer/peer-view.ts";
import { count, size } from "../format.ts";
import { type Span, span } from "../line.ts";
import type { Model, PanelRow, Subject } from "../model.ts";
import { textLine } from "../payload.ts";
import { safeText } from "../safe-text.ts";
import { collator, emptyRows, headed, moreRow, type StoreColumn } from "./store.ts";
import { type Column, tableRows } from "./table.ts";

type FileRow = PeerView["files"]["recent"][number];

/** In their order on the screen; how the content begins stands behind them. */
const COLUMNS = {
  name: { title: "NAME", sort: "name", least: 8, align: "left", cell: ({ name }, width) => nameSpan(name, width) },
  size: { title: "SIZE", sort: "size", least: 6, align: "right", cell: ({ bytes }) => span("plain", size(bytes)) },
  log: {
    title: "LOG",
    sort: "written",
    least: 5,
    align: "right",
    cell: ({ writtenAt }) => span("plain", String(writtenAt.index)),
  },
  lamport: {
    title: "LAMPORT",
    least: 7,
    align: "right",
    cell: ({ writtenAt }) => span("dim", String(writtenAt.lamport)),
  },
} as const satisfies Record<string, StoreColumn<FileRow, "files">>;

/** Columns for content, so that it says something. */
const LEAST_CONTENT = 16;

/** The widest names, where there is ever less room. */
const NAME_WIDTHS = [32, 24, 16] as const;

/** The Files panel: what was changed last, or how to make one. */
export function fileRows(model: Model, width: number): PanelRow[] {
  const { view, state } = model;
  const { recent, count: number } = view.files;
  if (number === 0) return emptyRows(model, "no file yet: n or :create notes makes one", width);
  const choices = NAME_WIDTHS.map((nameWidth) =>
    Object.values(COLUMNS).map(
      (column: StoreColumn<FileRow, "files">): Column<FileRow> => ({
        ...column,
        title: headed(column, state.sort.files, "written"),
        cell: (file) => column.cell(file, nameWidth),
      }),
    ),
  );
  const content = {
    title: "CONTENT",
    least: LEAST_CONTENT,
    cell: ({ preview, bytes }: FileRow, room: number) => textLine(preview, isWhole(preview, bytes), room),
  };
  const subjectOf = ({ name }: FileRow): Subject => ({ kind: "file", name });
  return [
    ...tableRows(sorted(recent, state.sort.files), choices, content, subjectOf, width),
    ...moreRow(number - recent.length, "file"),
  ];
}

/** Lines that the panel would fill; 0 where there is no file. */
export function fileLinesWanted({ files }: PeerView): number {
  return files.count === 0 ? 0 : files.recent.length + 1;
}

/** How many files there are, how much they take of all that may be held, and the sessions, for the title. */
export function fileTotals({ files, store }: PeerView): readonly string[] {
  const room = `store ${size(store.used)} of ${size(store.capacity)}`;
  const used = files.count === 0 ? [] : [`${count(files.count, "file")}, ${size(files.bytes)}`];
  return [...used, room, count(store.sessions, "session")];
}

/** Whether a preview is all there is. */
export function isWhole(preview: string, bytes: number): boolean {
  return Buffer.byteLength(preview) >= bytes;
}

function nameSpan(name: string, width: number): Span {
  return span("strong", safeText(name, width));
}

function sorted(files: readonly FileRow[], by: Model["state"]["sort"]["files"]): readonly FileRow[] {
  switch (by) {
    case "written":
      return files;
    case "name":
      return files.toSorted((a, b) => collator.compare(a.name, b.name));
    case "size":
      return files.toSorted((a, b) => b.bytes - a.bytes);
  }
}
