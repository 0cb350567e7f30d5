import type { BrokerPicture } from "../peer/peer-view.ts";

type Job = BrokerPicture["jobs"][number];

/** Why a job does not go on though it runs, and what to do. */
const STUCK: Readonly<Record<NonNullable<Job["stuck"]>, { readonly why: string; readonly cure: string }>> = {
  "no-workers": { why: "nobody works", cure: "say :work on, or start peers without --no-worker" },
  "board-missing": { why: "nobody who is up has its board", cure: "start the peers that kept it" },
  "no-majority": { why: "no majority keeps its board", cure: "start the peers that are missing" },
};

/** Why it does not go on. */
export function stuckWords(stuck: NonNullable<Job["stuck"]>): string {
  return STUCK[stuck].why;
}

/** What to do about that. */
export function stuckCure(stuck: NonNullable<Job["stuck"]>): string {
  return STUCK[stuck].cure;
}

/** What a job does, in a word or two. */
export function jobState({ state, stuck }: Pick<Job, "state" | "stuck">): string {
  return state === "running" && stuck !== null ? `stuck: ${stuckWords(stuck)}` : state;
}

/** Turns a second: `48`, `4.8`; null where that is not known, or it does not run. */
export function rateWord({ state, turnsPerSecond }: Pick<Job, "state" | "turnsPerSecond">): string | null {
  if (turnsPerSecond === null || state !== "running") return null;
  return turnsPerSecond < 10 ? turnsPerSecond.toFixed(1) : String(Math.round(turnsPerSecond));
}

/** `turn 120`, or `turn 120/1000` of a job that comes to an end. */
export function turnWords({ turn, turns }: Pick<Job, "turn" | "turns">): string {
  return turns === null ? `turn ${turn}` : `turn ${turn}/${turns}`;
}
