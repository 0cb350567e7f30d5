import { describe, expect, test } from "vitest";
import { A, addressOf, B, C, D, eventsOf, id, OnBench, records, saidTo, savesOf } from "./on-bench.ts";

const E = id("e");

function pin(peer: typeof A, at = peer) {
  return { kind: "member", address: addressOf(at), peer } as const;
}

describe("the slots of an ensemble", () => {
  test("this peer fills its own, and that is on disk before it counts", () => {
    const peer = new OnBench([]);
    expect(savesOf(peer.first)).toEqual([[pin(A)]]);
    expect(peer.view.ensemble).toEqual([
      { address: addressOf(A), peer: A },
      { address: addressOf(B), peer: null },
      { address: addressOf(C), peer: null },
    ]);
  });

  test("whoever is met first at one fills it for good", () => {
    const peer = new OnBench([pin(A)]);
    expect(savesOf(peer.command(pin(B)))).toEqual([[pin(B)]]);
    const later = peer.command(pin(E, B));
    expect(savesOf(later)).toEqual([]);
    expect(eventsOf(later)).toEqual([{ kind: "ensemble-impostor", peer: E, address: addressOf(B) }]);
    const restarted = new OnBench(peer.machine.checkpoint());
    expect(eventsOf(restarted.command(pin(E, B)))).toHaveLength(1);
  });

  test("one that moves keeps its own, and gets no second", () => {
    const peer = new OnBench([pin(A), pin(B)]);
    expect(peer.command(pin(B, C))).toEqual([]);
    expect(peer.view.ensemble.map(({ peer: each }) => each)).toEqual([A, B, null]);
  });

  test("whoever lives elsewhere fills none", () => {
    const peer = new OnBench([pin(A)]);
    expect(peer.command(pin(D))).toEqual([]);
  });

  test("nobody is counted before who fills which is on disk", () => {
    const peer = new OnBench([pin(A)]);
    peer.name(A);
    peer.receive(B, { kind: "follower-info", acceptedEpoch: 0 });
    expect(savesOf(peer.command(pin(B)))).toEqual([[pin(B)]]);
    expect(savesOf(peer.sync())).toEqual([[{ kind: "accepted-epoch", epoch: 1 }]]);
  });

  test("a leader is followed once it is known to be of the ensemble", () => {
    const peer = new OnBench([pin(A)]);
    expect(peer.name(B)).toEqual([]);
    expect(saidTo(B, peer.command(pin(B)))).toEqual([{ kind: "follower-info", acceptedEpoch: 0 }]);
  });

  test("one that has lost its disk only observes: it counts for nothing, and is not followed", () => {
    const leader = new OnBench(records(0, 0, []));
    leader.name(A);
    leader.command(pin(D, B));
    expect(savesOf(leader.receive(D, { kind: "follower-info", acceptedEpoch: 0 }))).toEqual([]);
    const follower = new OnBench(records(0, 0, []));
    expect(follower.name(D)).toEqual([]);
  });

  test("one that has lost its disk is told so by whoever met it before, and takes itself for an observer", () => {
    const peer = new OnBench(records(0, 0, []));
    const members = [A, B, C].map((each) => ({ peer: each, address: addressOf(each) }));
    expect(saidTo(D, peer.command(pin(D, C)))).toEqual([{ kind: "impostor", epoch: 0, members }]);

    const lost = new OnBench([], D, { address: addressOf(C) });
    lost.name(D);
    expect(lost.view.role).toBe("leader");
    const event = { kind: "ensemble-impostor", peer: D, address: addressOf(C) };
    expect(eventsOf(lost.receive(A, { kind: "impostor", epoch: 0, members }))).toEqual([event]);
    lost.name(null);
    lost.name(D);
    expect(lost.view.role).toBe("none");
    expect(eventsOf(new OnBench(lost.machine.checkpoint(), D, { address: addressOf(C) }).first)).toContainEqual(event);
  });

  test("one that has lost its disk learns of its leader whom it took for itself, and leads no more", () => {
    const peer = new OnBench([], D, { address: addressOf(C) });
    peer.command(pin(B));
    peer.name(B);
    peer.receive(B, { kind: "new-epoch", epoch: 3 });
    peer.sync();
    const point = { index: 0, zxid: { epoch: 0, counter: 0 } };
    peer.receive(B, { kind: "difference", epoch: 3, ...point });
    const members = [A, B, C].map((each) => ({ peer: each, address: addressOf(each) }));
    const effects = peer.receive(B, { kind: "new-leader", epoch: 3, ...point, members });
    expect(eventsOf(effects)).toEqual([{ kind: "ensemble-impostor", peer: D, address: addressOf(C) }]);
    expect(peer.view.ensemble.map(({ peer: each }) => each)).toEqual([A, B, C]);
    peer.name(D);
    expect(peer.view.role).toBe("none");
  });

  test("what a leader says of a slot that is filled otherwise changes nothing", () => {
    const peer = new OnBench(records(0, 0, []));
    peer.name(B);
    peer.receive(B, { kind: "new-epoch", epoch: 3 });
    peer.sync();
    const point = { index: 0, zxid: { epoch: 0, counter: 0 } };
    peer.receive(B, { kind: "difference", epoch: 3, ...point });
    peer.receive(B, { kind: "new-leader", epoch: 3, ...point, members: [{ peer: E, address: addressOf(C) }] });
    expect(peer.view.ensemble.map(({ peer: each }) => each)).toEqual([A, B, C]);
  });

  test("a slot that is not on the list any more comes back with whom it was", () => {
    const peer = new OnBench(records(0, 0, []), A, { ensemble: [addressOf(A), addressOf(B)] });
    expect(peer.view.ensemble.map(({ peer: each }) => each)).toEqual([A, B]);
    const again = new OnBench(peer.machine.checkpoint());
    expect(again.view.ensemble.map(({ peer: each }) => each)).toEqual([A, B, C]);
  });
});

describe("forgetting", () => {
  test("leaves nothing but this peer's own slot", () => {
    const peer = new OnBench(records(4, 4, [{ index: 1, epoch: 4, counter: 1, command: Uint8Array.of(1) }]));
    expect(peer.view.bound).toBe(true);
    const effects = peer.command({ kind: "forget" });
    expect(savesOf(effects)).toEqual([[{ kind: "forget" }, pin(A)]]);
    expect(eventsOf(effects)).toEqual([{ kind: "bound-changed", bound: false }]);
    expect(peer.view).toMatchObject({ acceptedEpoch: 0, currentEpoch: 0, lastIndex: 0, commitIndex: 0 });
    expect(peer.machine.checkpoint()).toEqual([pin(A)]);
  });
});
