import { assert } from "../../core/assert.ts";
import { Effects } from "../../core/effects.ts";
import { inRecords } from "../../core/entry-log.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Random } from "../../core/random.ts";
import { SnapshotNeed } from "../../core/snapshot-need.ts";
import type { Delivered } from "../../core/total-order.ts";
import { changeBetween, membersOf } from "./configuration.ts";
import { ElectionRecord } from "./election-record.ts";
import { bytesOf, Log } from "./log.ts";
import { MemberHealth } from "./member-health.ts";
import type { Entry, RaftMessage, RaftSpeech, Snapshot } from "./message.ts";

/**
 * What all roles share: the state of Figure 2, and the rule that it is on disk before anybody acts on it. Records of
 * one step gather into as few saves as its sends allow.
 */
export class RaftState {
  readonly self: PeerId;
  readonly options: RaftSpeech["options"];
  readonly random: Random;
  readonly effects = new Effects<RaftSpeech>();
  readonly health = new MemberHealth();
  readonly electionRecord = new ElectionRecord();
  /** Monotonic ms of the step in hand. */
  now: number;
  /** A peer that leaves stands no more; once it has handed over, it votes no more. */
  leaving: "no" | "handing-over" | "done" = "no";
  #currentTerm = 0;
  #votedFor: PeerId | null = null;
  #log = new Log();
  #commitIndex = 0;
  #snapshot: Snapshot | null = null;
  readonly #snapshotNeed: SnapshotNeed;
  #uncommittedBytes = 0;
  #bound = false;
  #savedUpTo = 0;
  /** The save that the latest term and vote are in. */
  #hardStateToken = 0;
  #hardStateChanged = false;
  #appended: Entry[] = [];

