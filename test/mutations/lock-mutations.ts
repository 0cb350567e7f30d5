import type { Mutation } from "./mutant.ts";

const mutex = "src/protocols/mutex";
const topic = "locks";

/** Bugs of mutual exclusion, and of leases. */
export const lockMutations: readonly Mutation[] = [
  {
    name: "a lock is entered before all have replied",
    file: `${mutex}/lamport.ts`,
    find: "!this.#hasReplied(peer, own) || this.#precedes(peer, name, own)",
    replace: "this.#precedes(peer, name, own)",
    seeds: 40,
    foundBy: 4,
    topic,
  },
  {
    name: "a release is not told to all",
    file: `${mutex}/lamport.ts`,
    find: 'for (const peer of this.#ground.others) this.#ground.send(peer, { kind: "release", name, timestamp });',
    replace:
      'for (const peer of this.#ground.others.slice(1)) this.#ground.send(peer, { kind: "release", name, timestamp });',
    seeds: 100,
    foundBy: 4,
    topic,
  },
  {
    name: "the later of two requests goes first",
    file: `${mutex}/claims.ts`,
    find: "return one < other || (one === other && peer < otherPeer);",
    replace: "return one > other || (one === other && peer < otherPeer);",
    seeds: 40,
    foundBy: 4,
    topic,
  },
  {
    name: "who waits since earlier replies all the same",
    file: `${mutex}/ricart-agrawala.ts`,
    find: "if (own !== undefined && (own.holds || isBefore(own.timestamp, this.#ground.peer, timestamp, peer))) return;",
    replace:
      "if (own !== undefined && (own.holds || isBefore(timestamp, peer, own.timestamp, this.#ground.peer))) return;",
    seeds: 40,
    foundBy: 6,
    topic,
  },
  {
    name: "a token is passed on and kept",
    file: `${mutex}/branches.ts`,
    find: "        branch.holder = head;\n        this.#to.pass(head, name);",
    replace: "        this.#to.pass(head, name);",
    seeds: 100,
    topic,
  },
  {
    name: "a lease is said to have ended before it has",
    file: `${mutex}/expiry.ts`,
    find: "endsAt: this.#ground.now + leaseMs });",
    replace: "endsAt: this.#ground.now + leaseMs / 4 });",
    seeds: 40,
    topic: "leases",
  },
  {
    name: "a holder keeps its lease for longer than it lasts",
    file: `${mutex}/lease.ts`,
    find: "const HOLDER_SHARE = 0.9;",
    replace: "const HOLDER_SHARE = 9;",
    seeds: 40,
    foundBy: 14,
    topic: "leases",
  },
];
