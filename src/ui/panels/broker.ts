import type { PeerNames } from "../../control/peer-names.ts";
import { isEnded } from "../../core/job.ts";
import type { BrokerPicture, PeerView } from "../../peer/peer-view.ts";
import { addressParts, ownAddressParts } from "../address-words.ts";
import { count, milliseconds } from "../format.ts";
import { rateWord, stuckCure, stuckWords } from "../job-words.ts";
import { labelOf } from "../labels.ts";
import { joined, type Line, span, widthOf, wrap } from "../line.ts";
import type { Model, PanelRow } from "../model.ts";
import { noJobLines } from "./life.ts";
import { partBar } from "./progress-bar.ts";
import { type Column, tableRows } from "./table.ts";

type Job = BrokerPicture["jobs"][number];
type Worker = BrokerPicture["workers"][number];

const LABEL_WIDTH = 12;

/** Columns of a bar, at most and at least, and of the percentage behind it. */
const BAR = { most: 30, least: 6, percent: " 100%".length } as const;

/** Jobs that have ended and are listed still, the latest ones, where there are so many lines. */
const MOST_ENDED = 3;
const ROOMY_FROM = 10;

/** Columns by which the line about a job stands behind its number. */
const INDENT = "   ";

/**
 * The Broker panel: the virtual address and who holds it, the jobs, and who works for them with how much to do. The jobs
 * come first, because they are what somebody waits for.
 *
 * @param height lines that it has
 */
export function brokerRows(model: Model, width: number, height: number): readonly PanelRow[] {
  const { view, names } = model;
  const jobs = listedJobs(view, height);
  const workers = sortedWorkers(view);
  return [
    ...addressRows(view, names, width),
    ...(jobs.length === 0 ? noJobLines(width).map(about) : jobRows(jobs, width)),
    ...(workers.length === 0 ? noWorkerRows(view, width) : workerRows(workers, view, names, width)),
    about([" ", ...joined(hereParts(view), "  ")]),
  ];
}

/** Who holds the virtual address, how this peer stands to that, and who would take over: on one line where that fits. */
function addressRows(view: PeerView, names: PeerNames, width: number): readonly PanelRow[] {
  const subject = { kind: "address" } as const;
  const held = addressParts(view, names);
  const next = [...ownAddressParts(view), standbyLine(view, names)];
  const whole: Line = [" ", ...joined([...held, ...next], "  ")];
  if (widthOf(whole) <= width) return [{ line: whole, subject }];
  return [{ line: [" ", ...joined(held, "  ")], subject }, about([INDENT, ...joined(next, "  ")])];
}

/** Lines that the panel would fill; 0 where no job is known and the cluster has no virtual address. */
export function brokerLinesWanted(view: PeerView): number {
  const { vip, broker } = view;
  const jobs = listedJobs(view, ROOMY_FROM);
  if (jobs.length === 0 && vip.address === null) return 0;
  const stuck = jobs.filter((job) => job.stuck !== null).length;
  return 3 + jobs.length + stuck + Math.max(1, broker.workers.length + 1);
}

/** What was counted, for the title. */
export function brokerTotals({ broker }: PeerView): readonly string[] {
  const { workers, jobs, counts } = broker;
  const open = jobs.filter((job) => !isEnded(job)).length;
  // Only whoever is in office counts them all: elsewhere it is what the workers were told to have done.
  const slices = Math.max(counts.slices, allSlices(workers));
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
    count(slices, "slice"),
    ...rare.flatMap(([number, word]) => (number === 0 ? [] : [`${number} ${word}`])),
  ];
}

/** As the peers are: by address. */
function sortedWorkers({ broker, self, peers }: PeerView): readonly Worker[] {
  const addresses = new Map([self, ...peers].map(({ id, address }) => [id, address]));
  const addressOf = ({ peer }: Worker): string => addresses.get(peer) ?? peer;
  return broker.workers.toSorted((one, other) => (addressOf(one) < addressOf(other) ? -1 : 1));
}

/** The jobs that go on, the latest first, and the latest of those that have ended; in little room only if none goes on. */
function listedJobs({ broker }: PeerView, height: number): readonly Job[] {
  const latest = broker.jobs.toReversed();
  const open = latest.filter((job) => !isEnded(job));
  const mostEnded = height >= ROOMY_FROM ? MOST_ENDED : open.length === 0 ? 1 : 0;
  return [...open, ...latest.filter(isEnded).slice(0, mostEnded)];
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
  const all = allSlices(workers);
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

function allSlices(workers: readonly Worker[]): number {
  return workers.reduce((sum, { slices }) => sum + slices, 0);
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

/** What programs ask here, and what this peer computes. */
function hereParts({ broker }: PeerView): readonly Line[] {
  const { callers, calls, isWorker, working, worked } = broker;
  const programs = callers === 0 ? [] : [[`${count(callers, "program")}`, span("dim", `, ${calls} unanswered`)]];
  const work: Line = isWorker
    ? [span("dim", "this peer computes "), count(working, "slice"), span("dim", `, ${worked} done`)]
    : [span("warn", "this peer computes nothing")];
  return [work, ...programs];
}

/** Who would take over, and how quickly it answers. */
function standbyLine({ broker: { standby }, peers, self }: PeerView, names: PeerNames): Line {
  if (standby === null) return [span("dim", "no standby")];
  const rttMs = peers.find(({ id }) => id === standby)?.rttMs ?? null;
  return [
    span("dim", "standby "),
    span("strong", labelOf(names, standby, LABEL_WIDTH)),
    standby === self.id ? " (you)" : "",
    rttMs === null ? "" : ` ${milliseconds(rttMs)} ms`,
  ];
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
