import type { PeerId } from "../../core/peer-id.ts";
import { Firsts } from "./firsts.ts";
import { type Invariant, invariant } from "./invariant.ts";
import { Journals } from "./journals.ts";
import { type Life, nameOf } from "./life.ts";
import { zabJournal } from "./zab-journal.ts";

/** Leaders by whoever says that a history is that of an epoch, and by whoever tells of an established one. */
const oneLeaderAnEpoch = invariant({
  name: "one-leader-an-epoch",
  source: "ZAB (Junqueira, Reed, Serafini 2011), section III, leadership: at most one primary an epoch",
  text: "In each epoch of a cluster there is at most one established leader.",
  watch: (broken) => {
    const leaders = new Firsts<number, PeerId>();
    const lead = (life: Life, epoch: number, leader: PeerId): void => {
      const other = leaders.note(life.cluster, epoch, leader);
      if (other === leader) return;
      broken(`peers ${nameOf(other)} and ${nameOf(leader)} both lead in epoch ${epoch}, as peer ${life.port} has it`);
    };
    return [
      {
        told: (life, { event }) => {
          if (event.kind === "epoch-established") lead(life, event.epoch, event.leader);
        },
        said: (life, { content }) => {
          if (content.protocol !== "zab") return;
          const { message } = content;
          if (message.kind === "new-leader" || message.kind === "up-to-date") lead(life, message.epoch, life.id);
        },
      },
    ];
  },
});

/** Epochs by what goes to disk. */
const epochsNeverFall = invariant({
  name: "epochs-never-fall",
  source: "ZAB (2011), section IV, steps f.1.1 and f.2.1, and its persistent variables",
  text: "The epochs that a peer has accepted and that its history is of never fall, across crashes, unless it gives its cluster up; the second is never ahead of the first.",
  watch: (broken) => {
    const journals = new Journals(zabJournal);
    return [
      {
        saving: (life, records) => {
          let { acceptedEpoch, currentEpoch } = journals.of(life).held;
          for (const { protocol, record } of records) {
            if (protocol !== "zab") continue;
            if (record.kind === "forget") [acceptedEpoch, currentEpoch] = [0, 0];
            if (record.kind !== "accepted-epoch" && record.kind !== "current-epoch") continue;
            const before = record.kind === "accepted-epoch" ? acceptedEpoch : currentEpoch;
            if (record.epoch < before) broken(`peer ${life.port} saves ${record.kind} ${record.epoch} after ${before}`);
            if (record.kind === "accepted-epoch") acceptedEpoch = record.epoch;
            else currentEpoch = record.epoch;
          }
          if (currentEpoch > acceptedEpoch)
            broken(`peer ${life.port} has a history of epoch ${currentEpoch} and has accepted ${acceptedEpoch}`);
        },
      },
      journals,
      {
        began: (life) => {
          const before = journals.before(life);
          if (before === undefined) return;
          const { held } = journals.of(life);
          const isForgotten = before.underWay.some(({ records }) =>
            records.some((entry) => entry.protocol === "zab" && entry.record.kind === "forget"),
          );
          const isBack =
            held.acceptedEpoch < before.saved.acceptedEpoch || held.currentEpoch < before.saved.currentEpoch;
          if (isBack && !isForgotten)
            broken(
              `peer ${life.port} saved epochs ${before.saved.acceptedEpoch} and ${before.saved.currentEpoch}, and begins ` +
                `again with ${held.acceptedEpoch} and ${held.currentEpoch}`,
            );
        },
      },
    ];
  },
});

/** What others rely on as soon as they hear it. Observers promise nothing, as nobody counts them. */
const zabSaysWhatIsSaved = invariant({
  name: "zab-says-what-is-saved",
  source: "ZAB (2011), section IV, steps f.1.1, f.2.1 and f.3.2: written to stable storage, then acknowledged",
  text: "Promises, epochs and entries are on disk before a message that speaks of them leaves.",
  watch: (broken) => {
    const journals = new Journals(zabJournal);
    return [
      journals,
      {
        said: (life, { content }) => {
          if (content.protocol !== "zab") return;
          const { message } = content;
          const { saved } = journals.of(life);
          const promises = message.kind === "new-epoch" || (message.kind === "epoch-accepted" && message.isMember);
          if (promises && message.epoch > saved.acceptedEpoch)
            broken(`peer ${life.port} promises epoch ${message.epoch}, its disk has ${saved.acceptedEpoch}`);
          if (message.kind !== "accepted") return;
          if (message.epoch > saved.currentEpoch)
            broken(
              `peer ${life.port} acknowledges a history of epoch ${message.epoch}, its disk has ${saved.currentEpoch}`,
            );
          // What a fault has made late speaks of a history that may have been cut since.
          const onDisk = message.epoch < saved.currentEpoch ? saved.longestHistory : saved.history.length;
          if (message.index > onDisk)
            broken(`peer ${life.port} acknowledges ${message.index} entries, its disk has ${onDisk}`);
        },
      },
    ];
  },
});

/** What must hold of ZAB's epochs. */
export const zabEpochInvariants: readonly Invariant[] = [oneLeaderAnEpoch, epochsNeverFall, zabSaysWhatIsSaved];
