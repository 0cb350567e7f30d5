import { assert } from "../../src/core/assert.ts";
import { Fingerprint } from "../../src/core/fingerprint.ts";
import type { PeerId } from "../../src/core/peer-id.ts";
import type { Delivered, OrderCommand, OrderEvent } from "../../src/core/total-order.ts";
import type { RaftSpeech } from "../../src/protocols/raft/message.ts";
import type { ZabSpeech } from "../../src/protocols/zab/message.ts";

/** The state of a state machine: the fingerprint of all commands up to an index, in their order. */
interface State {
  readonly index: number;
  readonly fingerprint: string;
}

/** What a peer's clients wait for. */
interface Open {
  /** Reads, each with the last index that had been delivered anywhere when it was asked. */
  readonly reads: Map<number, number>;
  /** Commands that were taken, by index, and their terms. */
  readonly proposals: Map<number, number>;
  /** Proposals that have no answer yet. */
  readonly tickets: Set<number>;
}

const BLANK: State = { index: 0, fingerprint: "" };

/** A state machine at each peer that a total order drives, and clients who propose commands and read. */
export class Replicas {
  /** Commands whose proposer knows that they are committed. */
  acknowledged = 0;
  /** Reads that were answered. */
  answered = 0;
  /** Snapshots that were sent from one peer to another. */
  installed = 0;
  readonly #give: (peer: PeerId, command: OrderCommand) => void;
  readonly #states = new Map<PeerId, State>();
  readonly #open = new Map<PeerId, Open>();
  /** What the state was at each index, at whoever came there first. */
  readonly #history = new Map<number, string>([[0, ""]]);
  /** Bytes that every snapshot has besides its state. */
  readonly #padding: number;
  #ticket = 0;
  #deliveredUpTo = 0;

  constructor(give: (peer: PeerId, command: OrderCommand) => void, padding: number) {
    this.#give = give;
    this.#padding = padding;
  }

  /** Proposes commands that are unlike all others, of so many bytes. */
  propose(peer: PeerId, count: number, bytes: number): void {
    this.#ticket += 1;
    const commands = Array.from({ length: count }, (_, i) => commandOf(this.#ticket * 1000 + i, bytes));
    this.#openOf(peer).tickets.add(this.#ticket);
    this.#give(peer, { kind: "propose", ticket: this.#ticket, commands });
  }

  read(peer: PeerId): void {
    this.#ticket += 1;
    this.#openOf(peer).reads.set(this.#ticket, this.#deliveredUpTo);
    this.#give(peer, { kind: "read", ticket: this.#ticket });
  }

  /** A life of a peer is over, and its state with it. */
  reset(peer: PeerId): void {
    this.#states.delete(peer);
    this.#open.delete(peer);
  }

  stateOf(peer: PeerId): State {
    return this.#states.get(peer) ?? BLANK;
  }

  /** How many questions of its clients a peer has not answered, though it lives. */
  openAt(peer: PeerId): number {
    const { reads, tickets } = this.#openOf(peer);
    return reads.size + tickets.size;
  }

  hear(peer: PeerId, told: RaftSpeech["event"] | ZabSpeech["event"]): void {
    const open = this.#openOf(peer);
    switch (told.kind) {
      case "proposed":
        return this.#proposed(open, told);
      case "not-proposed":
        open.tickets.delete(told.ticket);
        return;
      case "readable":
        return this.#readable(peer, open, told);
      case "not-readable":
        assert(open.reads.delete(told.ticket), `${peer} refuses a read that nobody asked, or twice`);
        return;
      case "delivered":
        for (const entry of told.entries) this.#deliver(peer, open, entry);
        return;
      case "snapshot-wanted":
        return this.#give(peer, { kind: "compact", index: this.stateOf(peer).index, snapshot: this.#snapshot(peer) });
      case "snapshot-received":
        this.installed += 1;
        return;
      case "snapshot-installed":
        return this.#install(peer, told);
      case "order-forgotten":
        this.reset(peer);
    }
  }

  #proposed(open: Open, { ticket, first, term }: Extract<OrderEvent, { kind: "proposed" }>): void {
    assert(open.tickets.delete(ticket), `proposal ${ticket} is answered twice, or was never made`);
    open.proposals.set(first, term);
  }

  /** Linearizability: a read sees all that was delivered anywhere, and so all that was acknowledged, before it came. */
  #readable(peer: PeerId, open: Open, { ticket, index }: Extract<OrderEvent, { kind: "readable" }>): void {
    const least = open.reads.get(ticket);
    assert(least !== undefined, `${peer} answers a read that nobody asked, or twice`);
    assert(index >= least, `${peer} answers a read at ${index}, and ${least} was delivered before it came`);
    assert(index <= this.stateOf(peer).index, `${peer} answers a read at ${index}, which it does not have`);
    open.reads.delete(ticket);
    this.answered += 1;
  }

  #deliver(peer: PeerId, open: Open, { index, term, command }: Delivered): void {
    const before = this.stateOf(peer);
    assert(index === before.index + 1, `${peer} is delivered ${index} after ${before.index}`);
    this.#become(peer, { index, fingerprint: command === null ? before.fingerprint : after(before, command) });
    this.#deliveredUpTo = Math.max(this.#deliveredUpTo, index);
    if (open.proposals.get(index) === term) this.acknowledged += 1;
    open.proposals.delete(index);
  }

  #install(peer: PeerId, { index, snapshot }: Extract<OrderEvent, { kind: "snapshot-installed" }>): void {
    const before = this.stateOf(peer);
    assert(index > before.index, `${peer} goes back from ${before.index} to a snapshot of ${index}`);
    this.#become(peer, { index, fingerprint: Buffer.from(snapshot.subarray(this.#padding)).toString() });
  }

  /** State machine safety: at one index all are the same. */
  #become(peer: PeerId, state: State): void {
    const first = this.#history.get(state.index) ?? state.fingerprint;
    assert(first === state.fingerprint, `the state of ${peer} at ${state.index} is another than elsewhere`);
    this.#history.set(state.index, first);
    this.#states.set(peer, state);
  }

  #snapshot(peer: PeerId): Uint8Array {
    return Buffer.concat([Buffer.alloc(this.#padding), Buffer.from(this.stateOf(peer).fingerprint)]);
  }

  #openOf(peer: PeerId): Open {
    const open = this.#open.get(peer) ?? { reads: new Map(), proposals: new Map(), tickets: new Set() };
    this.#open.set(peer, open);
    return open;
  }
}

function commandOf(number: number, bytes: number): Uint8Array {
  const command = Buffer.alloc(8 + bytes);
  command.writeDoubleBE(number);
  return command;
}

function after({ fingerprint }: State, command: Uint8Array): string {
  const next = new Fingerprint();
  next.text(fingerprint);
  next.bytes(command);
  return next.hex();
}
