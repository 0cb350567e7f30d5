import { LAMPORT_LIMIT } from "../../core/lamport-clock.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { Envelope } from "../../peer/machine.ts";
import { type Invariant, invariant } from "./invariant.ts";
import { type Fold, Journals } from "./journals.ts";
import { PerLife } from "./life.ts";

/** Where a liar can bring a clock to stand still. */
const LAST_TIME = LAMPORT_LIMIT - 1;

/** What is known of the clock of one life. */
interface Clock {
  /** Its latest time, as far as it told. */
  time: number;
  /** The latest that earlier lives of the peer sent. */
  readonly earlier: number;
  /** The latest on each connection. */
  readonly latest: Map<SessionId, Envelope>;
}

/**
 * Times by what peers send and by what they tell. What a crash has lost before anybody heard of it may come again, so
 * across crashes only what was sent counts. A fault of the sender makes messages late, but never on one connection.
 */
const lamportTimesGrow = invariant({
  name: "lamport-times-grow",
  source: "Lamport 1978, rules IR1 and IR2; DESIGN section 3.1, envelope",
  text: "Every message of a peer bears a later Lamport time than all that it sent before, across crashes.",
  watch: (broken) => {
    const sent = new Map<PeerId, number>();
    const clocks = new PerLife<Clock>((life) => {
      const earlier = sent.get(life.id) ?? 0;
      return { time: earlier, earlier, latest: new Map() };
    });
    return [
      {
        said: (life, { session, envelope }) => {
          const clock = clocks.of(life);
          const latest = clock.latest.get(session);
          // A fault that duplicates sends the very same envelope again.
          if (envelope === null || envelope === latest || envelope.lamport >= LAST_TIME) return;
          const { lamport, sequence } = envelope;
          const before = Math.max(clock.earlier, latest?.lamport ?? 0, life.faults === 0 ? clock.time : 0);
          if (lamport <= before) broken(`peer ${life.port} sends at ${lamport}, after ${before}`);
          if (sequence <= (latest?.sequence ?? 0))
            broken(`peer ${life.port} sends number ${sequence} of a connection after ${latest?.sequence}`);
          clock.latest.set(session, envelope);
          clock.time = Math.max(clock.time, lamport);
          sent.set(life.id, Math.max(sent.get(life.id) ?? 0, lamport));
        },
        told: (life, { lamport, event }) => {
          const clock = clocks.of(life);
          if (lamport < clock.time)
            broken(`peer ${life.port} tells of ${event.kind} at ${lamport}, after ${clock.time}`);
          clock.time = lamport;
        },
      },
    ];
  },
});

/** The highest ceiling among its records. */
const ceilings: Fold<{ ceiling: number }> = {
  fresh: () => ({ ceiling: 0 }),
  apply: (state, entry) => {
    if (entry.protocol === "peer" && entry.record.kind === "lamport")
      state.ceiling = Math.max(state.ceiling, entry.record.ceiling);
  },
};

const lamportTimesAreReserved = invariant({
  name: "lamport-times-are-reserved",
  source: "DESIGN section 1, durability",
  text: "A ceiling above a Lamport time is on disk before a message bears that time.",
  watch: (broken) => {
    const journals = new Journals(ceilings);
    return [
      journals,
      {
        said: (life, { envelope }) => {
          const { ceiling } = journals.of(life).saved;
          if (envelope !== null && envelope.lamport > ceiling)
            broken(`peer ${life.port} sends at ${envelope.lamport}, its disk reserves up to ${ceiling}`);
        },
      },
    ];
  },
});

/** What must hold of logical time. */
export const lamportInvariants: readonly Invariant[] = [lamportTimesGrow, lamportTimesAreReserved];
