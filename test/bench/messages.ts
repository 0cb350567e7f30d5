import { bullyMessages, type End, raftMessages } from "./election-messages.ts";
import { atMostTimes, exactly, type Goal, type Row } from "./figure.ts";
import type { Group } from "./group.ts";
import { sectionsAtOnce, sectionsInTurn } from "./section-messages.ts";

const SIZES = [3, 5, 7, 15] as const;

/** There are never more voters. */
const MOST_VOTERS = 7;

const REPS = 10;

/** What each algorithm among the peers takes for a critical section that nobody else wants to enter. */
const SECTIONS = [
  { kind: "lamport", name: "Lamport", each: (n: number) => 3 * (n - 1), theory: "3(n - 1)" },
  { kind: "ricart-agrawala", name: "Ricart and Agrawala", each: (n: number) => 2 * (n - 1), theory: "2(n - 1)" },
] as const;

/** How many messages it takes to agree on a leader, and to enter a critical section; of theory it says as many. */
export const messages: Group = {
  about: "machines of one protocol in virtual time, without the rest of a peer; a seed a sample",
  takes: "20 seconds",
  measure: async ({ reps, note }) => {
    const seeds = Array.from({ length: reps ?? REPS }, (_, i) => i + 1);
    return SIZES.flatMap((n) => {
      note(`${n} peers`);
      return [
        ...rowsOfBully(n),
        ...(n <= MOST_VOTERS ? rowsOfRaft(n, seeds) : []),
        ...rowsOfSections(n, seeds),
        ...rowsOfRaymond(n, seeds),
      ];
    });
  },
};

/** The n - 1 that are left are k. At best one alone stands, at worst all of them. */
function rowsOfBully(n: number): readonly Row[] {
  const k = n - 1;
  const cases: readonly (readonly [string, End, number, string, number])[] = [
    ["best, links break", "crash", 1, "k - 1", k - 1],
    ["best, the leader is silent", "pause", 1, "k + 1", k + 1],
    ["worst, links break", "crash", k, "k^2 - 1", k * k - 1],
    ["worst, the leader is silent", "pause", k, "k^2 + k", k * k + k],
  ];
  return cases.map(([name, end, standing, theory, count]) =>
    row(n, `an election of Bully: ${name}`, [bullyMessages(n, end, standing)], beside(theory, count)),
  );
}

/** One candidate asks all others twice, before the vote and for it; the leader that is gone does not answer. */
function rowsOfRaft(n: number, seeds: readonly number[]): readonly Row[] {
  const theory = beside("4n - 6, one candidate", 4 * n - 6);
  const of = (end: End): readonly number[] => seeds.map((seed) => raftMessages(n, end, seed));
  return [
    row(n, "an election of Raft: links break", of("crash"), theory),
    row(n, "an election of Raft: the leader is silent", of("pause"), theory),
  ];
}

function rowsOfSections(n: number, seeds: readonly number[]): readonly Row[] {
  return SECTIONS.flatMap(({ kind, name, each, theory }) => {
    const alone = seeds.flatMap((seed) => sectionsInTurn(kind, n, seed).messages);
    const together = seeds.map((seed) => sectionsAtOnce(kind, n, seed));
    return [
      row(n, `a section of ${name}`, alone, beside(theory, each(n))),
      row(n, `a section of ${name}, all at once`, together, beside(theory, each(n))),
    ];
  });
}

/** The request goes through the tree to the token, which comes back the same way. */
function rowsOfRaymond(n: number, seeds: readonly number[]): readonly Row[] {
  const turns = seeds.map((seed) => sectionsInTurn("raymond", n, seed));
  const counts = turns.flatMap((turn) => turn.messages);
  const ways = turns.flatMap(({ distances }) => distances.map((distance) => 2 * distance));
  const farthest = 4 * Math.floor(Math.log2(n));
  const together = seeds.map((seed) => sectionsAtOnce("raymond", n, seed));
  return [
    row(n, "a section of Raymond, mean by chance", [mean(counts)], beside("to the token and back", mean(ways))),
    row(n, "a section of Raymond, the most", [Math.max(...counts)], beside("4 log2 n", farthest), atMostTimes(1)),
    row(n, "a section of Raymond, all at once", together, beside("about 4", 4), atMostTimes(1)),
  ];
}

function row(
  n: number,
  name: string,
  samples: readonly number[],
  theory: NonNullable<Row["beside"]>,
  goal: Goal = exactly(),
): Row {
  return { name: `n = ${n}: ${name}`, unit: "messages", samples, beside: theory, goal };
}

function beside(name: string, count: number): NonNullable<Row["beside"]> {
  return { name, samples: [count] };
}

function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}
