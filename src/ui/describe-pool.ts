import { toldOfJob } from "../control/job-requests.ts";
import type { PeerNames } from "../control/peer-names.ts";
import { count, duration } from "./format.ts";
import { stuckCure, stuckWords } from "./job-words.ts";
import type { Of, Stories } from "./story.ts";

/** What happens to the office, its address, workers and jobs. */
export const poolStories: Stories<
  | "office-entered"
  | "office-left"
  | "address-acquired"
  | "address-lost"
  | "address-failed"
  | "worker-joined"
  | "worker-left"
  | "job-begun"
  | "job-resumed"
  | "job-paused"
  | "job-continued"
  | "job-ended"
  | "job-stuck"
  | "job-marked"
  | "job-answered"
  | "slice-moved"
  | "round-completed"
  | "answer-rejected"
> = {
  "office-entered": (e) => ({
    about: "self",
    text: `began to act for the pool in term ${e.term}, after a wait of ${duration(e.waitedMs)}`,
    tone: "good",
  }),
  "office-left": (e) => ({
    about: "self",
    text: `stopped acting for the pool, in term ${e.term}`,
    because: LEFT[e.because],
    tone: e.because === "lease-expired" ? "bad" : "plain",
  }),
  "address-acquired": (e) => ({
    about: "self",
    text: `took ${e.address} for term ${e.term} in ${duration(e.tookMs)}`,
    tone: "good",
  }),
  "address-lost": (e) => ({ about: "self", text: `let ${e.address} go`, because: e.because }),
  "address-failed": (e) => ({ about: "self", text: `could not take ${e.address}`, because: e.because, tone: "bad" }),

  "worker-joined": (e) => ({ about: e, text: "joined the workers" }),
  "worker-left": (e) => ({
    about: e,
    text: "left the workers",
    because: WORKER_LEFT[e.because],
    tone: e.because === "unsubscribed" ? "plain" : "bad",
  }),

  "job-begun": (e) => ({
    about: "self",
    text: `began job ${e.job}, ${e.size} x ${e.size}, ${count(e.alive, "cell")} alive, ${e.turns === null ? "for ever" : count(e.turns, "turn")}`,
    tone: "good",
  }),
  "job-resumed": (e) => ({ about: "self", text: `went on with job ${e.job} from turn ${e.turn}`, tone: "good" }),
  "job-paused": (e) => ({ about: "self", text: `paused job ${e.job} at turn ${e.turn}` }),
  "job-continued": (e) => ({ about: "self", text: `let job ${e.job} run on from turn ${e.turn}` }),
  "job-ended": (e) => ({
    about: "self",
    text: `${e.because === "finished" ? "finished" : "killed"} job ${e.job} at turn ${e.turn} with ${count(e.alive, "cell")} alive`,
    tone: e.because === "finished" ? "good" : "plain",
  }),
  "job-stuck": (e) => ({
    about: "self",
    text: `could not go on with job ${e.job}`,
    because: `${stuckWords(e.because)}: ${stuckCure(e.because)}`,
    tone: "bad",
  }),
  "job-marked": (e) => ({ about: "self", text: `made job ${e.job} safe at turn ${e.mark.turn}` }),
  "job-answered": (e) => {
    const { ok, text, because } = toldOfJob(e.request, e.answer);
    return { about: "self", text: ok ? `heard: ${text}` : text, because, tone: ok ? "plain" : "bad" };
  },
  "slice-moved": slicesMoved,
  "round-completed": (e) => ({
    about: "self",
    text: `brought job ${e.job} to turn ${e.turn} by ${count(e.slices, "slice")}`,
  }),
  "answer-rejected": (e) => ({
    about: { peer: e.from },
    text: `answered in vain, for term ${e.term}`,
    because: REJECTED[e.because],
  }),
};

function slicesMoved(e: Of<"slice-moved">, names: PeerNames) {
  return {
    about: { peer: e.from },
    text: `had rows ${e.y} to ${e.y + e.rows - 1} of job ${e.job} given to ${names.label(e.to)}`,
    because: MOVED[e.because],
  };
}

const LEFT: Readonly<Record<Of<"office-left">["because"], string>> = {
  "leader-lost": "we lead no more",
  "lease-expired": "our lease ran out before a quorum answered",
  left: "we leave",
  "no-demand": "there is nothing to do for it",
  superseded: "a later term is in office",
  forgotten: "the cluster was given up",
};

const WORKER_LEFT: Readonly<Record<Of<"worker-left">["because"], string>> = {
  unsubscribed: "it said so",
  "link-lost": "its link is lost",
  unhealthy: "it is unhealthy",
};

const MOVED: Readonly<Record<Of<"slice-moved">["because"], string>> = {
  lost: "it is gone",
  late: "it is late",
  failed: "it failed",
};

const REJECTED: Readonly<Record<Of<"answer-rejected">["because"], string>> = {
  "old-term": "that term is over",
  duplicate: "it was answered already",
  unknown: "nobody asked",
};
