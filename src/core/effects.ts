import { type Effect, NO_EFFECTS, type Party, type Speech } from "./protocol.ts";

/** Collects the effects of one step, and numbers the saves; each protocol holds one. */
export class Effects<S extends Speech> {
  #pending: Effect<S>[] = [];
  #lastToken = 0;

  /** The token of the latest save; 0 before the first. What depends on all that was saved so far waits for it. */
  get lastToken(): number {
    return this.#lastToken;
  }

  /** Asks to send `message`, at once or (`after`) when that save is on disk. */
  send(to: Party, message: S["message"], after = 0): void {
    this.#pending.push({ kind: "send", to, message, after });
  }

  /** Asks to save `records`; the token that tells when they are on disk. */
  save(...records: readonly S["record"][]): number {
    this.#lastToken += 1;
    this.#pending.push({ kind: "save", records, token: this.#lastToken });
    return this.#lastToken;
  }

  /** Tells what has happened. */
  event(event: S["event"]): void {
    this.#pending.push({ kind: "event", event });
  }

  /** Adds an effect of another kind. */
  add(effect: Effect<S>): void {
    this.#pending.push(effect);
  }

  /** Hands over what was collected and starts anew. */
  take(): readonly Effect<S>[] {
    if (this.#pending.length === 0) return NO_EFFECTS;
    const taken = this.#pending;
    this.#pending = [];
    return taken;
  }
}
