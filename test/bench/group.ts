import type { Row } from "./figure.ts";

/** What a group of figures is given to work with. */
export interface Bench {
  /** How often each thing is repeated; null leaves it to the group. */
  readonly reps: number | null;
  /** How long growth is watched; null leaves it to the group. */
  readonly minutes: number | null;
  /** Tells whoever waits what is going on. */
  note(line: string): void;
  /** Calls `end` when the group is over, failed or interrupted; the latest first. */
  onEnd(end: () => void | Promise<void>): void;
}

/** Figures that are measured together. */
export interface Group {
  readonly about: string;
  /** How long it takes on two cores. */
  readonly takes: string;
  /** Only measured when it is named. */
  readonly onlyNamed?: true;
  /** What is missing here to measure it, if anything is. */
  missing?(): string | undefined;
  measure(bench: Bench): Promise<readonly Row[]>;
}

/** For groups that read `/proc` or open a terminal as only Linux does. */
export function linuxOnly(): string | undefined {
  return process.platform === "linux" ? undefined : "measured on Linux only";
}
