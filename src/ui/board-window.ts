import { type BoardWindow, MAX_WINDOW_SIDE } from "../control/desk/desk.ts";
import type { LifePicture } from "../peer/peer-view.ts";
import type { BoardState, Cell, Zoom } from "./model.ts";

/** The most that a cell is drawn as, each way. */
const LARGEST_CELL = 8;

/** So large at least is a cell where cells are drawn by hand: in half blocks two columns of a line. */
const PEN_CELL = 2;

/** A dot for each cell. */
const CELL_BY_CELL: Zoom = { cells: 1, dots: 1 };

/** What there is to draw on, in dots. */
export interface Room {
  readonly width: number;
  readonly height: number;
}

/** Dots of so many columns and lines: those of half blocks, or of Braille. */
export function roomOf(columns: number, lines: number, braille: boolean): Room {
  const [across, down] = braille ? [2, 4] : [1, 2];
  return { width: Math.max(1, columns) * across, height: Math.max(1, lines) * down };
}

/** The zoom that shows all of a board as large as it can be. */
export function wholeZoom(size: number, room: Room): Zoom {
  const least = Math.min(room.width, room.height, MAX_WINDOW_SIDE);
  return size > least
    ? { cells: Math.ceil(size / least), dots: 1 }
    : { cells: 1, dots: Math.min(LARGEST_CELL, Math.floor(Math.min(room.width, room.height) / size)) };
}

/** The zoom after one step in or out; beyond all of the board there is nothing. */
export function zoomedBy(zoom: Zoom, by: 1 | -1, size: number, room: Room): Zoom | "whole" {
  if (by === 1)
    return zoom.cells > 1
      ? { cells: Math.floor(zoom.cells / 2), dots: 1 }
      : { cells: 1, dots: Math.min(LARGEST_CELL, zoom.dots * 2) };
  const next = zoom.dots > 1 ? { cells: 1, dots: Math.floor(zoom.dots / 2) } : { cells: zoom.cells * 2, dots: 1 };
  const whole = wholeZoom(size, room);
  return next.cells >= whole.cells && next.dots <= whole.dots ? "whole" : next;
}

/** The zoom with which cells are drawn by hand: each is whole lines high. */
function penZoom({ cells, dots }: Zoom): Zoom {
  return { cells: 1, dots: cells > 1 ? PEN_CELL : Math.max(PEN_CELL, dots - (dots % PEN_CELL)) };
}

/** The part of a board of `size` that has room, `centre` as near to its middle as the edges let it be. */
export function windowAt(size: number, { cells, dots }: Zoom, centre: Cell | null, room: Room): BoardWindow {
  const middle = centre ?? { x: size >> 1, y: size >> 1 };
  const most = Math.min(MAX_WINDOW_SIDE, Math.ceil(size / cells));
  const side = (dotsThere: number): number => Math.max(1, Math.min(most, Math.floor(dotsThere / dots)));
  const [width, height] = [side(room.width), side(room.height)];
  const first = (at: number, count: number): number =>
    Math.max(0, Math.min(size - count * cells, at - Math.floor((count * cells) / 2)));
  return { x: first(middle.x, width), y: first(middle.y, height), width, height, scale: cells };
}

/** The cell in the middle of a window. */
export function middleOf({ x, y, width, height, scale }: BoardWindow): Cell {
  return { x: x + Math.floor((width * scale) / 2), y: y + Math.floor((height * scale) / 2) };
}

/** Whether a cell is in a window. */
export function isWithin({ x, y, width, height, scale }: BoardWindow, cell: Cell): boolean {
  return cell.x >= x && cell.x < x + width * scale && cell.y >= y && cell.y < y + height * scale;
}

/**
 * Where to look when the middle is to go where the live cells go: the middle that there is, while they are around it;
 * null where all of the board is to be seen, because none is in view.
 */
export function followed(life: LifePicture, window: BoardWindow): Cell | null {
  const live = middleOfLive(life);
  if (live === null) return null;
  const middle = middleOf(life.window);
  const isNear =
    Math.abs(live.x - middle.x) * 4 <= window.width * window.scale &&
    Math.abs(live.y - middle.y) * 4 <= window.height * window.scale;
  return isNear ? middle : live;
}

/** The dots of a row, 1 where one is set: hex digits of four dots each, the leftmost as the highest bit. */
export function dotsOf(row: string, width: number): Uint8Array {
  const dots = new Uint8Array(width);
  for (let first = 0; first < width; first += 4) {
    const four = Number.parseInt(row.charAt(first >> 2), 16);
    for (let bit = 0; bit < 4 && first + bit < width; bit++) dots[first + bit] = (four >> (3 - bit)) & 1;
  }
  return dots;
}

/** The middle of the live cells in view; null where there are none. */
function middleOfLive({ rows, window }: LifePicture): Cell | null {
  let [count, across, down] = [0, 0, 0];
  for (const [line, row] of rows.entries()) {
    for (const [dot, isSet] of dotsOf(row, window.width).entries()) {
      count += isSet;
      across += dot * isSet;
      down += line * isSet;
    }
  }
  if (count === 0) return null;
  const at = (first: number, sum: number): number => first + Math.round((sum / count + 0.5) * window.scale);
  return { x: at(window.x, across), y: at(window.y, down) };
}

/** Everything about how a board is looked at that depends on how large it is and on the room for it. */
export function zoomOf({ zoom, pen }: BoardState, size: number, room: Room): Zoom {
  const whole = wholeZoom(size, room);
  const chosen = zoom === "whole" || (zoom === null && whole.cells === 1) ? whole : (zoom ?? CELL_BY_CELL);
  return pen === null ? chosen : penZoom(chosen);
}
