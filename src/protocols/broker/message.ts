import type { Address } from "../../core/address.ts";
import { type Band, MAX_BOARD_SIZE, type Topology } from "../../core/board.ts";
import {
  type BoardMark,
  type BrokerOperation,
  type BrokerTable,
  JOB_STATES,
  type JobId,
  type JobState,
} from "../../core/job.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Answer } from "../../core/request.ts";
import {
  bool,
  bytes,
  choice,
  list,
  optional,
  struct,
  type TypeOf,
  text,
  u16,
  u32,
  u64,
  union,
  variant,
} from "../../wire/codec.ts";
import { peerId } from "../../wire/identity.ts";
import {
  headOfAnswer,
  headOfRequest,
  JOB_ANSWER_TYPES,
  JOB_REQUEST_TYPES,
  type JobAnswer,
  type JobRequest,
  readJobAnswer,
  readJobRequest,
  writeJobAnswer,
  writeJobRequest,
} from "../../wire/job-message.ts";
import type { Framing } from "../definition.ts";

/** Bytes of a board in one message, at most. */
export const MAX_PIECE_BYTES = 131_072;

/** Bytes of a board as it is encoded, at most. */
export const MAX_ENCODED_BYTES = MAX_BOARD_SIZE ** 2 / 8 + 1;

/** Dots of a picture, at most, each way. */
export const MAX_PICTURE_SIDE = 512;

/** Bands of one board that are told apart in a picture, at most. */
export const MAX_SHOWN_BANDS = 64;

const hash = text(16);
const state = choice(JOB_STATES);

/** The part of a board that is looked at: so many dots, each of `scale` by `scale` cells, from a cell on. */
export const windowCodec = struct({ x: u16, y: u16, width: u16, height: u16, scale: u16 });

/** A window as a value. */
export type Window = TypeOf<typeof windowCodec>;

/** Who computed which rows. */
const shownBand = struct({ y: u16, rows: u16, worker: peerId });

/** What peers say to each other besides requests and answers of the pool. */
const betweenPeers = union({
  /**
   * Keep this board: a piece of it, as it is encoded, from `offset` on; the whole is named by its hash. It is that of a job, 0
   * where that has not begun, at a turn.
   */
  "board-piece": variant(1, {
    term: u64,
    job: u64,
    turn: u64,
    hash,
    size: u16,
    total: u32,
    offset: u32,
    data: bytes(MAX_PIECE_BYTES),
  }),
  /** It is here up to `offset`; with `offset` = total it is on this peer's disk. */
  "board-kept": variant(2, { term: u64, hash, offset: u32 }),
  /** Send me that board from `offset` on. */
  "board-wanted": variant(3, { term: u64, hash, offset: u32 }),
  /** I have no such board. */
  "board-unknown": variant(4, { term: u64, hash }),
  /**
   * Show me this part when the turn is beyond `since`, or is that and all is not as `shown`. Answered once, by a picture, so a
   * later one takes the place of one before.
   */
  look: variant(5, { job: u64, window: windowCodec, since: u64, shown: optional(struct({ edits: u32, state })) }),
  /** A part of a board: its dots row by row, each row in whole bytes, the leftmost dot as the highest bit. */
  picture: variant(6, {
    term: u64,
    job: u64,
    size: u16,
    turn: u64,
    alive: u32,
    state,
    /** How often cells were turned over in this term. */
    edits: u32,
    turnsPerSecond: u32,
    window: windowCodec,
    dots: bytes((MAX_PICTURE_SIDE * MAX_PICTURE_SIDE) / 8),
    bands: list(shownBand, MAX_SHOWN_BANDS),
  }),
  /** How the pool does, for whoever looks at it: said once a second to peers that look, and upon changes. */
  "pool-news": variant(7, {
    term: u64,
    workers: list(
      struct({ peer: peerId, speed: u32, outstanding: u32, slices: u64, failures: u32, responseUs: u32, late: bool }),
      256,
    ),
  }),
});

type BetweenPeers = TypeOf<typeof betweenPeers>;

/** A message as it travels between peers. */
export type BrokerMessage =
  | BetweenPeers
  /** A request, and the answer that has its ID. IDs are those of the link, in one direction. */
  | { readonly kind: "request"; readonly requestId: number; readonly request: JobRequest }
  | { readonly kind: "answer"; readonly requestId: number; readonly answer: JobAnswer };

/** What programs ask on one connection, in one go. */
export interface Calls {
  readonly kind: "calls";
  readonly calls: readonly { readonly requestId: number; readonly request: JobRequest }[];
}

/** What they are answered, in any order. */
export interface Answers {
  readonly kind: "answers";
  readonly answers: readonly { readonly requestId: number; readonly answer: JobAnswer }[];
}

/** The type of the frames that are neither requests nor answers; the first of the broker's. */
const BROKER_FRAME = 0x2c;

