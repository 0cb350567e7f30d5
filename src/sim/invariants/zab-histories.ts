import type { PeerEvent } from "../../peer/peer-event.ts";
import type { AnyRecord } from "../../peer/registry.ts";
import { type Entry, entry as entryCodec, type Zxid } from "../../protocols/zab/message.ts";
import { encode } from "../../wire/codec.ts";
import { Firsts } from "./firsts.ts";
import { type Invariant, invariant, type Watch } from "./invariant.ts";
import { Journals } from "./journals.ts";
import { type Life, PerLife } from "./life.ts";
import { lacksEntry, missingOnDisks, type ZabJournal, zabJournal, zxidAt } from "./zab-journal.ts";

/** An entry, where the one before it stands, and who was the first to have it. */
interface Placed {
  readonly entry: Entry;
  readonly before: Zxid;
  readonly port: number;
}

/** Entries by what peers hand to their disks. */
const historiesMatch = invariant({
  name: "histories-match",
  source: "ZAB (2011), section III, prefix consistency, as total order and agreement of histories demand it",
  text: "Where the histories of two peers of a cluster have an entry of the same zxid, they are the same up to it.",
  watch: (broken) => {
    const known = new Firsts<string, Placed>();
    return watchPlaces((life, entry, before) => {
      const first = known.note(life.cluster, words(entry), { entry, before, port: life.port });
      if (isSame(first.entry, entry) && words(first.before) === words(before)) return;
      broken(
        `peer ${life.port} has ${words(entry)} at ${entry.index} behind ${words(before)}, ` +
          `peer ${first.port} at ${first.entry.index} behind ${words(first.before)}`,
      );
    });
  },
});

/** Within an epoch entries are numbered, so that one that is missing shows. */
const primaryOrder = invariant({
  name: "primary-order-is-kept",
  source: "ZAB (2011), section III, local primary order and global primary order",
  text: "In every history the entries of one epoch stand in the order in which its leader made them, without gaps, and those of a later epoch behind.",
  watch: (broken) =>
    watchPlaces((life, entry, before) => {
      const isNext = entry.epoch === before.epoch ? entry.counter === before.counter + 1 : entry.counter === 1;
      if (entry.epoch < before.epoch || !isNext)
        broken(`peer ${life.port} has ${words(entry)} at ${entry.index}, behind ${words(before)}`);
    }),
});

/** Looked at when all of a step was seen: a leader tells of its epoch in the same step as it makes the first entry. */
const onlyLeadersBroadcast = invariant({
  name: "only-leaders-broadcast",
  source: "ZAB (2011), section III, integrity: what is delivered was broadcast by a primary",
  text: "An entry of an epoch comes from the leader that has established it, and from nobody else.",
  watch: (broken) => {
    const known = new Firsts<string, number>();
    const leading = new PerLife<{ epoch: number; made: Entry[] }>(() => ({ epoch: 0, made: [] }));
    return [
      ...watchPlaces((life, entry) => {
        if (known.get(life.cluster, words(entry)) !== undefined) return;
        known.note(life.cluster, words(entry), life.port);
        leading.of(life).made.push(entry);
      }),
      {
        told: (life, { event }) => {
          if (event.kind === "epoch-established" && event.leader === life.id) leading.of(life).epoch = event.epoch;
        },
        settled: (life) => {
          const { epoch, made } = leading.of(life);
          const stray = made.find((entry) => entry.epoch !== epoch);
          if (stray !== undefined)
            broken(`peer ${life.port} is the first to have ${words(stray)}, and led last in epoch ${epoch}`);
          made.length = 0;
        },
      },
    ];
  },
});

/** An entry that is committed, as far as it is known where a snapshot stands for it. */
interface Committed {
  readonly index: number;
  readonly epoch: number;
  readonly entry: Entry | undefined;
  readonly port: number;
}

/** Entries by what peers tell of them and by what their journals hold there. */
const committedInOneOrder = invariant({
  name: "committed-in-one-order",
  source: "ZAB (2011), section III, total order and agreement",
  text: "What one peer of a cluster commits at an index no other peer of it contradicts.",
  watch: (broken) => {
    const known = new Firsts<number, Committed>();
    return watchCommits((life, committed) => {
      const first = known.note(life.cluster, committed.index, committed);
      const isContradicted =
        first.epoch !== committed.epoch ||
        (first.entry !== undefined && committed.entry !== undefined && !isSame(first.entry, committed.entry));
      if (isContradicted)
        broken(`at ${committed.index} peer ${first.port} commits ${told(first)}, peer ${life.port} ${told(committed)}`);
    });
  },
});

