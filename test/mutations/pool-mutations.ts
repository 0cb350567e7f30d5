import type { Mutation } from "./mutant.ts";

const office = "src/protocols/office";
const broker = "src/protocols/broker";
const topic = "pool";

/** Bugs of the office and its leases, and of the pool that works for whoever is in it. */
export const poolMutations: readonly Mutation[] = [
  {
    name: "nobody waits for the lease of the one before",
    file: `${office}/tenure.ts`,
    find: "return electedAt + Math.max(0, predecessor.leaseMs * (1 + drift) - deductionMs);",
    replace: "return electedAt + Math.min(0, predecessor.leaseMs * (1 + drift) - deductionMs);",
    seeds: 40,
    foundBy: 9,
    topic,
  },
  {
    name: "a lease counts from later than the asking",
    file: `${office}/lease.ts`,
    find: "const until = askedAt + this.#leaseMs;",
    replace: "const until = this.#nextAskAt + this.#leaseMs;",
    seeds: 40,
    foundBy: 9,
    topic,
  },
  {
    name: "of what voters say of their silence the most counts",
    file: "src/protocols/raft/campaign.ts",
    find: "else this.#leaderHeardAt = Math.max(leaderHeardAt, this.#leaderHeardAt);",
    replace:
      "else {\n      const least = Math.min(leaderHeardAt, this.#leaderHeardAt);\n      this.#leaderHeardAt = least === Number.NEGATIVE_INFINITY ? leaderHeardAt : least;\n    }",
    seeds: 40,
    foundBy: 19,
    topic,
  },
  {
    name: "a slice that was asked of two counts twice",
    file: `${broker}/round.ts`,
    find: "this.#counted += slice.rows;",
    replace: "this.#counted += slice.isHedged ? 2 * slice.rows : slice.rows;",
    seeds: 40,
    foundBy: 3,
    topic,
  },
  {
    name: "a round ends before all rows are there",
    file: `${broker}/round.ts`,
    find: "return this.#counted === this.board.rows;",
    replace: "return this.#counted >= this.board.rows / 2;",
    seeds: 40,
    topic,
  },
  {
    name: "what somebody computed counts for other rows",
    file: `${broker}/labour.ts`,
    find: "const { term, job, turn, turns, topology, y, rows } = task.request;",
    replace:
      "const { term, job, turn, turns, topology, rows } = task.request;\n    const y = Math.max(0, task.request.y - 1);",
    seeds: 40,
    topic,
  },
  {
    name: "a board is marked before a majority has it",
    file: `${broker}/checkpoint.ts`,
    find: "kept >= majority(keepers.length)",
    replace: "kept >= 1",
    seeds: 40,
    foundBy: 5,
    topic,
  },
  {
    name: "a board is said to be kept before it is on disk",
    file: `${broker}/keeping.ts`,
    find: 'const { token } = this.#keep(taken.name, taken.board);\n    effects.send({ peer: from }, { kind: "board-kept", term, hash, offset: total }, token);',
    replace:
      'const { token } = this.#keep(taken.name, taken.board);\n    effects.send({ peer: from }, { kind: "board-kept", term, hash, offset: total }, Math.min(token, 0));',
    seeds: 40,
    foundBy: 5,
    topic,
  },
];
