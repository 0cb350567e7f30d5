import type { SimulationPicture } from "../control/desk/simulation-desk.ts";
import type { PeerNames } from "../control/peer-names.ts";
import { OF_PEERS, OF_SIMULATIONS, type Vocabulary } from "../control/vocabulary.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { PeerView } from "../peer/peer-view.ts";
import type { PanelName } from "./layout.ts";
import type { Line } from "./line.ts";
import type { TimelineStore } from "./timeline-store.ts";

/** What a row stands for: what Enter opens and what commands act on. */
export type Subject =
  | { readonly kind: "peer"; readonly peer: PeerId }
  | { readonly kind: "event"; readonly sequence: number }
  | { readonly kind: "log" }
  | { readonly kind: "log-entry"; readonly index: number }
  | { readonly kind: "fault"; readonly id: number }
  | { readonly kind: "election" }
  /** A message of the latest election, by its place among those. */
  | { readonly kind: "election-message"; readonly at: number }
  | { readonly kind: "order" }
  | { readonly kind: "order-entry"; readonly index: number }
  | { readonly kind: "lock"; readonly name: string }
  | { readonly kind: "notice"; readonly origin: PeerId; readonly id: string }
  /** Who subscribes what. `row` tells its lines apart; `dataType` is the one that a line is about, if it is one. */
  | { readonly kind: "subscriptions"; readonly row: string; readonly dataType: number | null }
  | { readonly kind: "file"; readonly name: string }
  | { readonly kind: "value"; readonly key: string }
  | { readonly kind: "worker"; readonly peer: PeerId }
  | { readonly kind: "job"; readonly id: number }
  /** The virtual address, and who holds it. */
  | { readonly kind: "address" };

/** A line of a panel; null for a subject where there is nothing to open. */
export interface PanelRow {
  readonly line: Line;
  readonly subject: Subject | null;
  /** Whether it names the columns below it, and so stays in view above them. */
  readonly isHeading?: boolean;
}

/** What each panel is sorted by, in the order in which the key goes through it; the first where nothing was chosen. */
export const SORTS = {
  peers: ["peer", "status", "heard", "rtt", "lamport"],
  files: ["written", "name", "size"],
  values: ["written", "key", "versions"],
} as const;

/** The panels that can be sorted. */
export type SortedName = keyof typeof SORTS;

/** What a panel is sorted by. */
export type Sort<Name extends SortedName = "peers"> = (typeof SORTS)[Name][number];

/** What the keyboard speaks to. */
export type Mode =
  | { readonly kind: "panels" }
  | { readonly kind: "filter" }
  /** `f` was pressed: the next key says what becomes of the targets. */
  | { readonly kind: "fault"; readonly targets: readonly PeerId[] }
  /**
   * `after`: what stands behind the caret. `recalled`: how far back in the history; 0 is the line being written, kept in
   * `draft`. `replaces`: the fault that the line takes the place of.
   */
  | {
      readonly kind: "palette";
      readonly text: string;
      readonly after: string;
      readonly replaces: number | null;
      readonly recalled: number;
      readonly draft: string;
      readonly wrong: string | null;
    }
  | { readonly kind: "help"; readonly about: string | null; readonly scroll: number }
  | { readonly kind: "details"; readonly subject: Exclude<Subject, { kind: "fault" }>; readonly scroll: number }
  | { readonly kind: "table"; readonly scroll: number }
  /** Only `y` says yes; `until` is a deadline like `now`. */
  | { readonly kind: "confirm"; readonly line: string; readonly question: string; readonly until: number };

/** What became of the last command; `text` is null while it is under way. */
export interface Feedback {
  readonly line: string;
  readonly text: string | null;
  readonly ok: boolean;
  /** The newest fault before it: what those after it do belongs to what became of the command. */
  readonly faultsBefore: number;
  /** Deadline after which it goes away. */
  readonly until: number;
}

