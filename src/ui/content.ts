import type { Modes } from "../core/modes.ts";
import type { PeerId } from "../core/peer-id.ts";
import { adviceOf } from "./advice.ts";
import { jobLookedAt } from "./board-look.ts";
import { conditionWords } from "./fault-words.ts";
import { type Band, layoutOf, type PanelName, type Piece, type SideName } from "./layout.ts";
import { type Line, plain, type Span, span, widthOf, wrap } from "./line.ts";
import { INITIAL, type Model, type PanelRow, type ScreenState, type Subject, vocabularyOf } from "./model.ts";
import { type NamedList, namedCursorAt } from "./named-cursor.ts";
import { brokerLinesWanted, brokerRows, brokerTotals } from "./panels/broker.ts";
import type { Card } from "./panels/card.ts";
import { detailsCard, tableCard } from "./panels/details.ts";
import { electionPanelRows } from "./panels/election.ts";
import { faultRows } from "./panels/faults.ts";
import { fileLinesWanted, fileRows, fileTotals } from "./panels/files.ts";
import { footerLines } from "./panels/footer.ts";
import { gossipRows } from "./panels/gossip.ts";
import { headRows } from "./panels/head.ts";
import { titleOf } from "./panels/header.ts";
import { helpCard } from "./panels/help.ts";
import { lifeTotals } from "./panels/life.ts";
import { mutexLinesWanted, mutexRows, mutexTotals } from "./panels/mutex.ts";
import { noticeLinesWanted, noticeRows, noticeTotals } from "./panels/notices.ts";
import { orderRows } from "./panels/order.ts";
import { type Member, shownMembers } from "./panels/peer-grid.ts";
import { raftRows } from "./panels/raft.ts";
import { summaryLine } from "./panels/summary.ts";
import { lamportWidth, shownEntries, subjectWidth, timelineRow } from "./panels/timeline.ts";
import { valueLinesWanted, valueRows, valueTotals } from "./panels/values.ts";
import type { Theme } from "./theme.ts";

const MOST_ADVICE_ROWS = 3;

/** The panels that are lists of rows. */
export type ListName = Exclude<PanelName, "peers" | "timeline" | "life">;

/** Columns of a panel's title that are not for counts. */
const TITLE_WIDTH = 20;

/** The same where the title is about nothing but counts: `-- [Life] `. */
const BOARD_TITLE_WIDTH = 10;

/** From this height on, and zoomed, a list has a row for each thing. */
const ROOMY_FROM = 15;

/** The layout of the present frame. */
export function bandsOf(model: Model): readonly Band[] {
  const { state, view, names, columns, rows } = model;
  return layoutOf({
    columns,
    rows,
    focus: state.focus,
    zoomed: state.zoomed,
    peers: Math.max(1, shownMembers(view, names, state).length),
    faults: view.faults.length + conditionWords(view.condition).length,
    notices: noticeLinesWanted(view),
    files: fileLinesWanted(view),
    values: valueLinesWanted(view),
    mutex: mutexLinesWanted(view),
    broker: brokerLinesWanted(view),
    side: sideOf(view.modes),
    headRows: headRows(model),
    adviceRows: adviceLines(model).length,
    footerRows: footerLines(model).length,
    overlaid: overlayOf(model) !== null,
  });
}

/** What is worth a place beside or below the peers, depending on how they agree. */
function sideOf({ election, broadcast }: Modes): readonly [SideName, SideName] {
  const first = election === "raft" ? "raft" : "election";
  return [first, broadcast === "zab" ? "order" : "gossip"];
}

/** Where a panel stands in the present frame; undefined where it has no room. */
export function pieceOf(model: Model, name: PanelName): Piece | undefined {
  return bandsOf(model)
    .flat()
    .find((piece) => piece.name === name);
}

/** What a piece shows, line by line; the peers' table is drawn by its own component, and a board over the frame. */
export function pieceLines(piece: Piece, model: Model, theme: Theme): readonly Line[] {
  switch (piece.name) {
    case "advice":
      return adviceLines(model);
    case "summary":
      return [summaryLine(model)];
    case "overlay":
      return overlayLines(piece, model, theme);
    case "peers":
      return [];
    case "timeline":
      return timelineLines(piece, model, theme);
    case "life":
      return boardTitleLines(piece, model, theme);
    default:
      return listLines(piece, piece.name, model, theme);
  }
}

/** The page of the peers' table that fits, with the row under the cursor; `label` says which page it is. */
export function peersPage(piece: Piece, model: Model) {
  const members = shownMembers(model.view, model.names, model.state);
  const cursor = peerCursor(model, members);
  const height = piece.height - (piece.titled ? 1 : 0);
  const first = windowStart(
    members.length,
    height,
    members.findIndex((member) => member.id === cursor),
    "first",
  );
  const page = members.slice(first, first + height);
  const label = page.length < members.length ? `${first + 1}-${first + page.length} of ${members.length}` : "";
  return { page, cursor, label };
}

