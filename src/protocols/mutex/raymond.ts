import type { PeerId } from "../../core/peer-id.ts";
import { Branches } from "./branches.ts";
import { MAX_TREE, type MutexMessage, type TreeVersion } from "./message.ts";
import { type Reported, Round } from "./round.ts";
import { Tree } from "./tree.ts";
import { type Ground, type Sight, UNKNOWN, type Want, type Way } from "./way.ts";

/** A round waits so long for more of what it is for, ms: links come and go together. */
const CALM_MS = 20;

/** What others say of a tree before this peer hears that it has begun, at most. */
const MAX_EARLY = 4096;

/** What this peer wants or holds. */
interface Own {
  readonly timestamp: number;
  holds: boolean;
}

/** A state of the tree in which this peer has agreed to pass no tokens on. */
interface Frozen {
  readonly version: TreeVersion;
  /** All of that tree, by ID. */
  readonly participants: readonly PeerId[];
  /** Where tokens are, as far as it was heard. */
  readonly tokens: Map<string, PeerId>;
  /** What came from others that have begun already. */
  readonly early: { readonly from: PeerId; readonly message: MutexMessage }[];
}

/**
 * Raymond's algorithm ("A Tree-Based Algorithm for Distributed Mutual Exclusion", ACM TOCS 7(1), 1989): the peers are a tree,
 * and for each lock there is one token, of which every peer knows in which direction it is. Who wants it asks in that
 * direction, once for all on its side; the token comes back the same way. O(log n) messages.
 *
 * | message      | sender                | effect at the receiver                                                 |
 * | ------------ | --------------------- | ---------------------------------------------------------------------- |
 * | token-wanted | neighbour             | is queued, and asked on unless that was done before                    |
 * | token        | neighbour             | is here now: for this peer, or for the next in the queue               |
 * | disturbed    | any, to the least     | begins a round                                                         |
 * | freeze       | the least             | passes no token on, and says which ones it has                         |
 * | frozen       | any, to the least     | is noted; when all have answered, the new tree begins                  |
 * | orient       | the least             | goes on with the new tree, where tokens are as is said                 |
 *
 * The tree has the shape of a heap over all participants by ID, and a version. When a link or a participant comes, the one
 * with the least ID makes it anew in a round: it freezes all, hears where the tokens are, and tells all. A token that nobody
 * has, as it was on its way or died with its peer, is at the root then.
 *
 * Safety: a token counts only in the version in which it was passed, and a peer that is frozen for a later one takes none.
 * When all participants are frozen and have said what they have, there is no other token, and none comes to be. Whoever is
 * inside when it is frozen stays there and says so. Two rounds for the same participants have the same least peer and
 * growing versions; peers that know different ones answer no round of the others, so of two peers that know each other, in
 * one direction at least, both are in any round that completes. That a participant has left is taken as said that it holds
 * nothing.
 *
 * Departures: all of the round, as in the paper the tree is fixed and nobody fails but for a while. While a participant
 * is away no round completes; a token that is elsewhere goes on meanwhile. Tokens that nobody wants go back to the root.
 */
export class Raymond implements Way {
  readonly #ground: Ground;
  readonly #own = new Map<string, Own>();
  #tree: { readonly version: TreeVersion; readonly branches: Branches } | null = null;
  #frozen: Frozen | null = null;
  /** Of which we are the least peer; null while there is none. */
  #round: Round | null = null;
  /** Who was told that a round is due, and has begun none since. */
  #told: PeerId | null = null;
  /** When the next round begins, if we are the one to begin it; Infinity for never. */
  #roundAt = 0;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  get deadline(): number {
    const roundAt = this.#isOursToBegin() ? this.#roundAt : Number.POSITIVE_INFINITY;
    return Math.min(roundAt, this.#branches?.deadline ?? Number.POSITIVE_INFINITY);
  }

  want(name: string): number {
    const timestamp = this.#ground.tick();
    this.#own.set(name, { timestamp, holds: false });
    this.#branches?.want(this.#ground.peer, name, this.#ground.now);
    return timestamp;
  }

