import { type Answer, isQuery, type Operation, type Query } from "../core/request.ts";
import { StoreError, type StoreErrorCode } from "./store-error.ts";

/** What a program asks of the store. */
export type StoreRequest =
  | Exclude<Operation, { readonly kind: "open-session" }>
  | Exclude<Query, { readonly kind: "resume-session" }>
  | { readonly kind: "ping" }
  | { readonly kind: "exit" };

/** What changes the store when it is done. */
type Change = Exclude<Operation, { readonly kind: "open-session" }>;

/** One request on its way, however often that takes. */
export class Errand {
  /** Its place in the order in which requests were asked. */
  readonly place: number;
  readonly request: StoreRequest;
  /** Where it is to be done once; undefined as long as it was never sent, and for what changes nothing. */
  once: { readonly session: number; readonly sequence: number } | undefined;
  /** Whether it was sent on the connection that stands, which owes the answer. */
  isUnderWay = false;
  /** Whether it was sent before, and nobody knows what became of that. */
  isInDoubt = false;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: StoreError) => void;
  readonly #timer: NodeJS.Timeout;
  #isSettled = false;

  /** @param tooLate is called when the time is up */
  constructor(
    place: number,
    request: StoreRequest,
    outcome: { readonly resolve: (answer: Answer) => void; readonly reject: (error: StoreError) => void },
    timeoutMs: number,
    tooLate: (errand: Errand) => void,
  ) {
    this.place = place;
    this.request = request;
    this.#resolve = outcome.resolve;
    this.#reject = outcome.reject;
    this.#timer = setTimeout(() => tooLate(this), timeoutMs);
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Its outcome is known. */
  answer(answer: Answer): void {
    const error = errorIn(answer);
    this.#settle(() => (error === undefined ? this.#resolve(answer) : this.#reject(error)));
  }

  /** It has no outcome, and is given up. */
  giveUp(code: StoreErrorCode, message: string): void {
    const isDefinite = changeIn(this.request) === undefined || !(this.isUnderWay || this.isInDoubt);
    this.#settle(() => this.#reject(new StoreError(code, message, isDefinite)));
  }

  #settle(tell: () => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    tell();
  }
}

/** The change that a request is; undefined where it changes nothing, so that it may be asked as often as one likes. */
export function changeIn(request: StoreRequest): Change | undefined {
  return request.kind === "ping" || request.kind === "exit" || isQuery(request) ? undefined : request;
}

/** What an answer says of why something was not done. */
function errorIn(answer: Answer): StoreError | undefined {
  if (answer.kind === "error") return new StoreError(answer.code, answer.message, answer.definite);
  if (answer.kind !== "unknown") return undefined;
  return new StoreError("not-understood", "the peer does not know such a request", true);
}
