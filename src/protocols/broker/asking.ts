import { DeadlineQueue } from "../../core/deadline-queue.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { PendingRequests } from "../../core/pending.ts";
import type { JobAnswer, JobRequest } from "../../wire/job-message.ts";
import { type Ground, termOf } from "./ground.ts";

/** What waits for the answer to a request. One of these is called, once. */
export interface Hope {
  answered(answer: JobAnswer): void;
  /** The link is gone, or there was no answer in time: it may have been done. */
  failed(because: "lost" | "late"): void;
}

/** Requests and answers on the links to others. An answer is matched with what it answers, or counted and dropped. */
export class Asking {
  readonly #ground: Ground;
  readonly #pending = new Map<PeerId, PendingRequests<Hope>>();
  /** When something times out on the link to a peer, or sooner. */
  readonly #due = new DeadlineQueue<PeerId>();
  /** How often the link to a peer was gone. */
  readonly #lost = new Map<PeerId, number>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** When the next request may time out, monotonic ms. */
  get deadline(): number {
    return this.#due.earliest;
  }

  /** Asks a peer something; false where it cannot be asked now, as there is no link or no ID left. */
  ask(peer: PeerId, request: JobRequest, deadline: number, hope: Hope): boolean {
    const { linked, effects } = this.#ground;
    if (!linked.has(peer)) return false;
    const pending = this.#pendingOf(peer);
    const requestId = pending.open(hope, deadline);
    if (requestId === undefined) return false;
    if (pending.size === 1) this.#due.set(peer, pending.deadline);
    effects.send({ peer }, { kind: "request", requestId, request });
    return true;
  }

  /** A peer answers. */
  hear(from: PeerId, requestId: number, answer: JobAnswer): void {
    const { counts, effects, table } = this.#ground;
    const settled = this.#pendingOf(from).settle(requestId);
    switch (settled.kind) {
      case "matched":
        return settled.request.answered(answer);
      case "late":
        counts.lateAnswers += 1;
        return;
      case "duplicate":
      case "unknown": {
        const term = "term" in answer ? answer.term : termOf(table);
        counts[settled.kind === "unknown" ? "unknownAnswers" : "duplicateAnswers"] += 1;
        effects.event({ kind: "answer-rejected", from, term, because: settled.kind });
      }
    }
  }

  /** By what a peer is answered: nothing is, once the link is gone on which it asked, nor where it expects no answer. */
  replyTo(peer: PeerId, requestId: number): (answer: JobAnswer) => void {
    const lost = this.#lost.get(peer);
    return (answer) => {
      const { linked, effects } = this.#ground;
      if (requestId !== 0 && linked.has(peer) && this.#lost.get(peer) === lost)
        effects.send({ peer }, { kind: "answer", requestId, answer });
    };
  }

  /** The link to a peer is gone, or another connection: what was asked on it will not be answered. */
  unlink(peer: PeerId): void {
    this.#lost.set(peer, (this.#lost.get(peer) ?? 0) + 1);
    this.#due.delete(peer);
    const pending = this.#pending.get(peer);
    this.#pending.delete(peer);
    for (const hope of pending?.failAll() ?? []) hope.failed("lost");
  }

  /** Gives up what has timed out. */
  pass(): void {
    const { now, effects } = this.#ground;
    for (let peer = this.#due.takeDue(now); peer !== undefined; peer = this.#due.takeDue(now)) {
      const pending = this.#pendingOf(peer);
      const wasWorn = pending.isWorn;
      for (const hope of pending.expire(now)) hope.failed("late");
      if (pending.size > 0) this.#due.set(peer, pending.deadline);
      if (pending.isWorn && !wasWorn) effects.event({ kind: "link-worn", peer });
    }
  }

  #pendingOf(peer: PeerId): PendingRequests<Hope> {
    let pending = this.#pending.get(peer);
    if (pending === undefined) {
      pending = new PendingRequests();
      this.#pending.set(peer, pending);
    }
    return pending;
  }
}