/** The rows of a list panel, filtered. */
export function listRows(name: ListName, model: Model): readonly PanelRow[] {
  const { state } = model;
  const rows = allRows(name, model);
  const wanted = state.filters[name].toLowerCase();
  if (wanted === "") return rows;
  return rows.filter(({ line, isHeading }) => isHeading === true || plain(line).toLowerCase().includes(wanted));
}

function allRows(name: ListName, model: Model): readonly PanelRow[] {
  const { view, names, state } = model;
  const { width, height, titled } = pieceOf(model, name) ?? { width: model.columns, height: model.rows, titled: true };
  const roomy = state.zoomed || height >= ROOMY_FROM;
  const lines = height - (titled ? 1 : 0);
  switch (name) {
    case "gossip":
      return gossipRows(view, names, width, roomy);
    case "raft":
      return raftRows(view, names, width, lines);
    case "faults":
      return faultRows(view, names, width);
    case "notices":
      return noticeRows(model, width, roomy);
    case "files":
      return fileRows(model, width);
    case "values":
      return valueRows(model, width);
    case "order":
      return orderRows(view, names, width, lines);
    case "election":
      return electionPanelRows(view, names, width);
    case "mutex":
      return mutexRows(model, width);
    case "broker":
      return brokerRows(model, width, lines);
  }
}

/** What the cursor of the focused panel stands on. */
export function subjectUnderCursor(model: Model): Subject | null {
  const { state, view, names } = model;
  switch (state.focus) {
    case "peers": {
      const peer = peerCursor(model, shownMembers(view, names, state));
      return peer === null ? null : { kind: "peer", peer };
    }
    case "timeline": {
      const sequence = state.eventCursor ?? shownEntries(model).at(-1)?.sequence;
      return sequence === undefined ? null : { kind: "event", sequence };
    }
    case "life": {
      const job = jobLookedAt(model);
      return job === undefined ? null : { kind: "job", id: job.id };
    }
    default: {
      const rows = listRows(state.focus, model);
      return rows[rowCursorAt(state.focus, rows, state)]?.subject ?? null;
    }
  }
}

/** Which of its rows the cursor of a list panel stands on. */
function rowCursorAt(name: ListName, rows: readonly PanelRow[], { namedCursor, rowCursor }: ScreenState): number {
  return isNamedList(name) ? namedCursorAt(rows, namedCursor[name]) : Math.min(rowCursor[name], rows.length - 1);
}

/** Whether the cursor of a list panel stays with what it stands on. */
export function isNamedList(name: ListName): name is NamedList {
  return Object.hasOwn(INITIAL.namedCursor, name);
}

/** The peer under the cursor of the table; the first one if that is not listed. */
export function peerCursor(model: Model, members: readonly Member[]): PeerId | null {
  const { peerCursor: wanted } = model.state;
  return members.some((member) => member.id === wanted) ? wanted : (members[0]?.id ?? null);
}

/** The card that stands over the panels, if one does. */
export function overlayOf(model: Model): Card | null {
  const { mode } = model.state;
  switch (mode.kind) {
    case "help":
      return helpCard(mode.about, model.columns, vocabularyOf(model));
    case "details":
      return detailsCard(model, mode.subject);
    case "table":
      return tableCard(model);
    default:
      return null;
  }
}

/** The first of `height` rows out of `count` that are shown: those around the cursor, or at one end without one. */
function windowStart(count: number, height: number, cursor: number | null, end: "first" | "last"): number {
  const last = Math.max(0, count - height);
  if (cursor === null || cursor < 0) return end === "first" ? 0 : last;
  return Math.min(last, Math.max(0, cursor - Math.floor(height / 2)));
}

function listLines(piece: Piece, name: ListName, model: Model, theme: Theme): readonly Line[] {
  const rows = listRows(name, model);
  const focused = model.state.focus === name;
  const cursor = focused ? rowCursorAt(name, rows, model.state) : null;
  const note = [totalsOf(name, model, piece.width), filterNote(name, model)].filter((text) => text !== "").join("  ");
  const title = piece.titled ? [titleLine(name, note, "", piece.width, model, theme)] : [];
  const height = piece.height - title.length;
  const first = windowStart(rows.length, height, cursor, "first");
  const shown = rows.slice(first, first + height);
  const heading = rows.slice(0, first).findLast(({ isHeading }) => isHeading);
  const lines = shown.map(({ line }, index) => (first + index === cursor ? pointed(line) : line));
  return [...title, ...(heading === undefined ? lines : [heading.line, ...lines.slice(1)])];
}

