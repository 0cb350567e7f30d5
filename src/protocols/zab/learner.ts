import { AnsweredRounds } from "../../core/answered-rounds.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { BEFORE_ALL } from "./history.ts";
import type { Progress, ZabMessage, Zxid } from "./message.ts";
import { Outflow } from "./outflow.ts";
import type { ZabState } from "./state.ts";

type EpochAccepted = Extract<ZabMessage, { readonly kind: "epoch-accepted" }>;

/** Where it stands with the epoch that it has promised to follow. */
interface Promised {
  readonly epoch: number;
  /** An observer makes no promise, whatever its leader takes it for. */
  readonly isMember: boolean;
  readonly currentEpoch: number;
  readonly digest: readonly Zxid[];
}

/** The history of the epoch on its way to it. */
interface Joining {
  readonly outflow: Outflow;
  /** Behind this entry it is told that the history is that of the epoch; what follows are proposals. */
  index: number;
  isToldLeader: boolean;
  isUpToDate: boolean;
  toldCommit: number;
}

/** One that would follow, as a leader sees it: from its first word on a link, through the paper's phases 1 to 3. */
export class Learner {
  readonly peer: PeerId;
  /** The epoch before which it follows none. */
  readonly acceptedEpoch: number;
  readonly #state: ZabState;
  readonly #rounds = new AnsweredRounds();
  #askedEpoch = 0;
  #promised: Promised | null = null;
  #joining: Joining | null = null;
  #ackedIndex: number | null = null;
  /** Since the latest heartbeat it was sent something, and heard. */
  #wasTold = false;
  #wasHeard = false;

  constructor(state: ZabState, peer: PeerId, acceptedEpoch: number) {
    this.#state = state;
    this.peer = peer;
    this.acceptedEpoch = acceptedEpoch;
  }

  /** The epoch that it has promised to follow, and the history that it had then; null before. */
  get promised(): Promised | null {
    return this.#promised;
  }

  /** The last entry that it had when it made that promise. */
  get lastZxid(): Zxid {
    return this.#promised?.digest.at(-1) ?? BEFORE_ALL;
  }

  /** Up to here its disk holds the epoch's history; null before it has all that the epoch began with. */
  get ackedIndex(): number | null {
    return this.#ackedIndex;
  }

  /** The latest round that it has answered in this epoch. */
  get answeredRound(): number {
    return this.#rounds.answeredRound;
  }

  /** Whether it owes many answers. */
  get owesMany(): boolean {
    return this.#rounds.owesMany;
  }

  /** Whether it has yet to hear what is committed; not one that takes nothing for now. */
  get owesNews(): boolean {
    const joining = this.#joining;
    if (joining === null || !joining.isUpToDate || joining.outflow.room === 0) return false;
    return joining.toldCommit < this.#state.commitIndex;
  }

