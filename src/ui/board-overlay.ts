import { bandsOf } from "./content.ts";
import type { Overlay } from "./frame.ts";
import { isLargeEnough } from "./layout.ts";
import { paint } from "./line.ts";
import type { Model } from "./model.ts";
import { headRows } from "./panels/head.ts";
import { lifeLines } from "./panels/life.ts";
import type { Theme } from "./theme.ts";

/** The board, as it is laid over the frame where its panel stands; null where that is not shown. */
export function boardOverlay(model: Model, theme: Theme): Overlay | null {
  if (!isLargeEnough(model.columns, model.rows)) return null;
  let row = headRows(model);
  for (const [piece] of bandsOf(model)) {
    if (piece?.name === "life") {
      const below = piece.titled ? 1 : 0;
      const lines = lifeLines(model, piece, theme).slice(0, piece.height - below);
      return { row: row + below, lines: lines.map((line) => paint(line, piece.width, theme)) };
    }
    row += piece?.height ?? 0;
  }
  return null;
}
