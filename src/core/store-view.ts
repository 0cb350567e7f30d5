import type { LockHolder } from "./lock.ts";

/** Which command of the order did something: its index, and the Lamport time of its proposer. */
export interface Stamp {
  readonly index: number;
  readonly lamport: number;
}

/** What people see of a store: totals, and what was changed last, newest first. */
export interface StoreView {
  readonly files: FilesView;
  readonly values: ValuesView;
  readonly locks: LocksView;
  /** Client sessions that are known. */
  readonly sessions: number;
  /** Bytes that files and values take, with what each takes besides its text, and how many they may. */
  readonly room: { readonly used: number; readonly capacity: number };
}

/** The files of a store. */
export interface FilesView {
  readonly count: number;
  /** Of all contents. */
  readonly bytes: number;
  readonly recent: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly createdAt: Stamp;
    readonly writtenAt: Stamp;
    /** How the content begins. */
    readonly preview: string;
  }[];
}

/** The values of a store. */
export interface ValuesView {
  readonly count: number;
  /** Of all values together, the latest included. */
  readonly versions: number;
  /** Of all versions. */
  readonly bytes: number;
  /** The replicated clock: the time of the latest write. */
  readonly clock: number;
  readonly recent: readonly {
    readonly key: string;
    /** How the latest version begins. */
    readonly value: string;
    readonly writtenAt: number;
    /** The command that wrote it: its index, and the Lamport time of its proposer. */
    readonly index: number;
    readonly lamport: number;
    /** How many are kept, the latest included. */
    readonly versions: number;
    /** When the versions before the latest were written, newest first. */
    readonly older: readonly number[];
  }[];
}

/** The locks of a store that somebody holds. */
export interface LocksView {
  readonly count: number;
  /** In the order in which they came into use. */
  readonly held: readonly { readonly name: string; readonly holder: LockHolder; readonly waiting: number }[];
}