/** Told at the first commit: later ones only repeat it. */
const committedIsOnEnsembleDisks = invariant({
  name: "committed-is-on-ensemble-disks",
  source: "ZAB (2011), section IV, steps l.2.2 and l.3.2: a quorum has acknowledged",
  text: "What is committed is on the disks of a majority of the ensemble.",
  watch: (broken, world) => {
    const known = new Firsts<number, Committed>();
    const { ensemble } = world.options.modes;
    return watchCommits((life, committed, journals) => {
      if (known.get(life.cluster, committed.index) !== undefined) return;
      known.note(life.cluster, committed.index, committed);
      const { missing, isQuorum } = missingOnDisks(ensemble, [journals.of(life).held], journals, committed);
      if (!isQuorum)
        broken(
          `peer ${life.port} commits ${told(committed)} at ${committed.index}, not on the disks of ${missing.join(", ")}`,
        );
    });
  },
});

/** Told when an epoch is established, long before a lost entry would show; and of what is committed late. */
const leadersBeginWithAllCommitted = invariant({
  name: "leaders-begin-with-all-committed",
  source: "ZAB (2011), section III, primary integrity",
  text: "The leader of an epoch has all that is ever committed of earlier ones before it makes its first entry.",
  watch: (broken) => {
    const known = new Firsts<number, Committed>();
    /** The index at which each epoch begins. */
    const begun = new Firsts<number, { readonly index: number; readonly port: number }>();
    const commits = watchCommits((life, committed) => {
      known.note(life.cluster, committed.index, committed);
      for (const [epoch, { index, port }] of begun.of(life.cluster)) {
        if (committed.epoch >= epoch || committed.index < index) continue;
        broken(
          `peer ${life.port} commits ${told(committed)} at ${committed.index}, and peer ${port} began epoch ${epoch} at ` +
            `${index} without it`,
        );
      }
    });
    const journals = new Journals(zabJournal);
    return [
      journals,
      {
        told: (life, { event }) => {
          if (event.kind !== "epoch-established" || event.leader !== life.id) return;
          const { epoch } = event;
          const { held } = journals.of(life);
          const index = held.history.findLastIndex((entry) => (entry?.epoch ?? 0) < epoch) + 2;
          begun.note(life.cluster, epoch, { index, port: life.port });
          for (const [at, committed] of known.of(life.cluster)) {
            if (committed.epoch >= epoch || !lacksEntry(held, at, committed.epoch)) continue;
            broken(`peer ${life.port} leads in epoch ${epoch} without ${told(committed)} at ${at}, which is committed`);
          }
        },
      },
      ...commits,
    ];
  },
});

/** What must hold of ZAB's histories. */
export const zabHistoryInvariants: readonly Invariant[] = [
  historiesMatch,
  primaryOrder,
  onlyLeadersBroadcast,
  committedInOneOrder,
  committedIsOnEnsembleDisks,
  leadersBeginWithAllCommitted,
];

/** Shows each entry that a peer puts into its history, and where the one before it stands, if that is known. */
function watchPlaces(see: (life: Life, entry: Entry, before: Zxid) => void): readonly Watch[] {
  const journals = new Journals(zabJournal);
  const place = (life: Life, records: readonly AnyRecord[]): void => {
    const { held } = journals.of(life);
    for (const { protocol, record } of records) {
      if (protocol !== "zab" || record.kind !== "append") continue;
      for (const entry of record.entries) {
        const before = zxidAt(held, entry.index - 1);
        // What a later record cuts was never in the history.
        if (before !== undefined && held.history[entry.index - 1] === entry) see(life, entry, before);
      }
    }
  };
  return [journals, { began: place, saving: place }];
}

/** Shows each entry that a peer commits, with the journals as they are then. */
function watchCommits(
  see: (life: Life, committed: Committed, journals: Journals<ZabJournal>) => void,
): readonly Watch[] {
  const journals = new Journals(zabJournal);
  return [
    journals,
    {
      told: (life: Life, { event }: PeerEvent): void => {
        if (event.kind !== "entries-committed") return;
        const { held } = journals.of(life);
        for (let index = event.first; index <= event.index; index++) {
          const entry = held.history[index - 1];
          const epoch = zxidAt(held, index)?.epoch;
          if (epoch !== undefined) see(life, { index, epoch, entry, port: life.port }, journals);
        }
      },
    },
  ];
}

function isSame(one: Entry, other: Entry): boolean {
  return one === other || encode(entryCodec, one).equals(encode(entryCodec, other));
}

function words({ epoch, counter }: Zxid): string {
  return epoch === 0 ? "nothing" : `(${epoch}, ${counter})`;
}

function told({ epoch, entry }: Committed): string {
  return entry === undefined ? `a snapshot that ends in epoch ${epoch}` : words(entry);
}
