import { MAX_BOARD_SIZE, type Topology } from "./board.ts";
import type { PeerId } from "./peer-id.ts";

/** Jobs that are not ended, at most, and cells of all their boards. */
export const MAX_JOBS = 16;
export const MAX_JOB_CELLS: number = 2 * MAX_BOARD_SIZE ** 2;

/** Jobs that have ended and are remembered, the latest ones, at most. */
export const MAX_ENDED_JOBS = 8;

/** The index of the command that began it in the total order. */
export type JobId = number;

/** Whoever is asked for job 0 is asked for the latest one. */
export const LATEST_JOB: JobId = 0;

/** What a job does. */
export const JOB_STATES = ["running", "paused", "finished", "killed"] as const;

/** One of those. */
export type JobState = (typeof JOB_STATES)[number];

/** A board at a turn, by what tells it from others. */
export interface BoardMark {
  readonly turn: number;
  readonly alive: number;
  /** A fingerprint of the board, 16 hex digits; by it the board is asked for. */
  readonly hash: string;
}

/** A job as it stands in the order: from its mark it goes on wherever the next leader is. */
export interface JobRow {
  readonly id: JobId;
  /** Side of the board. */
  readonly size: number;
  readonly topology: Topology;
  /** Turns after which it is finished; null for never. */
  readonly turns: number | null;
  /** Turns in a second, at most; 0 for no limit. */
  readonly pace: number;
  readonly state: JobState;
  readonly mark: BoardMark;
}

/** Who hands work out and holds the virtual address, by the order. */
export interface OfficeHolder {
  readonly holder: PeerId;
  readonly term: number;
  /** How long its lease lasts without being renewed, ms of its clock. */
  readonly leaseMs: number;
  /** It has let the office go, and the address with it. */
  readonly released: boolean;
}

/** The office: work and marks of an earlier term count for nothing. */
export interface OfficeRow extends OfficeHolder {
  /** Whoever held it before, and may hold the address still unless it is released; null where nobody did. */
  readonly predecessor: OfficeHolder | null;
}

/** What the order holds for the broker. */
export interface BrokerTable {
  /** Null before anybody held it. */
  readonly office: OfficeRow | null;
  /** By ID: all that are not ended, and the latest that are. */
  readonly jobs: readonly JobRow[];
}

/** What peers put into the total order for the broker; no client says these. */
export type BrokerOperation =
  /** Void where a later term was entered. */
  | { readonly kind: "take-office"; readonly holder: PeerId; readonly term: number; readonly leaseMs: number }
  /** Said by the holder, or for it, when it holds the address no more. */
  | { readonly kind: "leave-office"; readonly holder: PeerId; readonly term: number }
  /** Its board is with a majority already; answered by its ID. All of these are void unless `term` is in office. */
  | {
      readonly kind: "begin-job";
      readonly term: number;
      readonly size: number;
      readonly topology: Topology;
      readonly turns: number | null;
      readonly pace: number;
      readonly mark: BoardMark;
    }
  /** It stands so now: the board is with a majority. A mark never goes back, and an ended job stays so. */
  | {
      readonly kind: "mark-job";
      readonly term: number;
      readonly job: JobId;
      readonly state: JobState;
      readonly mark: BoardMark;
    };

/** Whether a job goes on no more. */
export function isEnded({ state }: Pick<JobRow, "state">): boolean {
  return state === "finished" || state === "killed";
}