/** What is counted in a panel, for its title: as much as fits. */
function totalsOf(name: ListName, { view }: Model, width: number): string {
  switch (name) {
    case "notices":
      return fitting(noticeTotals(view), width);
    case "files":
      return fitting(fileTotals(view), width);
    case "values":
      return fitting(valueTotals(view), width);
    case "mutex":
      return fitting(mutexTotals(view), width);
    case "broker":
      return fitting(brokerTotals(view), width);
    default:
      return "";
  }
}

function fitting(counts: readonly string[], width: number, taken = TITLE_WIDTH): string {
  const lines = counts.map((_, last) => counts.slice(0, last + 1).join(", "));
  return lines.findLast((line) => line.length + taken <= width) ?? "";
}

function boardTitleLines(piece: Piece, model: Model, theme: Theme): readonly Line[] {
  const { width, titled } = piece;
  const note = fitting(lifeTotals(model, piece), width, BOARD_TITLE_WIDTH);
  return titled ? [titleLine("life", note, "", width, model, theme)] : [];
}

function timelineLines(piece: Piece, model: Model, theme: Theme): readonly Line[] {
  const { state, names } = model;
  const entries = shownEntries(model);
  const at = entries.findIndex((entry) => entry.sequence === state.eventCursor);
  const title = piece.titled ? [timelineTitle(piece, model, theme)] : [];
  const height = piece.height - title.length;
  const first = windowStart(entries.length, height, at < 0 ? null : at, "last");
  const widths = { at: lamportWidth(entries), who: subjectWidth(names, piece.width) };
  const shown = entries.slice(first, first + height).map((entry, index) => {
    const { line } = timelineRow(entry, names, piece.width, widths);
    return state.focus === "timeline" && first + index === at ? pointed(line) : line;
  });
  const nothing = state.filters.timeline === "" ? " nothing has happened yet" : " no event matches";
  return [...title, ...(shown.length === 0 ? [[span("dim", nothing)]] : shown)];
}

function timelineTitle(piece: Piece, model: Model, theme: Theme): Line {
  const { state, timeline } = model;
  const newest = timeline.entries(state.routine).at(-1)?.sequence ?? 0;
  const newer = timeline.entries(state.routine).filter((entry) => entry.sequence > (state.pausedAt ?? newest)).length;
  const following = state.eventCursor === null ? "follow" : "G follows again";
  const flow = state.pausedAt === null ? following : `paused, ${newer} newer`;
  const note = [flow, state.routine ? "with routine" : "", filterNote("timeline", model)].filter((text) => text !== "");
  return titleLine(
    "timeline",
    note.join("  "),
    state.pausedAt === null ? "p pause" : "p follow",
    piece.width,
    model,
    theme,
  );
}

function overlayLines(piece: Piece, model: Model, theme: Theme): readonly Line[] {
  const card = overlayOf(model);
  const { mode } = model.state;
  if (card === null || !("scroll" in mode)) return [];
  const height = piece.height - 1;
  const first = Math.min(mode.scroll, Math.max(0, card.lines.length - height));
  const below = card.lines.length - height - first;
  const more = below > 0 ? `${below} more, j k scroll` : "";
  return [ruled([span("title", card.title)], more, piece.width, theme), ...card.lines.slice(first, first + height)];
}

function adviceLines(model: Model): readonly Line[] {
  const advice = adviceOf(model);
  if (advice === null) return [];
  const { style, text } = advice;
  return wrap(text, model.columns - 2)
    .slice(0, MOST_ADVICE_ROWS)
    .map((line) => [span(style, ` ${line}`)]);
}

function titleLine(name: PanelName, note: string, right: string, width: number, model: Model, theme: Theme): Line {
  const focused = model.state.focus === name;
  const title = focused ? span("title", `[${titleOf(name)}]`) : span("strong", titleOf(name));
  return ruled([title, ...(note === "" ? [] : [span("dim", ` ${note}`)])], focused ? right : "", width, theme);
}

/** A rule with a title at the left and a remark at the right. */
function ruled(title: readonly Span[], right: string, width: number, theme: Theme): Line {
  const { rule } = theme.glyphs;
  const head = [span("dim", `${rule}${rule} `), ...title, " "];
  const tail = right === "" ? "" : ` ${right} ${rule}${rule}`;
  const filling = rule.repeat(Math.max(0, width - widthOf(head) - tail.length));
  return [...head, span("dim", filling + tail)];
}

function filterNote(name: PanelName, model: Model): string {
  const filter = model.state.filters[name];
  return filter === "" ? "" : `/${filter}`;
}

/** The row under the cursor: its first column is blank in every panel, so the sign has room there. */
function pointed(line: Line): Line {
  return [span("cursor", ">"), span("cursor", plain(line).slice(1))];
}
