/** How a piece of text is meant. Meaning never rests on colour alone: a word or a sign always says it too. */
export type Style =
  | "plain"
  | "dim"
  | "strong"
  | "accent"
  | "good"
  | "warn"
  | "bad"
  | "fault"
  | "cursor"
  | "title"
  | "pen"
  | Tint;

/** By these the parts of a board are told apart: who computed which. */
export const TINTS = ["tint-1", "tint-2", "tint-3", "tint-4", "tint-5", "tint-6"] as const;

/** One of those. */
export type Tint = (typeof TINTS)[number];

/** The signs that are drawn. Each is one column wide on every terminal, those that widen ambiguous characters included. */
export interface Glyphs {
  /** Drawn between panels. */
  readonly rule: string;
  /** From the quickest to the slowest round trip. */
  readonly bars: readonly string[];
  readonly missed: string;
  /** One above the other: neither, the lower, the upper, both. */
  readonly halves: readonly [string, string, string, string];
}

/** Colours and signs. */
export interface Theme {
  readonly glyphs: Glyphs;
  /** The escape sequence that begins a style; empty for `plain`. */
  readonly begin: Readonly<Record<Style, string>>;
}

// Braille and U+254C are neutral in width; block elements and most box drawing are ambiguous. Half blocks are drawn all the
// same, for boards alone: nothing else shows square cells, and where they are wide a key turns them into Braille.
const UNICODE: Glyphs = {
  rule: "\u{254c}",
  bars: ["\u{28c0}", "\u{28e4}", "\u{28f6}", "\u{28ff}"],
  missed: "x",
  halves: [" ", "\u{2584}", "\u{2580}", "\u{2588}"],
};
const ASCII: Glyphs = {
  rule: "-",
  bars: ["_", "-", "=", "#"],
  missed: "x",
  halves: [" ", ".", "'", ":"],
};

// Blue and orange, which nearly everybody can tell apart, in shades that are readable on black and on white.
const BLUE = "38;5;33";
const ORANGE = "38;5;208";

// After those two, four more that are told apart by how light they are as well.
const TINTED: Readonly<Record<Tint, string>> = {
  "tint-1": sgr(BLUE),
  "tint-2": sgr(ORANGE),
  "tint-3": sgr("38;5;80"),
  "tint-4": sgr("38;5;175"),
  "tint-5": sgr("38;5;143"),
  "tint-6": sgr("38;5;245"),
};
const UNTINTED: Readonly<Record<Tint, string>> = {
  ...{ "tint-1": "", "tint-2": "", "tint-3": "" },
  ...{ "tint-4": "", "tint-5": "", "tint-6": "" },
};

const COLOURED: Theme["begin"] = {
  plain: "",
  dim: sgr("2"),
  strong: sgr("1"),
  accent: sgr(BLUE),
  good: sgr(BLUE),
  warn: sgr(ORANGE),
  bad: sgr(`1;${ORANGE}`),
  fault: sgr(`1;7;${ORANGE}`),
  cursor: sgr(`1;${BLUE}`),
  title: sgr(`1;${BLUE}`),
  pen: sgr("7"),
  ...TINTED,
};

const MONOCHROME: Theme["begin"] = {
  plain: "",
  dim: sgr("2"),
  strong: sgr("1"),
  accent: "",
  good: "",
  warn: sgr("1"),
  bad: sgr("1"),
  fault: sgr("1;7"),
  cursor: sgr("1"),
  title: sgr("1"),
  pen: sgr("7"),
  ...UNTINTED,
};

/** Ends any style. */
export const END = sgr("0");

/** The theme for a terminal: `ascii` draws nothing beyond ASCII, without `color` there is bold and dim only. */
export function themeOf(options: { readonly ascii: boolean; readonly color: boolean }): Theme {
  return { glyphs: options.ascii ? ASCII : UNICODE, begin: options.color ? COLOURED : MONOCHROME };
}

function sgr(codes: string): string {
  return `\x1b[${codes}m`;
}
