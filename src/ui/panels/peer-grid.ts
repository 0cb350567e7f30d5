import type { PeerNames } from "../../control/peer-names.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { PeerRow, PeerView, Role } from "../../peer/peer-view.ts";
import { faultSign, mainCounter } from "../fault-words.ts";
import { age, duration, milliseconds } from "../format.ts";
import { labelOf } from "../labels.ts";
import { type Span, span } from "../line.ts";
import type { ScreenState, Sort } from "../model.ts";
import { textWidth } from "../safe-text.ts";
import type { Glyphs, Style } from "../theme.ts";

/** One row of the peers' table: another member, or this peer itself. */
export type Member = { readonly id: PeerId; readonly row: PeerRow | null };

/** The table before it is drawn: columns with their widths, and cells that fit them. */
export interface PeerGrid {
  readonly columns: readonly GridColumn[];
  readonly rows: readonly (readonly Span[])[];
}

/** A column of the table. */
export interface GridColumn {
  readonly title: string;
  readonly width: number;
  readonly align: "left" | "right";
}

interface ColumnPlan {
  readonly title: string;
  readonly least: number;
  readonly align: "left" | "right";
  readonly sort?: Sort;
  readonly cell: (member: Member, context: Context) => Span;
}

interface Context {
  readonly view: PeerView;
  readonly names: PeerNames;
  readonly state: ScreenState;
  readonly glyphs: Glyphs;
  readonly labelWidth: number;
  /** Whether a Lamport time is followed by its difference to ours. */
  readonly differences: boolean;
  /** Whether a fault is followed by what it has done so far. */
  readonly counted: boolean;
  readonly cursor: PeerId | null;
}

/**
 * Columns in their order on the screen. The least widths keep the table from jumping about when a value grows by a
 * digit.
 */
const PLANS = {
  peer: { title: "PEER", least: 6, align: "left", sort: "peer", cell: peerCell },
  status: { title: "STATUS", least: 12, align: "left", sort: "status", cell: statusCell },
  heard: {
    title: "HEARD",
    least: 5,
    align: "left",
    sort: "heard",
    cell: (m) => gapCell(m, m.row?.heartbeatAgeMs, age),
  },
  worst: { title: "WORST", least: 6, align: "left", cell: (m) => gapCell(m, m.row?.worstGapMs, duration) },
  rtt: { title: "RTT ms", least: 6, align: "right", sort: "rtt", cell: rttCell },
  history: { title: "RECENT", least: 16, align: "left", cell: historyCell },
  role: { title: "ROLE", least: 8, align: "left", cell: roleCell },
  lamport: { title: "LAMPORT", least: 8, align: "right", sort: "lamport", cell: lamportCell },
  incarnation: { title: "INC", least: 3, align: "right", cell: incarnationCell },
  link: { title: "LINK", least: 4, align: "left", cell: linkCell },
} as const satisfies Record<string, ColumnPlan>;

type ColumnName = keyof typeof PLANS;

/** Where there is no room, names are cut first, then these columns go, the first one first. */
const SPARE: readonly ColumnName[] = ["incarnation", "history", "worst", "link"];

/** The same while there are faults, which the column of the links tells. */
const SPARE_WITH_FAULTS: readonly ColumnName[] = ["incarnation", "history", "worst", "role", "link"];
const ATTEMPTS = [
  { labelWidth: 24, spared: 0, differences: true, counted: true },
  { labelWidth: 16, spared: 0, differences: true, counted: true },
  ...[0, 1, 2, 3].map((spared) => ({ labelWidth: 10, spared, differences: true, counted: true })),
  { labelWidth: 10, spared: 3, differences: false, counted: false },
  { labelWidth: 6, spared: 3, differences: false, counted: false },
  { labelWidth: 6, spared: 4, differences: false, counted: false },
  { labelWidth: 6, spared: 5, differences: false, counted: false },
];

/** The words for faults grow in steps, so that a counter that gains a digit moves no column. */
const LINK_STEP = 8;
const GUTTER = 2;
const MOST_SPACE = 4;
const DIFFERENCE_WIDTH = 5;
const TROUBLE: Record<PeerRow["status"], number> = { unhealthy: 0, "at-risk": 1, healthy: 2, left: 3 };

