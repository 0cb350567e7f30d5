import type { PeerId } from "../../core/peer-id.ts";
import { type Invariant, invariant } from "./invariant.ts";
import { Journals } from "./journals.ts";
import { type Life, nameOf, PerLife } from "./life.ts";
import { type RaftJournal, raftJournal } from "./raft-journal.ts";

/** Who would vote for a peer in the term for which it asked last. */
interface Asked {
  term: number;
  yes: Set<PeerId>;
}

/** Without pre-votes a peer that hears nobody raises its term for ever, and deposes a sound leader when it is back. */
const standsOnPreVotes = invariant({
  name: "stands-on-pre-votes",
  source: "Ongaro's dissertation, section 9.6",
  text: "Unless its leader hands over, a peer asks for votes only after a majority of its voters would give it theirs.",
  watch: (broken) => {
    const journals = new Journals(raftJournal);
    const asked = new PerLife<Asked>(() => ({ term: 0, yes: new Set() }));
    const ask = (life: Life, term: number): void => {
      const last = asked.of(life);
      // What a fault has made late asks for a term that is over.
      if (term <= last.term) return;
      last.term = term;
      last.yes = new Set([life.id]);
    };
    return [
      journals,
      {
        said: (life, { content }) => {
          if (content.protocol !== "raft") return;
          const { message } = content;
          if (message.kind === "pre-vote") ask(life, message.term);
          if (message.kind !== "request-vote" || message.transfer) return;
          const { term, yes } = asked.of(life);
          // Made late by a fault, it speaks of a term that is over.
          if (message.term < term) return;
          if (message.term === term && hasMajority(journals.of(life).held, yes)) return;
          const would = [...yes].map(nameOf).join(", ") || "nobody";
          broken(`peer ${life.port} asks for votes in term ${message.term}, where ${would} would give it theirs`);
        },
        heard: (life, { session, content }) => {
          if (content.protocol !== "raft" || content.message.kind !== "pre-vote-answer") return;
          const voter = life.peerOn(session);
          const { term, yes } = asked.of(life);
          const { granted } = content.message;
          if (granted && content.message.term === term && voter !== undefined) yes.add(voter);
        },
      },
    ];
  },
});

/** What must hold of pre-votes. */
export const preVoteInvariants: readonly Invariant[] = [standsOnPreVotes];

/** Of the voters of the latest configuration in the log, or of the one before, which counts until that is committed. */
function hasMajority({ configurations }: RaftJournal, yes: ReadonlySet<PeerId>): boolean {
  return configurations.slice(-2).some(({ configuration: { voters } }) => {
    return 2 * voters.filter((voter) => yes.has(voter)).length > voters.length;
  });
}
