import { describe, expect, test } from "vitest";
import type { Address } from "../../src/core/address.ts";
import { USUAL_MODES } from "../../src/core/modes.ts";
import { NO_CLUSTER } from "../../src/core/peer-id.ts";
import type { AnyCommand, Speeches } from "../../src/peer/registry.ts";
import type { Surroundings } from "../../src/peer/surroundings.ts";
import { wiring } from "../../src/peer/wiring.ts";
import { addressOf, idOf } from "./peer-bench.ts";

const SEVEN = { peer: idOf(7), address: addressOf(7) } as const;

/** A peer among others: who is where, to whom a link stands, and what its discovery shows. */
function around(members: readonly Address[] = [], linked = false, yielding = false, bound = false): Surroundings {
  const discovery: Speeches["discovery"]["view"] = { phase: "member", cluster: NO_CLUSTER, yielding, trying: [] };
  return {
    self: idOf(1),
    modes: USUAL_MODES,
    incarnation: 3,
    addressOf: (peer) => (peer === SEVEN.peer ? SEVEN.address : undefined),
    isLinked: () => linked,
    isAdmitted: () => true,
    memberAddresses: () => members,
    view: (protocol) => (protocol === "discovery" ? discovery : { bound }) as never,
  };
}

const said = (commands: readonly AnyCommand[] = []): string[] =>
  commands.map(({ protocol, command }) => `${protocol} ${command.kind}`);

describe("where protocols meet", () => {
  test("a link that ends with a goodbye is a leave; any other end is a reason to look", () => {
    const lost = (goodbye: "leaving" | "stopping" | null) =>
      said(wiring.link["link-lost"]?.({ kind: "link-lost", ...SEVEN, reason: "", goodbye }, around()));
    expect(lost("leaving")).toEqual(["membership goodbye"]);
    expect(lost("stopping")).toEqual(["health probe"]);
    expect(lost(null)).toEqual(["health probe"]);
  });

  test("an answer gives a life, and a link where there is none", () => {
    const answered = { kind: "probe-answered", peer: SEVEN.peer, rttMs: 1 } as const;
    const react = wiring.health["probe-answered"];
    expect(said(react?.(answered, around([], true)))).toEqual(["membership give-life"]);
    expect(said(react?.(answered, around([], false)))).toEqual(["membership give-life", "link redial"]);
    expect(said(react?.({ ...answered, peer: idOf(9) }, around()))).toEqual(["membership give-life"]);
  });

  test("another's doubt is a reason to look for ourselves, our own verdict is not", () => {
    const doubted = (because: { kind: "rumour"; from: typeof SEVEN.peer } | { kind: "probes-missed"; via: [] }) =>
      said(
        wiring.membership["member-at-risk"]?.(
          { kind: "member-at-risk", ...SEVEN, livesRemaining: 2, because },
          around(),
        ),
      );
    expect(doubted({ kind: "rumour", from: idOf(8) })).toEqual([
      "raft member",
      "mutex member",
      "broker member",
      "health probe",
    ]);
    expect(doubted({ kind: "probes-missed", via: [] })).toEqual(["raft member", "mutex member", "broker member"]);
  });

  test("who is gone is forgotten everywhere, but not the address where somebody else lives by now", () => {
    const left = { kind: "member-left", ...SEVEN } as const;
    const react = wiring.membership["member-left"];
    expect(said(react?.(left, around([])))).toEqual([
      "raft member",
      "mutex member",
      "broker member",
      "health unwatch",
      "gossip expired",
      "link disconnect",
      "discovery remember",
    ]);
    expect(said(react?.(left, around([SEVEN.address])))).toEqual([
      "raft member",
      "mutex member",
      "broker member",
      "health unwatch",
    ]);
  });

  test("whoever stays linked while a cluster is given up is located anew, for ZAB forgets who fills which slot", () => {
    const modes = { ...USUAL_MODES, election: "bully", broadcast: "zab", ensemble: [SEVEN.address] } as const;
    const yielded = (linked: boolean) =>
      wiring.discovery["cluster-yielded"]?.(
        { kind: "cluster-yielded", cluster: NO_CLUSTER, to: NO_CLUSTER },
        { ...around([], linked), modes, view: () => ({ members: [SEVEN] }) as never },
      );
    expect(said(yielded(false))).toEqual([
      "bully forget",
      "zab forget",
      "mutex forget",
      "office forget",
      "broker forget",
    ]);
    expect(yielded(true)).toContainEqual({ protocol: "zab", command: { kind: "member", ...SEVEN } });
  });

  test("a peer at whose slot of the ensemble another was met before is not to be the leader; this one stands back", () => {
    const modes = { ...USUAL_MODES, election: "bully", broadcast: "zab", ensemble: [SEVEN.address] } as const;
    const mayLead = (filledBy: typeof SEVEN.peer | null) => {
      const views = { members: [{ ...SEVEN, status: "healthy" }], ensemble: [{ ...SEVEN, peer: filledBy }] };
      const joined = { ...around(), modes, view: () => views as never };
      return wiring.discovery["peer-admitted"]?.({ kind: "peer-admitted", peer: SEVEN.peer }, joined);
    };
    const word = { kind: "member", peer: SEVEN.peer, status: "healthy" } as const;
    expect(mayLead(SEVEN.peer)).toEqual([{ protocol: "bully", command: { ...word, mayLead: true } }]);
    expect(mayLead(null)).toEqual([{ protocol: "bully", command: { ...word, mayLead: true } }]);
    expect(mayLead(idOf(8))).toEqual([{ protocol: "bully", command: { ...word, mayLead: false } }]);
    const impostor = { kind: "ensemble-impostor", ...SEVEN } as const;
    const react = wiring.zab["ensemble-impostor"];
    expect(react?.(impostor, { ...around(), modes })).toEqual([]);
    expect(react?.(impostor, { ...around(), modes, self: SEVEN.peer })).toEqual([
      { protocol: "bully", command: { ...word, mayLead: false } },
    ]);
  });

  test("a peer that is bound by log or history offers no more to yield, whatever it did before", () => {
    const introduced = (bound: boolean) =>
      wiring.raft["bound-changed"]?.({ kind: "bound-changed", bound }, around([], false, true, bound)).find(
        ({ protocol }) => protocol === "link",
      )?.command;
    expect(introduced(true)).toMatchObject({ kind: "introduce", incarnation: 3, yielding: false });
    expect(introduced(false)).toMatchObject({ kind: "introduce", yielding: true });
  });

  test("whoever leaves says so to the members, the seekers and the links, the links last", () => {
    expect(said(wiring.raft["left-office"]?.({ kind: "left-office" } as never, around()))).toEqual([
      "office leave",
      "broker leave",
      "mutex leave",
      "membership leave",
      "discovery leave",
      "link leave",
    ]);
  });
});
