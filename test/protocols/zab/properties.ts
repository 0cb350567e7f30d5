import { assert } from "../../../src/core/assert.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Entry, ZabSpeech } from "../../../src/protocols/zab/message.ts";
import type { Ensemble } from "../../../src/sim/ensemble/ensemble.ts";
import { StoredHistory } from "./stored-history.ts";

type Event<K extends ZabSpeech["event"]["kind"]> = Extract<ZabSpeech["event"], { readonly kind: K }>;

/** A disk as far as it was read. */
interface Disk {
  records: readonly ZabSpeech["record"][];
  read: number;
  history: StoredHistory;
}

/** An epoch that was established, with how much its history began. */
interface Established {
  readonly leader: PeerId;
  readonly initialIndex: number;
}

/** What must hold of every run (the paper's definition of primary order atomic broadcast): checked at every message, every event and every step. */
export class Properties {
  /** Commands that were put into the order, by epoch and index. */
  readonly #broadcast = new Map<string, string>();
  readonly #established = new Map<number, Established>();
  /** What was delivered anywhere, by index. */
  readonly #delivered = new Map<number, { readonly term: number; readonly text: string }>();
  /** Entries that were ever on a disk, by zxid: their index, what they hold, and the zxid of the one before. */
  readonly #entries = new Map<string, string>();
  readonly #promises = new Map<PeerId, number>();
  readonly #disks = new Map<PeerId, Disk>();
  readonly #ensemble: Ensemble<ZabSpeech>;

  constructor(ensemble: Ensemble<ZabSpeech>) {
    this.#ensemble = ensemble;
  }

  /** Epochs that were established so far. */
  get epochs(): number {
    return this.#established.size;
  }

  /** These were put into the order before the run begins. */
  broadcastBefore(entries: readonly Entry[]): void {
    for (const { epoch, index, command } of entries) this.#broadcast.set(`${epoch} ${index}`, textOf(command));
  }

  /** A peer has put these commands into the order. */
  broadcast({ first, term }: Event<"proposed">, commands: readonly Uint8Array[]): void {
    for (const [i, command] of commands.entries()) this.#broadcast.set(`${term} ${first + i}`, textOf(command));
  }

  /** A peer has done a step. */
  checkStep(peer: PeerId): void {
    const { acceptedEpoch, currentEpoch } = this.#ensemble.machine(peer).view();
    assert(acceptedEpoch >= (this.#promises.get(peer) ?? 0), `${peer} broke its promise, back at ${acceptedEpoch}`);
    assert(currentEpoch <= acceptedEpoch, `${peer} has a history of ${currentEpoch} and accepted ${acceptedEpoch}`);
    this.#readDisk(peer);
  }

  /** What leaves a peer binds it for ever, whatever it loses in a crash. */
  checkSend(from: PeerId, message: ZabSpeech["message"]): void {
    const { acceptedEpoch, currentEpoch, lastIndex } = this.#readDisk(from);
    const isPromise = message.kind === "new-epoch" || message.kind === "epoch-accepted";
    if (isPromise && this.#ensemble.machine(from).view().role !== "observer") {
      assert(acceptedEpoch >= message.epoch, `${from} speaks of epoch ${message.epoch} before it is on disk`);
      this.#promises.set(from, Math.max(this.#promises.get(from) ?? 0, message.epoch));
    }
    if (message.kind !== "accepted") return;
    assert(currentEpoch === message.epoch, `${from} acknowledges an epoch that is not on disk`);
    assert(lastIndex >= message.index, `${from} acknowledges ${message.index} before it is on disk`);
  }

  checkEvent(peer: PeerId, event: ZabSpeech["event"]): void {
    if (event.kind === "epoch-established" && event.leader === peer) this.#checkEstablished(peer, event.epoch);
    if (event.kind !== "delivered") return;
    for (const { index, term, command } of event.entries) this.#checkDelivered(peer, index, term, textOf(command));
  }

  /** One primary an epoch; primary integrity: it has all that was delivered before it broadcasts. */
  #checkEstablished(peer: PeerId, epoch: number): void {
    const known = this.#established.get(epoch);
    assert(known === undefined, `epoch ${epoch} of ${known?.leader} is established again by ${peer}`);
    const { acceptedEpoch, lastIndex } = this.#ensemble.machine(peer).view();
    assert(acceptedEpoch === epoch, `${peer} leads ${epoch} and has accepted ${acceptedEpoch}`);
    const history = new StoredHistory(this.#ensemble.machine(peer).checkpoint());
    for (const [index, { term, text }] of this.#delivered) {
      if (index <= history.baseIndex) continue;
      const entry = history.at(index);
      assert(
        term >= epoch || (entry?.epoch === term && textOf(entry.command) === text),
        `primary ${peer} of ${epoch} lacks ${index}, which was delivered`,
      );
    }
    this.#established.set(epoch, { leader: peer, initialIndex: lastIndex });
  }

  #checkDelivered(peer: PeerId, index: number, term: number, text: string): void {
    const known = this.#delivered.get(index) ?? { term, text };
    // Total order and agreement.
    assert(known.term === term && known.text === text, `${peer} delivers another ${index} than somebody else`);
    this.#delivered.set(index, known);
    const isOpening = text === "";
    // Integrity: a primary has put it there.
    assert(isOpening || this.#broadcast.get(`${term} ${index}`) === text, `${index} of ${term} was never broadcast`);
    const before = this.#delivered.get(index - 1);
    const lastTerm = before?.term ?? 0;
    // Global primary order; local primary order: from the entry that opens the epoch on, without gaps.
    assert(term >= lastTerm, `${index} of ${term} comes after one of ${lastTerm}`);
    if (before !== undefined) assert(term > lastTerm === isOpening, `${index} of ${term} is not the one expected`);
    for (const [epoch, { initialIndex }] of this.#established) {
      const isLate = term < epoch && index > initialIndex;
      assert(!isLate, `${index} of ${term} is delivered, and epoch ${epoch} began without it`);
    }
  }

  /** Prefix consistency: where the same entry is on two disks, so is all that comes before. */
  #checkEntry(peer: PeerId, entry: Entry, history: StoredHistory): void {
    const before = entry.index - 1 === history.baseIndex ? history.baseZxid : history.at(entry.index - 1);
    // What comes before a snapshot is not known.
    if (before === undefined) return;
    const text = `${entry.index} ${textOf(entry.command)} ${before.epoch} ${before.counter}`;
    const key = `${entry.epoch} ${entry.counter}`;
    assert((this.#entries.get(key) ?? text) === text, `${peer} has another entry (${key}), or another one before it`);
    this.#entries.set(key, text);
  }

  #readDisk(peer: PeerId): StoredHistory {
    const records = this.#ensemble.disk(peer);
    const known = this.#disks.get(peer);
    const disk = known?.records === records ? known : { records, read: 0, history: new StoredHistory() };
    this.#disks.set(peer, disk);
    for (; disk.read < records.length; disk.read++) {
      const record = records[disk.read];
      if (record === undefined) break;
      disk.history.take(record);
      if (record.kind === "append") for (const entry of record.entries) this.#checkEntry(peer, entry, disk.history);
    }
    return disk.history;
  }
}

function textOf(command: Uint8Array | null): string {
  return command === null ? "" : Buffer.from(command).toString("hex");
}
