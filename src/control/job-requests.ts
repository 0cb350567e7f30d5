import type { JobErrorCode } from "../wire/job-error.ts";
import type { JobAnswer, JobRequest } from "../wire/job-message.ts";
import { counted, oneLine, type ToldAnswer } from "./told-answer.ts";

type PauseRequest = Extract<JobRequest, { readonly kind: "pause" }>;

/** What is to be done, and what was done, each as a sentence without its subject. */
interface Deed {
  readonly todo: string;
  readonly done: string;
}

/** Why a request was not done although nothing is wrong with it. */
const UNTRIED: readonly JobErrorCode[] = ["busy", "elsewhere", "no-leader"];

/** Why nobody knows whether a request was done. */
const UNSURE: readonly JobErrorCode[] = ["office-lost", "timed-out"];

/** Tells what became of a request to the pool. */
export function toldOfJob(request: JobRequest, answer: JobAnswer): ToldAnswer {
  if (answer.kind !== "error") return { ok: true, text: doneWords(request, answer), because: null };
  const because = oneLine(answer.text);
  const { todo, done } = deedOf(request);
  if (UNSURE.includes(answer.code)) return { ok: false, text: `may have ${done}`, because };
  const why = UNTRIED.includes(answer.code) ? `it did not happen: ${because}` : because;
  return { ok: false, text: `could not ${todo}`, because: why };
}

function doneWords(request: JobRequest, answer: Exclude<JobAnswer, { kind: "error" }>): string {
  switch (answer.kind) {
    case "process-gol":
      return `began job ${answer.job}`;
    case "pause":
      return answer.state === "running"
        ? `job ${answer.job} goes on from turn ${answer.turn}`
        : `job ${answer.job} is ${answer.state} at turn ${answer.turn}, ${counted(answer.alive, "cell")} alive`;
    case "count-alive":
      return `job ${answer.job} is ${answer.state} at turn ${answer.turn}, ${counted(answer.alive, "cell")} alive`;
    case "flip":
      return `turned cells of job ${answer.job} over: ${answer.alive} alive at turn ${answer.turn}`;
    case "kill":
      return `ended job ${answer.job} at turn ${answer.turn}`;
    case "screenshot":
      return `has the cells of job ${answer.job} at turn ${answer.turn}`;
    default:
      return deedOf(request).done;
  }
}

/** A request in words. */
function deedOf(request: JobRequest): Deed {
  switch (request.kind) {
    case "process-gol":
      return { todo: "begin a job", done: "begun a job" };
    case "pause":
      return pauseDeed(request);
    case "flip":
      return { todo: `turn cells of ${jobWords(request)} over`, done: `turned cells of ${jobWords(request)} over` };
    case "count-alive":
      return { todo: `count the cells of ${jobWords(request)}`, done: `counted the cells of ${jobWords(request)}` };
    case "screenshot":
      return { todo: `look at ${jobWords(request)}`, done: `looked at ${jobWords(request)}` };
    case "kill":
      return { todo: `end ${jobWords(request)}`, done: `ended ${jobWords(request)}` };
    default:
      return { todo: `ask for ${request.kind}`, done: `asked for ${request.kind}` };
  }
}

function pauseDeed({ action, job }: PauseRequest): Deed {
  const which = jobWords({ job });
  switch (action) {
    case "pause":
      return { todo: `pause ${which}`, done: `paused ${which}` };
    case "resume":
      return { todo: `let ${which} go on`, done: `let ${which} go on` };
    case "toggle":
      return { todo: `pause ${which} or let it go on`, done: `paused ${which} or let it go on` };
    case "step":
      return { todo: `step ${which}`, done: `stepped ${which}` };
  }
}

/** Job 0 is the latest one. */
function jobWords({ job }: { readonly job: number }): string {
  return job === 0 ? "the latest job" : `job ${job}`;
}
