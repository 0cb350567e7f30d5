import type { Mutation } from "./mutant.ts";

const raft = "src/protocols/raft";
const service = "src/protocols/service";

/** Bugs of the replicated log, of the store that it drives, and of what stands between that and its clients. */
export const logMutations: readonly Mutation[] = [
  {
    name: "a leader counts what is not on its own disk",
    file: `${raft}/replication.ts`,
    find: "if (voter === this.#state.self) return this.#state.log.savedIndex;",
    replace: "if (voter === this.#state.self) return this.#state.log.lastIndex;",
    seeds: 40,
  },
  {
    name: "a heartbeat is answered for what is not on disk",
    file: `${raft}/following.ts`,
    find: "const onDisk = Math.min(matchIndex, log.savedIndex);",
    replace: "const onDisk = matchIndex;",
    seeds: 100,
  },
  {
    name: "entries that contradict the leader's stay",
    file: `${raft}/following.ts`,
    find: "const known = message.entries.findIndex((entry) => !log.matches(entry.index, entry.term));",
    replace: "const known = message.entries.findIndex((entry) => entry.index > log.lastIndex);",
    seeds: 100,
    foundBy: 59,
  },
  {
    name: "entries are taken wherever they belong",
    file: `${raft}/following.ts`,
    find: "if (!log.matches(previousIndex, previousTerm)) {",
    replace: "if (previousIndex > log.lastIndex) {",
    seeds: 200,
    foundBy: 193,
  },
  {
    name: "a new leader believes that it knows what is committed",
    file: `${raft}/reads.ts`,
    find: "return commitIndex >= log.baseIndex && log.termAt(commitIndex) === currentTerm;",
    replace: "return commitIndex >= log.baseIndex && log.termAt(commitIndex) <= currentTerm;",
    seeds: 100,
  },
  {
    name: "a change that is asked again in its session is done again",
    file: "src/apps/store.ts",
    find: "if (known !== undefined) return known;",
    replace: "if (known !== undefined) {\n      this.#run(command, index);\n      return known;\n    }",
    seeds: 40,
  },
  {
    name: "a snapshot leaves sessions out",
    file: "src/apps/store.ts",
    find: "    sessions.save(writer);",
    replace: "    writer.u16(0);",
    seeds: 100,
    foundBy: 8,
  },
  {
    name: "half of an atomic list stays",
    file: "src/apps/files.ts",
    find: "for (const before of done.reverse()) this.#takeBack(before);",
    replace: "done.reverse();",
    seeds: 40,
  },
  {
    name: "a change is proposed again although it may happen twice",
    file: `${service}/work.ts`,
    find: "return risks === 0 || once !== null",
    replace: "return risks >= 0 || once !== null",
    seeds: 120,
    foundBy: 80,
  },
  {
    name: "what may have happened is said not to have",
    file: `${service}/service.ts`,
    find: 'failed("leader-lost", "the leader was lost while this was under way", false)',
    replace: 'failed("leader-lost", "the leader was lost while this was under way", true)',
    seeds: 120,
    foundBy: 80,
  },
  {
    name: "a change is answered as soon as it is proposed",
    file: `${service}/ordering.ts`,
    find: "      work.risks += 1;\n",
    replace:
      '      work.risks += 1;\n      if (work.request.kind === "append") work.answer({ kind: "display", text: "" });\n',
    seeds: 100,
  },
];
