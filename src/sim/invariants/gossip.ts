import type { Address } from "../../core/address.ts";
import { GOSSIP_DEFAULTS } from "../../protocols/gossip/definition.ts";
import { subnetOf } from "../../protocols/gossip/subnet.ts";
import { type Invariant, invariant } from "./invariant.ts";
import { PerLife } from "./life.ts";
import { Probes } from "./probes.ts";

/**
 * An ID is verified once an ACK with the nonce of a SYN that this life sent to its address has come from there. What is
 * told on late, by a fault, was verified when it was said, and stays so for the life.
 */
const idsAreVerified = invariant({
  name: "ids-are-verified",
  source: "DESIGN section 5, discovery; the head of gossip.ts",
  text: "A peer holds an ID, and tells it on, only once its address has answered a health check of this life.",
  watch: (broken) => {
    const probes = new Probes();
    return [
      probes,
      {
        told: (life, { event }) => {
          if (event.kind === "id-added" && !probes.hasAnswered(life, event.address))
            broken(`peer ${life.port} holds ${event.address}, which never answered it`);
        },
        said: (life, { content }) => {
          if (content.protocol !== "gossip") return;
          const { message } = content;
          const ids: readonly Address[] = message.kind === "pull" ? [] : message.ids;
          for (const id of ids)
            if (!probes.hasAnswered(life, id))
              broken(`peer ${life.port} says ${message.kind} with ${id}, which never answered it`);
          if (message.kind !== "response" && message.address !== life.address)
            broken(`peer ${life.port} says ${message.kind} as if it were at ${message.address}`);
        },
      },
    ];
  },
});

/** As `GOSSIP_DEFAULTS` say, which no world tunes. */
const { capacity, perSubnet } = GOSSIP_DEFAULTS;

/** What a peer holds is counted by what it tells, so it is seen whoever asks for it. */
const viewsAreBounded = invariant({
  name: "views-are-bounded",
  source: "the head of gossip.ts; crowd.ts",
  text: "A peer holds and tells on no more IDs than its caps allow, in all and of one subnet, none twice and never itself.",
  watch: (broken) => {
    const lives = new PerLife(() => new Set<Address>());
    const check = (port: number, what: string, own: Address, ids: readonly Address[]): void => {
      if (ids.includes(own)) broken(`peer ${port} ${what} itself`);
      if (new Set(ids).size < ids.length) broken(`peer ${port} ${what} an ID twice`);
      if (ids.length > capacity) broken(`peer ${port} ${what} ${ids.length} IDs`);
      const subnets = new Map<string, number>();
      for (const subnet of ids.map(subnetOf)) {
        if (subnet === null) continue;
        const count = (subnets.get(subnet) ?? 0) + 1;
        subnets.set(subnet, count);
        if (count > perSubnet) broken(`peer ${port} ${what} ${count} IDs of subnet ${subnet}`);
      }
    };
    return [
      {
        told: (life, { event }) => {
          const held = lives.of(life);
          if (event.kind === "id-removed") held.delete(event.address);
          if (event.kind !== "id-added") return;
          held.add(event.address);
          check(life.port, "holds", life.address, [...held]);
        },
        said: (life, { content }) => {
          if (content.protocol !== "gossip" || content.message.kind === "pull") return;
          check(life.port, "tells of", life.address, content.message.ids);
        },
      },
    ];
  },
});

/** What must hold of gossip. */
export const gossipInvariants: readonly Invariant[] = [idsAreVerified, viewsAreBounded];