/** A link says PING and PONG itself. */
const isOfLink = (type: number): boolean => (type & 0x7f) === 0x01;

/** The frames of the broker. */
export const brokerFraming: Framing<BrokerMessage | Calls | Answers> = {
  types: [BROKER_FRAME, ...[...JOB_REQUEST_TYPES, ...JOB_ANSWER_TYPES].filter((type) => !isOfLink(type))],
  head: (message) => {
    switch (message.kind) {
      case "request":
        return { ...headOfRequest(message.request), requestId: message.requestId };
      case "answer":
        return { ...headOfAnswer(message.answer), requestId: message.requestId };
      default:
        return { type: BROKER_FRAME, requestId: 0, imageSize: 0 };
    }
  },
  write: (writer, message) => {
    if (message.kind === "request") writeJobRequest(writer, message.request);
    else if (message.kind === "answer") writeJobAnswer(writer, message.answer);
    // What is said to a program goes by its connection.
    else betweenPeers.write(writer, message as BetweenPeers);
  },
  read: (head, reader) => {
    const { type, requestId } = head;
    if (type === BROKER_FRAME) return betweenPeers.read(reader);
    if (JOB_REQUEST_TYPES.includes(type)) return { kind: "request", requestId, request: readJobRequest(reader, head) };
    return { kind: "answer", requestId, answer: readJobAnswer(reader, head) };
  },
};

/** What a peer keeps on disk: boards that may be needed again, by their hash. */
export const brokerRecord = union({
  board: variant(1, { term: u64, job: u64, turn: u64, hash, size: u16, data: bytes(MAX_ENCODED_BYTES) }),
  /** It is needed no more. */
  "board-dropped": variant(2, { hash }),
});

/** A piece of work for this peer's own hands: rows of a board, some turns ahead. */
export interface Work {
  readonly ticket: number;
  readonly topology: Topology;
  readonly turns: number;
  /** The first row of the result; rows beyond the edges of a plane stay blank. */
  readonly y: number;
  /** `turns` rows more above and below than the result has. */
  readonly band: Band;
}

/** What is asked of whoever computes on this machine. */
export type WorkAct =
  /** Answered by the command "worked". */
  | { readonly kind: "work-wanted"; readonly work: Work }
  /** Nobody waits for it any more. */
  | { readonly kind: "work-dropped"; readonly ticket: number };

/** One worker of the pool, as whoever is in office sees it. */
export interface WorkerView {
  readonly peer: PeerId;
  /** Cells that it computes in a microsecond, as measured; null before the first slice. */
  readonly speed: number | null;
  /** Cells times turns that it owes. */
  readonly outstanding: number;
  /** What it owes over its speed, ms: by this it is chosen. */
  readonly loadMs: number;
  /** Slices of it that counted. */
  readonly slices: number;
  /** Slices that were taken from it, late or lost. */
  readonly failures: number;
  /** From request to answer, median of its latest slices, ms; null before the first. */
  readonly responseMs: number | null;
}

/** One job, as this peer knows it. */
export interface JobView {
  readonly id: JobId;
  readonly size: number;
  readonly topology: Topology;
  readonly turns: number | null;
  readonly state: JobState;
  /** At whoever is in office the present one, elsewhere the latest that was heard of. Never goes back. */
  readonly turn: number;
  readonly alive: number;
  /** The turn from which a next leader goes on. */
  readonly markedTurn: number;
  /** Over the last second; null elsewhere than in office. */
  readonly turnsPerSecond: number | null;
  /** Why it does not go on though it runs; null while it does. */
  readonly stuck: "no-workers" | "board-missing" | "no-majority" | null;
}

/** A part of a board, for whoever looks at it. */
export interface Picture {
  readonly job: JobId;
  readonly size: number;
  readonly turn: number;
  readonly alive: number;
  readonly state: JobState;
  readonly turnsPerSecond: number;
  readonly window: Window;
  /** As in the message "picture". */
  readonly dots: Uint8Array;
  readonly bands: readonly { readonly y: number; readonly rows: number; readonly worker: PeerId }[];
}

