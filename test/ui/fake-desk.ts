import type { BoardWindow, Desk, Outcome } from "../../src/control/desk/desk.ts";
import type { PeerEvent } from "../../src/peer/peer-event.ts";
import type { PeerView } from "../../src/peer/peer-view.ts";

/** A desk that shows what it is told to show and notes what it is told to do. */
export class FakeDesk implements Desk {
  current: PeerView;
  readonly lines: string[] = [];
  readonly watched: { readonly job: number; readonly window: BoardWindow | null }[] = [];
  readonly #told: PeerEvent[] = [];
  readonly #listeners = new Set<(event: PeerEvent) => void>();

  constructor(view: PeerView, events: readonly PeerEvent[] = []) {
    this.current = view;
    this.#told.push(...events);
  }

  view(): PeerView {
    return this.current;
  }

  events(): readonly PeerEvent[] {
    return this.#told.slice(-1000);
  }

  subscribe(listener: (event: PeerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(line: string): Promise<Outcome> {
    this.lines.push(line);
    return { ok: true, text: `done: ${line}` };
  }

  watchBoard(job: number, window: BoardWindow | null): void {
    this.watched.push({ job, window });
  }

  /** Tells everybody who listens. */
  tell(event: PeerEvent): void {
    this.#told.push(event);
    if (this.#told.length > 1000) this.#told.shift();
    for (const listener of this.#listeners) listener(event);
  }
}
