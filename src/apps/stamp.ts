import type { Stamp } from "../core/store-view.ts";
import type { Codec } from "../wire/codec.ts";

/** A stamp as it stands in a snapshot. */
export const stamp: Codec<Stamp> = {
  write: (w, { index, lamport }) => {
    w.u64(index);
    w.u64(lamport);
  },
  read: (r) => ({ index: r.u64(), lamport: r.u64() }),
};