/** The members that the table lists, in its order: filtered by name, address, status and role, then sorted. */
export function shownMembers(view: PeerView, names: PeerNames, state: ScreenState): readonly Member[] {
  const all: Member[] = [{ id: view.self.id, row: null }, ...view.peers.map((row) => ({ id: row.id, row }))];
  const wanted = state.filters.peers.toLowerCase();
  const matching = all.filter(({ id, row }) => {
    const words = [names.label(id), row?.address ?? view.self.address, row?.status ?? "you", roleOf(view, { id, row })];
    return words.some((word) => word.toLowerCase().includes(wanted));
  });
  return matching.sort((a, b) => compare(a, b, state.sort.peers, view) || byAddress(a, b, view));
}

/**
 * The table in at most `width` columns.
 * @param members the rows to draw, a page of what `shownMembers` lists
 */
export function peerGrid(
  members: readonly Member[],
  view: PeerView,
  names: PeerNames,
  state: ScreenState,
  cursor: PeerId | null,
  width: number,
  glyphs: Glyphs,
): PeerGrid {
  let grid: PeerGrid = { columns: [], rows: [] };
  const spare = view.faults.length === 0 ? SPARE : SPARE_WITH_FAULTS;
  for (const { spared, ...attempt } of ATTEMPTS) {
    const columns = (Object.keys(PLANS) as ColumnName[]).filter((name) => !spare.slice(0, spared).includes(name));
    grid = gridOf(columns, members, { view, names, state, glyphs, cursor, ...attempt });
    if (gridWidth(grid) <= width) break;
  }
  return spaced(grid, width);
}

/** The role of a member, as `PeerRow` says it of the others. */
export function roleOf(view: PeerView, { id, row }: Member): Role {
  if (row !== null) return row.role;
  const { modes, election, order, raft } = view;
  if (election.leader === id) return "leader";
  if (modes.broadcast === "zab" && order.role === "observer") return order.role;
  if (modes.election !== "raft") return election.role === "none" ? "none" : "follower";
  if (raft.standby === id) return "standby";
  if (raft.learners.includes(id)) return "learner";
  return raft.voters.includes(id) ? "follower" : "none";
}

function gridOf(columns: readonly ColumnName[], members: readonly Member[], context: Context): PeerGrid {
  const plans: readonly ColumnPlan[] = columns.map((name) => PLANS[name]);
  const rows = members.map((member) => plans.map((plan) => plan.cell(member, context)));
  const sized = plans.map(({ title, least, align, sort }, index): GridColumn => {
    const sorted = sort === context.state.sort.peers && sort !== "peer" ? `${title} v` : title;
    const shown = index === 0 ? " ".repeat(GUTTER) + sorted : sorted;
    const widest = Math.max(least, shown.length, ...rows.map((row) => textWidth(row[index]?.text ?? "")));
    const steps = title === PLANS.link.title && context.counted && widest > LINK_STEP;
    return { title: shown, align, width: steps ? Math.ceil(widest / LINK_STEP) * LINK_STEP : widest };
  });
  return { columns: sized, rows };
}

/** Room that is left widens the columns evenly, within reason. */
function spaced({ columns, rows }: PeerGrid, width: number): PeerGrid {
  const spare = Math.floor((width - gridWidth({ columns, rows })) / columns.length);
  const more = Math.max(0, Math.min(MOST_SPACE, spare));
  return { rows, columns: columns.map((column) => ({ ...column, width: column.width + more })) };
}

/** Each column and the blank after it. */
function gridWidth(grid: PeerGrid): number {
  return grid.columns.reduce((sum, column) => sum + column.width + 1, 0);
}

function peerCell({ id, row }: Member, { names, state, labelWidth, cursor }: Context): Span {
  const sign = `${cursor === id ? ">" : " "}${state.marks.includes(id) ? "+" : " "}`;
  const style: Style = cursor === id ? "cursor" : row?.status === "left" ? "dim" : row === null ? "strong" : "plain";
  return span(style, sign + labelOf(names, id, labelWidth));
}

