/**
 * Raft's safety (Ongaro and Ousterhout 2014, Figure 3) as what must hold of the pasts of all peers, whatever has become
 * of them since: election safety, log matching, leader completeness, state machine safety.
 */
import type { PeerId } from "../../src/core/peer-id.ts";
import { type Entry, entry as entryCodec, type RaftSpeech } from "../../src/protocols/raft/message.ts";
import type { Lived } from "../../src/sim/exploration/setting.ts";
import { nameOf } from "../../src/sim/exploration/standings.ts";
import { raftJournal } from "../../src/sim/invariants/raft-journal.ts";
import { encode } from "../../src/wire/codec.ts";

/** An entry of a log; its place is its index less one. */
interface Placed {
  readonly term: number;
  /** The whole entry, to be compared. */
  readonly bytes: string;
  readonly isOperation: boolean;
}

/** What one peer has done in all its lives. */
export interface RaftFacts {
  readonly peer: PeerId | null;
  /** Its log, whether it is on its disk or under way to it. */
  readonly log: readonly Placed[];
  /** All that it ever took for committed. */
  readonly committed: readonly (Placed & { readonly inTerm: number })[];
  /** When it became a leader, and its log then. */
  readonly led: readonly { readonly term: number; readonly log: readonly Placed[] }[];
}

/** A peer that has done nothing. */
export const NO_RAFT_FACTS: RaftFacts = { peer: null, log: [], committed: [], led: [] };

/** What is remembered of a peer once it has lived through something more. */
export function rememberRaft(facts: RaftFacts, lived: Lived<RaftSpeech>): RaftFacts {
  const { peer, disk, underWay, events } = lived;
  const journal = raftJournal.fresh();
  for (const record of [...disk, ...underWay]) raftJournal.apply(journal, { protocol: "raft", record });
  const log = journal.log.map(placed);
  const committed = facts.committed.slice();
  const led = facts.led.slice();
  for (const event of events) {
    if (event.kind === "leader-elected" && event.leader === peer) led.push({ term: event.term, log });
    if (event.kind !== "entry-committed") continue;
    for (let index = Math.max(event.first, committed.length + 1); index <= event.index; index++)
      committed.push({ ...(log[index - 1] ?? NO_ENTRY), inTerm: journal.currentTerm });
  }
  return { peer, log, committed, led };
}

/** Which property does not hold, and where; null where all hold. */
export function raftFlaw(facts: readonly RaftFacts[]): string | null {
  for (const one of facts)
    for (const other of facts) {
      const flaw = one === other ? null : (twoLeaders(one, other) ?? mismatch(one, other));
      const text = flaw ?? contradiction(one, other) ?? lostEntry(one, other);
      if (text !== null) return text;
    }
  return null;
}

function twoLeaders(one: RaftFacts, other: RaftFacts): string | null {
  const term = one.led.find((led) => other.led.some((also) => also.term === led.term))?.term;
  return term === undefined ? null : `election safety: ${name(one)} and ${name(other)} both lead in term ${term}`;
}

function mismatch(one: RaftFacts, other: RaftFacts): string | null {
  const last = one.log.findLastIndex(({ term }, i) => other.log[i]?.term === term);
  const wrong = one.log.slice(0, last + 1).findIndex(({ bytes }, i) => other.log[i]?.bytes !== bytes);
  if (wrong < 0) return null;
  return `log matching: ${name(one)} and ${name(other)} agree at ${last + 1}, but not at ${wrong + 1}`;
}

function contradiction(one: RaftFacts, other: RaftFacts): string | null {
  const wrong = one.committed.findIndex(({ bytes }, i) => (other.committed[i]?.bytes ?? bytes) !== bytes);
  if (wrong < 0) return null;
  return `state machine safety: ${name(one)} and ${name(other)} commit different entries at ${wrong + 1}`;
}

/** Also where the leader was elected before the entry was committed. */
function lostEntry(leader: RaftFacts, other: RaftFacts): string | null {
  for (const { term, log } of leader.led) {
    const lost = other.committed.findIndex(({ inTerm, bytes }, i) => inTerm < term && log[i]?.bytes !== bytes);
    if (lost < 0) continue;
    return `leader completeness: ${name(leader)} leads in term ${term} without what ${name(other)} committed at ${lost + 1}`;
  }
  return null;
}

const NO_ENTRY: Placed = { term: 0, bytes: "", isOperation: false };

function placed(entry: Entry | undefined): Placed {
  if (entry === undefined) return NO_ENTRY;
  const { term, payload } = entry;
  return { term, bytes: encode(entryCodec, entry).toString("latin1"), isOperation: payload.kind === "command" };
}

function name({ peer }: RaftFacts): string {
  return peer === null ? "nobody" : nameOf(peer);
}
