import { Text, Transform } from "ink";
import { type CellProps, Table } from "ink-table";
import { createContext, memo, type PropsWithChildren, type ReactElement, useContext } from "react";
import { fit, type Line, paint, span } from "../line.ts";
import type { Theme } from "../theme.ts";
import type { PeerGrid } from "./peer-grid.ts";

/** What the peers' panel draws. */
export interface PeersProps {
  readonly grid: PeerGrid;
  /** Whether there is a line of column headings. */
  readonly headed: boolean;
  readonly theme: Theme;
}

const Shown = createContext<PeersProps | null>(null);

/**
 * The peers, laid out by ink-table. The table is given places instead of texts: each datum is its row's number, as wide
 * as its column, and the cell that is drawn there looks up what belongs there. So a value may change without a new
 * layout, wide characters take the columns that they need (the table counts code units), and ink's cache of measured
 * texts, which never shrinks, sees only blanks.
 */
export function Peers(props: PeersProps): ReactElement {
  return (
    <Shown.Provider value={props}>
      <Places columns={props.grid.columns} rows={props.grid.rows.length} headed={props.headed} />
    </Shown.Provider>
  );
}

interface PlacesProps {
  readonly columns: PeerGrid["columns"];
  readonly rows: number;
  readonly headed: boolean;
}

/** The table itself is only built anew when its shape changes. */
const Places = memo(function Places({ columns, rows }: PlacesProps): ReactElement {
  const data = Array.from({ length: rows }, (_, index) =>
    Object.fromEntries(columns.map(({ title, width }) => [title, String(index).padEnd(width)])),
  );
  const plans = columns.map(({ title, align }) => ({ key: title, align }));
  return <Table data={data} columns={plans} header={Heading} cell={Cell} skeleton={Nothing} />;
}, sameShape);

function sameShape(before: PlacesProps, after: PlacesProps): boolean {
  const same = (column: PeerGrid["columns"][number], index: number) =>
    column.title === after.columns[index]?.title && column.width === after.columns[index]?.width;
  const alike = before.rows === after.rows && before.headed === after.headed;
  return alike && before.columns.length === after.columns.length && before.columns.every(same);
}

function Cell({ children, column }: CellProps): ReactElement | null {
  const shown = useContext(Shown);
  const place = String(children);
  const { width = 0, align = "left" } = shown?.grid.columns[column] ?? {};
  const cell = shown?.grid.rows[Number.parseInt(place, 10)]?.[column];
  if (shown === null || cell === undefined) return null;
  return <Drawn line={[span(cell.style, fit(cell.text, width, align))]} width={width + 1} theme={shown.theme} />;
}

/** The padding to the left of each column is dropped: one blank between columns is enough. */
function Heading({ children }: PropsWithChildren): ReactElement | null {
  const shown = useContext(Shown);
  const title = String(children).slice(1);
  if (shown === null || !shown.headed) return null;
  const style = title.trimEnd().endsWith(" v") ? "title" : "dim";
  return <Drawn line={[span(style, title)]} width={title.length} theme={shown.theme} />;
}

/** No frame around the table and no lines in it: every line of the screen is needed. */
function Nothing(): null {
  return null;
}

function Drawn({ line, width, theme }: { line: Line; width: number; theme: Theme }): ReactElement {
  return (
    <Transform transform={() => paint(line, width, theme)}>
      <Text>{" ".repeat(width)}</Text>
    </Transform>
  );
}