function statusCell({ row }: Member): Span {
  if (row === null) return span("strong", "you");
  const lives = `${row.livesRemaining}/3`;
  switch (row.status) {
    case "healthy":
      return span("good", `healthy ${lives}`);
    case "at-risk":
      return span("warn", `at risk ${lives}`);
    case "unhealthy":
      return span("bad", "unhealthy");
    case "left":
      return span("dim", "left");
  }
}

function gapCell({ row }: Member, ms: number | null | undefined, format: (ms: number) => string): Span {
  if (row === null) return span("dim", "-");
  if (ms === null || ms === undefined) return span("dim", "never");
  return span(row.status === "healthy" ? "plain" : row.status === "left" ? "dim" : "warn", format(ms));
}

function rttCell({ row }: Member): Span {
  return row?.rttMs == null ? span("dim", "-") : span("plain", milliseconds(row.rttMs));
}

/** A bar a round trip, against the slowest of them; one of 2 ms counts as slow only beside slower ones. */
function historyCell({ row }: Member, { glyphs }: Context): Span {
  const history = row?.rttHistory ?? [];
  const top = Math.max(2, ...history.map((ms) => ms ?? 0));
  const signs = history.map((ms) => {
    if (ms === null) return glyphs.missed;
    return glyphs.bars[Math.min(glyphs.bars.length - 1, Math.floor((ms / top) * glyphs.bars.length))] ?? "";
  });
  return span(history.includes(null) ? "warn" : "accent", signs.join(""));
}

function roleCell(member: Member, { view }: Context): Span {
  const role = roleOf(view, member);
  if (member.row?.status === "left" || role === "none") return span("dim", "-");
  return role === "leader" ? span("title", "* leader") : span("plain", role);
}

/** Differences stand in a column of their own, behind the right-aligned numbers. */
function lamportCell({ row }: Member, { view, differences }: Context): Span {
  const behind = row?.lamport == null ? 0 : row.lamport - view.lamport;
  const signed = behind === 0 ? "" : ` ${behind > 0 ? "+" : ""}${behind}`;
  const tail = differences ? signed.padEnd(DIFFERENCE_WIDTH) : "";
  if (row === null) return span("strong", view.lamport + tail);
  return row.lamport === null ? span("dim", `-${tail}`) : span("plain", row.lamport + tail);
}

function incarnationCell({ row }: Member, { view }: Context): Span {
  return span("plain", String(row?.incarnation ?? view.self.incarnation));
}

/** The first fault towards the peer and how many more there are; in this peer's own row those towards everybody. */
function linkCell({ id, row }: Member, { view, counted }: Context): Span {
  const faults = view.faults.filter(({ target }) => target === "everybody" || target === id);
  const [first] = faults;
  if (first !== undefined) {
    const more = faults.length > 1 ? ` +${faults.length - 1}` : "";
    // What a fault towards everybody has done is told once, in this peer's own row.
    const done = mainCounter(row === null ? faults : faults.filter(({ target }) => target === id));
    const whom = row === null ? "all: " : "";
    return span("fault", `${whom}${faultSign(first)}${more}${counted && done !== "" ? `, ${done}` : ""}`);
  }
  if (row === null || row.status === "left") return span("dim", "-");
  return row.linked ? span("plain", "ok") : span("warn", "down");
}

function compare(a: Member, b: Member, sort: Sort, view: PeerView): number {
  switch (sort) {
    case "peer":
      return 0;
    case "status":
      return trouble(a) - trouble(b);
    case "heard":
      return heard(b) - heard(a);
    case "rtt":
      return (b.row?.rttMs ?? -1) - (a.row?.rttMs ?? -1);
    case "lamport":
      return lamport(a) - lamport(b);
  }
  function trouble({ row }: Member): number {
    return row === null ? TROUBLE.left : TROUBLE[row.status];
  }
  function heard({ row }: Member): number {
    return row === null ? -1 : (row.heartbeatAgeMs ?? Number.MAX_SAFE_INTEGER);
  }
  function lamport({ row }: Member): number {
    return row === null ? view.lamport : (row.lamport ?? -1);
  }
}

function byAddress(a: Member, b: Member, view: PeerView): number {
  const left = a.row?.address ?? view.self.address;
  const right = b.row?.address ?? view.self.address;
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}
