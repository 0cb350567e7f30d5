import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { MembershipSpeech, Rumour, Status } from "./message.ts";
import { isDoubt } from "./rumour-order.ts";

/** Members held, at most; a rumour of one more is not followed. */
export const MAX_MEMBERS = 4096;

/** Missed probe rounds until a member counts as unhealthy. */
export const LIVES = 3;

const FORGET_LEFT_MS = 3_600_000;
const FORGET_UNHEALTHY_MS = 86_400_000;

/** What is held of one other peer. */
export interface Member {
  rumour: Rumour;
  /** What is on disk of it. */
  saved: Rumour;
  /** 0 to LIVES; by our own probes alone. */
  lives: number;
  /** Monotonic ms at which it took its present status. */
  since: number;
  /** Monotonic ms at which it was last told what is said of it. */
  toldAt: number;
}

/** What is shown of one. */
type Row = MembershipSpeech["view"]["members"][number];

/** The other peers of the cluster, bounded, and when to forget those that are gone. */
export class Members {
  readonly #byId = new Map<PeerId, Member>();
  #sweepAt = Number.POSITIVE_INFINITY;
  /** Null once it no longer tells what is held: the wiring looks at it far more often than it changes. */
  #rows: readonly Row[] | null = null;

  /** What is shown of all. */
  get rows(): readonly Row[] {
    this.#rows ??= Array.from(this.#byId.values(), ({ rumour, lives, since }) => ({
      ...rumour,
      livesRemaining: lives,
      since,
    }));
    return this.#rows;
  }

  /** Monotonic ms at which somebody may be due to be forgotten; never later than that. */
  get deadline(): number {
    return this.#sweepAt;
  }

  get size(): number {
    return this.#byId.size;
  }

  get isFull(): boolean {
    return this.#byId.size >= MAX_MEMBERS;
  }

  get(peer: PeerId): Member | undefined {
    return this.#byId.get(peer);
  }

  values(): IterableIterator<Member> {
    return this.#byId.values();
  }

  /** All members that are said to be at `address`; several where a peer came back there under a new ID. */
  at(address: Address): Member[] {
    return [...this.#byId.values()].filter((member) => member.rumour.address === address);
  }

  /** Adds a peer that is not held yet, with all its lives; the caller has looked at `isFull`. */
  add(rumour: Rumour, now: number): Member {
    const member: Member = { rumour, saved: rumour, lives: LIVES, since: now, toldAt: Number.NEGATIVE_INFINITY };
    this.#byId.set(rumour.peer, member);
    this.#rows = null;
    this.#sweepAt = Math.min(this.#sweepAt, forgetAt(member));
    return member;
  }

  /**
   * Takes up what an earlier life saved of a peer. A doubt does not outlive a restart: probes here and the tables of
   * others tell soon enough.
   */
  recall(saved: Rumour, now: number): void {
    const rumour: Rumour = isDoubt(saved.status) ? { ...saved, status: "healthy" } : saved;
    const held = this.#byId.get(rumour.peer);
    if (held === undefined && this.isFull) return;
    const member = held ?? this.add(rumour, now);
    this.update(member, rumour, now);
    member.saved = saved;
  }

  /** Replaces what is held of a member. */
  update(member: Member, rumour: Rumour, now: number): void {
    if (rumour.status !== member.rumour.status) member.since = now;
    member.rumour = rumour;
    this.#rows = null;
    this.#sweepAt = Math.min(this.#sweepAt, forgetAt(member));
  }

  /** A member has this many lives from now on. */
  setLives(member: Member, lives: number): void {
    if (member.lives === lives) return;
    member.lives = lives;
    this.#rows = null;
  }

  /** Drops a member at once. */
  delete(peer: PeerId): void {
    this.#byId.delete(peer);
    this.#rows = null;
  }

  /** Drops and returns all who left an hour ago or have been unhealthy for a day. */
  sweep(now: number): Member[] {
    const forgotten: Member[] = [];
    this.#sweepAt = Number.POSITIVE_INFINITY;
    for (const member of this.#byId.values()) {
      const at = forgetAt(member);
      if (at <= now) forgotten.push(member);
      else this.#sweepAt = Math.min(this.#sweepAt, at);
    }
    for (const { rumour } of forgotten) this.delete(rumour.peer);
    return forgotten;
  }
}

function forgetAt(member: Member): number {
  return member.since + memoryMs(member.rumour.status);
}

function memoryMs(status: Status): number {
  if (status === "left") return FORGET_LEFT_MS;
  return status === "unhealthy" ? FORGET_UNHEALTHY_MS : Number.POSITIVE_INFINITY;
}
