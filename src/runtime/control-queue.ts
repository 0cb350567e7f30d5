import { encode } from "../wire/codec.ts";
import { type ControlAnswer, type ControlRequest, controlAnswer, MAX_LINE_BYTES } from "../wire/control-message.ts";

/** Requests of a connection that may wait for the one before, at most. */
const MAX_WAITING = 16;

/** Who carries lines out. */
export interface Control {
  /** Never rejects. */
  readonly carryOut: (request: ControlRequest) => Promise<ControlAnswer>;
  /** Whether lines from this host are carried out. */
  readonly accepts: (remoteHost: string) => boolean;
}

/** The lines that one connection asks for: they are carried out one after another. */
export class ControlQueue {
  readonly #carryOut: (request: ControlRequest) => Promise<ControlAnswer>;
  readonly #answered: (requestId: number, payload: Buffer) => void;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();
  #isOver = false;

  /** @param answered is given the payload of the answer to a request */
  constructor(
    carryOut: (request: ControlRequest) => Promise<ControlAnswer>,
    answered: (requestId: number, payload: Buffer) => void,
  ) {
    this.#carryOut = carryOut;
    this.#answered = answered;
  }

  /** Whether a line is being carried out. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Carries out a line when those before are; whether it may wait. */
  push(requestId: number, request: ControlRequest): boolean {
    if (this.#waiting >= MAX_WAITING) return false;
    this.#waiting += 1;
    this.#last = this.#last.then(() => this.#next(requestId, request));
    return true;
  }

  /** Whoever asked has gone: what is not being carried out is not. */
  stop(): void {
    this.#isOver = true;
  }

  async #next(requestId: number, request: ControlRequest): Promise<void> {
    const answer = this.#isOver ? undefined : await this.#carryOut(request);
    this.#waiting -= 1;
    if (answer === undefined || this.#isOver) return;
    this.#answered(requestId, encode(controlAnswer, { ...answer, text: clipped(answer.text) }));
  }
}

/** As much of a text as an answer holds. */
function clipped(text: string): string {
  let clip = text.slice(0, MAX_LINE_BYTES);
  while (Buffer.byteLength(clip) > MAX_LINE_BYTES) clip = clip.slice(0, -1);
  return clip;
}
