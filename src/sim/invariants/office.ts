import type { Address } from "../../core/address.ts";
import type { ClusterId, PeerId } from "../../core/peer-id.ts";
import { type Invariant, invariant } from "./invariant.ts";
import { Leases } from "./leases.ts";
import type { Life } from "./life.ts";
import { RightClocks } from "./right-clocks.ts";

/** Looked at whenever somebody enters, or acts upon its office. */
const oneOfficeAtATime = invariant({
  name: "one-office-at-a-time",
  source: "the head of office.ts, safety; Gray, Cheriton 1989, section 2",
  text: "No two peers of a cluster are in office at one instant, each by its own clock.",
  watch: (broken, world) => {
    const clocks = new RightClocks();
    const leases = new Leases(world);
    let hasActed = false;
    return [
      clocks,
      leases,
      {
        told: (_life, { event }) => {
          if (event.kind === "office-entered") hasActed = true;
        },
        acted: () => {
          hasActed = true;
        },
        callsAnswered: () => {
          hasActed = true;
        },
        settled: ({ cluster }) => {
          if (!hasActed) return;
          hasActed = false;
          const [one, other] = [...leases.of(cluster)];
          if (clocks.areRight && one !== undefined && other !== undefined)
            broken(`peers ${one.port} and ${other.port} are both in office`);
        },
      },
    ];
  },
});

/** An address as one life wants it. */
interface Want {
  readonly life: Life;
  readonly address: Address;
  readonly term: number;
  /** By its own clock. */
  until: number;
}

/** By what peers ask of those who hold addresses for them: an address is held until its end, or until it is said to be gone. */
const oneHolderOfAnAddress = invariant({
  name: "one-holder-of-an-address",
  source: "the head of office.ts, safety",
  text: "Nobody takes a virtual address that another peer of the cluster may hold still.",
  watch: (broken, world) => {
    const clocks = new RightClocks();
    let wants: readonly Want[] = [];
    const mayHold = ({ life: { port }, until }: Want): boolean => {
      const peer = world.peer(port);
      return peer.machine.timeAt(peer.now) < until;
    };
    const take = (want: Want): void => {
      const { life, address } = want;
      const others = wants.filter((each) => each.life !== life && each.life.cluster === life.cluster);
      const holder = others.find((each) => each.address === address && mayHold(each));
      if (holder !== undefined && clocks.areRight)
        broken(`peer ${life.port} takes ${address} in term ${want.term}, and peer ${holder.life.port} may hold it`);
      wants = [...others, want];
    };
    const drop = (life: Life, term: number): void => {
      wants = wants.filter((each) => each.life !== life || each.term !== term);
    };
    return [
      clocks,
      {
        acted: (life, act) => {
          if (act.kind === "address-wanted") take({ life, address: act.address, term: act.term, until: act.until });
          if (act.kind !== "address-extended") return;
          const want = wants.find((each) => each.life === life && each.term === act.term);
          if (want !== undefined) want.until = act.until;
        },
        commanded: (life, { protocol, command }) => {
          if (protocol !== "office") return;
          if (command.kind === "address-gone" || command.kind === "address-refused") drop(life, command.term);
        },
        ended: (life) => {
          wants = wants.filter((each) => each.life !== life);
        },
      },
    ];
  },
});

/** The same peer may enter again in its term, where its lease has ended and it leads still. */
const termsOfTheOfficeGrow = invariant({
  name: "terms-of-the-office-grow",
  source: "the head of office.ts, safety; broker-table.ts",
  text: "Whoever enters the office does so in a later term than all others before.",
  watch: (broken) => {
    const latest = new Map<ClusterId, { readonly term: number; readonly peer: PeerId; readonly port: number }>();
    return [
      {
        told: ({ cluster, id, port }, { event }) => {
          if (event.kind !== "office-entered") return;
          const before = latest.get(cluster);
          const { term } = event;
          if (before !== undefined && (term < before.term || (term === before.term && id !== before.peer)))
            broken(`peer ${port} enters in term ${term}, after peer ${before.port} in term ${before.term}`);
          latest.set(cluster, { term, peer: id, port });
        },
      },
    ];
  },
});

/** Errors are no acts of the office: anybody may say them. */
const answersAreOfTheOffice = invariant({
  name: "answers-are-of-the-office",
  source: "the design, section 5, time; the head of office.ts",
  text: "A program of the pool is answered only by a peer whose lease lasts, and in later terms than all before.",
  watch: (broken, world) => {
    const clocks = new RightClocks();
    const leases = new Leases(world);
    const latest = new Map<ClusterId, { readonly term: number; readonly port: number }>();
    return [
      clocks,
      {
        callsAnswered: (life, { answers }) => {
          for (const { answer } of answers) {
            if (!("term" in answer)) continue;
            const { kind, term } = answer;
            if (!leases.lasts(life)) broken(`peer ${life.port} answers ${kind} in term ${term}, and its lease is over`);
            const before = latest.get(life.cluster);
            if (before !== undefined && term < before.term && clocks.areRight)
              broken(`peer ${life.port} answers ${kind} in term ${term}, after peer ${before.port} in ${before.term}`);
            latest.set(life.cluster, { term, port: life.port });
          }
        },
      },
      leases,
    ];
  },
});

/** What must hold of the office, and of the address that goes with it. */
export const officeInvariants: readonly Invariant[] = [
  oneOfficeAtATime,
  oneHolderOfAnAddress,
  termsOfTheOfficeGrow,
  answersAreOfTheOffice,
];
