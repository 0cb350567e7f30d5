import type { PeerNames } from "../../control/peer-names.ts";
import { isEnded } from "../../core/job.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { BrokerPicture, PeerView } from "../../peer/peer-view.ts";
import { addressParts } from "../address-words.ts";
import { count, milliseconds } from "../format.ts";
import { labelOf } from "../labels.ts";
import { joined, type Line, span, wrap } from "../line.ts";
import type { Model, PanelRow } from "../model.ts";
import { safeText } from "../safe-text.ts";
import { rateWord, stuckCure, stuckWords } from "./job-words.ts";
import { noJobLines } from "./life.ts";
import { partBar } from "./progress-bar.ts";
import { type Column, tableRows } from "./table.ts";

type Job = BrokerPicture["jobs"][number];
type Worker = BrokerPicture["workers"][number];

const LABEL_WIDTH = 12;

/** Columns of a bar, at most and at least, and of the percentage behind it. */
const BAR = { most: 30, least: 6, percent: " 100%".length } as const;

/** Jobs that have ended and are listed still, the latest ones. */
const MOST_ENDED = 3;

/** Columns by which the line about a job stands behind its number. */
const INDENT = "   ";

/**
 * The Broker panel: the virtual address and who holds it, the jobs, and who works for them with how much to do. In little
 * room the jobs come first, because they are what somebody waits for.
 */
export function brokerRows(model: Model, width: number): readonly PanelRow[] {
  const { view, names } = model;
  const jobs = listedJobs(view);
  const { workers } = view.broker;
  return [
    { line: [" ", ...joined(addressParts(view, names), "  ")], subject: { kind: "address" } },
    ...(jobs.length === 0 ? noJobLines(width).map(about) : jobRows(jobs, width)),
    ...(workers.length === 0 ? noWorkerRows(view, width) : workerRows(workers, view, names, width)),
    about([" ", ...joined(poolParts(view, names), "  ")]),
  ];
}

/** Lines that the panel would fill; 0 where no job is known and the cluster has no virtual address. */
export function brokerLinesWanted(view: PeerView): number {
  const { vip, broker } = view;
  const jobs = listedJobs(view);
  if (jobs.length === 0 && vip.address === null) return 0;
  const stuck = jobs.filter((job) => job.stuck !== null).length;
  return 3 + jobs.length + stuck + Math.max(1, broker.workers.length + 1);
}

/** What was counted, for the title. */
export function brokerTotals({ broker }: PeerView): readonly string[] {
  const { workers, jobs, counts } = broker;
  const open = jobs.filter((job) => !isEnded(job)).length;
  const rare = [
    [counts.hedged, "hedged"],
    [counts.moved, "moved"],
    [counts.rejectedAnswers, "rejected"],
    [counts.duplicateAnswers, "duplicate"],
    [counts.lateAnswers, "late"],
  ] as const;
  return [
    count(workers.length, "worker"),
    count(open, "job"),
    count(counts.slices, "slice"),
    ...rare.flatMap(([number, word]) => (number === 0 ? [] : [`${number} ${word}`])),
  ];
}

/** The jobs that go on, the latest first, and the latest of those that have ended. */
function listedJobs({ broker }: PeerView): readonly Job[] {
  const latest = broker.jobs.toReversed();
  return [...latest.filter((job) => !isEnded(job)), ...latest.filter(isEnded).slice(0, MOST_ENDED)];
}

function jobRows(jobs: readonly Job[], width: number): readonly PanelRow[] {
  const rows = tableRows(
    jobs,
    [
      [ID, STATE, SIZE, TURN, RATE, ALIVE, MARKED],
      [ID, STATE, TURN, RATE, ALIVE, MARKED],
      [ID, STATE, TURN, RATE, ALIVE],
      [ID, STATE, TURN, RATE],
    ],
    { title: "PROGRESS", least: BAR.least + BAR.percent + 2, cell: progressCell },
    ({ id }) => ({ kind: "job", id }),
    width,
  );
  return rows.flatMap((row) => {
    const job = jobs.find(({ id }) => row.subject?.kind === "job" && row.subject.id === id);
    if (job === undefined || job.stuck === null) return [row];
    const text = `${stuckWords(job.stuck)}: ${stuckCure(job.stuck)}`;
    return [row, ...wrap(text, width - INDENT.length).map((line) => about([INDENT, span("fault", line)]))];
  });
}

const ID: Column<Job> = jobColumn("JOB", 3, ({ id }) => String(id));
const STATE: Column<Job> = {
  title: "STATE",
  least: 8,
  align: "left",
  cell: ({ state, stuck }) =>
    stuck === null ? span(state === "running" ? "good" : "plain", state) : span("bad", "stuck"),
};
const SIZE: Column<Job> = jobColumn("SIZE", 4, ({ size }) => `${size}x${size}`);
const TURN: Column<Job> = jobColumn("TURN", 5, ({ turn, turns }) => (turns === null ? `${turn}` : `${turn}/${turns}`));
const RATE: Column<Job> = jobColumn("TURNS/S", 5, (job) => rateWord(job) ?? "-");
const ALIVE: Column<Job> = jobColumn("ALIVE", 5, ({ alive }) => String(alive));
const MARKED: Column<Job> = jobColumn("MARKED", 5, ({ markedTurn }) => String(markedTurn));

