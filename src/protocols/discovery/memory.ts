import type { Address } from "../../core/address.ts";
import { MAX_REMEMBERED } from "./message.ts";

/** The list is written at most this often. */
const REMEMBER_INTERVAL_MS = 1000;

/** Where members were last seen: what is on disk of it, and what waits to be written. */
export class Memory {
  #saved: readonly Address[] = [];
  #waiting: readonly Address[] | undefined;
  #mayWriteAt = Number.NEGATIVE_INFINITY;

  /** Monotonic ms at which a write is due; Infinity with nothing to write. */
  get deadline(): number {
    return this.#waiting === undefined ? Number.POSITIVE_INFINITY : this.#mayWriteAt;
  }

  get saved(): readonly Address[] {
    return this.#saved;
  }

  /** Takes what an earlier life saved. */
  recall(addresses: readonly Address[]): void {
    this.#saved = addresses;
  }

  /** Notes the members of now; the same ones in another order are no news. */
  note(addresses: readonly Address[]): void {
    const next = [...new Set(addresses)].sort().slice(0, MAX_REMEMBERED);
    this.#waiting = next.join() === this.#saved.join() ? undefined : next;
  }

  /** What is to be written now, if anything. */
  takeDue(now: number): readonly Address[] | undefined {
    const due = now >= this.deadline ? this.#waiting : undefined;
    if (due === undefined) return undefined;
    this.#saved = due;
    this.#waiting = undefined;
    this.#mayWriteAt = now + REMEMBER_INTERVAL_MS;
    return due;
  }
}
