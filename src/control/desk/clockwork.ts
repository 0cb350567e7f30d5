/** By what a desk tells the time and waits: real timers, or those of a simulation. */
export interface Clockwork {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls `action` once, `ms` milliseconds from now, never from inside this call; the answer calls it off. */
  after(ms: number, action: () => void): () => void;
}
