import type { VirtualTime } from "./virtual-time.ts";

/** A machine as the pump sees it. */
export interface Pumped<Input> {
  /** Virtual ms at which a timeout is due; Infinity for never. */
  readonly deadline: number;
  /** Lets one thing happen to it; may give further inputs to the pump. */
  step(input: Input): void;
}

/**
 * Gives one machine its inputs one after another, and wakes it at its deadline, in virtual time. One pump serves one
 * life of a machine.
 */
export class Pump<Input> {
  readonly #time: VirtualTime;
  readonly #machine: Pumped<Input>;
  readonly #timeout: Input;
  #queue: Input[] = [];
  #isStepping = false;
  #isStopped = false;
  #wakesAt = Number.POSITIVE_INFINITY;

  /** @param timeout the input by which the machine is woken */
  constructor(time: VirtualTime, machine: Pumped<Input>, timeout: Input) {
    this.#time = time;
    this.#machine = machine;
    this.#timeout = timeout;
  }

  /** Begins: the machine is woken at its first deadline. */
  start(): void {
    this.#wakeInTime();
  }

  /** Lets one thing happen, after what is already happening. */
  give(input: Input): void {
    if (this.#isStopped) return;
    if (this.#isStepping) {
      this.#queue.push(input);
      return;
    }
    this.#isStepping = true;
    this.#machine.step(input);
    if (this.#queue.length > 0) this.#drain();
    this.#isStepping = false;
    this.#wakeInTime();
  }

  /** Nothing reaches the machine any more. */
  stop(): void {
    this.#isStopped = true;
    this.#queue = [];
  }

  #drain(): void {
    for (let i = 0; i < this.#queue.length; i++) this.#machine.step(this.#queue[i] as Input);
    this.#queue = [];
  }

  /** Plans a waking unless one comes in time: deadlines move away far more often than they are met. */
  #wakeInTime(): void {
    const { deadline } = this.#machine;
    if (this.#isStopped || deadline >= this.#wakesAt) return;
    this.#wakesAt = deadline;
    this.#time.at(deadline, this.#wake, "timeout");
  }

  readonly #wake = (): void => {
    // A waking that an earlier one has overtaken finds nothing to do.
    if (this.#isStopped || this.#time.now < this.#wakesAt) return;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    if (this.#machine.deadline <= this.#time.now) this.give(this.#timeout);
    else this.#wakeInTime();
  };
}
