import { assert } from "../../../src/core/assert.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Entry, RaftSpeech } from "../../../src/protocols/raft/message.ts";
import type { Ensemble } from "../../../src/sim/ensemble/ensemble.ts";
import { StoredLog } from "./stored-log.ts";

/** A disk as far as it was read. */
interface Disk {
  records: readonly RaftSpeech["record"][];
  read: number;
  log: StoredLog;
}

/** What must hold of every run (Figure 3): checked at every message, every event and every step of every peer. */
export class Figure3 {
  readonly #leaders = new Map<number, PeerId>();
  readonly #terms = new Map<PeerId, number>();
  readonly #votes = new Map<string, PeerId>();
  /** Entries that were ever on a disk, by index and term: what they hold, and the term of the one before. */
  readonly #entries = new Map<string, string>();
  /** Entries that were ever committed, by index, and the terms in which they were. */
  readonly #committed = new Map<number, { readonly text: string; readonly entryTerm: number; readonly term: number }>();
  readonly #disks = new Map<PeerId, Disk>();
  readonly #ensemble: Ensemble<RaftSpeech>;

  constructor(ensemble: Ensemble<RaftSpeech>) {
    this.#ensemble = ensemble;
  }

  /** A peer has done a step. */
  checkStep(peer: PeerId): void {
    const view = this.#ensemble.machine(peer).view();
    assert(view.currentTerm >= (this.#terms.get(peer) ?? 0), `${peer} went back to term ${view.currentTerm}`);
    if (view.role === "leader") this.#checkLeader(peer, view.currentTerm);
    this.#readDisk(peer);
  }

  /** What leaves a peer binds it for ever, whatever it loses in a crash. */
  checkSend(from: PeerId, message: RaftSpeech["message"]): void {
    const isHypothetical = message.kind === "pre-vote" || (message.kind === "pre-vote-answer" && message.granted);
    if (!isHypothetical) this.#terms.set(from, Math.max(message.term, this.#terms.get(from) ?? 0));
    const isVote = message.kind === "vote-answer" && message.granted;
    const log = this.#readDisk(from);
    if (isVote || message.kind === "request-vote") {
      const { votedFor, currentTerm } = log;
      assert(currentTerm === message.term && votedFor !== null, `${from} voted without having it on disk`);
      const key = `${from} ${message.term}`;
      assert((this.#votes.get(key) ?? votedFor) === votedFor, `${from} voted twice in term ${message.term}`);
      this.#votes.set(key, votedFor);
    }
    if (message.kind === "appended")
      assert(log.lastIndex >= message.matchIndex, `${from} answered before ${message.matchIndex} was on disk`);
  }

  /** State machine safety: what a peer delivers at an index no other contradicts. */
  checkEvent(peer: PeerId, event: RaftSpeech["event"]): void {
    if (event.kind !== "delivered") return;
    const { currentTerm } = this.#ensemble.machine(peer).view();
    for (const { index, term: entryTerm, command } of event.entries) {
      const text = `${entryTerm} ${command === null ? "" : Buffer.from(command).toString("hex")}`;
      const committed = this.#committed.get(index) ?? { text, entryTerm, term: currentTerm };
      assert(committed.text === text, `two committed entries ${index}`);
      this.#committed.set(index, committed);
    }
  }

  /** Leader completeness. */
  #checkLeader(peer: PeerId, term: number): void {
    assert((this.#leaders.get(term) ?? peer) === peer, `two leaders in term ${term}`);
    if (this.#leaders.has(term)) return;
    this.#leaders.set(term, peer);
    const log = new StoredLog(this.#ensemble.machine(peer).checkpoint());
    for (const [index, committed] of this.#committed) {
      const holds = index <= log.baseIndex || log.termAt(index) === committed.entryTerm;
      assert(committed.term >= term || holds, `leader ${peer} of term ${term} lacks committed entry ${index}`);
    }
  }

  /** Log matching: where an index and a term are the same on two disks, so are the entries, and the terms before them. */
  #checkEntry(peer: PeerId, entry: Entry, log: StoredLog): void {
    const before = log.termAt(entry.index - 1);
    // What a snapshot stands for was checked when it was on a disk, or is not known.
    if (before === undefined && entry.index > 1) return;
    const text = `${before} ${JSON.stringify(entry)}`;
    const key = `${entry.index} ${entry.term}`;
    assert((this.#entries.get(key) ?? text) === text, `${peer} has another entry ${key}, or another one before it`);
    this.#entries.set(key, text);
  }

  #readDisk(peer: PeerId): StoredLog {
    const records = this.#ensemble.disk(peer);
    const known = this.#disks.get(peer);
    const disk = known?.records === records ? known : { records, read: 0, log: new StoredLog() };
    this.#disks.set(peer, disk);
    for (; disk.read < records.length; disk.read++) {
      const record = records[disk.read];
      if (record === undefined) break;
      disk.log.take(record);
      if (record.kind === "append") for (const entry of record.entries) this.#checkEntry(peer, entry, disk.log);
    }
    return disk.log;
  }
}