function jobColumn(title: string, least: number, text: (job: Job) => string): Column<Job> {
  return { title, least, align: "right", cell: (job) => span(isEnded(job) ? "dim" : "plain", text(job)) };
}

function progressCell({ turn, turns }: Job, width: number): string {
  return turns === null ? "for ever" : barAndPercent(turn / turns, width);
}

function workerRows(
  workers: readonly Worker[],
  { self }: PeerView,
  names: PeerNames,
  width: number,
): readonly PanelRow[] {
  const all = workers.reduce((sum, { slices }) => sum + slices, 0);
  const peer: Column<Worker> = {
    title: "WORKER",
    least: 6,
    align: "left",
    cell: (worker) => span(worker.peer === self.id ? "strong" : "plain", labelOf(names, worker.peer, LABEL_WIDTH)),
  };
  return tableRows(
    workers,
    [
      [peer, LOAD, SPEED, SLICES, RESPONSE, FAILURES],
      [peer, LOAD, SPEED, SLICES, RESPONSE],
      [peer, LOAD, SPEED, SLICES],
    ],
    {
      title: "SHARE",
      least: BAR.least + BAR.percent + 2,
      cell: ({ slices }, room) => barAndPercent(all === 0 ? 0 : slices / all, room),
    },
    (worker) => ({ kind: "worker", peer: worker.peer }),
    width,
  );
}

const LOAD: Column<Worker> = workerColumn("LOAD ms", ({ loadMs }) => milliseconds(loadMs));
const SPEED: Column<Worker> = workerColumn("CELLS/us", ({ speed }) => (speed === null ? "-" : speedWord(speed)));
const SLICES: Column<Worker> = workerColumn("SLICES", ({ slices }) => String(slices));
const RESPONSE: Column<Worker> = workerColumn("RESP ms", ({ responseMs }) =>
  responseMs === null ? "-" : milliseconds(responseMs),
);
const FAILURES: Column<Worker> = {
  ...workerColumn("FAILED", ({ failures }) => String(failures)),
  cell: ({ failures }) => span(failures === 0 ? "dim" : "warn", String(failures)),
};

function workerColumn(title: string, text: (worker: Worker) => string): Column<Worker> {
  return { title, least: title.length, align: "right", cell: (worker) => span("plain", text(worker)) };
}

/** Cells a microsecond: `410`, `4.1`. */
function speedWord(speed: number): string {
  return speed < 10 ? speed.toFixed(1) : String(Math.round(speed));
}

function noWorkerRows({ broker }: PeerView, width: number): readonly PanelRow[] {
  const isWanted = broker.jobs.some((job) => !isEnded(job));
  if (broker.holder === null && !isWanted) return [];
  const text = broker.isWorker
    ? "no workers known yet: they join whoever hands work out"
    : "no workers known: o or :work on lets this peer work";
  return wrap(text, width - 2).map((line) => about([span("dim", ` ${line}`)]));
}

/** Who takes over, what programs ask, and what this peer computes. */
function poolParts({ broker, peers, self }: PeerView, names: PeerNames): readonly Line[] {
  const { standby, callers, calls, isWorker, working, worked } = broker;
  const programs = callers === 0 ? [] : [[`${count(callers, "program")}`, span("dim", `, ${calls} unanswered`)]];
  const work: Line = isWorker
    ? [span("dim", "here "), `${working} in hand`, span("dim", `, ${worked} computed`)]
    : [span("warn", "computes nothing here")];
  return [[span("dim", "standby "), ...standbyWords(standby, peers, self.id, names)], ...programs, work];
}

/** Who would take over, and how quickly it answers. */
function standbyWords(
  standby: PeerId | null,
  peers: PeerView["peers"],
  self: PeerId,
  names: PeerNames,
): readonly (string | ReturnType<typeof span>)[] {
  if (standby === null) return [span("dim", "none")];
  const rttMs = peers.find(({ id }) => id === standby)?.rttMs ?? null;
  const name = safeText(labelOf(names, standby, LABEL_WIDTH));
  return [span("strong", name), standby === self ? " (you)" : "", rttMs === null ? "" : ` ${milliseconds(rttMs)} ms`];
}

/** `[####....] 52%`, as long as there is room for it. */
function barAndPercent(part: number, width: number): string {
  const cells = Math.min(BAR.most, width - 2 - BAR.percent);
  const percent = `${Math.floor(100 * Math.min(1, part))}%`;
  return cells < BAR.least ? percent : `${partBar(part, cells)} ${percent}`;
}

function about(line: Line): PanelRow {
  return { line, subject: null };
}
