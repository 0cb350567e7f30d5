import type { Address } from "../core/address.ts";
import type { Topology } from "../core/board.ts";
import type { JobState } from "../core/job.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { BrokerSpeech, JobView, WorkerView } from "../protocols/broker/message.ts";
import type { AddressDriver, OfficePhase } from "../protocols/office/message.ts";

/** The virtual address and the office that it belongs to. Ages and durations are in milliseconds. */
export interface VipPicture {
  /** Null where the cluster has none. */
  readonly address: Address | null;
  readonly driver: AddressDriver;
  /** Who is in office by the order; null where nobody is. */
  readonly holder: PeerId | null;
  /** Where the holder lives; null where that is not known. */
  readonly holderAddress: Address | null;
  /** In which term; 0 before the first. */
  readonly term: number;
  /** Where this peer is on its way into the office. */
  readonly phase: OfficePhase;
  /** Whether this peer holds the address. */
  readonly held: boolean;
  /** Until the lease of the one before must have ended; null where that is not waited for. */
  readonly waitMs: number | null;
  /** Until the lease of this peer ends without another renewal; null without one. */
  readonly leaseLeftMs: number | null;
  readonly leaseMs: number;
  /** Since this peer entered; null where it is not in office. */
  readonly sinceMs: number | null;
  readonly renewals: number;
  readonly expiries: number;
}

/** The pool. */
export interface BrokerPicture {
  /** Who hands work out; null while nobody does. */
  readonly holder: PeerId | null;
  /** The peer with the quickest response, which takes over; null where none is known. */
  readonly standby: PeerId | null;
  /** Whether this peer works for others. */
  readonly isWorker: boolean;
  readonly workers: readonly WorkerView[];
  /** By ID, oldest first. */
  readonly jobs: readonly JobView[];
  /** Connections of programs, and their requests without an answer. */
  readonly callers: number;
  readonly calls: number;
  /** Slices that this peer has in hand for others, and has computed. */
  readonly working: number;
  readonly worked: number;
  readonly counts: BrokerSpeech["view"]["counts"];
  /** Boards that are kept here for whoever leads next. */
  readonly boards: BrokerSpeech["view"]["boards"];
}

/** A part of a board. */
export interface LifePicture {
  readonly job: number;
  readonly size: number;
  readonly topology: Topology;
  readonly turn: number;
  readonly turns: number | null;
  readonly alive: number;
  readonly state: JobState;
  readonly turnsPerSecond: number;
  /** The leftmost and topmost cell, dots each way, and cells of a dot each way: a dot is set where any of its cells lives. */
  readonly window: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly scale: number;
  };
  /** A row of dots each: hex digits, four dots a digit, the leftmost as the highest bit, in whole bytes. */
  readonly rows: readonly string[];
  /** Which rows of cells whom were computed by. */
  readonly bands: readonly { readonly y: number; readonly rows: number; readonly worker: PeerId }[];
}