/** A peer was asked to stand still. */
export interface Stopped {
  readonly kind: "paused" | "crashed";
  readonly at: number;
}

/** A cell of a board, from 0 at the left and at the top. */
export interface Cell {
  readonly x: number;
  readonly y: number;
}

/** How large a board is drawn: a dot of a picture stands for `cells` each way, and is drawn as `dots` each way. */
export interface Zoom {
  readonly cells: number;
  readonly dots: number;
}

/** How a board is looked at. */
export interface BoardState {
  /** The job that was chosen; null for the latest. */
  readonly job: number | null;
  /** Null for the usual one: a dot for each cell, or larger ones where all of the board has room. */
  readonly zoom: Zoom | "whole" | null;
  /** The cell in the middle; null for that of the board. */
  readonly centre: Cell | null;
  /** Whether the middle goes where the live cells go. */
  readonly follows: boolean;
  /** Whether dots of Braille are drawn rather than half blocks; null where there is neither. */
  readonly braille: boolean | null;
  /** Where cells are drawn, and whether the one there is turned over once the pen goes on; null while nobody draws. */
  readonly pen: (Cell & { readonly turned: boolean }) | null;
}

/** What the person at the keyboard has chosen. */
export interface ScreenState {
  readonly focus: PanelName;
  readonly zoomed: boolean;
  readonly mode: Mode;
  /** The peer under the cursor; null until it is first moved. */
  readonly peerCursor: PeerId | null;
  /** The row under the cursor in most panels that are lists. */
  readonly rowCursor: Readonly<Record<"gossip" | "raft" | "faults" | "order" | "election", number>>;
  /** What is under the cursor in the panels where it stays with that; null follows what comes first. */
  readonly namedCursor: Readonly<Record<"notices" | "files" | "values" | "mutex" | "broker", string | null>>;
  /** How the board of a job is looked at. */
  readonly board: BoardState;
  /** The event under the cursor; null follows the newest. */
  readonly eventCursor: number | null;
  /** The newest event that is shown while the timeline is paused. */
  readonly pausedAt: number | null;
  /** Whether the timeline shows what happens all the time. */
  readonly routine: boolean;
  readonly marks: readonly PeerId[];
  /** What was asked here of other peers, and when, like `now`: they cannot tell while they stand still. */
  readonly stopped: Readonly<Record<PeerId, Stopped>>;
  readonly sort: { readonly [Name in SortedName]: Sort<Name> };
  readonly filters: Readonly<Record<PanelName, string>>;
  /** Newest last. */
  readonly history: readonly string[];
  readonly feedback: Feedback | null;
}

/** Everything that a frame is made of. */
export interface Model {
  readonly view: PeerView;
  readonly names: PeerNames;
  /** Null where it is a real peer. */
  readonly simulation: SimulationPicture | null;
  readonly timeline: TimelineStore;
  readonly state: ScreenState;
  readonly columns: number;
  readonly rows: number;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** What can be said where the model is of. */
export function vocabularyOf({ simulation }: Pick<Model, "simulation">): Vocabulary {
  return simulation === null ? OF_PEERS : OF_SIMULATIONS;
}

/** How a screen starts. */
export const INITIAL: ScreenState = {
  focus: "peers",
  zoomed: false,
  mode: { kind: "panels" },
  peerCursor: null,
  rowCursor: { gossip: 0, raft: 0, faults: 0, order: 0, election: 0 },
  namedCursor: { notices: null, files: null, values: null, mutex: null, broker: null },
  board: { job: null, zoom: null, centre: null, follows: false, braille: false, pen: null },
  eventCursor: null,
  pausedAt: null,
  routine: false,
  marks: [],
  stopped: {},
  sort: { peers: "peer", files: "written", values: "written" },
  filters: {
    ...{ peers: "", gossip: "", raft: "", timeline: "", faults: "", notices: "", files: "", values: "" },
    ...{ order: "", election: "", mutex: "", broker: "", life: "" },
  },
  history: [],
  feedback: null,
};
