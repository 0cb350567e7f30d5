import type { Codec } from "../wire/codec.ts";

/** Which command of the order did something: its index, and the Lamport time of its proposer. */
export interface Stamp {
  readonly index: number;
  readonly lamport: number;
}

/** A stamp as it stands in a snapshot. */
export const stamp: Codec<Stamp> = {
  write: (w, { index, lamport }) => {
    w.u64(index);
    w.u64(lamport);
  },
  read: (r) => ({ index: r.u64(), lamport: r.u64() }),
};
