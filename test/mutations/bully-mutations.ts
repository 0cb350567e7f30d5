import type { Mutation } from "./mutant.ts";

const bully = "src/protocols/bully";

/** Bugs of Bully. */
export const bullyMutations: readonly Mutation[] = [
  {
    name: "one that flaps is never held down",
    file: `${bully}/hold-down.ts`,
    find: "if (flaps < 2) return 0;",
    replace: "if (flaps < 200) return 0;",
    seeds: 200,
    foundBy: 27,
    topic: "locks",
  },
  {
    name: "a leader that is told of a higher one does not give way",
    file: `${bully}/bully.ts`,
    find: "} else if (this.#others.outranks(from, leader)) {",
    replace: "} else if (this.#others.outranks(leader, from) && this.#others.outranks(from, leader)) {",
    seeds: 40,
    foundBy: 3,
    topic: "locks",
  },
  {
    name: "a leader tells of its election again and again",
    file: `${bully}/bully.ts`,
    find: 'if (now >= this.#heartbeatDeadline) this.#tellAll("heartbeat");',
    replace: 'if (now >= this.#heartbeatDeadline) this.#tellAll("coordinator");',
    seeds: 40,
    topic: "locks",
  },
];
