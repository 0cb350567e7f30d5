import type { Address } from "../core/address.ts";

/** What peers of the gossip dialect say to each other. The IDs' counters are their places in the list. */
export type PeerGossip =
  | { readonly kind: "pull"; readonly address: Address }
  | { readonly kind: "response"; readonly ids: readonly Address[] }
  | { readonly kind: "push"; readonly address: Address; readonly ids: readonly Address[] };
