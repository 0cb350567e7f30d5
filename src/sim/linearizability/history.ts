import { assert } from "../../core/assert.ts";
import type { Answer, Operation, Query, Request } from "../../core/request.ts";

/** Calls that a history holds, at most, unless its recorder is told otherwise. */
const MAX_CALLS = 100_000;

/** What a history tells of: requests that change what the store holds, or look at it. */
export type StoreRequest =
  | Exclude<Operation, { readonly kind: "open-session" }>
  | Exclude<Query, { readonly kind: "resume-session" }>;

/** One request of a client, from when it was made to when its answer was there. */
export interface Call {
  readonly client: number;
  readonly request: StoreRequest;
  /** Instants, ms. */
  readonly calledAt: number;
  /** Infinity where the outcome is unknown. */
  readonly returnedAt: number;
  /** Places in the order of all that was recorded: at one instant, too, one thing comes before another. */
  readonly began: number;
  /** Infinity where the outcome is unknown: it may take effect at any time after its call, or never. */
  readonly ended: number;
  /** Null where the outcome is unknown. */
  readonly answer: Answer | null;
}

/**
 * Takes down what clients ask of a store and what they are answered. A request that is sent again in its session, where it is
 * applied once, is one call, from when it was first sent to when its outcome was known; outside of sessions it is another.
 *
 * Left out are requests that do not concern the store, operations that definitely did not happen, and looks that told
 * nothing.
 */
export class HistoryRecorder {
  readonly #maxCalls: number;
  readonly #calls = new Map<number, Call>();
  /** Calls of which an attempt may have taken effect. */
  readonly #doubtful = new Set<number>();
  #events = 0;
  #now = Number.NEGATIVE_INFINITY;

  constructor(maxCalls: number = MAX_CALLS) {
    this.#maxCalls = maxCalls;
  }

  /** Whether it takes no further call. */
  get isFull(): boolean {
    return this.#calls.size >= this.#maxCalls;
  }

  /**
   * A client makes a request.
   *
   * @param at ms, by a clock that never goes back and is the same for all clients
   * @returns the ticket with which to tell what came of it
   * @throws InvariantViolation where the recorder is full, for what it leaves out others may see
   */
  called(client: number, request: Request, at: number): number {
    const ticket = this.#next(at);
    const asked = concerning(request);
    if (asked === null) return ticket;
    assert(!this.isFull, `a history of more than ${this.#maxCalls} calls`);
    const returnedAt = Number.POSITIVE_INFINITY;
    const open = { client, request: asked, calledAt: at, returnedAt, began: ticket, ended: returnedAt, answer: null };
    this.#calls.set(ticket, open);
    return ticket;
  }

  /**
   * An attempt is answered: the first that tells the outcome counts. Where one broke off and others follow, an error that is
   * not definite says so; after that no definite one means that nothing happened. Where none follow, nothing needs to be told.
   */
  returned(ticket: number, answer: Answer, at: number): void {
    const ended = this.#next(at);
    const call = this.#calls.get(ticket);
    if (call === undefined || call.answer !== null) return;
    if (answer.kind !== "error" || isVerdict(answer)) {
      this.#calls.set(ticket, { ...call, returnedAt: at, ended, answer });
    } else if (!answer.definite) {
      this.#doubtful.add(ticket);
    } else if (!this.#doubtful.has(ticket)) {
      this.#calls.delete(ticket);
    }
  }

  /** All that was recorded so far, in the order of the calls. */
  history(): readonly Call[] {
    return [...this.#calls.values()].filter((call) => call.answer !== null || !changesNothing(call));
  }

  #next(at: number): number {
    assert(at >= this.#now, `a history that goes back from ${this.#now} to ${at} ms`);
    this.#now = at;
    this.#events += 1;
    return this.#events;
  }
}

/** What a request asks of what the store holds; null where that is nothing. */
function concerning(request: Request): StoreRequest | null {
  switch (request.kind) {
    case "do":
      return concerning(request.request);
    case "open-session":
    case "resume-session":
    case "ping":
    case "exit":
    case "lock":
    case "unlock":
    case "unknown":
    case "malformed":
      return null;
    default:
      return request;
  }
}

/** Whether an error tells what the store held. Others tell of limits and of the cluster. */
function isVerdict({ code, definite }: Extract<Answer, { kind: "error" }>): boolean {
  return definite && (code === "exists" || code === "not-found");
}

/** Whether a call leaves the store as it is, whenever it takes effect: it only looks, or it was refused. */
export function changesNothing({ request, answer }: Call): boolean {
  if (answer?.kind === "error") return true;
  if (request.kind === "atomic") return request.operations.every(({ kind }) => kind === "read");
  return request.kind === "read" || request.kind === "read-value" || request.kind === "list";
}

/** The files that a request names. */
export function filesIn(request: StoreRequest): readonly string[] {
  switch (request.kind) {
    case "create":
    case "delete":
    case "append":
    case "read":
      return [request.name];
    case "atomic":
      return request.operations.map(({ name }) => name);
    default:
      return [];
  }
}
