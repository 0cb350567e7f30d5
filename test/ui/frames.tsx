import { renderToString } from "ink";
import type { Address } from "../../src/core/address.ts";
import { App } from "../../src/ui/app.tsx";
import { boardOverlay } from "../../src/ui/board-overlay.ts";
import { overlaid } from "../../src/ui/frame.ts";
import { themeOf } from "../../src/ui/theme.ts";
import { type ModelSaid, modelOf } from "./models.ts";
import { row } from "./pictures.ts";

/** Draws ASCII without colours. */
export const PLAIN = themeOf({ ascii: true, color: false });

/** The lines of a frame, without styles. */
export function frame(said: ModelSaid = {}, theme = PLAIN): string[] {
  const model = modelOf(said);
  const text = renderToString(<App model={model} theme={theme} />, { columns: model.columns });
  const lines = overlaid(text.split("\n"), boardOverlay(model, theme));
  return lines.map((line) => line.replaceAll(/\x1b\[[\d;]*m/g, ""));
}

/** The first line of a frame that holds a text. */
export function lineWith(text: string, said: ModelSaid = {}): string {
  return frame(said).find((line) => line.includes(text)) ?? "";
}

/** The least terminal. */
export const SMALL = { columns: 59, lines: 11 };
/** Peers with names that want to break the screen. */
export const hostile = [
  row(2, { name: "\x1b[2J\x1b]0;owned\x07\u{202e}txt" }),
  row(3, { name: "東京都庁第一本庁舎" }),
  row(4, { name: "x".repeat(64) }),
  row(5, { name: `z${"\u{301}".repeat(30)}`, address: "[2001:db8:ffff:ffff:ffff:ffff:ffff:1]:65535" as Address }),
];
