import { MAX_BOARD_SIZE, MIN_BOARD_SIZE, type Topology } from "../core/board.ts";
import { behind, optional, wholeNumber } from "./arguments.ts";
import { type Argument, wrong } from "./grammar.ts";
import { PATTERN_NAMES } from "./patterns.ts";
import { naming } from "./store-arguments.ts";

/** Turns of one job, and of one step, at most. */
const MOST_TURNS = 9_999_999_999;
const MOST_STEPS = 1_000_000;

/** A pattern by its name, or the file that holds one. */
export const pattern: Argument<string> = naming("PATTERN|FILE", () => PATTERN_NAMES);

/** Side of a board. */
export const boardSize: Argument<number> = behind(
  "size",
  wholeNumber("128", "size of a board", MIN_BOARD_SIZE, MAX_BOARD_SIZE),
  "128",
  ["64", "128", "256", "1024"],
);

/** Turns after which a job is finished. */
export const turns: Argument<number> = behind("turns", wholeNumber("1000", "number of turns", 1, MOST_TURNS), "1000", [
  "100",
  "1000",
  "10000",
]);

/** Turns in a second, at most. */
export const pace: Argument<number> = behind(
  "pace",
  wholeNumber("20", "number of turns a second", 1, MOST_STEPS),
  "20",
  ["5", "20", "100"],
);

/** What is beyond the edges of a board. */
export const topology: Argument<Topology> = {
  shape: "torus|plane",
  optional: true,
  keywords: ["torus", "plane"],
  read: (word) => ({ ok: true, value: word === "plane" ? "plane" : "torus" }),
  offers: () => ["torus", "plane"],
};

const jobNumber: Argument<number> = {
  shape: "JOB",
  optional: false,
  read: (word) => {
    const said = /^\d{1,16}$/.test(word) ? Number(word) : 0;
    return Number.isSafeInteger(said) && said > 0
      ? { ok: true, value: said }
      : wrong(`${word} is no number of a job: say one that the panel Broker lists, or none for the latest`);
  },
  offers: (_names, _begun, { jobs }) => jobs.map(String),
};

/** A job by its number; the latest where none is said. */
export const job: Argument<number> = optional(jobNumber);

/** The same behind a word. */
export const ofJob: Argument<number> = behind("job", jobNumber, "JOB", []);

/** Turns of a step. */
export const steps: Argument<number> = behind("turns", wholeNumber("10", "number of turns", 1, MOST_STEPS), "10", [
  "10",
  "100",
]);

/** Where a cell stands, from 0 at the left and at the top. */
export const x: Argument<number> = wholeNumber("X", "column of a board", 0, MAX_BOARD_SIZE - 1);
export const y: Argument<number> = wholeNumber("Y", "row of a board", 0, MAX_BOARD_SIZE - 1);

/** Whether something is to be; the other way than now where neither is said. */
export const onOrOff: Argument<boolean> = {
  shape: "on|off",
  optional: true,
  keywords: ["on", "off"],
  read: (word) => ({ ok: true, value: word === "on" }),
  offers: () => ["on", "off"],
};
