import { Fingerprint } from "../../core/fingerprint.ts";
import type { ClusterId } from "../../core/peer-id.ts";
import type { World } from "../world/world.ts";
import { type Invariant, invariant } from "./invariant.ts";
import { Journals } from "./journals.ts";
import { type Life, PerLife } from "./life.ts";
import { raftJournal } from "./raft-journal.ts";

/** What a life has told that it commits, and whether its state machine was looked at since. */
interface Told {
  commitIndex: number;
  isSeen: boolean;
}

/** What a state machine shows, as a fingerprint, and whose it is. */
interface Shown {
  readonly fingerprint: string;
  readonly port: number;
}

/**
 * State machines by what they show of themselves, which is bounded and made of their state alone: the number and size of
 * files and values, their clock and their sessions, and what was changed last, each with the command that did it.
 */
const statesAgree = invariant({
  name: "states-agree",
  source: "Raft, section 5.4 and Figure 3, state machine safety",
  text: "A state machine has applied what its peer knows committed, and two of a cluster that are as far are alike.",
  watch: (broken, world) => {
    const journals = new Journals(raftJournal);
    const told = new PerLife<Told>((life) => ({ commitIndex: journals.of(life).held.snapshotIndex, isSeen: false }));
    const shown = new Map<ClusterId, Map<number, Shown>>();
    const look = (life: Life): void => {
      const { commitIndex } = told.of(life);
      const { appliedIndex, fingerprint } = stateOf(world, life);
      if (appliedIndex !== commitIndex)
        broken(`peer ${life.port} has applied all up to ${appliedIndex}, and commits all up to ${commitIndex}`);
      const states = shown.get(life.cluster) ?? new Map<number, Shown>();
      shown.set(life.cluster, states);
      const first = states.get(appliedIndex) ?? { fingerprint, port: life.port };
      states.set(appliedIndex, first);
      if (first.fingerprint !== fingerprint)
        broken(`the state of peer ${life.port} at ${appliedIndex} is another than that of peer ${first.port}`);
    };
    return [
      journals,
      {
        saving: (life, records) => {
          const forgets = records.some(({ protocol, record }) => protocol === "raft" && record.kind === "forget");
          if (forgets) Object.assign(told.of(life), { commitIndex: 0, isSeen: false });
        },
        told: (life, { event }) => {
          if (event.kind === "entry-committed")
            Object.assign(told.of(life), { commitIndex: event.index, isSeen: false });
        },
        settled: (life) => {
          const state = told.of(life);
          if (state.isSeen || state.commitIndex === 0) return;
          state.isSeen = true;
          look(life);
        },
      },
    ];
  },
});

/** What must hold of what is applied. */
export const appliedInvariants: readonly Invariant[] = [statesAgree];

function stateOf(world: World, { port }: Life): { appliedIndex: number; fingerprint: string } {
  const { appliedIndex, state } = world.peer(port).machine.peer.view("service");
  const fingerprint = new Fingerprint();
  fingerprint.text(JSON.stringify(state));
  return { appliedIndex, fingerprint: fingerprint.hex() };
}