/** The vocabulary of the broker. */
export interface BrokerSpeech {
  message: BrokerMessage | Calls | Answers;
  record: TypeOf<typeof brokerRecord>;
  command: /** This peer is in office, in that term, and may answer until then; null: it is not. */
    | { readonly kind: "office"; readonly term: number | null; readonly until: number }
    /** Who leads and where that is; null while nobody does. */
    | { readonly kind: "leader"; readonly leader: PeerId | null; readonly address: Address | null }
    /** What the order holds. */
    | { readonly kind: "table"; readonly table: BrokerTable }
    /** What membership holds of another. */
    | { readonly kind: "member"; readonly peer: PeerId; readonly status: "healthy" | "doubted" | "unhealthy" | "left" }
    /** Another connection took the place of the link to a peer: what was asked on the one before is lost. */
    | { readonly kind: "relinked"; readonly peer: PeerId }
    /** What became of an operation that was submitted. */
    | { readonly kind: "answered"; readonly request: BrokerOperation; readonly answer: Answer }
    /** Work is done. */
    | {
        readonly kind: "worked";
        readonly ticket: number;
        readonly band: Band;
        readonly alive: number;
        readonly tookUs: number;
      }
    | { readonly kind: "work-failed"; readonly ticket: number; readonly because: string }
    /** A person at this peer, or a script, asks for something; answered by "job-answered". */
    | { readonly kind: "ask"; readonly request: JobRequest }
    /** A person looks at this part of a job's board (0: the latest), or at none any more. */
    | { readonly kind: "watch"; readonly job: JobId; readonly window: Window | null }
    /** Work for others, or do not. */
    | { readonly kind: "work"; readonly on: boolean }
    | { readonly kind: "leave" }
    | { readonly kind: "forget" };
  event: /** For the total order. */
    | { readonly kind: "submit-broker"; readonly request: BrokerOperation }
    /** So many requests on the link to a peer were never answered that it is to be replaced. */
    | { readonly kind: "link-worn"; readonly peer: PeerId }
    /** Whether somebody is wanted in office. */
    | { readonly kind: "office-demanded"; readonly on: boolean }
    /** Acted upon outside of the peer. */
    | WorkAct
    | { readonly kind: "worker-joined"; readonly peer: PeerId }
    | {
        readonly kind: "worker-left";
        readonly peer: PeerId;
        readonly because: "unsubscribed" | "link-lost" | "unhealthy";
      }
    | {
        readonly kind: "job-begun";
        readonly job: JobId;
        readonly size: number;
        readonly turns: number | null;
        readonly alive: number;
      }
    /** Another leader goes on with it, from its mark. */
    | { readonly kind: "job-resumed"; readonly job: JobId; readonly turn: number }
    | { readonly kind: "job-paused" | "job-continued"; readonly job: JobId; readonly turn: number }
    | {
        readonly kind: "job-ended";
        readonly job: JobId;
        readonly because: "finished" | "killed";
        readonly turn: number;
        readonly alive: number;
      }
    | { readonly kind: "job-stuck"; readonly job: JobId; readonly because: Exclude<JobView["stuck"], null> }
    | { readonly kind: "job-marked"; readonly job: JobId; readonly mark: BoardMark }
    | {
        readonly kind: "slice-moved";
        readonly job: JobId;
        readonly y: number;
        readonly rows: number;
        readonly from: PeerId;
        readonly to: PeerId;
        readonly because: "lost" | "late" | "failed";
      }
    /** A slice, or a whole round of them, is counted. Routine. */
    | { readonly kind: "round-completed"; readonly job: JobId; readonly turn: number; readonly slices: number }
    /** What came of another term, or of nobody's request. */
    | {
        readonly kind: "answer-rejected";
        readonly from: PeerId;
        readonly term: number;
        readonly because: "old-term" | "duplicate" | "unknown";
      }
    /** What a person or a script at this peer asked for is answered. */
    | { readonly kind: "job-answered"; readonly request: JobRequest; readonly answer: JobAnswer };
  view: {
    /** Whether this peer is in office. */
    readonly term: number | null;
    readonly isWorker: boolean;
    /** Of the pool, as whoever is in office says; by peer. */
    readonly workers: readonly WorkerView[];
    readonly jobs: readonly JobView[];
    readonly picture: Picture | null;
    /** Connections of programs. */
    readonly callers: number;
    /** Requests of theirs without an answer. */
    readonly calls: number;
    /** Work that this peer has in hand for others, and has done. */
    readonly working: number;
    readonly worked: number;
    readonly counts: {
      readonly slices: number;
      readonly hedged: number;
      readonly moved: number;
      readonly lateAnswers: number;
      readonly duplicateAnswers: number;
      readonly unknownAnswers: number;
      readonly rejectedAnswers: number;
      readonly refusedCalls: number;
    };
    /** Boards that are kept here, and the bytes of them. */
    readonly boards: { readonly count: number; readonly bytes: number };
  };
  options: {
    readonly peer: PeerId;
    /** Whose majority decides in the order: so many of them have a board on disk before the order names it. */
    readonly keepers: () => readonly PeerId[];
    /** Whether it works for others. */
    readonly isWorker: boolean;
    /** Turns of any job in a second, at most, whatever it asks for; 0 for no limit. */
    readonly maxTurnsPerSecond: number;
    /** Boards are kept by a majority so often at least while a job goes on, ms. */
    readonly markIntervalMs: number;
    /** A slice that is due later than its like is asked of another worker after this long at least, ms. */
    readonly minHedgeMs: number;
    /** A request without an answer by then is answered so, ms. */
    readonly requestTimeoutMs: number;
  };
}
