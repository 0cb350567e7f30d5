import type { ClusterId, PeerId } from "../../core/peer-id.ts";
import { majority } from "../../core/quorum.ts";
import type { AnyRecord } from "../../peer/registry.ts";
import { type Entry, entry as entryCodec } from "../../protocols/raft/message.ts";
import { encode } from "../../wire/codec.ts";
import { type Invariant, invariant } from "./invariant.ts";
import { Journals } from "./journals.ts";
import { type Life, nameOf } from "./life.ts";
import { lacks, type RaftJournal, raftJournal, termAt } from "./raft-journal.ts";

/**
 * Entries by what peers hand to their disks. Where every entry of an index and a term is the same and follows upon the
 * same term everywhere, so are all before it.
 */
const logsMatch = invariant({
  name: "logs-match",
  source: "Raft, section 5.3 and Figure 3, log matching",
  text: "Where the logs of two peers of a cluster have an entry of the same index and term, they are the same up to it.",
  watch: (broken) => {
    const journals = new Journals(raftJournal);
    const known = new Map<ClusterId, Map<string, Placed>>();
    const place = (life: Life, entry: Entry): void => {
      const { held } = journals.of(life);
      const beforeTerm = termAt(held, entry.index - 1);
      // What came before it may be known only of others.
      if (beforeTerm === undefined) return;
      const entries = known.get(life.cluster) ?? new Map<string, Placed>();
      known.set(life.cluster, entries);
      const key = `${entry.index} ${entry.term}`;
      const first = entries.get(key) ?? { entry, beforeTerm, port: life.port };
      entries.set(key, first);
      if (isSame(first.entry, entry) && first.beforeTerm === beforeTerm) return;
      broken(
        `peer ${life.port} has ${words(entry)} at ${entry.index} behind ${end(beforeTerm)}, ` +
          `peer ${first.port} ${words(first.entry)} behind ${end(first.beforeTerm)}`,
      );
    };
    const placeAll = (life: Life, records: readonly AnyRecord[]): void => {
      const { log } = journals.of(life).held;
      for (const { protocol, record } of records) {
        if (protocol !== "raft" || record.kind !== "append") continue;
        // What a later record cuts was never in the log.
        for (const entry of record.entries) if (log[entry.index - 1] === entry) place(life, entry);
      }
    };
    return [journals, { began: placeAll, saving: placeAll }];
  },
});

/** Entries by what peers tell of them and by what their journals hold there. */
const committedForGood = invariant({
  name: "committed-for-good",
  source: "Raft, section 5.4 and Figure 3, state machine safety",
  text: "What one peer of a cluster commits at an index no other peer of it contradicts.",
  watch: (broken) => {
    const journals = new Journals(raftJournal);
    const committed = new CommittedLogs();
    /** A snapshot stands for what others have committed: nobody makes one of anything else. */
    const checkSnapshot = (life: Life, index: number, term: number): void => {
      const known = committed.at(life, index);
      if (known?.entry.term === term) return;
      const others = known === undefined ? "nobody else does" : `peer ${known.port} commits ${words(known.entry)}`;
      broken(`peer ${life.port} commits a snapshot up to ${index} of term ${term}, where ${others}`);
    };
    return [
      journals,
      {
        told: (life, { event }) => {
          if (event.kind !== "entry-committed") return;
          const { index, term } = event;
          const { held } = journals.of(life);
          const { currentTerm, log } = held;
          if (termAt(held, index) !== term)
            return broken(
              `peer ${life.port} commits ${index} of term ${term} and holds ${words(log[index - 1])} there`,
            );
          if (log[index - 1] === undefined) checkSnapshot(life, index, term);
          for (const entry of entriesOf(event, log)) {
            const first = committed.note(life, entry, currentTerm);
            if (isSame(first.entry, entry)) continue;
            const other = `peer ${life.port} ${words(entry)}`;
            broken(`at ${entry.index} peer ${first.port} commits ${words(first.entry)}, ${other}`);
          }
        },
      },
    ];
  },
});

