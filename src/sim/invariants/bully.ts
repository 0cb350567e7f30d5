import type { PeerId } from "../../core/peer-id.ts";
import { BULLY_DEFAULTS } from "../../protocols/bully/definition.ts";
import { type Invariant, invariant } from "./invariant.ts";
import { type Life, nameOf, PerLife } from "./life.ts";

/** What one life has said in elections, and what gave it reason to. */
interface Speech {
  asked: number;
  answered: number;
  claimed: number;
  heard: number;
  stood: number;
  won: number;
}

/** Looked at when all of a step was seen. What a fault of the peer's own says twice is not counted against it. */
const electionsAreShort = invariant({
  name: "elections-are-short",
  source: "Garcia-Molina 1982, section IV; the head of bully.ts, messages of an election",
  text: "Whoever stands asks every other peer at most once, whoever is asked answers once, and whoever wins tells every other peer once.",
  watch: (broken, world) => {
    const speeches = new PerLife<Speech>(() => ({ asked: 0, answered: 0, claimed: 0, heard: 0, stood: 0, won: 0 }));
    const limited = (life: Life, what: string, count: number, limit: number): void => {
      if (count > limit) broken(`peer ${life.port} has said ${what} ${count} times, where ${limit} would do`);
    };
    return [
      {
        said: (life, { content }) => {
          if (content.protocol !== "bully") return;
          const speech = speeches.of(life);
          const { kind } = content.message;
          if (kind === "election") speech.asked += 1;
          else if (kind === "answer") speech.answered += 1;
          else if (kind === "coordinator") speech.claimed += 1;
        },
        heard: (life, { content }) => {
          if (content.protocol === "bully" && content.message.kind === "election") speeches.of(life).heard += 1;
        },
        told: (life, { event }) => {
          if (event.kind === "election-started" && !("term" in event)) speeches.of(life).stood += 1;
          if (event.kind === "election-ended" && event.outcome === "won") speeches.of(life).won += 1;
        },
        settled: (life) => {
          if (world.options.modes.election !== "bully" || life.faults > 0) return;
          const { asked, answered, claimed, heard, stood, won } = speeches.of(life);
          const others = world.peers.length - 1;
          limited(life, "election", asked, stood * others);
          limited(life, "answer", answered, heard);
          limited(life, "coordinator", claimed, won * others + heard);
        },
      },
    ];
  },
});

/** How often one peer has taken over from another, and since when, by the clock of the latter. */
interface Yielding {
  readonly since: number;
  times: number;
}

/** By the leaders that give way: how long a peer that flaps has to wait is theirs to say. */
const leadersYieldSeldom = invariant({
  name: "leaders-yield-seldom",
  source: "the head of hold-down.ts: bounded churn when the highest flaps",
  text: "A working leader gives way to one and the same peer no more often than hold-down allows.",
  watch: (broken) => {
    const yielded = new PerLife<Map<PeerId, Yielding>>(() => new Map());
    const previous = new PerLife<{ because: string | null }>(() => ({ because: null }));
    return [
      {
        told: (life, { now, event }) => {
          if (event.kind === "transfer-started") yielded.of(life).delete(event.to);
          if (event.kind === "leader-lost") previous.of(life).because = event.leader === life.id ? event.because : null;
          if (event.kind !== "leader-elected" || "term" in event) return;
          const { because } = previous.of(life);
          previous.of(life).because = null;
          if (because !== "higher-priority" || event.leader === life.id) return;
          const known = yielded.of(life).get(event.leader) ?? { since: now, times: 0 };
          yielded.of(life).set(event.leader, known);
          known.times += 1;
          const limit = yieldsWithin(now - known.since);
          if (known.times > limit)
            broken(
              `peer ${life.port} has given way to peer ${nameOf(event.leader)} ${known.times} times in ` +
                `${now - known.since} ms, where ${limit} times are allowed`,
            );
        },
      },
    ];
  },
});

/** What must hold of Bully's elections. */
export const bullyInvariants: readonly Invariant[] = [electionsAreShort, leadersYieldSeldom];

/** F + 1 + T / calm + T / longest hold, where F losses in a row make a hold the longest. */
function yieldsWithin(ms: number): number {
  const { holdMs, maxHoldMs, calmMs } = BULLY_DEFAULTS;
  let losses = 2;
  for (let hold: number = holdMs; hold < maxHoldMs; hold *= 2) losses += 1;
  return losses + 1 + Math.floor(ms / calmMs) + Math.floor(ms / maxHoldMs);
}
