import type { ClusterId } from "../../core/peer-id.ts";
import { type Invariant, invariant } from "./invariant.ts";
import type { Life } from "./life.ts";

/** A store as somebody was the first to have it. */
interface First {
  readonly state: string;
  readonly port: number;
}

/** Looked at when what was committed in a step is applied: files, values, who wrote them and when, and how many sessions. */
const storesAreTheSame = invariant({
  name: "stores-are-the-same",
  source: "Raft, section 5.4.3 and Figure 3, state machine safety; ZAB (2011), section III, total order and agreement",
  text: "Peers of a cluster that have applied the same entries hold the same store.",
  watch: (broken, world) => {
    const firsts = new Map<ClusterId, Map<number, First>>();
    let hasCommitted: Life | null = null;
    return [
      {
        told: (life, { event }) => {
          if (event.kind === "entry-committed" || event.kind === "entries-committed") hasCommitted = life;
        },
        settled: (life) => {
          const peer = world.peer(life.port);
          if (hasCommitted !== life || !peer.isUp) return;
          hasCommitted = null;
          const { appliedIndex, state } = peer.machine.peer.view("service");
          const known = firsts.get(life.cluster) ?? new Map<number, First>();
          firsts.set(life.cluster, known);
          const own = { state: JSON.stringify(state), port: life.port };
          const first = known.get(appliedIndex) ?? own;
          known.set(appliedIndex, first);
          if (first.state === own.state) return;
          broken(
            `at ${appliedIndex} the store of peer ${own.port} is ${own.state}, of peer ${first.port} ${first.state}`,
          );
        },
      },
    ];
  },
});

/** What must hold of the stores that the log drives. */
export const storeInvariants: readonly Invariant[] = [storesAreTheSame];
