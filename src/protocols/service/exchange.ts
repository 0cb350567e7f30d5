import type { ServiceSpeech } from "./message.ts";
import { unitsOf } from "./size.ts";
import { WINDOW, type Window } from "./window.ts";
import type { Origin, Work } from "./work.ts";

/** How many numbers there are for requests. */
export const NUMBERS = 2 ** 32;

type NumberedAnswer = Extract<ServiceSpeech["message"], { readonly kind: "answered" }>["answers"][number];

/**
 * What goes to and fro with another peer over one connection, as long as that is the link to it. What it sends on has
 * one origin: its reads see its changes.
 */
export class Exchange implements Origin {
  latest: Work | null = null;
  isGone = false;
  /** The latest number of what it has sent on; null before the first. */
  #heard: number | null = null;
  readonly window: Window;
  /** What was sent on to it and has no answer, by number. */
  readonly sent = new Map<number, Work>();
  /** What is to be sent on to it, once the window is open. */
  works: Work[] = [];
  #answers: NumberedAnswer[] = [];
  #answersUnits = 0;

  constructor(window: Window) {
    this.window = window;
  }

  /**
   * Whether a request that it sends on has not come before. Numbers grow, and a link keeps the order of messages; but one
   * may come twice, and outside of a session its change would be done twice.
   */
  isNew(number: number): boolean {
    // Numbers begin anew after the last one: what is less than half of them ahead is later.
    const ahead = this.#heard === null ? 1 : (number - this.#heard + NUMBERS) % NUMBERS;
    return ahead > 0 && ahead < NUMBERS / 2;
  }

  /** A request with this number has come. */
  heard(number: number): void {
    if (this.isNew(number)) this.#heard = number;
  }

  /** Whether an answer more would go out soon. Queries wait until then, so that no answers pile up. */
  get hasRoom(): boolean {
    return this.window.underWay + this.#answersUnits < WINDOW;
  }

  /** What is to be answered to it, once the window is open. */
  get answers(): readonly NumberedAnswer[] {
    return this.#answers;
  }

  /** Puts an answer behind the others. */
  answer(answer: NumberedAnswer): void {
    this.#answers.push(answer);
    this.#answersUnits += unitsOf(answer.answer);
  }

  /** The first so many answers are on their way. */
  answered(count: number): void {
    for (const { answer } of this.#answers.splice(0, count)) this.#answersUnits -= unitsOf(answer);
  }

  /** Another attempt is made elsewhere: what is not sent, and of what is sent all that may be done twice. */
  recall(isRepeatable: (work: Work) => boolean): readonly Work[] {
    const recalled: Work[] = [];
    for (const [number, work] of this.sent) {
      if (!work.isDone && !isRepeatable(work)) continue;
      this.sent.delete(number);
      recalled.push(work);
    }
    recalled.push(...this.works);
    this.works = [];
    return recalled;
  }
}
