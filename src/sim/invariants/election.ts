import type { ClusterId, PeerId } from "../../core/peer-id.ts";
import { type Invariant, invariant, type Said } from "./invariant.ts";
import { Journals } from "./journals.ts";
import { type Life, nameOf } from "./life.ts";
import { raftJournal } from "./raft-journal.ts";

/** Leaders by whoever sends as one and whoever tells of one. Terms of two clusters have nothing to do with each other. */
const oneLeaderATerm = invariant({
  name: "one-leader-a-term",
  source: "Raft, section 5.2 and Figure 3",
  text: "In each term of a cluster there is at most one leader.",
  watch: (broken) => {
    const leaders = new OncePerTerm();
    const lead = (life: Life, term: number, leader: PeerId): void => {
      const other = leaders.note(life.cluster, term, leader);
      if (other === leader) return;
      broken(`peers ${nameOf(other)} and ${nameOf(leader)} both lead in term ${term}, as peer ${life.port} has it`);
    };
    return [
      {
        told: (life, { event }) => {
          // Other elections than Raft's have no terms, and promise no single leader.
          if (event.kind === "leader-elected" && "term" in event) lead(life, event.term, event.leader);
        },
        said: (life, { content }) => {
          if (content.protocol === "raft" && content.message.kind === "append-entries")
            lead(life, content.message.term, life.id);
        },
      },
    ];
  },
});

/** Terms by what goes to disk; that nobody speaks of others is for `raft-says-what-is-saved`. */
const termsNeverFall = invariant({
  name: "terms-never-fall",
  source: "Raft, section 5.1 and Figure 2",
  text: "The current term of a peer never falls, across crashes, unless it gives its cluster up.",
  watch: (broken) => {
    const journals = new Journals(raftJournal);
    return [
      {
        saving: (life, records) => {
          let { currentTerm: term } = journals.of(life).held;
          for (const entry of records) {
            if (entry.protocol !== "raft") continue;
            const { record } = entry;
            if (record.kind !== "forget" && record.kind !== "hard-state") continue;
            const next = record.kind === "forget" ? 0 : record.currentTerm;
            if (record.kind === "hard-state" && next < term)
              broken(`peer ${life.port} goes from term ${term} back to term ${next}`);
            term = next;
          }
        },
      },
      journals,
      {
        began: (life) => {
          const { currentTerm } = journals.of(life).held;
          const before = journals.before(life);
          if (before === undefined || currentTerm >= before.saved.currentTerm) return;
          const isForgotten = before.underWay.some(({ records }) =>
            records.some((entry) => entry.protocol === "raft" && entry.record.kind === "forget"),
          );
          if (!isForgotten)
            broken(`peer ${life.port} saved term ${before.saved.currentTerm} and begins again in term ${currentTerm}`);
        },
      },
    ];
  },
});

/** Votes by what is said and what is on disk; one that a crash has lost before anybody heard of it was never given. */
const oneVoteATerm = invariant({
  name: "one-vote-a-term",
  source: "Raft, section 5.2",
  text: "In each term of a cluster a peer votes for at most one candidate, itself included, across crashes.",
  watch: (broken) => {
    const journals = new Journals(raftJournal);
    const votes = new Map<PeerId, OncePerTerm>();
    const vote = (life: Life, term: number, candidate: PeerId): void => {
      const given = votes.get(life.id) ?? new OncePerTerm();
      votes.set(life.id, given);
      const other = given.note(life.cluster, term, candidate);
      if (other === candidate) return;
      broken(`peer ${life.port} votes for peers ${nameOf(other)} and ${nameOf(candidate)} in term ${term}`);
    };
    return [
      {
        saving: (life, records) => {
          let { currentTerm, votedFor } = journals.of(life).held;
          for (const { protocol, record } of records) {
            if (protocol !== "raft" || record.kind !== "hard-state") continue;
            if (record.currentTerm === currentTerm && votedFor !== null && record.votedFor !== votedFor)
              broken(`peer ${life.port} takes its vote for peer ${nameOf(votedFor)} back in term ${currentTerm}`);
            ({ currentTerm, votedFor } = record);
          }
        },
      },
      journals,
      {
        saved: (life) => {
          const { currentTerm, votedFor } = journals.of(life).saved;
          if (votedFor !== null) vote(life, currentTerm, votedFor);
        },
        said: (life, said) => {
          const given = voteIn(life, said);
          if (given !== undefined) vote(life, given.term, given.candidate);
        },
      },
    ];
  },
});

/** What others rely on as soon as they hear it. */
const raftSaysWhatIsSaved = invariant({
  name: "raft-says-what-is-saved",
  source: "Raft, Figure 2, persistent state; DESIGN section 1, durability",
  text: "Terms, votes and entries are on disk before a message that speaks of them leaves.",
  watch: (broken) => {
    const journals = new Journals(raftJournal);
    return [
      journals,
      {
        said: (life, said) => {
          if (said.content.protocol !== "raft") return;
          const { message } = said.content;
          // The term of a pre-vote, and of a yes to it, is one that would be.
          if (message.kind === "pre-vote" || (message.kind === "pre-vote-answer" && message.granted)) return;
          const { saved } = journals.of(life);
          if (message.term > saved.highestTerm)
            broken(`peer ${life.port} says ${message.kind} in term ${message.term}, its disk has ${saved.highestTerm}`);
          // What a fault has made late speaks of a term that is over.
          const isLate = message.term !== saved.currentTerm;
          const given = voteIn(life, said);
          if (given !== undefined && !isLate && given.candidate !== saved.votedFor) {
            const vote = saved.votedFor === null ? "no vote" : `a vote for peer ${nameOf(saved.votedFor)}`;
            broken(`peer ${life.port} votes for peer ${nameOf(given.candidate)}, its disk has ${vote}`);
          }
          const onDisk = isLate ? saved.longestLog : saved.log.length;
          if (message.kind === "appended" && message.matchIndex > onDisk)
            broken(`peer ${life.port} says that it has ${message.matchIndex} entries, its disk has ${onDisk}`);
        },
      },
    ];
  },
});

/** What must hold of terms, votes and leaders. */
export const electionInvariants: readonly Invariant[] = [
  oneLeaderATerm,
  termsNeverFall,
  oneVoteATerm,
  raftSaysWhatIsSaved,
];

/** Somebody for each term of each cluster: whoever is named first. */
class OncePerTerm {
  readonly #named = new Map<ClusterId, Map<number, PeerId>>();

  /** Names somebody; whoever was named first, perhaps just now. */
  note(cluster: ClusterId, term: number, peer: PeerId): PeerId {
    const named = this.#named.get(cluster) ?? new Map<number, PeerId>();
    this.#named.set(cluster, named);
    const first = named.get(term) ?? peer;
    named.set(term, first);
    return first;
  }
}

/** The vote that a message gives; undefined for none, and where the connection to the candidate is gone. */
function voteIn(life: Life, { session, content }: Said): { term: number; candidate: PeerId } | undefined {
  if (content.protocol !== "raft") return undefined;
  const { message } = content;
  if (message.kind === "request-vote") return { term: message.term, candidate: life.id };
  if (message.kind !== "vote-answer" || !message.granted) return undefined;
  const candidate = life.peerOn(session);
  return candidate === undefined ? undefined : { term: message.term, candidate };
}
