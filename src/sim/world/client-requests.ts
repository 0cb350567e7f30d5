import { type Answer, failed, isQuery } from "../../core/request.ts";
import { lineOfRequest } from "../../wire/client-line.ts";
import type { HistoryRecorder, StoreRequest } from "../linearizability/history.ts";

/** What is told of an attempt that a connection took with it. */
const BROKEN = failed("leader-lost", "the connection broke", false);

/** Who asks, and who takes it down. */
export interface Asker {
  /** What it is called in the history: its port. */
  readonly client: number;
  readonly history: HistoryRecorder;
}

/** One request, from when it was first said to when its outcome is known. */
interface Asked {
  readonly ticket: number;
  readonly request: StoreRequest;
  /** Where it is applied once, however often it is said; null where it is not, or changes nothing. */
  readonly once: { readonly session: number; readonly sequence: number } | null;
}

/**
 * What a client has asked and not yet been answered. In a session all of it is said again until its outcome is known;
 * without one a change whose connection broke is one of unknown outcome.
 */
export class ClientRequests {
  readonly #asker: Asker;
  /** Said on the connection that stands, which owes an answer to each, in this order. */
  #underWay: Asked[] = [];
  /** To be said again. */
  #again: Asked[] = [];
  #lastSequence = 0;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  /** Answers that the connection owes. */
  get owed(): number {
    return this.#underWay.length;
  }

  /** Whether nothing is without an outcome. */
  get areDone(): boolean {
    return this.#underWay.length === 0 && this.#again.length === 0;
  }

  /** Takes a new request; the line that says it. */
  ask(request: StoreRequest, session: number | null, now: number): string {
    const { client, history } = this.#asker;
    let once: Asked["once"] = null;
    if (session !== null && !isQuery(request)) {
      this.#lastSequence += 1;
      once = { session, sequence: this.#lastSequence };
    }
    return this.#say({ ticket: history.called(client, request, now), request, once });
  }

  /** What has no outcome, as it is said again in a session; what belongs to one that is gone never will have any. */
  askAgain(session: number | null, now: number): string {
    const again = this.#again;
    this.#again = [];
    let said = "";
    for (const asked of again) {
      if (asked.once === null || asked.once.session === session) said += this.#say(asked);
      else this.#tell(asked, BROKEN, now);
    }
    return said;
  }

  /**
   * The answer to the oldest request under way; its request where it is an outcome, and null where the next peer may have a
   * better one.
   */
  answered(answer: Answer, now: number): StoreRequest | null {
    const asked = this.#underWay.shift();
    if (asked === undefined) return null;
    if (!isPassing(answer)) {
      this.#tell(asked, answer, now);
      return asked.request;
    }
    // A definite error says nothing of the attempts before, and others follow.
    if (!answer.definite || !isRepeated(asked)) this.#tell(asked, answer, now);
    if (isRepeated(asked)) this.#again.unshift(asked);
    return null;
  }

  /** The connection is gone. */
  broken(now: number): void {
    for (const asked of this.#underWay) if (!isQuery(asked.request)) this.#tell(asked, BROKEN, now);
    const again = [...this.#again, ...this.#underWay.filter(isRepeated)];
    this.#again = again.sort((a, b) => a.ticket - b.ticket);
    this.#underWay = [];
  }

  #say(asked: Asked): string {
    this.#underWay.push(asked);
    const { request, once } = asked;
    return lineOfRequest(once === null ? request : { kind: "do", sequence: once.sequence, request });
  }

  #tell({ ticket }: Asked, answer: Answer, now: number): void {
    this.#asker.history.returned(ticket, answer, now);
  }
}

/** Whether it may be said as often as need be. */
function isRepeated({ request, once }: Asked): boolean {
  return once !== null || isQuery(request);
}

/** Whether an error tells of the cluster and not of what was asked. */
function isPassing(answer: Answer): answer is Extract<Answer, { kind: "error" }> {
  if (answer.kind !== "error") return false;
  switch (answer.code) {
    case "no-leader":
    case "busy":
    case "timed-out":
    case "leader-lost":
      return true;
    default:
      return false;
  }
}