  leave(name: string): void {
    this.#own.delete(name);
    // While it is frozen this stays a token that is here, which is what was said.
    this.#branches?.leave(name, this.#ground.now);
  }

  wants(): readonly Want[] {
    // The round asks for what there is to say.
    return [];
  }

  hear(from: PeerId, message: MutexMessage): void {
    switch (message.kind) {
      case "state":
        return this.#disturb(from);
      case "disturbed":
        return this.#begin();
      case "freeze":
        return this.#freeze(from, message);
      case "frozen":
        if (this.#round?.answer(from, message) === true) this.#complete(this.#round);
        return;
      case "orient":
        return this.#orient(from, message);
      case "token":
      case "token-wanted":
        return this.#hearOfToken(from, message);
      default:
        return;
    }
  }

  unlinked(): void {
    // Whoever was to answer does not; the round begins anew when all are there.
    if (this.#round !== null) this.#begin();
  }

  othersChanged(): void {
    this.#disturb(null);
  }

  forget(): void {
    // In another cluster the tokens are elsewhere.
    this.#tree = null;
    this.#frozen = null;
    this.#told = null;
    this.#begin();
  }

  settle(): void {
    if (this.#isOursToBegin() && this.#ground.now >= this.#roundAt) this.#startRound();
    this.#branches?.sendHome(this.#ground.now);
  }

  awaits(name: string): readonly PeerId[] {
    const own = this.#own.get(name);
    // Any of them may have the token, or be on the way to it.
    return own === undefined || own.holds ? [] : this.#ground.others;
  }

  debtors(): readonly PeerId[] {
    const least = this.#frozen?.version.by ?? this.#told;
    const debtors = new Set([...(this.#branches?.asked ?? []), ...(this.#round?.unanswered ?? [])]);
    if (least !== null && least !== this.#ground.peer) debtors.add(least);
    return [...debtors];
  }

  names(): Iterable<string> {
    return this.#tree?.branches.names ?? [];
  }

  see(name: string): Sight {
    const { peer } = this.#ground;
    const own = this.#own.get(name);
    const tokenAt = this.#tree?.branches.directionOf(name) ?? null;
    const holder = own?.holds === true ? peer : null;
    const queue = own === undefined ? [] : [{ peer, timestamp: own.timestamp }];
    return { ...UNKNOWN, holder, queue, tokenAt };
  }

  /** The tokens of the tree, while they may move. */
  get #branches(): Branches | undefined {
    return this.#frozen === null ? this.#tree?.branches : undefined;
  }

  #participants(): readonly PeerId[] {
    return [...this.#ground.others, this.#ground.peer].sort();
  }

  #isLeast(): boolean {
    return this.#participants()[0] === this.#ground.peer;
  }

  #isOursToBegin(): boolean {
    if (this.#roundAt === Number.POSITIVE_INFINITY || !this.#ground.hasSettled || !this.#isLeast()) return false;
    return this.#ground.others.every((peer) => this.#ground.isReady(peer));
  }

  /** What was said may be lost, or others are there: the least peer is told, unless it has seen that itself. */
  #disturb(seenBy: PeerId | null): void {
    const least = this.#participants()[0];
    if (least === this.#ground.peer) this.#begin();
    else if (least !== undefined && least !== seenBy) {
      this.#told = least;
      this.#ground.send(least, { kind: "disturbed" });
    }
  }

  /** A round is due. */
  #begin(): void {
    this.#round = null;
    if (this.#roundAt === Number.POSITIVE_INFINITY) this.#roundAt = this.#ground.now + CALM_MS;
  }

  #startRound(): void {
    this.#roundAt = Number.POSITIVE_INFINITY;
    const participants = this.#participants();
    if (participants.length > MAX_TREE) return;
    const version = { number: this.#ground.tick(), by: this.#ground.peer };
    const round = new Round(version, participants);
    this.#round = round;
    round.note(this.#enterFrozen(version, participants), this.#ground.peer);
    for (const peer of this.#ground.others) this.#ground.send(peer, { kind: "freeze", version, participants });
    if (round.unanswered.length === 0) this.#complete(round);
  }

  #complete(round: Round): void {
    this.#round = null;
    const orients = round.orient();
    for (const peer of round.participants) for (const orient of orients) this.#ground.send(peer, orient);
    this.#go(round.version, round.participants, round.tokens);
  }

  #freeze(from: PeerId, { version, participants }: Extract<MutexMessage, { kind: "freeze" }>): void {
    const isMeant = from === version.by && isSame(participants, this.#participants());
    if (!isMeant || !isLater(version, this.#frozen?.version) || !isLater(version, this.#tree?.version)) return;
    const tokens = this.#enterFrozen(version, participants);
    for (const part of Round.frozen(version, tokens)) this.#ground.send(from, part);
  }

  /** Passes nothing on from now on; the tokens that are here. Those of no branch are at the root, also of the next tree. */
  #enterFrozen(version: TreeVersion, participants: readonly PeerId[]): readonly Reported[] {
    this.#told = null;
    this.#frozen = { version, participants, tokens: new Map(), early: [] };
    return this.#tokens();
  }

  #tokens(): readonly Reported[] {
    const names = this.#tree?.branches.tokens ?? [];
    return names.map((name) => ({ name, inside: this.#own.get(name)?.holds === true }));
  }

  #orient(from: PeerId, { version, tokens, more }: Extract<MutexMessage, { kind: "orient" }>): void {
    const frozen = this.#frozen;
    if (frozen === null || from !== version.by || !isEqual(version, frozen.version)) return;
    for (const { name, at } of tokens) frozen.tokens.set(name, at);
    if (!more) this.#go(version, frozen.participants, frozen.tokens);
  }

  /** The tree of a version begins: tokens are as is said, or at its root. */
  #go(version: TreeVersion, participants: readonly PeerId[], tokens: ReadonlyMap<string, PeerId>): void {
    const early = this.#frozen?.early ?? [];
    const { peer, now } = this.#ground;
    const branches = new Branches(new Tree(participants, peer), {
      self: peer,
      ask: (to, name) => this.#ground.send(to, { kind: "token-wanted", version, name }),
      pass: (to, name) => this.#ground.send(to, { kind: "token", version, name }),
      enter: (name) => this.#enter(name),
    });
    this.#frozen = null;
    this.#tree = { version, branches };
    for (const [name, at] of tokens) branches.place(name, at, this.#own.get(name)?.holds === true, now);
    for (const [name, { holds }] of this.#own) if (!holds) branches.want(peer, name, now);
    for (const { from, message } of early) this.hear(from, message);
  }

  #hearOfToken(from: PeerId, message: Extract<MutexMessage, { kind: "token" | "token-wanted" }>): void {
    const { version, name } = message;
    if (this.#frozen !== null) {
      const { early } = this.#frozen;
      // A token of an earlier version is void: it is made anew with the tree.
      if (isEqual(version, this.#frozen.version) && early.length < MAX_EARLY) early.push({ from, message });
      return;
    }
    if (this.#tree === null || !isEqual(version, this.#tree.version)) return;
    if (message.kind === "token") this.#tree.branches.receive(name, this.#ground.now);
    else this.#tree.branches.want(from, name, this.#ground.now);
  }

  #enter(name: string): void {
    const own = this.#own.get(name);
    if (own === undefined) return;
    own.holds = true;
    this.#ground.enter(name);
  }
}

function isLater(version: TreeVersion, than: TreeVersion | undefined): boolean {
  if (than === undefined) return true;
  return version.number > than.number || (version.number === than.number && version.by > than.by);
}

function isEqual(one: TreeVersion, other: TreeVersion): boolean {
  return one.number === other.number && one.by === other.by;
}

function isSame(one: readonly PeerId[], other: readonly PeerId[]): boolean {
  return one.length === other.length && one.every((peer, at) => peer === other[at]);
}
