import { assert } from "../../core/assert.ts";
import { Effects } from "../../core/effects.ts";
import { inRecords } from "../../core/entry-log.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { SnapshotNeed } from "../../core/snapshot-need.ts";
import type { Delivered } from "../../core/total-order.ts";
import { History } from "./history.ts";
import { Links } from "./links.ts";
import type { Entry, Snapshot, ZabMessage, ZabSpeech } from "./message.ts";
import { type Pin, Slots } from "./slots.ts";

/** A message without its number on the link. */
type Unnumbered<M> = M extends ZabMessage ? Omit<M, "sequence"> : never;

/** What takes the place of a part of the history. */
export interface Replacement {
  /** Null where all up to `index` stays. */
  readonly snapshot: Snapshot | null;
  /** What stood behind is void. */
  readonly index: number;
  /** What stands behind now. */
  readonly entries: readonly Entry[];
}

/**
 * What all roles share: the paper's variables (f.p, f.a and the history), on disk before anybody acts on them. All
 * records of a step are one save, so a crash leaves all of them or none.
 */
export class ZabState {
  readonly self: PeerId;
  readonly options: ZabSpeech["options"];
  readonly effects = new Effects<ZabSpeech>();
  readonly links = new Links();
  readonly slots: Slots;
  #acceptedEpoch = 0;
  #epochHeard = 0;
  #currentEpoch = 0;
  #history = new History();
  #commitIndex = 0;
  #snapshot: Snapshot | null = null;
  readonly #snapshotNeed: SnapshotNeed;
  #uncommittedBytes = 0;
  #bound = false;
  #savedUpTo = 0;
  /** The save that the latest pin is in. */
  #pinToken = 0;
  #pending: ZabSpeech["record"][] = [];
  /** Entries of this step that are in no pending record yet. */
  #appended: Entry[] = [];

