/** The panels, in the order of their number keys. */
export const PANELS = ["peers", "gossip", "raft", "timeline", "faults"] as const;

/** A panel that can have the focus. */
export type PanelName = (typeof PANELS)[number];

/** The smallest terminal that everything works in: a fifth of a 120x40 one in tmux tiles. */
export const LEAST = { columns: 59, rows: 11 } as const;

/** Everything that is placed: the panels, a line that sums up those without room, and what stands over all of them. */
export type PieceName = PanelName | "summary" | "notice" | "overlay";

/** One piece of the body. */
export interface Piece {
  readonly name: PieceName;
  readonly width: number;
  readonly height: number;
  /** Its first line is a title, or in the peers' case the column headings. */
  readonly titled: boolean;
}

/** Pieces side by side, all of the same height, `GAP` columns apart. */
export type Band = readonly Piece[];

/** Columns between two pieces of a band. */
export const GAP = 2;

/** What decides the layout. */
export interface LayoutInput {
  /** Of the terminal. */
  readonly columns: number;
  readonly rows: number;
  readonly focus: PanelName;
  readonly zoomed: boolean;
  /** Rows of the peers' table, this peer's own included. */
  readonly peers: number;
  /** Rows of the Faults panel; 0 where nothing is wrong. */
  readonly faults: number;
  /** Lines above the panels. */
  readonly headRows: number;
  /** Lines that say what to do about a stuck state. */
  readonly noticeRows: number;
  /** More than 1 while the palette is open or a long question is asked. */
  readonly footerRows: number;
  /** A card or the help stands over the panels. */
  readonly overlaid: boolean;
}

/** Rows of the table that are drawn at most where it shares the screen. */
const MOST_PEERS = 15;

/** Below these a panel says too little to be worth its room. */
const LEAST_SIDE = { columns: 90, rows: 12, panel: 8, most: 11 } as const;
const LEAST_STACK = { rows: 26, panel: 9 } as const;

/** What the Faults panel takes where there is room for all, and what it leaves to the timeline. */
const FAULTS = { most: 7, timeline: 6 } as const;
const LEAST_TITLED = 4;
const LEAST_HEADED = 9;

/** Whether a terminal is large enough. */
export function isLargeEnough(columns: number, rows: number): boolean {
  return columns >= LEAST.columns && rows >= LEAST.rows;
}

/**
 * The bands of the body from top to bottom. With the head and the footer they take `rows - 1` lines:
 * a frame as high as the terminal would scroll it.
 */
export function layoutOf(input: LayoutInput): readonly Band[] {
  const room = input.rows - 1 - input.headRows - input.footerRows;
  const noticeRows = Math.min(input.noticeRows, Math.max(0, room - 3));
  const body = room - noticeRows;
  const full = (name: PieceName, height: number, titled = height >= LEAST_TITLED): Band => [
    { name, width: input.columns, height, titled },
  ];
  const notice = noticeRows > 0 ? [full("notice", noticeRows, false)] : [];
  return [...notice, ...panelBands(input, body, full)].filter(([piece]) => piece !== undefined && piece.height > 0);
}

type Full = (name: PieceName, height: number, titled?: boolean) => Band;

function panelBands(input: LayoutInput, body: number, full: Full): Band[] {
  const { focus, columns } = input;
  if (input.overlaid) return [full("overlay", body, true)];
  if (input.zoomed) return [full(focus, body)];
  const headed = body >= LEAST_HEADED;
  const wanted = Math.min(input.peers, MOST_PEERS) + (headed ? 1 : 0);
  const peers = Math.min(wanted, headed ? Math.ceil(body * 0.6) : body - 2);
  const rest = body - peers;
  if (columns >= LEAST_SIDE.columns && rest >= LEAST_SIDE.rows) {
    const height = Math.min(LEAST_SIDE.most, Math.max(LEAST_SIDE.panel, Math.floor(rest / 2)));
    const left = Math.floor((columns - GAP) / 2);
    const side: Band = [
      { name: "raft", width: left, height, titled: true },
      { name: "gossip", width: columns - GAP - left, height, titled: true },
    ];
    return [full("peers", peers, headed), side, ...lastBands(input, rest - height, full)];
  }
  if (rest >= LEAST_STACK.rows) {
    const { panel } = LEAST_STACK;
    const bands = [full("peers", peers, headed), full("raft", panel), full("gossip", panel)];
    return [...bands, ...lastBands(input, rest - 2 * panel, full)];
  }
  return focus === "peers"
    ? [full("peers", peers, headed), full("summary", 1), full("timeline", rest - 1)]
    : narrowBands(focus, body, full);
}

/** The timeline, and above it the faults, where there are any or they are looked at. */
function lastBands({ focus, faults }: LayoutInput, rest: number, full: Full): Band[] {
  const focused = focus === "faults";
  const wanted = faults === 0 && !focused ? 0 : Math.max(2, faults) + 1;
  const most = focused ? Math.max(3, rest - FAULTS.timeline) : Math.min(FAULTS.most, rest - FAULTS.timeline);
  const height = Math.min(wanted, most);
  return height >= 3 ? [full("faults", height, true), full("timeline", rest - height)] : [full("timeline", rest)];
}

/** There is no room for all: the focused panel, and what fits beside it. */
function narrowBands(focus: PanelName, body: number, full: Full): Band[] {
  if (focus === "timeline") return [full("summary", 1), full("timeline", body - 1)];
  const rest = body - Math.max(8, Math.floor((body * 2) / 3));
  return rest >= LEAST_TITLED ? [full(focus, body - rest), full("timeline", rest)] : [full(focus, body)];
}
