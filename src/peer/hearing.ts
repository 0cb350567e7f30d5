import type { PeerId } from "../core/peer-id.ts";

/** How far back the worst silence is looked for. */
export const GAP_WINDOW_MS = 10_000;

const BUCKET_MS = 1000;
const BUCKETS = GAP_WINDOW_MS / BUCKET_MS;

/** When each other peer was last heard, its Lamport time then, and the longest silence of the last ten seconds. */
export class Hearing {
  readonly #heard = new Map<PeerId, Heard>();

  /** Something of `peer` has come; `lamport` where it was stamped. */
  hear(peer: PeerId, now: number, lamport: number | null): void {
    const heard = this.#heard.get(peer);
    if (heard === undefined) {
      this.#heard.set(peer, { at: now, lamport, gaps: new Float64Array(BUCKETS), bucket: bucketOf(now) });
      return;
    }
    moveTo(heard, bucketOf(now));
    const slot = heard.bucket % BUCKETS;
    heard.gaps[slot] = Math.max(heard.gaps[slot] ?? 0, now - heard.at);
    heard.at = now;
    if (lamport !== null) heard.lamport = Math.max(heard.lamport ?? 0, lamport);
  }

  /** What is known of a peer; undefined if nothing was ever heard of it. */
  of(peer: PeerId, now: number): { ageMs: number; worstGapMs: number; lamport: number | null } | undefined {
    const heard = this.#heard.get(peer);
    if (heard === undefined) return undefined;
    moveTo(heard, bucketOf(now));
    const ageMs = now - heard.at;
    return { ageMs, worstGapMs: Math.max(ageMs, ...heard.gaps), lamport: heard.lamport };
  }

  /** Drops what is known of a peer that is gone for good. */
  forget(peer: PeerId): void {
    this.#heard.delete(peer);
  }
}

interface Heard {
  at: number;
  lamport: number | null;
  /** The longest silence that ended in each second, as a ring. */
  readonly gaps: Float64Array;
  bucket: number;
}

function bucketOf(now: number): number {
  return Math.floor(now / BUCKET_MS);
}

/** Clears the seconds between the last look and `bucket`. */
function moveTo(heard: Heard, bucket: number): void {
  const first = Math.max(heard.bucket + 1, bucket - BUCKETS + 1);
  for (let passed = first; passed <= bucket; passed++) heard.gaps[passed % BUCKETS] = 0;
  heard.bucket = Math.max(heard.bucket, bucket);
}