/** Told at the election, long before a lost entry would show. */
const leadersHoldAllCommitted = invariant({
  name: "leaders-hold-all-committed",
  source: "Raft, section 5.4 and Figure 3, leader completeness",
  text: "What was committed in a term is in the log of every leader of a later term.",
  watch: (broken) => {
    const journals = new Journals(raftJournal);
    const committed = new CommittedLogs();
    return [
      journals,
      {
        told: (life, { event }) => {
          const { held } = journals.of(life);
          const { currentTerm, log } = held;
          if (event.kind === "entry-committed")
            for (const entry of entriesOf(event, log)) committed.note(life, entry, currentTerm);
          if (event.kind !== "leader-elected" || event.leader !== life.id) return;
          for (const { entry, inTerm, port } of committed.of(life)) {
            if (inTerm >= event.term || !lacks(held, entry.index, entry.term)) continue;
            broken(
              `peer ${life.port} leads in term ${event.term} with ${words(log[entry.index - 1])} at ${entry.index}, ` +
                `where peer ${port} committed ${words(entry)} in term ${inTerm}`,
            );
          }
        },
      },
    ];
  },
});

/** Told at the first commit: later ones only repeat it. */
const committedIsOnDisks = invariant({
  name: "committed-is-on-disks",
  source: "Raft, section 5.3 and Figure 2, rules for leaders",
  text: "What is committed is on the disks of a majority of the voters.",
  watch: (broken) => {
    const journals = new Journals(raftJournal);
    const committed = new CommittedLogs();
    return [
      journals,
      {
        told: (life, { event }) => {
          if (event.kind !== "entry-committed") return;
          const { currentTerm, log, configurations } = journals.of(life).held;
          for (const entry of entriesOf(event, log)) {
            if (committed.at(life, entry.index) !== undefined) continue;
            committed.note(life, entry, currentTerm);
            const isMissing = (voter: PeerId): boolean => {
              const saved = journals.ofPeer(voter)?.saved;
              return saved === undefined || lacks(saved, entry.index, entry.term);
            };
            // A configuration that was proposed upon this very commit does not count for it.
            const counts = configurations
              .slice(-2)
              .map(({ configuration: { voters } }) => ({ voters, missing: voters.filter(isMissing) }));
            if (counts.some(({ voters, missing }) => voters.length - missing.length >= majority(voters.length)))
              continue;
            const names = counts.at(-1)?.missing.map(nameOf).join(", ");
            broken(`peer ${life.port} commits ${words(entry)} at ${entry.index}, not on the disks of peers ${names}`);
          }
        },
      },
    ];
  },
});

/** What must hold of logs. */
export const logInvariants: readonly Invariant[] = [
  logsMatch,
  committedForGood,
  leadersHoldAllCommitted,
  committedIsOnDisks,
];

/** An entry, and the term of the one before it. */
interface Placed {
  readonly entry: Entry;
  readonly beforeTerm: number;
  readonly port: number;
}

/** An entry that is committed. */
interface Committed {
  readonly entry: Entry;
  /** Who told of it first. */
  readonly port: number;
  /** The term of that peer then: as a leader commits first, the term of the leader that committed it. */
  readonly inTerm: number;
}

/** The entries of a commit, as far as a log has them and not a snapshot. */
function entriesOf(
  { first, index }: { readonly first: number; readonly index: number },
  log: RaftJournal["log"],
): readonly Entry[] {
  return log.slice(first - 1, index).filter((entry) => entry !== undefined);
}

/** What was committed in each cluster, as whoever told of it first has it. */
class CommittedLogs {
  readonly #logs = new Map<ClusterId, (Committed | undefined)[]>();

  /** In the order of the log. */
  of({ cluster }: Life): readonly Committed[] {
    return (this.#logs.get(cluster) ?? []).filter((committed) => committed !== undefined);
  }

  /** What was committed at an index; undefined where that is not known. */
  at({ cluster }: Life, index: number): Committed | undefined {
    return this.#logs.get(cluster)?.[index - 1];
  }

  /** Notes that a peer commits an entry; the one that was committed there first, perhaps just now. */
  note({ cluster, port }: Life, entry: Entry, inTerm: number): Committed {
    const log = this.#logs.get(cluster) ?? [];
    this.#logs.set(cluster, log);
    const first = log[entry.index - 1] ?? { entry, port, inTerm };
    log[entry.index - 1] = first;
    return first;
  }
}

function isSame(one: Entry, other: Entry): boolean {
  return one === other || encode(entryCodec, one).equals(encode(entryCodec, other));
}

function words(entry: Entry | undefined): string {
  return entry === undefined ? "nothing" : `a ${entry.payload.kind} of term ${entry.term}`;
}

function end(term: number): string {
  return term === 0 ? "nothing" : `one of term ${term}`;
}
