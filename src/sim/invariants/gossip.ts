import type { Address } from "../../core/address.ts";
import { type Invariant, invariant } from "./invariant.ts";
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

/** What must hold of gossip. */
export const gossipInvariants: readonly Invariant[] = [idsAreVerified];
