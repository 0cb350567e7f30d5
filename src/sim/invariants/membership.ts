import type { PeerId } from "../../core/peer-id.ts";
import { MAX_INCARNATION } from "../../protocols/membership/membership.ts";
import { type Invariant, invariant, type Said } from "./invariant.ts";
import { type Fold, type Journal, Journals } from "./journals.ts";
import { type Life, nameOf, PerLife } from "./life.ts";

/** What membership's records say. */
interface Incarnations {
  own: number;
  /** Of every other member that was not forgotten. */
  readonly others: Map<PeerId, number>;
}

const incarnations: Fold<Incarnations> = {
  fresh: () => ({ own: 0, others: new Map() }),
  apply: (state, entry) => {
    if (entry.protocol !== "membership") return;
    const { record } = entry;
    if (record.kind === "self") state.own = record.incarnation;
    else if (record.kind === "member") state.others.set(record.rumour.peer, record.rumour.incarnation);
    else state.others.delete(record.peer);
  },
};

/** By what a peer tells of itself and what it lets others hear; one that nobody heard of before a crash may come again. */
const ownIncarnationGrows = invariant({
  name: "own-incarnation-grows",
  source: "SWIM, section 4.2; DESIGN section 1, faults",
  text: "The incarnation of a peer grows, and each life begins with a higher one than earlier lives said.",
  watch: (broken) => {
    const said = new Map<PeerId, number>();
    const own = new PerLife((life) => ({ incarnation: said.get(life.id) ?? -1 }));
    return [
      {
        told: (life, { event }) => {
          if (event.kind !== "incarnation-grown") return;
          const latest = own.of(life);
          if (event.incarnation <= latest.incarnation && event.incarnation < MAX_INCARNATION)
            broken(`peer ${life.port} has incarnation ${event.incarnation} after ${latest.incarnation}`);
          latest.incarnation = event.incarnation;
        },
        said: (life, message) => {
          const incarnation = incarnationIn(life, message);
          if (incarnation === undefined) return;
          const latest = own.of(life);
          if (incarnation > latest.incarnation)
            broken(`peer ${life.port} says incarnation ${incarnation} of itself and has ${latest.incarnation}`);
          said.set(life.id, Math.max(said.get(life.id) ?? 0, incarnation));
        },
      },
    ];
  },
});

const ownIncarnationIsSaved = invariant({
  name: "own-incarnation-is-saved",
  source: "DESIGN section 1, durability; the head of membership.ts",
  text: "The incarnation of a peer is on disk before anybody hears of it.",
  watch: (broken) => {
    const journals = new Journals(incarnations);
    return [
      journals,
      {
        said: (life, message) => {
          const incarnation = incarnationIn(life, message);
          const { own } = journals.of(life).saved;
          if (incarnation !== undefined && incarnation > own)
            broken(`peer ${life.port} says incarnation ${incarnation} of itself, its disk has ${own}`);
        },
      },
    ];
  },
});

/** By what goes to disk, as every change of an incarnation does; who was forgotten may come back as it is. */
const heldIncarnationsGrow = invariant({
  name: "held-incarnations-grow",
  source: "SWIM, section 4.2",
  text: "The incarnation that a peer holds of another never falls while it remembers that peer, across crashes.",
  watch: (broken) => {
    const journals = new Journals(incarnations);
    const latest = new PerLife((life) => new Map(journals.of(life).held.others));
    return [
      {
        saving: (life, records) => {
          const others = latest.of(life);
          for (const { protocol, record } of records) {
            if (protocol !== "membership" || record.kind === "self") continue;
            if (record.kind === "forgotten") {
              others.delete(record.peer);
              continue;
            }
            const { peer, incarnation } = record.rumour;
            const before = others.get(peer) ?? 0;
            if (incarnation < before)
              broken(`peer ${life.port} holds incarnation ${incarnation} of peer ${nameOf(peer)} after ${before}`);
            others.set(peer, incarnation);
          }
        },
      },
      journals,
      {
        began: (life) => {
          const before = journals.before(life);
          if (before === undefined) return;
          const { others } = journals.of(life).held;
          for (const [peer, saved] of before.saved.others) {
            const begins = others.get(peer);
            if ((begins ?? -1) >= saved || mayForget(before, peer)) continue;
            const what = `incarnation ${saved} of peer ${nameOf(peer)} and begins with ${begins ?? "none"}`;
            broken(`peer ${life.port} saved ${what}`);
          }
        },
      },
    ];
  },
});

/** What must hold of incarnations. */
export const membershipInvariants: readonly Invariant[] = [
  ownIncarnationGrows,
  ownIncarnationIsSaved,
  heldIncarnationsGrow,
];

/** The incarnation that a message gives for its sender; undefined where it speaks of others alone. */
function incarnationIn(life: Life, { content }: Said): number | undefined {
  if (content.protocol === "link" && content.message.kind === "hello") return content.message.incarnation;
  if (content.protocol !== "membership") return undefined;
  return content.message.rumours.find(({ peer }) => peer === life.id)?.incarnation;
}

/** Whether a member may have been forgotten by what was under way to the disk. */
function mayForget({ underWay }: Journal<Incarnations>, peer: PeerId): boolean {
  return underWay.some(({ records }) =>
    records.some(({ protocol, record }) => {
      return protocol === "membership" && record.kind === "forgotten" && record.peer === peer;
    }),
  );
}
