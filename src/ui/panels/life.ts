import type { PeerNames } from "../../control/peer-names.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { LifePicture, PeerView } from "../../peer/peer-view.ts";
import { boardLines, hasLegend, isBraille, type Look, lookOf } from "../board-look.ts";
import { jobState, rateWord, turnWords } from "../job-words.ts";
import { labelOf } from "../labels.ts";
import type { Piece } from "../layout.ts";
import { type Line, type Span, span, wrap } from "../line.ts";
import type { Model } from "../model.ts";
import { type Style, type Theme, TINTS } from "../theme.ts";
import { charactersOf, type Dots, linesOf } from "./board-dots.ts";

/** Columns of a peer's name below the board. */
const LABEL_WIDTH = 12;

/** What stands for a dead cell while cells are drawn by hand, so that they can be counted. */
const DEAD_CELL = ".";

/** Where a board ends before the panel does. */
const BOARD_EDGE = "|";

/** What is known of the board, for the title: as much as fits. */
export function lifeTotals(model: Model, piece: Piece): readonly string[] {
  const look = lookOf(model, piece);
  if (look === undefined) return [];
  const { job, life, zoom } = look;
  const { turn, alive, state } = life ?? job;
  const rate = rateWord(life ?? job);
  return [
    `job ${job.id} ${jobState({ ...job, state })}`,
    turnWords({ turn, turns: job.turns }),
    ...(rate === null ? [] : [`${rate}/s`]),
    `${alive} alive`,
    `${job.size}x${job.size} ${job.topology}`,
    ...(zoom.cells === 1 ? [] : [`a dot is ${zoom.cells}x${zoom.cells} cells`]),
    ...(model.state.board.follows ? ["follows"] : []),
  ];
}

/** The Life panel below its title: the board of a job, and who computed which rows of it. */
export function lifeLines(model: Model, piece: Piece, theme: Theme): readonly Line[] {
  const look = lookOf(model, piece);
  if (look === undefined) return noJobLines(piece.width);
  if (look.life === null) return wrapped(noPictureWords(model, look), piece.width);
  const { view, names } = model;
  const tints = tintsOf(view);
  const board = boardRows(model, look, look.life, tints, theme).slice(0, boardLines(piece));
  return [...board, ...(hasLegend(piece) ? [legendLine(model, look.life, names, tints)] : [])];
}

/** What to do where there is no job. */
export function noJobLines(width: number): readonly Line[] {
  return wrapped("no job: n or :life glider begins one, or p2p-node life ADDRESS --pattern FILE", width);
}

/** Every peer has its tint, the same on every screen: by its address. */
function tintsOf({ self, peers }: PeerView): ReadonlyMap<PeerId, Style> {
  const all = [self, ...peers].sort((one, other) => (one.address < other.address ? -1 : 1));
  return new Map(all.map(({ id }, index) => [id, TINTS[index % TINTS.length] ?? "plain"]));
}

function noPictureWords({ view, names }: Model, { job }: Look): string {
  const { holder } = view.broker;
  const who = holder === null ? "nobody hands work out yet" : `${labelOf(names, holder)} hands work out`;
  return `waiting for the picture of job ${job.id}: ${who}`;
}

function boardRows(
  model: Model,
  look: Look,
  life: LifePicture,
  tints: ReadonlyMap<PeerId, Style>,
  theme: Theme,
): readonly Line[] {
  const braille = isBraille(model);
  const { window, rows } = life;
  // The picture may be of the window before: then its cells are as large as they were.
  const times = window.scale === look.zoom.cells ? look.zoom.dots : 1;
  const dots: Dots = { rows, width: window.width, times };
  const isAtEdge = window.x + window.width * window.scale >= look.job.size;
  const edge = isAtEdge ? [span("dim", BOARD_EDGE)] : [];
  const rowsOfLine = (braille ? 4 : 2) / times;
  return Array.from({ length: linesOf(dots, braille) }, (_, line) => {
    const y = window.y + Math.floor(line * rowsOfLine) * window.scale;
    const style = tintOf(life, y, tints);
    const text = charactersOf(dots, line, braille, theme.glyphs);
    return model.state.board.pen === null
      ? [span(style, text), ...edge]
      : penLine(model, life, { text, style, y, times });
  });
}

function tintOf({ bands }: LifePicture, y: number, tints: ReadonlyMap<PeerId, Style>): Style {
  const band = bands.find((each) => y >= each.y && y < each.y + each.rows);
  return (band === undefined ? undefined : tints.get(band.worker)) ?? "plain";
}

/** A line of large cells, the dead ones marked, and the one under the pen. */
function penLine(
  { state }: Model,
  { window }: LifePicture,
  {
    text,
    style,
    y,
    times,
  }: { readonly text: string; readonly style: Style; readonly y: number; readonly times: number },
): Line {
  const { pen } = state.board;
  const cells = Array.from({ length: window.width }, (_, cell): Span => {
    const drawn = text.slice(cell * times, (cell + 1) * times);
    const isUnderPen = pen !== null && pen.x === window.x + cell && pen.y === y;
    const lives = (drawn.trim() !== "") !== (isUnderPen && pen.turned);
    if (isUnderPen) return span("pen", lives ? "#".repeat(times) : DEAD_CELL.padEnd(times));
    return lives ? span(style, drawn) : span("dim", DEAD_CELL.padEnd(times));
  });
  return runsOf(cells);
}

/** Neighbours of the same style as one piece. */
function runsOf(cells: readonly Span[]): Line {
  const runs: Span[] = [];
  for (const cell of cells) {
    const last = runs.at(-1);
    if (last?.style === cell.style) runs[runs.length - 1] = span(cell.style, last.text + cell.text);
    else runs.push(cell);
  }
  return runs;
}

/** Who computed which rows, or what the pen does. */
function legendLine(
  { state }: Model,
  { bands }: LifePicture,
  names: PeerNames,
  tints: ReadonlyMap<PeerId, Style>,
): Line {
  const { pen } = state.board;
  if (pen !== null)
    return [span("accent", ` pen at ${pen.x} ${pen.y}: `), "arrows move, Space turns the cell over, d ends"];
  if (bands.length === 0) return [span("dim", " nobody has computed this turn")];
  return [
    span("dim", " computed by "),
    ...bands.flatMap(({ y, rows, worker }): Span[] => [
      span(tints.get(worker) ?? "plain", labelOf(names, worker, LABEL_WIDTH)),
      span("dim", ` ${y}-${y + rows - 1}  `),
    ]),
  ];
}

function wrapped(text: string, width: number): readonly Line[] {
  return wrap(text, width - 2).map((line) => [span("dim", ` ${line}`)]);
}
