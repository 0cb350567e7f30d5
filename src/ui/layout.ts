/** The panels, in the order of their keys. */
export const PANELS = [
  "peers",
  "gossip",
  "raft",
  "timeline",
  "faults",
  "notices",
  "files",
  "values",
  "order",
  "election",
  "mutex",
  "broker",
  "life",
] as const;

/** A panel that can have the focus. */
export type PanelName = (typeof PANELS)[number];

/** The key of a panel: the first nine have their number, the others the first letter of their name. */
export function keyOfPanel(panel: PanelName): string {
  const number = PANELS.indexOf(panel) + 1;
  return number <= 9 ? String(number) : panel.charAt(0).toUpperCase();
}

/** The smallest terminal that everything works in: a fifth of a 120x40 one in tmux tiles. */
export const LEAST = { columns: 59, rows: 11 } as const;

/** Everything that is placed: the panels, a line that sums up those without room, and what stands over all of them. */
export type PieceName = PanelName | "summary" | "advice" | "overlay";

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
  /** Rows of the Notices panel; 0 where nobody has announced or subscribed anything. */
  readonly notices: number;
  /** Rows of the Files panel, and of the Values panel; 0 where there are none. */
  readonly files: number;
  readonly values: number;
  /** Rows of the Mutex panel; 0 where nobody has asked for a lock. */
  readonly mutex: number;
  /** Rows of the Broker panel; 0 where no job is known and there is no virtual address. */
  readonly broker: number;
  /** The panels that stand below the peers wherever there is room. */
  readonly side: readonly [SideName, SideName];
  /** Lines above the panels. */
  readonly headRows: number;
  /** Lines that say what to do about a stuck state. */
  readonly adviceRows: number;
  /** More than 1 while the palette is open or a long question is asked. */
  readonly footerRows: number;
  /** A card or the help stands over the panels. */
  readonly overlaid: boolean;
}

/** The panels that can stand side by side below the peers. */
const SIDE_NAMES = ["gossip", "raft", "order", "election"] as const;

/** One of those. */
export type SideName = (typeof SIDE_NAMES)[number];

/** Rows of the table that are drawn at most where it shares the screen. */
const MOST_PEERS = 15;

/** Below these a panel says too little to be worth its room. */
const LEAST_SIDE = { columns: 90, rows: 12, panel: 8, most: 14 } as const;
const LEAST_STACK = { rows: 26, panel: 9 } as const;

/** What each of the last panels takes where there is room for all, and what they leave to the timeline. */
const LAST = { most: 7, timeline: 6 } as const;
const LEAST_TITLED = 4;

/** Below this the board that is looked at has more room without the peers above it. */
const LEAST_BOARD = 16;
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
  const adviceRows = Math.min(input.adviceRows, Math.max(0, room - 3));
  const body = room - adviceRows;
  const full = (name: PieceName, height: number, titled = height >= LEAST_TITLED): Band => [
    { name, width: input.columns, height, titled },
  ];
  const advice = adviceRows > 0 ? [full("advice", adviceRows, false)] : [];
  return [...advice, ...panelBands(input, body, full)].filter(([piece]) => piece !== undefined && piece.height > 0);
}

type Full = (name: PieceName, height: number, titled?: boolean) => Band;

/** The panels above the timeline, which stand there when there is something to see in them. */
type LastName = "faults" | "notices" | "files" | "values" | "mutex" | "broker";

function panelBands(input: LayoutInput, body: number, full: Full): Band[] {
  const { focus, columns } = input;
  if (input.overlaid) return [full("overlay", body, true)];
  if (input.zoomed) return [full(focus, body)];
  const headed = body >= LEAST_HEADED;
  const wanted = Math.min(input.peers, MOST_PEERS) + (headed ? 1 : 0);
  const peers = Math.min(wanted, headed ? Math.ceil(body * 0.6) : body - 2);
  const rest = body - peers;
  if (focus === "life")
    return rest - LAST.timeline >= LEAST_BOARD
      ? [full("peers", peers, headed), full(focus, rest - LAST.timeline), full("timeline", LAST.timeline)]
      : narrowBands(focus, body, full);
  if (columns >= LEAST_SIDE.columns && rest >= LEAST_SIDE.rows) {
    const height = Math.min(LEAST_SIDE.most, Math.max(LEAST_SIDE.panel, Math.floor(rest / 2)));
    return [
      full("peers", peers, headed),
      halves(columns, height, sideOf(input)),
      ...lastBands(input, rest - height, full),
    ];
  }
  if (rest >= LEAST_STACK.rows) {
    const { panel } = LEAST_STACK;
    const bands = [full("peers", peers, headed), ...sideOf(input).map((name) => full(name, panel))];
    return [...bands, ...lastBands(input, rest - 2 * panel, full)];
  }
  return focus === "peers"
    ? [full("peers", peers, headed), full("summary", 1), full("timeline", rest - 1)]
    : narrowBands(focus, body, full);
}

/** The panels below the peers: one that is looked at takes the place of the second one. */
function sideOf({ side, focus }: LayoutInput): readonly [SideName, SideName] {
  const looked = SIDE_NAMES.find((name) => name === focus);
  return looked === undefined || side.includes(looked) ? side : [side[0], looked];
}

/** Two panels side by side. */
function halves(columns: number, height: number, [left, right]: readonly [PanelName, PanelName]): Band {
  const width = Math.floor((columns - GAP) / 2);
  return [
    { name: left, width, height, titled: true },
    { name: right, width: columns - GAP - width, height, titled: true },
  ];
}

/** The timeline, and above it the last panels as far as there is something in them or they are looked at. */
function lastBands(input: LayoutInput, rest: number, full: Full): Band[] {
  const { focus, columns } = input;
  const areBeside = columns >= LEAST_SIDE.columns;
  const groups: readonly (readonly LastName[])[] = [
    ["faults"],
    ["broker"],
    ["mutex"],
    ["notices"],
    ...(areBeside ? ([["files", "values"]] as const) : ([["files"], ["values"]] as const)),
  ];
  const focused = groups.find((group) => group.some((name) => name === focus));
  const heights = new Map<readonly LastName[], number>();
  let left = rest;
  // The one that is looked at comes last here and takes what the others leave.
  for (const group of [...groups.filter((each) => each !== focused), ...(focused === undefined ? [] : [focused])]) {
    const spare = left - LAST.timeline;
    const most =
      group === focused
        ? Math.max(3, spare)
        : Math.min(LAST.most, focused === undefined ? spare : Math.floor(spare / 2));
    const rows = Math.max(...group.map((name) => input[name]));
    const wanted = rows === 0 && group !== focused ? 0 : Math.max(2, rows) + 1;
    const height = Math.min(wanted, most) >= 3 ? Math.min(wanted, most) : 0;
    heights.set(group, height);
    left -= height;
  }
  const bands = groups.map((group) => {
    const [first, second] = group;
    const height = heights.get(group) ?? 0;
    if (first === undefined || height === 0) return [];
    return second === undefined ? full(first, height, true) : halves(columns, height, [first, second]);
  });
  // Bands without a line are left out.
  return [...bands, full("timeline", left)];
}

/** There is no room for all: the focused panel, and what fits beside it. */
function narrowBands(focus: PanelName, body: number, full: Full): Band[] {
  if (focus === "timeline") return [full("summary", 1), full("timeline", body - 1)];
  const rest = body - Math.max(8, Math.floor((body * 2) / 3));
  return rest >= LEAST_TITLED ? [full(focus, body - rest), full("timeline", rest)] : [full(focus, body)];
}
