import { hashOf } from "../../core/board.ts";
import { isEnded, type JobId } from "../../core/job.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { JobAnswer, JobRequest } from "../../wire/job-message.ts";
import { Firsts } from "./firsts.ts";
import { type Invariant, invariant } from "./invariant.ts";
import { JobCourses } from "./job-courses.ts";
import { type Life, PerLife } from "./life.ts";

/** By cells that the order names, and by what programs are answered: numbers at each turn, and whole boards. */
const boardsAreRight = invariant({
  name: "boards-are-right",
  source: "the head of round.ts, safety: each row counts once; the rule of the game, computed a cell after the other",
  text: "The board of a job at a turn is what its first one becomes in so many turns.",
  watch: (broken) => {
    const courses = new JobCourses();
    return [
      courses,
      {
        told: ({ cluster, port }, { event }) => {
          if (event.kind !== "job-marked") return;
          const { job, mark } = event;
          const right = courses.contradiction(cluster, job, mark.turn, mark);
          if (right !== undefined)
            broken(
              `peer ${port} has marked job ${job} at turn ${mark.turn} with ${mark.alive} cells, ${mark.hash}, ` +
                `where there are ${right.alive}, ${right.hash}`,
            );
        },
        callsAnswered: ({ cluster, port }, { answers }) => {
          for (const { answer } of answers) {
            if (!("turn" in answer) || answer.kind === "process-slice") continue;
            const { kind, job, turn, alive } = answer;
            const isWhole = answer.kind === "screenshot" && answer.rows === answer.band.size;
            const hash = isWhole ? { hash: hashOf(answer.band) } : {};
            const right = courses.contradiction(cluster, job, turn, { alive, ...hash });
            if (right !== undefined)
              broken(
                `peer ${port} answers ${kind} of job ${job} with ${alive} cells at turn ${turn}, where there are ` +
                  `${right.alive}${isWhole ? `, or with others` : ""}`,
              );
          }
        },
      },
    ];
  },
});

/** What is in the order is told by whoever is in office; a leader of old may hear late of what it has asked for. */
const marksGoForward = invariant({
  name: "marks-go-forward",
  source: "broker-table.ts: a mark never goes back",
  text: "Each peer in office marks a job at later turns than before, or at the same.",
  watch: (broken) => {
    const latest = new PerLife<Map<JobId, number>>(() => new Map());
    return [
      {
        told: (life, { event }) => {
          if (event.kind !== "job-marked") return;
          const { job, mark } = event;
          const before = latest.of(life).get(job) ?? 0;
          if (mark.turn < before) broken(`peer ${life.port} marks job ${job} at turn ${mark.turn}, after ${before}`);
          latest.of(life).set(job, mark.turn);
        },
      },
    ];
  },
});

/**
 * Whoever goes on from a mark may be behind whoever was in office before, itself perhaps: programs say how far they have
 * seen, and believe nothing that is behind.
 */
const turnsGoForward = invariant({
  name: "turns-go-forward",
  source: "job-message.ts, standing; the head of broker.ts",
  text: "During one stay in office what programs are told of a job goes forward, turn by turn, and what has ended stays so.",
  watch: (broken) => {
    const latest = new PerLife<Map<JobId, { readonly turn: number; readonly isEnded: boolean }>>(() => new Map());
    return [
      {
        told: (life, { event }) => {
          if (event.kind === "office-entered") latest.of(life).clear();
        },
        callsAnswered: (life, { answers }) => {
          for (const { answer } of answers) {
            if (!("state" in answer)) continue;
            const { job, turn, state } = answer;
            const before = latest.of(life).get(job) ?? { turn: 0, isEnded: false };
            if (turn < before.turn)
              broken(`peer ${life.port} tells turn ${turn} of job ${job}, after turn ${before.turn}`);
            if (before.isEnded && !isEnded(answer))
              broken(`peer ${life.port} tells that job ${job} is ${state}, after its end`);
            latest.of(life).set(job, { turn, isEnded: isEnded(answer) });
          }
        },
      },
    ];
  },
});

