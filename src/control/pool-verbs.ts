import { verb } from "./grammar.ts";
import { boardSize, job, ofJob, onOrOff, pace, pattern, steps, topology, turns, x, y } from "./job-arguments.ts";
import { lossOfJob } from "./losses.ts";

/** What is asked of the pool of workers and of its boards, in the order in which help lists it. */
export const poolVerbs = {
  life: verb({
    arguments: { pattern, size: boardSize, turns, pace, topology },
    help: "begin a board of Life with a pattern by name, or from a file (RLE or plain text); for ever without turns, 20 turns a second without pace",
    key: { key: "n", scope: "life", opens: true, hint: "new" },
    inverse: { line: "kill {job}" },
  }),
  "pause-job": verb({
    arguments: { job },
    help: "let a board stand still at its turn; the same key lets it go on",
    key: { key: "space", scope: "life", hint: "pause" },
    takesUnder: "job",
    inverse: { line: "resume-job {job}" },
  }),
  "resume-job": verb({
    arguments: { job },
    help: "let a board that stands still go on",
    keyless: "the key of pause-job does it where the board stands still",
    takesUnder: "job",
    inverse: { line: "pause-job {job}" },
  }),
  "step-job": verb({
    arguments: { job, turns: steps },
    help: "let a board go on by one turn, or by so many, and stand still",
    key: { key: ".", scope: "life", hint: "step" },
    takesUnder: "job",
    inverse: { none: "no board goes back" },
  }),
  flip: verb({
    arguments: { x, y, job: ofJob },
    help: "turn a cell of a board that stands still over: dead to alive, alive to dead",
    keyless: "the pen of the panel Life does it",
    inverse: { line: "flip {x} {y} job {job}" },
  }),
  screenshot: verb({
    arguments: { job },
    help: "save the cells of a board's present turn where you are, as .rle and as .pbm",
    key: { key: "s", scope: "life", hint: "save" },
    takesUnder: "job",
    inverse: { none: "it changes nothing of the board" },
  }),
  kill: verb({
    arguments: { job },
    help: "end a board everywhere",
    key: { key: "x", scope: "life", hint: "kill" },
    takesUnder: "job",
    inverse: { none: "its board is gone: begin another" },
    loss: lossOfJob,
  }),
  work: verb({
    arguments: { on: onOrOff },
    help: "compute for the pool, or do not; the other way than now if neither is said",
    key: { key: "o", scope: "broker" },
    inverse: { line: "work" },
  }),
};
