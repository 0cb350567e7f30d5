import { advance } from "../../apps/life/kernel.ts";
import { countAlive } from "../../core/board.ts";
import type { Work, WorkAct } from "../../protocols/broker/message.ts";
import type { VirtualTime } from "../time/virtual-time.ts";
import type { Ward } from "./ward.ts";

/** Cells times turns that a peer computes in a virtual ms, where nothing slows it: a hundred million a second. */
const CELLS_A_MS = 100_000;

/** Whoever computes for one life of a peer, one piece of work after another, in virtual time. */
export class SimulatedLabour {
  readonly #ward: Ward;
  readonly #time: VirtualTime;
  /** What is to be done, oldest first; what is dropped while it is computed is computed to its end. */
  #waiting: readonly Work[] = [];
  /** Tickets of what somebody waits for. */
  readonly #wanted = new Set<number>();
  #isBusy = false;

  constructor(ward: Ward, time: VirtualTime) {
    this.#ward = ward;
    this.#time = time;
  }

  obey(act: WorkAct): void {
    if (act.kind === "work-wanted") this.#take(act.work);
    else this.#drop(act.ticket);
  }

  /** The life is over: nobody waits for anything any more. */
  stop(): void {
    this.#wanted.clear();
    this.#waiting = [];
  }

  #take(work: Work): void {
    this.#wanted.add(work.ticket);
    this.#waiting = [...this.#waiting, work];
    this.#begin();
  }

  #drop(ticket: number): void {
    this.#wanted.delete(ticket);
    this.#waiting = this.#waiting.filter((work) => work.ticket !== ticket);
  }

  #begin(): void {
    const [work, ...others] = this.#waiting;
    if (this.#isBusy || work === undefined) return;
    this.#waiting = others;
    this.#isBusy = true;
    const { size, rows } = work.band;
    const durationMs = (size * rows * work.turns * this.#ward.slowness) / CELLS_A_MS;
    this.#time.after(durationMs, () => {
      this.#isBusy = false;
      if (this.#wanted.delete(work.ticket)) this.#finish(work, durationMs);
      this.#begin();
    });
  }

  #finish(work: Work, durationMs: number): void {
    const band = advance(work.band, work);
    const tookUs = Math.max(1, Math.round(durationMs * 1000));
    const command = { kind: "worked", ticket: work.ticket, band, alive: countAlive(band), tookUs } as const;
    this.#ward.command({ protocol: "broker", command });
  }
}
