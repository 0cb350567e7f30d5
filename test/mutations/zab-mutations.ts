import type { Mutation } from "./mutant.ts";

const zab = "src/protocols/zab";
const topic = "zab";

/** Bugs of ZAB. */
export const zabMutations: readonly Mutation[] = [
  {
    name: "a follower acknowledges proposals before they are on disk",
    file: `${zab}/following.ts`,
    find: 'this.#send({ kind: "accepted", epoch: this.#epoch, index: history.savedIndex });',
    replace: 'this.#send({ kind: "accepted", epoch: this.#epoch, index: history.lastIndex });',
    seeds: 40,
    topic,
  },
  {
    name: "a promise is made before it is on disk",
    file: `${zab}/following.ts`,
    find: "if (this.#promiseToken !== null && this.#state.isSaved(this.#promiseToken)) {",
    replace: "if (this.#promiseToken !== null) {",
    seeds: 40,
    topic,
  },
  {
    name: "an accepted epoch is not saved",
    file: `${zab}/state.ts`,
    find: '    this.#acceptedEpoch = epoch;\n    this.#record({ kind: "accepted-epoch", epoch });',
    replace: "    this.#acceptedEpoch = epoch;",
    seeds: 40,
    topic,
  },
  {
    name: "who does not follow counts for no quorum",
    file: `${zab}/leading.ts`,
    find: "return reachedByMajority([own, ...others, ...empty]);",
    replace: "return reachedByMajority(empty.length < 0 ? empty : [own, ...others]);",
    seeds: 40,
    topic,
  },
  {
    name: "a leader goes on with its own history though another's is later",
    file: `${zab}/discovery.ts`,
    find: "if (isBetter) [best, currentEpoch, lastZxid]",
    replace: "if (isBetter && lastZxid.epoch < 0) [best, currentEpoch, lastZxid]",
    seeds: 40,
    topic,
  },
];
