import type { Effects } from "../../core/effects.ts";
import type { Audience } from "./audience.ts";
import type { NotificationSpeech } from "./message.ts";
import type { Neighbour } from "./neighbours.ts";

/** How long a peer waits for a program that is behind; then it goes on without it. */
const PATIENCE_MS = 250;

/** How long whoever announces waits for a peer that is behind: it may be waiting for one program after another. */
const PEER_PATIENCE_MS = 2 * PATIENCE_MS;

/** What a peer has not confirmed for that long is taken for lost. */
const LOST_MS = 1000;

/**
 * Keeps everybody to a pace that the others can follow: a peer is told that what it pushed has come only as long as the
 * programs here keep up, and programs that announce are not read while the peers that we push to are behind. Nobody waits
 * longer than `PEER_PATIENCE_MS` for one that stands still, nor again before it has confirmed something.
 */
export class Flow {
  readonly #audience: Audience;
  /** Peers that are, or were when it was last looked, behind with what we pushed. */
  readonly #behind = new Set<Neighbour>();
  /** Peers that have pushed and may be owed a confirmation. */
  readonly #owed = new Set<Neighbour>();
  readonly #effects: Effects<NotificationSpeech>;
  #deadline = Number.POSITIVE_INFINITY;
  #isCongested = false;

  constructor(audience: Audience, effects: Effects<NotificationSpeech>) {
    this.#audience = audience;
    this.#effects = effects;
  }

  /** When somebody has waited long enough. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Whether a program here has more to answer than it should, and is waited for; as of the last update. */
  get isCongested(): boolean {
    return this.#isCongested;
  }

  /** Something was pushed to a peer. */
  pushedTo(neighbour: Neighbour): void {
    if (neighbour.isBehind) this.#behind.add(neighbour);
  }

  /** A peer has pushed something. */
  cameFrom(neighbour: Neighbour): void {
    this.#owed.add(neighbour);
  }

  /** A peer is linked no more. */
  lose(neighbour: Neighbour): void {
    this.#behind.delete(neighbour);
    this.#owed.delete(neighbour);
  }

  /** This process stood still: nobody had a chance to catch up. */
  postpone(byMs: number): void {
    for (const neighbour of this.#behind) neighbour.postpone(byMs);
  }

  /** Looks at the end of a step who has to wait, and who no more. */
  update(now: number): void {
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#isCongested = this.#findCongested(now);
    const isAwaited = this.#isAwaited(now);
    if (!this.#isCongested) this.#confirm();
    for (const program of this.#audience.programs) {
      if (!program.isAnnouncer) continue;
      if (program.heldUntil > now) this.#deadline = Math.min(this.#deadline, program.heldUntil);
      const hold = this.#isCongested || isAwaited || program.heldUntil > now;
      if (hold === program.isHeld) continue;
      program.isHeld = hold;
      this.#effects.add({ kind: "reading", session: program.session, on: !hold });
    }
  }

  /** Whether a program here has more to answer than it should, and may still be waited for. */
  #findCongested(now: number): boolean {
    let isCongested = false;
    // Each for itself: one that stands still must not use up the patience with those that only fall behind.
    for (const program of this.#audience.programs) {
      const since = program.congestedSince(now);
      if (since <= now && this.#mayWait(since, PATIENCE_MS, now)) isCongested = true;
    }
    return isCongested;
  }

  /** Whether a peer is behind, and may still be waited for. */
  #isAwaited(now: number): boolean {
    let isAwaited = false;
    for (const neighbour of this.#behind) {
      if (now >= neighbour.behindSince + LOST_MS) neighbour.startOver();
      if (!neighbour.isBehind) this.#behind.delete(neighbour);
      else {
        if (!neighbour.isSilent && this.#mayWait(neighbour.behindSince, PEER_PATIENCE_MS, now)) isAwaited = true;
        this.#deadline = Math.min(this.#deadline, neighbour.behindSince + LOST_MS);
      }
    }
    return isAwaited;
  }

  #mayWait(since: number, patienceMs: number, now: number): boolean {
    if (now >= since + patienceMs) return false;
    this.#deadline = Math.min(this.#deadline, since + patienceMs);
    return true;
  }

  #confirm(): void {
    for (const neighbour of this.#owed) {
      const offset = neighbour.confirmation();
      if (offset !== undefined) this.#effects.send({ peer: neighbour.peer }, { kind: "received", offset });
    }
    this.#owed.clear();
  }
}
