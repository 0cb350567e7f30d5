import { Fingerprint } from "../../core/fingerprint.ts";
import type { SessionId } from "../../core/protocol.ts";

/** What is remembered of a notice. */
export interface Seen {
  /** The TTL with which it came from the other network; null where it is of ours. */
  readonly ttl: number | null;
  /** Connections on which it came: whoever sent it has it. */
  readonly from: Set<SessionId>;
  /** Monotonic ms. */
  readonly at: number;
  /** Whether it has been sent to the neighbours. */
  spread: boolean;
}

/** Connections remembered of one notice, at most: neighbours are fewer, and others only speak. */
const MAX_FROM = 64;

/**
 * The notices of late, in both directions. In the other network they have no IDs, so it is their content that tells them
 * apart: 64 bits of type and data. What is said again after the window is something new.
 */
export class SeenNotices {
  readonly #size: number;
  readonly #windowMs: number;
  /** By fingerprint, oldest first. */
  readonly #seen = new Map<string, Seen>();

  constructor(size: number, windowMs: number) {
    this.#size = size;
    this.#windowMs = windowMs;
  }

  /** What is remembered of a notice at `now`; undefined for a new one. */
  find(key: string, now: number): Seen | undefined {
    const seen = this.#seen.get(key);
    return seen !== undefined && seen.at + this.#windowMs > now ? seen : undefined;
  }

  /** Remembers a new notice. */
  add(key: string, ttl: number | null, now: number): Seen {
    this.#seen.delete(key);
    for (const [oldest, { at }] of this.#seen) {
      if (this.#seen.size < this.#size && at + this.#windowMs > now) break;
      this.#seen.delete(oldest);
    }
    const seen: Seen = { ttl, from: new Set(), at: now, spread: false };
    this.#seen.set(key, seen);
    return seen;
  }
}

/** Notes that whoever is on a connection has a notice. */
export function noteFrom(seen: Seen, session: SessionId): void {
  if (seen.from.size < MAX_FROM) seen.from.add(session);
}

/** What tells a notice from others. */
export function keyOf(dataType: number, data: Uint8Array): string {
  const print = new Fingerprint();
  print.number(dataType);
  print.bytes(data);
  return print.hex();
}
