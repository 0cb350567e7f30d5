import type { Mutation } from "./mutant.ts";

const raft = "src/protocols/raft";

/** Bugs of elections, and of what must be on disk before anybody hears of it. */
export const electionMutations: readonly Mutation[] = [
  {
    name: "a vote is not saved",
    file: `${raft}/state.ts`,
    find: "    this.#votedFor = candidate;\n    this.#hardStateChanged = true;",
    replace: "    this.#votedFor = candidate;",
    seeds: 40,
    foundBy: 23,
  },
  {
    name: "a term is not saved",
    file: `${raft}/state.ts`,
    find: "    this.#votedFor = null;\n    this.#hardStateChanged = true;",
    replace: "    this.#votedFor = null;",
    seeds: 40,
  },
  {
    name: "messages do not wait for the disk",
    file: "src/peer/peer.ts",
    find: "this.#held.holdOrDrop(Math.max(token, after, isHello ? this.#durability.everything : 0), session, () =>",
    replace: "this.#held.holdOrDrop(Math.min(0, token, after), session, () =>",
    seeds: 40,
  },
  {
    name: "votes are given without a look at the log",
    file: `${raft}/raft.ts`,
    find: " && this.#state.log.isUpToDate(message.lastLogIndex, message.lastLogTerm)",
    replace: "",
    seeds: 100,
  },
  {
    name: "a second vote in a term",
    file: `${raft}/raft.ts`,
    find: "const isFree = votedFor === null || votedFor === from;",
    replace: "const isFree = true;",
    seeds: 40,
  },
  {
    name: "pre-votes are skipped",
    file: `${raft}/election.ts`,
    find: '    if (campaign.verdict() === "won") {\n      this.stand(because, now);\n      return;\n    }\n    const { term } = campaign;',
    replace:
      "    if (Date.now() > 0) {\n      this.stand(because, now);\n      return;\n    }\n    const { term } = campaign;",
    seeds: 40,
  },
  {
    name: "a half of the voters is a majority",
    file: "src/core/quorum.ts",
    find: "return Math.floor(size / 2) + 1;",
    replace: "return Math.max(1, Math.floor(size / 2));",
    seeds: 40,
  },
  {
    name: "a follower acknowledges entries before they are on disk",
    file: `${raft}/following.ts`,
    find: 'state.sendAfterSaves(leader, { kind: "appended", term: currentTerm, round, matchIndex });',
    replace: 'state.send(leader, { kind: "appended", term: currentTerm, round, matchIndex });',
    seeds: 40,
  },
];
