import type { Address } from "../core/address.ts";
import type { Modes } from "../core/modes.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { Acquaintances } from "./acquaintances.ts";
import type { ProtocolName, Speeches } from "./registry.ts";
import type { Machines } from "./start.ts";

/** What a reaction may look at besides its event: the peer's other protocols, as they stand. */
export interface Surroundings {
  readonly self: PeerId;
  /** How the peers of the cluster agree. */
  readonly modes: Modes;
  readonly incarnation: number;
  /** Where a member is; undefined for somebody unknown. */
  addressOf(peer: PeerId): Address | undefined;
  isLinked(peer: PeerId): boolean;
  /** Whether the cluster may take a peer in. */
  isAdmitted(peer: PeerId): boolean;
  /** Addresses of the members that have not left. */
  memberAddresses(): readonly Address[];
  view<K extends ProtocolName>(protocol: K): Speeches[K]["view"];
}

/** What surrounds the protocols of one peer. */
export function surroundingsOf(machines: Machines, others: Acquaintances, self: PeerId, modes: Modes): Surroundings {
  const { membership } = machines;
  const members = (): Speeches["membership"]["view"]["members"] => membership.view().members;
  return {
    self,
    modes,
    get incarnation() {
      return membership.view().incarnation;
    },
    addressOf: (peer) => members().find((member) => member.peer === peer)?.address,
    isLinked: (peer) => others.isLinked(peer),
    isAdmitted: (peer) => others.isAdmitted(peer),
    memberAddresses: () => members().flatMap(({ status, address }) => (status === "left" ? [] : [address])),
    view: (protocol) => machines[protocol].view(),
  };
}
