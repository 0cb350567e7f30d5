import type { Mutation } from "./mutant.ts";

const notification = "src/protocols/notification";

/** Bugs of how notices spread and who is told them. */
export const noticeMutations: readonly Mutation[] = [
  {
    name: "a notice spreads before programs have found it valid",
    file: `${notification}/intake.ts`,
    find: "\n    if (entry.waiting === 0) this.#accept(entry, now);",
    replace: "\n    this.#accept(entry, now);",
    seeds: 40,
    foundBy: 3,
  },
  {
    name: "what a program finds invalid counts as valid",
    file: `${notification}/intake.ts`,
    find: 'if (!valid) this.reject(entry, "invalid");\n    else if (entry.waiting === 0)',
    replace: "if (entry.waiting === 0)",
    seeds: 40,
    foundBy: 3,
  },
  {
    name: "a program that is gone counts as one that found all valid",
    file: `${notification}/api.ts`,
    find: 'for (const entry of program.takeAll()) this.#intake.reject(entry, "subscriber-gone");',
    replace: "for (const entry of program.takeAll()) this.#intake.judge(entry, true, now);",
    seeds: 100,
    foundBy: 3,
  },
  {
    name: "a TTL is passed on as it came",
    file: `${notification}/entry.ts`,
    find: "return ttl === 1 ? null : Math.max(0, ttl - 1);",
    replace: "return ttl === 1 ? null : ttl;",
    seeds: 40,
    foundBy: 3,
  },
  {
    name: "a peer relays what nobody subscribes there",
    file: `${notification}/intake.ts`,
    find: "if (!audience.subscribes(notice.dataType)) continue;",
    replace: "if (notice.sequence === 0) continue;",
    seeds: 100,
  },
  {
    name: "notices go back to where they came from",
    file: `${notification}/branches.ts`,
    find: "if (peer === source || peer === notice.origin || holders?.has(peer) === true) continue;",
    replace: "if (holders?.has(peer) === true) continue;",
    seeds: 40,
  },
  {
    name: "what a program was told it is told again",
    file: `${notification}/programs.ts`,
    find: "if (telling.length > 0) this.#telling = [];",
    replace: "if (telling.length > 1) this.#telling = [];",
    seeds: 40,
  },
  {
    name: "nothing that is missing is ever pulled",
    file: `${notification}/pulls.ts`,
    find: "if (now >= this.#deadline) this.#pull(now);",
    replace: "if (now >= this.#deadline) this.#deadline = Number.POSITIVE_INFINITY;",
    seeds: 40,
  },
  {
    name: "every life of a peer counts as its first",
    file: `${notification}/intake.ts`,
    find: "return (incarnation % 0xffff) + 1;",
    replace: "return Math.min(incarnation, 0) + 1;",
    seeds: 40,
  },
  {
    name: "the lives of a peer are one stream to others",
    file: `${notification}/streams.ts`,
    find: "return life * 0x10000 + dataType;",
    replace: "return Math.min(life, 0) + dataType;",
    seeds: 100,
    foundBy: 5,
  },
  {
    name: "while nothing was forgotten, what is of Lamport time 0 is too old",
    file: `${notification}/streams.ts`,
    find: "#floor = Number.NEGATIVE_INFINITY;",
    replace: "#floor = 0;",
    seeds: 200,
    foundBy: 98,
  },
];