  constructor(options: ZabSpeech["options"], saved: Iterable<ZabSpeech["record"]>) {
    this.self = options.peer;
    this.options = options;
    this.#snapshotNeed = new SnapshotNeed(options.snapshotBytes);
    this.slots = new Slots(options.ensemble);
    for (const record of saved) this.#restore(record);
    this.#history.restored();
    this.#uncommittedBytes = this.#history.bytesOf(this.#history.range(this.#commitIndex + 1));
    if (!options.active) return;
    this.meet({ address: options.address, peer: this.self });
    this.#tellSnapshot();
    this.effects.event({ kind: "bound-changed", bound: this.#bound });
  }

  /** The epoch before which this peer has promised to follow none (the paper's f.p); 0 at first. */
  get acceptedEpoch(): number {
    return this.#acceptedEpoch;
  }

  /**
   * The latest epoch to which anybody has promised itself, as far as this peer has heard: one that leads later follows
   * it, as whoever made the promise could not follow an earlier one.
   */
  get epochHeard(): number {
    return Math.max(this.#epochHeard, this.#acceptedEpoch);
  }

  /** The epoch whose history this is (the paper's f.a); 0 at first. */
  get currentEpoch(): number {
    return this.#currentEpoch;
  }

  get history(): History {
    return this.#history;
  }

  /** The highest index known to be committed. Volatile: after a restart the leader tells it again. */
  get commitIndex(): number {
    return this.#commitIndex;
  }

  /** What stands for the history up to its `index`; null while it holds everything. */
  get snapshot(): Snapshot | null {
    return this.#snapshot;
  }

  /** Bytes of the entries that are not known to be committed. */
  get uncommittedBytes(): number {
    return this.#uncommittedBytes;
  }

  /** Whether the history holds a command. */
  get bound(): boolean {
    return this.#bound;
  }

  /** Whether who fills which slot is on disk: until then nobody is counted. */
  get arePinsSaved(): boolean {
    return this.isSaved(this.#pinToken);
  }

  /** The save that covers all so far, this step's records included. */
  get everything(): number {
    const isClean = this.#pending.length === 0 && this.#appended.length === 0;
    return isClean ? this.effects.lastToken : this.effects.lastToken + 1;
  }

  /** Whether that save, and all before, is on disk. */
  isSaved(token: number): boolean {
    return token <= this.#savedUpTo;
  }

  /** Everything up to this token is on disk. */
  saved(upTo: number): void {
    this.#savedUpTo = Math.max(this.#savedUpTo, upTo);
    this.#history.saved(upTo);
  }

  /** Sends a message; what depends on a save is sent once that is done, so that nothing on the link overtakes it. */
  send(peer: PeerId, message: Unnumbered<ZabMessage>): void {
    if (!this.links.isUp(peer)) return;
    this.effects.send({ peer }, { ...message, sequence: this.links.next(peer) });
  }

  /** Hands what changed in this step to the disk, as one save. */
  flush(): void {
    this.#gather();
    if (this.#pending.length === 0) return;
    this.#history.saving(this.effects.save(...this.#pending));
    this.#pending = [];
  }

  /** A peer lives at an address: it fills a slot there that is free. Whoever comes too late is told so. */
  meet(pin: Pin): void {
    const { address, peer } = pin;
    if (this.slots.isFreeFor(pin)) {
      this.#pin(pin);
      return;
    }
    const holder = this.slots.at(address);
    if (holder === undefined || holder === peer || this.slots.isMember(peer)) return;
    this.effects.event({ kind: "ensemble-impostor", peer, address });
    // It takes itself for a member, and might be elected, though nobody would follow it.
    this.send(peer, { kind: "impostor", epoch: this.#currentEpoch, members: this.slots.pins });
  }

  /**
   * Takes the word of a leader, or of whoever met another here, for slots that are free here. Where it knows another peer at this one's own, that one has
   * been here before: this peer does not know what it had acknowledged.
   */
  learnPins(pins: readonly Pin[]): void {
    for (const pin of pins) {
      if (this.slots.isFreeFor(pin)) this.#pin(pin);
      else if (this.slots.at(pin.address) === this.self && pin.peer !== this.self) {
        this.#pin(pin);
        this.effects.event({ kind: "ensemble-impostor", peer: this.self, address: pin.address });
      }
    }
  }

  /** A member says to which epoch it has promised itself. */
  hearOfEpoch(epoch: number): void {
    this.#epochHeard = Math.max(this.#epochHeard, epoch);
  }

  /** Promises to follow no epoch before this one (the paper's step f.1.2). */
  accept(epoch: number): void {
    assert(epoch > this.#acceptedEpoch, `epoch ${epoch} accepted after ${this.#acceptedEpoch}`);
    this.#acceptedEpoch = epoch;
    this.#record({ kind: "accepted-epoch", epoch });
  }

  /** The history becomes that of an epoch, as one save (the paper's step f.2.1). */
  enter(epoch: number, { snapshot, index, entries }: Replacement): void {
    assert(epoch >= this.#currentEpoch, `epoch ${epoch} entered after ${this.#currentEpoch}`);
    if (epoch > this.#acceptedEpoch) this.accept(epoch);
    if (snapshot !== null) this.#install(snapshot);
    else if (index < this.#history.lastIndex) this.#truncate(index);
    this.append(entries);
    if (epoch === this.#currentEpoch) return;
    this.#currentEpoch = epoch;
    this.#record({ kind: "current-epoch", epoch });
  }

  /** Adds entries behind the last one. */
  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#history.push(entry);
      this.#appended.push(entry);
      if (entry.command !== null) this.#bind();
    }
    this.#uncommittedBytes += this.#history.bytesOf(entries);
  }

  /** Entries up to `index` are committed. */
  commitTo(index: number): void {
    assert(index <= this.#history.lastIndex, `commit of ${index} in a history of ${this.#history.lastIndex}`);
    if (index <= this.#commitIndex) return;
    const first = this.#commitIndex + 1;
    const entries = this.#history.range(first, index);
    this.#commitIndex = index;
    this.effects.event({ kind: "entries-committed", first, index, epoch: this.#history.zxidAt(index).epoch });
    this.effects.event({ kind: "delivered", entries: entries.map(delivered) });
    const bytes = this.#history.bytesOf(entries);
    this.#uncommittedBytes -= bytes;
    if (this.#snapshotNeed.committed(bytes, this.#snapshot)) this.effects.event({ kind: "snapshot-wanted" });
  }

  /** The state machine has put all up to `index` into a snapshot: the history may begin behind it. */
  compact(index: number, data: Uint8Array): void {
    this.#snapshotNeed.answered();
    if (index > this.#commitIndex || index <= (this.#snapshot?.index ?? 0)) return;
    const history = this.#history;
    this.#snapshot = { kind: "snapshot", index, zxid: history.zxidAt(index), data };
    this.#snapshotNeed.placed(history.bytesOf(history.range(index + 1, this.#commitIndex)));
    history.compact(history.keptFrom(index, this.options.snapshotBytes));
    this.effects.event({ kind: "history-compacted", index: history.baseIndex, bytes: data.length });
  }

  /** Becomes blank, in memory and on disk. */
  forget(): void {
    this.#blank();
    this.#pending = [];
    this.#appended = [];
    this.#record({ kind: "forget" });
    this.effects.event({ kind: "order-forgotten" });
    if (this.#bound) this.effects.event({ kind: "bound-changed", bound: false });
    this.#bound = false;
    this.meet({ address: this.options.address, peer: this.self });
  }

  /** The fewest records that this state can be rebuilt from. */
  checkpoint(): readonly ZabSpeech["record"][] {
    const records: ZabSpeech["record"][] = this.slots.everMet.map((pin) => ({ kind: "member", ...pin }));
    if (this.#acceptedEpoch > 0) records.push({ kind: "accepted-epoch", epoch: this.#acceptedEpoch });
    if (this.#currentEpoch > 0) records.push({ kind: "current-epoch", epoch: this.#currentEpoch });
    if (this.#snapshot !== null) records.push(this.#snapshot);
    records.push(...inRecords(this.#history.range((this.#snapshot?.index ?? 0) + 1)));
    return records;
  }

  #pin(pin: Pin): void {
    this.slots.fill(pin);
    this.#record({ kind: "member", ...pin });
    this.#pinToken = this.everything;
  }

  #record(record: ZabSpeech["record"]): void {
    this.#gather();
    this.#pending.push(record);
  }

  #gather(): void {
    this.#pending.push(...inRecords(this.#appended));
    this.#appended = [];
  }

  #blank(): void {
    this.slots.clear();
    this.#acceptedEpoch = 0;
    this.#epochHeard = 0;
    this.#currentEpoch = 0;
    this.#history = new History();
    this.#commitIndex = 0;
    this.#snapshot = null;
    this.#snapshotNeed.placed(0);
    this.#uncommittedBytes = 0;
  }

  #truncate(index: number): void {
    assert(index >= this.#commitIndex, `entry ${this.#commitIndex} was committed and is contradicted`);
    this.effects.event({ kind: "history-truncated", from: this.#history.zxidAt(index + 1) });
    this.#history.cut(index + 1);
    this.#uncommittedBytes = this.#history.bytesOf(this.#history.range(this.#commitIndex + 1));
    this.#record({ kind: "truncate", index });
  }

  #install(snapshot: Snapshot): void {
    const { index, zxid } = snapshot;
    assert(index > this.#commitIndex, `a snapshot of ${index} where ${this.#commitIndex} is committed`);
    this.#place(snapshot);
    this.#commitIndex = index;
    this.#uncommittedBytes = 0;
    this.#record(snapshot);
    this.effects.event({ kind: "entries-committed", first: index, index, epoch: zxid.epoch });
    this.#tellSnapshot();
    this.#bind();
  }

  #place(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#snapshotNeed.placed(0);
    this.#history.reset(snapshot.index, snapshot.zxid);
  }

  #bind(): void {
    if (this.#bound) return;
    this.#bound = true;
    this.effects.event({ kind: "bound-changed", bound: true });
  }

  #tellSnapshot(): void {
    if (this.#snapshot === null) return;
    const { index, data: snapshot } = this.#snapshot;
    this.effects.event({ kind: "snapshot-installed", index, snapshot });
  }

  #restore(record: ZabSpeech["record"]): void {
    switch (record.kind) {
      case "forget":
        this.#blank();
        this.#bound = false;
        break;
      case "member":
        this.slots.fill(record);
        break;
      case "accepted-epoch":
        this.#acceptedEpoch = record.epoch;
        break;
      case "current-epoch":
        this.#currentEpoch = record.epoch;
        break;
      case "truncate":
        if (record.index < this.#history.lastIndex) this.#history.cut(record.index + 1);
        break;
      case "snapshot":
        this.#place(record);
        this.#commitIndex = record.index;
        this.#bound = true;
        break;
      case "append":
        for (const entry of record.entries) this.#history.push(entry);
        this.#bound ||= record.entries.some(({ command }) => command !== null);
    }
  }
}

function delivered({ index, epoch, command }: Entry): Delivered {
  return { index, term: epoch, command };
}