  constructor(options: RaftSpeech["options"], saved: Iterable<RaftSpeech["record"]>, random: Random, now: number) {
    this.self = options.peer;
    this.now = now;
    this.options = options;
    this.#snapshotNeed = new SnapshotNeed(options.snapshotBytes);
    this.random = random;
    for (const record of saved) this.#restore(record);
    this.#log.restored();
    this.#countUncommitted();
    this.#tellSnapshot();
    this.effects.event({ kind: "bound-changed", bound: this.#bound });
  }

  /** The latest term this peer has seen; 0 at first. */
  get currentTerm(): number {
    return this.#currentTerm;
  }

  /** Who got this peer's vote in the current term. */
  get votedFor(): PeerId | null {
    return this.#votedFor;
  }

  get log(): Log {
    return this.#log;
  }

  /** The highest index known to be committed. Volatile: after a restart the leader tells it again. */
  get commitIndex(): number {
    return this.#commitIndex;
  }

  /** What stands for the log up to its `lastIndex`; null while the log holds everything. */
  get snapshot(): Snapshot | null {
    return this.#snapshot;
  }

  /** Bytes of the entries that are not known to be committed. */
  get uncommittedBytes(): number {
    return this.#uncommittedBytes;
  }

  /** Up to this token everything is on disk. */
  get savedUpTo(): number {
    return this.#savedUpTo;
  }

  /** Whether the log holds anything that giving the cluster up would lose. */
  get bound(): boolean {
    return this.#bound;
  }

  /** Whether the log makes this peer a voter. */
  get isVoter(): boolean {
    return this.#log.configuration.voters.includes(this.self);
  }

  /**
   * Whether this peer may stand for election: a voter that means to stay. One whose removal is not known to be
   * committed stands as well, for perhaps nobody else has that entry, and then nobody else can win (dissertation
   * 4.2.2).
   */
  get canStand(): boolean {
    if (this.leaving !== "no") return false;
    const { configurationIndex, previousConfiguration } = this.#log;
    const isPending = configurationIndex > this.#commitIndex;
    return this.isVoter || (isPending && previousConfiguration.voters.includes(this.self));
  }

  /** Sends a message that depends on term and vote alone. */
  send(peer: PeerId, message: RaftMessage): void {
    this.flush();
    this.electionRecord.note(this.now, this.self, peer, message);
    this.effects.send({ peer }, message, this.#hardStateToken > this.#savedUpTo ? this.#hardStateToken : 0);
  }

  /** Sends a message that depends on all that was saved so far. */
  sendAfterSaves(peer: PeerId, message: RaftMessage): void {
    const token = this.flush();
    this.effects.send({ peer }, message, token > this.#savedUpTo ? token : 0);
  }

  /** Hands what changed to the disk; the token that covers it and everything before. */
  flush(): number {
    const records: RaftSpeech["record"][] = [];
    if (this.#hardStateChanged) records.push(this.#hardState());
    records.push(...inRecords(this.#appended));
    if (records.length === 0) return this.effects.lastToken;
    const token = this.effects.save(...records);
    if (this.#hardStateChanged) this.#hardStateToken = token;
    if (this.#appended.length > 0) this.#log.saving(token);
    this.#hardStateChanged = false;
    this.#appended = [];
    return token;
  }

  /** Everything up to this token is on disk. */
  saved(upTo: number): void {
    this.#savedUpTo = Math.max(this.#savedUpTo, upTo);
    this.#log.saved(upTo);
  }

  /** Section 5.1: a later term was seen. */
  adopt(term: number): void {
    assert(term > this.#currentTerm, `term ${term} after ${this.#currentTerm}`);
    this.#currentTerm = term;
    this.#votedFor = null;
    this.#hardStateChanged = true;
  }

  /** Gives the one vote of the current term. */
  voteFor(candidate: PeerId): void {
    if (this.#votedFor === candidate) return;
    assert(this.#votedFor === null, `a second vote in term ${this.#currentTerm}`);
    this.#votedFor = candidate;
    this.#hardStateChanged = true;
  }

  /** Puts entries at their place in the log; what stands there from the first of them on is cut. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first !== undefined && first.index <= this.#log.lastIndex) this.#truncate(first.index);
    for (const entry of entries) this.#push(entry);
  }

  /** Adds one entry of this leader's term; its index. */
  propose(payload: Entry["payload"]): number {
    const index = this.#log.lastIndex + 1;
    this.#push({ index, term: this.#currentTerm, payload });
    return index;
  }

  /** Entries up to `index` are committed. */
  commitTo(index: number): void {
    assert(index <= this.#log.lastIndex, `commit of ${index} in a log of ${this.#log.lastIndex}`);
    if (index <= this.#commitIndex) return;
    const first = this.#commitIndex + 1;
    const entries = this.#log.range(first, index);
    this.#commitIndex = index;
    this.effects.event({ kind: "entry-committed", first, index, term: this.#log.termAt(index) });
    this.effects.event({ kind: "delivered", entries: entries.map(delivered) });
    const bytes = this.#log.bytesOf(entries);
    this.#uncommittedBytes -= bytes;
    if (this.#snapshotNeed.committed(bytes, this.#snapshot)) this.effects.event({ kind: "snapshot-wanted" });
  }

  /** The state machine has put all up to `index` into a snapshot: the log may begin behind it (section 7). */
  compact(index: number, data: Uint8Array): void {
    this.#snapshotNeed.answered();
    if (index > this.#commitIndex || index <= (this.#snapshot?.lastIndex ?? 0)) return;
    const { log } = this;
    const configuration = log.configurationAt(index);
    this.#snapshot = { kind: "snapshot", lastIndex: index, lastTerm: log.termAt(index), configuration, data };
    this.#snapshotNeed.placed(log.bytesOf(log.range(index + 1, this.#commitIndex)));
    log.compact(log.keptFrom(index, this.options.snapshotBytes));
    this.effects.event({ kind: "log-compacted", index: log.baseIndex, bytes: data.length });
  }

  /** Takes a leader's snapshot in the place of the log up to its end (section 7). It is newer than the commit index. */
  install(snapshot: Snapshot): void {
    const { lastIndex, lastTerm } = snapshot;
    assert(lastIndex > this.#commitIndex, `a snapshot of ${lastIndex} where ${this.#commitIndex} is committed`);
    // What this step appended must reach the disk before what takes its place.
    this.flush();
    const before = this.#log.configuration;
    this.#place(snapshot);
    const token = this.effects.save(snapshot);
    this.#log.saving(token);
    this.#commitIndex = lastIndex;
    this.#countUncommitted();
    this.effects.event({ kind: "entry-committed", first: lastIndex, index: lastIndex, term: lastTerm });
    this.#tellSnapshot();
    const { change, peer } = changeBetween(before, this.#log.configuration);
    if (change !== "no change") this.#tellConfiguration(change, peer);
    this.#bind();
  }

  /** Becomes blank, in memory and on disk. */
  forget(): void {
    this.#blank();
    this.effects.save({ kind: "forget" });
    this.effects.event({ kind: "order-forgotten" });
    if (this.#bound) this.effects.event({ kind: "bound-changed", bound: false });
    this.#bound = false;
  }

  /** The fewest records that this state can be rebuilt from. */
  checkpoint(): readonly RaftSpeech["record"][] {
    const records: RaftSpeech["record"][] = this.#currentTerm > 0 ? [this.#hardState()] : [];
    if (this.#snapshot !== null) records.push(this.#snapshot);
    records.push(...inRecords(this.#log.range((this.#snapshot?.lastIndex ?? 0) + 1)));
    return records;
  }

  #hardState(): RaftSpeech["record"] {
    return { kind: "hard-state", currentTerm: this.#currentTerm, votedFor: this.#votedFor };
  }

  #blank(): void {
    this.#currentTerm = 0;
    this.#votedFor = null;
    this.#log = new Log();
    this.#commitIndex = 0;
    this.#snapshot = null;
    this.#snapshotNeed.placed(0);
    this.#uncommittedBytes = 0;
    this.#hardStateChanged = false;
    this.#appended = [];
  }

  #truncate(from: number): void {
    assert(from > this.#commitIndex, `entry ${from} was committed and is contradicted`);
    // What this step appended may be what is cut: it must reach the disk in its order.
    this.flush();
    const before = this.#log.configuration;
    this.#log.cut(from);
    this.#countUncommitted();
    this.effects.event({ kind: "log-truncated", from });
    if (this.#log.configuration === before) return;
    const { change, peer } = changeBetween(this.#log.configuration, before);
    this.#tellConfiguration(`undone: ${change}`, peer);
  }

  #push(entry: Entry): void {
    const before = this.#log.configuration;
    this.#log.push(entry);
    this.#uncommittedBytes += bytesOf(entry);
    this.#appended.push(entry);
    if (entry.payload.kind === "configuration") {
      const { change, peer } = changeBetween(before, entry.payload.configuration);
      this.#tellConfiguration(change, peer);
      this.health.forgetLeft(entry.payload.configuration);
    }
    if (this.#binds(entry)) this.#bind();
  }

  #bind(): void {
    if (this.#bound) return;
    this.#bound = true;
    this.effects.event({ kind: "bound-changed", bound: true });
  }

  #countUncommitted(): void {
    this.#uncommittedBytes = this.#log.bytesOf(this.#log.range(this.#commitIndex + 1));
  }

  #tellSnapshot(): void {
    if (this.#snapshot === null) return;
    const { lastIndex: index, data: snapshot } = this.#snapshot;
    this.effects.event({ kind: "snapshot-installed", index, snapshot });
  }

  /** Entries behind a snapshot stay where the log has its last one; else they are of another history. */
  #place(snapshot: Snapshot): void {
    const { lastIndex, lastTerm, configuration } = snapshot;
    this.#snapshot = snapshot;
    this.#snapshotNeed.placed(0);
    const continues = lastIndex <= this.#log.lastIndex && this.#log.matches(lastIndex, lastTerm);
    if (continues) this.#log.compact(lastIndex);
    else this.#log.reset(lastIndex, lastTerm, configuration);
  }

  #tellConfiguration(change: string, peer: PeerId | null): void {
    const { configurationIndex: index, configuration } = this.#log;
    this.effects.event({ kind: "configuration-changed", index, configuration, change, peer });
  }

  /** Whether giving the cluster up would lose this entry for somebody. */
  #binds(entry: Entry): boolean {
    if (entry.payload.kind === "no-op") return false;
    if (entry.payload.kind === "command") return true;
    return membersOf(entry.payload.configuration).some((peer) => peer !== this.self);
  }

  #restore(record: RaftSpeech["record"]): void {
    if (record.kind === "forget") {
      this.#blank();
      this.#bound = false;
    } else if (record.kind === "hard-state") {
      this.#currentTerm = record.currentTerm;
      this.#votedFor = record.votedFor;
    } else if (record.kind === "snapshot") {
      this.#place(record);
      this.#commitIndex = Math.max(this.#commitIndex, record.lastIndex);
      this.#bound = true;
    } else {
      const first = record.entries[0];
      if (first !== undefined && first.index <= this.#log.lastIndex) this.#log.cut(first.index);
      for (const entry of record.entries) this.#log.push(entry);
      this.#bound ||= record.entries.some((entry) => this.#binds(entry));
    }
  }
}

function delivered({ index, term, payload }: Entry): Delivered {
  return { index, term, command: payload.kind === "command" ? payload.command : null };
}