/** Requests of one connection by their numbers. */
type Asked = Map<string, JobRequest>;

/** Of what has ended so many are remembered: a job that ended may be forgotten. */
const begunJobsAreKept = invariant({
  name: "begun-jobs-are-kept",
  source: "job-message.ts, process-gol: it is answered when its board is with a majority and the order has it",
  text: "A job of which a program was told that it has begun is never unknown before it has ended.",
  watch: (broken) => {
    const asked = new PerLife<Asked>(() => new Map());
    const begun = new Firsts<JobId, { isEnded: boolean }>();
    const note = (life: Life, answer: JobAnswer, request: JobRequest | undefined): void => {
      if (answer.kind === "process-gol") begun.note(life.cluster, answer.job, { isEnded: false });
      if ("state" in answer && isEnded(answer)) begun.note(life.cluster, answer.job, { isEnded: true }).isEnded = true;
      if (answer.kind !== "error" || answer.code !== "no-job" || request === undefined || !("job" in request)) return;
      if (begun.get(life.cluster, request.job)?.isEnded === false)
        broken(`peer ${life.port} knows no job ${request.job}, which has begun and not ended`);
    };
    const keyOf = (session: SessionId, requestId: number): string => `${session}:${requestId}`;
    return [
      {
        callsAsked: (life, { session, calls }) => {
          for (const { requestId, request } of calls) asked.of(life).set(keyOf(session, requestId), request);
        },
        callsAnswered: (life, { session, answers }) => {
          for (const { requestId, answer } of answers) {
            const key = keyOf(session, requestId);
            note(life, answer, asked.of(life).get(key));
            asked.of(life).delete(key);
          }
        },
      },
    ];
  },
});

/** A request that is answered twice would be taken for the answer to another one that has its number by then. */
const answersAreAskedFor = invariant({
  name: "answers-are-asked-for",
  source:
    "the design, section 3.1; wire document, section Peer frame: the request ID correlates an answer with its request",
  text: "What a program is answered it has asked, on the same connection and once for each answer.",
  watch: (broken) => {
    const open = new PerLife<Map<SessionId, Set<number>>>(() => new Map());
    return [
      {
        callsAsked: (life, { session, calls }) => {
          const ids = open.of(life).get(session) ?? new Set<number>();
          open.of(life).set(session, ids);
          for (const { requestId } of calls) ids.add(requestId);
        },
        callsAnswered: (life, { session, answers }) => {
          for (const { requestId, answer } of answers) {
            if (open.of(life).get(session)?.delete(requestId) !== true)
              broken(`peer ${life.port} answers request ${requestId} with ${answer.kind}, which was not asked`);
          }
        },
      },
    ];
  },
});

/** By rounds: what a worker said twice, or to a leader of old, would be in one of them. */
const roundsGoForward = invariant({
  name: "rounds-go-forward",
  source: "the head of round.ts; Valiant 1990",
  text: "While a peer is in office the rounds of a job that it completes end at later turns, one after the other.",
  watch: (broken) => {
    const latest = new PerLife<Map<JobId, number>>(() => new Map());
    return [
      {
        told: (life, { event }) => {
          if (event.kind === "office-entered") latest.of(life).clear();
          if (event.kind !== "round-completed") return;
          const { job, turn } = event;
          const before = latest.of(life).get(job) ?? 0;
          if (turn <= before) broken(`peer ${life.port} completes job ${job} at turn ${turn}, after turn ${before}`);
          latest.of(life).set(job, turn);
        },
      },
    ];
  },
});

/** What must hold of the pool and its jobs. */
export const poolInvariants: readonly Invariant[] = [
  boardsAreRight,
  marksGoForward,
  turnsGoForward,
  begunJobsAreKept,
  answersAreAskedFor,
  roundsGoForward,
];
