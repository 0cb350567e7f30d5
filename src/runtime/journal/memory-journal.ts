import { assert } from "../../core/assert.ts";
import type { JournalRecord } from "../../peer/journal-record.ts";
import type { Journal, JournalListener } from "./journal.ts";

/** A journal that keeps nothing, for `--data-dir none`: it acknowledges, and is forgotten with the process. */
export function memoryJournal(listener: Pick<JournalListener, "onSaved">): Journal {
  return new MemoryJournal(listener);
}

class MemoryJournal implements Journal {
  readonly isGrown = false;
  readonly #listener: Pick<JournalListener, "onSaved">;
  #appendedToken = 0;
  #work: Promise<void> | null = null;
  #closed = false;

  constructor(listener: Pick<JournalListener, "onSaved">) {
    this.#listener = listener;
  }

  append(_records: readonly JournalRecord[], token: number): void {
    assert(!this.#closed, "append to a closed journal");
    assert(token > this.#appendedToken, `token ${token} after ${this.#appendedToken}`);
    this.#appendedToken = token;
    this.#work ??= Promise.resolve().then(() => {
      this.#work = null;
      this.#listener.onSaved(this.#appendedToken);
    });
  }

  compact(): void {}

  async close(): Promise<void> {
    this.#closed = true;
    await this.#work;
  }

  abandon(): Promise<void> {
    return this.close();
  }
}
