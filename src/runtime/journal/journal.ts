import type { JournalRecord } from "../../peer/journal-record.ts";
import type { StorageFailure } from "./failure.ts";

/** Whom a journal tells. */
export interface JournalListener {
  /** Everything appended with this token or a smaller one is durable. Never called from within `append`. */
  onSaved(token: number): void;
  /** A save failed. Called at most once; nothing is acknowledged afterwards. */
  onFailure(failure: StorageFailure): void;
}

/** The write-ahead journal of one peer: the records of all its protocols, in one order. */
export interface Journal {
  /**
   * Appends records; once they are durable, `onSaved` is called with this token or a later one. Never blocks.
   *
   * @param token grows from call to call
   */
  append(records: readonly JournalRecord[], token: number): void;
  /**
   * Puts `records`, which must stand for all that was appended so far, in the place of it, and frees its space.
   * Appends go on meanwhile. Does nothing while an earlier compaction runs.
   */
  compact(records: readonly JournalRecord[]): void;
  /** Whether it has grown so much since the latest compaction, which is done, that its owner should compact it. */
  readonly isGrown: boolean;
  /** Waits until all that was appended is durable, then lets the files go. Nothing may be appended afterwards. */
  close(): Promise<void>;
  /** Lets the files go at once: what is not durable yet is lost, as in a crash. Nothing is told any more. */
  abandon(): Promise<void>;
}