  /** Asks it to promise itself to an epoch, once (the paper's NEWEPOCH). */
  ask(epoch: number): void {
    if (this.#askedEpoch === epoch) return;
    this.#askedEpoch = epoch;
    this.#promised = null;
    this.#tell({ kind: "new-epoch", epoch });
  }

  /** It promises itself to the epoch that it was asked for. */
  promises({ epoch, isMember, currentEpoch, digest }: EpochAccepted): void {
    if (epoch === this.#askedEpoch) this.#promised ??= { epoch, isMember, currentEpoch, digest };
  }

  /** Asks it for its history, which is the best. */
  askForHistory(epoch: number): void {
    const { history, commitIndex } = this.#state;
    this.#tell({ kind: "history-wanted", epoch, digest: history.digest(commitIndex) });
  }

  /** It has so much of what it is sent. */
  received(index: number, offset: number): void {
    this.#joining?.outflow.landed(index, offset);
  }

  /** Its disk holds the epoch's history up to `index`; what nobody sent it does not hold. */
  accepted(index: number): void {
    const joining = this.#joining;
    if (joining === null || !joining.isToldLeader || index < joining.index || index > joining.outflow.sentIndex) return;
    this.#ackedIndex = Math.max(this.#ackedIndex ?? 0, index);
    joining.outflow.landed(index, 0);
  }

  /** Something came of it. */
  heard(): void {
    this.#wasHeard = true;
  }

  /** It answered a round. */
  answered(round: number, now: number): void {
    this.#rounds.heard(round, now);
  }

  /** Sends it what it lacks: the epoch's history, then that it is so (the paper's NEWLEADER), then proposals. */
  advance(): void {
    if (this.#promised === null) return;
    this.#joining ??= this.#join(this.#promised);
    const joining = this.#joining;
    if (joining.outflow.isBehind) this.#rejoin(joining);
    if (!joining.isToldLeader) this.#lead(joining, this.#promised.epoch);
    if (joining.isToldLeader && joining.outflow.advance(this.#state.history.lastIndex)) this.#toldCommit(joining);
  }

  /** Tells it that the epoch is established, once its disk holds what it began with. */
  welcome(): void {
    const joining = this.#joining;
    if (joining === null || joining.isUpToDate || this.#promised === null || this.#ackedIndex === null) return;
    joining.isUpToDate = true;
    this.#tell({ kind: "up-to-date", epoch: this.#promised.epoch, commitIndex: this.#state.commitIndex });
    joining.toldCommit = this.#state.commitIndex;
  }

  /** Tells it what is committed, where it has not heard it with entries. */
  tellCommit(): void {
    if (this.#joining === null || !this.owesNews) return;
    this.#joining.outflow.tellCommit();
    this.#toldCommit(this.#joining);
  }

  /** A heartbeat: to whom nothing else was sent, and to whom nothing came from; to all where an answer is awaited. */
  beat(epoch: number, round: number, now: number, isAsking: boolean): void {
    if (isAsking || !this.#wasTold || !this.#wasHeard) this.ping(epoch, round, now);
    this.#wasTold = false;
    this.#wasHeard = false;
  }

  /** Asks whether it still is of the epoch. */
  ping(epoch: number, round: number, now: number): void {
    this.#tell({ kind: "ping", epoch, round });
    this.#rounds.sent(round, now);
  }

  /** What is shown of it. */
  view(isMember: boolean, heardAt: number | null): Progress {
    const outflow = this.#joining?.outflow;
    return {
      peer: this.peer,
      isMember,
      state: outflow === undefined ? "discovery" : this.#joining?.isUpToDate ? "broadcast" : "synchronization",
      ackedIndex: this.#ackedIndex ?? 0,
      sentIndex: outflow?.sentIndex ?? 0,
      snapshotPart: outflow?.snapshotPart ?? null,
      responseMs: this.#rounds.responseMs,
      heardAt,
    };
  }

  #join({ epoch, digest }: Promised): Joining {
    this.#wasTold = true;
    const outflow = new Outflow(this.#state, this.peer, epoch, digest);
    return { outflow, index: this.#state.history.lastIndex, isToldLeader: false, isUpToDate: false, toldCommit: 0 };
  }

  /** It lags so far that what it is to be sent next is gone: it begins anew with a snapshot. */
  #rejoin(joining: Joining): void {
    joining.outflow.transmit();
    joining.index = this.#state.history.lastIndex;
    joining.isToldLeader = false;
    joining.isUpToDate = false;
    this.#ackedIndex = null;
  }

  #lead({ outflow, index }: Joining, epoch: number): void {
    if (outflow.advance(index)) this.#wasTold = true;
    if (outflow.snapshotPart !== null || outflow.sentIndex < index || this.#joining === null) return;
    const { history, slots } = this.#state;
    const zxid = history.zxidAt(index);
    this.#tell({ kind: "new-leader", epoch, index, zxid, members: slots.pins });
    this.#joining.isToldLeader = true;
  }

  #toldCommit(joining: Joining): void {
    this.#wasTold = true;
    if (joining.isUpToDate) joining.toldCommit = this.#state.commitIndex;
  }

  #tell(message: Parameters<ZabState["send"]>[1]): void {
    this.#wasTold = true;
    this.#state.send(this.peer, message);
  }
}
