import { describe, expect, test } from "vitest";
import { Links } from "../../../src/protocols/zab/links.ts";
import { B, C, entry, establishedLeader, eventsOf, followerOf, historyOf, orderOf, saidTo } from "./on-bench.ts";

const HISTORY = historyOf([1]);

describe("links keep the order, or are found out", () => {
  test("messages are numbered from 1 in each direction, anew with each link", () => {
    const links = new Links();
    links.changed(B, true);
    links.changed(C, true);
    expect([links.next(B), links.next(B), links.next(C)]).toEqual([1, 2, 1]);
    links.changed(B, false);
    links.changed(B, true);
    expect(links.next(B)).toBe(1);
  });

  test("after a gap nothing is taken until the link has come up anew", () => {
    const links = new Links();
    links.changed(B, true);
    expect([1, 3, 4, 2].map((sequence) => links.judge(B, sequence))).toEqual([
      "take",
      "disordered",
      "ignore",
      "ignore",
    ]);
    expect(links.isUp(B)).toBe(false);
    links.changed(B, true);
    expect(links.judge(B, 1)).toBe("take");
  });

  test("where another connection took the link's place, any number may come first, and ours begin anew", () => {
    const links = new Links();
    links.changed(B, true);
    links.next(B);
    links.replaced(B);
    expect(links.next(B)).toBe(1);
    expect([7, 8, 10].map((sequence) => links.judge(B, sequence))).toEqual(["take", "take", "disordered"]);
  });

  test("who begins anew is taken when what went on has ended, and our numbers go on", () => {
    const links = new Links();
    links.changed(B, true);
    links.next(B);
    expect([1, 2, 1].map((sequence) => links.judge(B, sequence))).toEqual(["take", "take", "anew"]);
    links.begunAnew(B);
    expect(links.judge(B, 2)).toBe("take");
    expect(links.next(B)).toBe(2);
  });

  test("nothing is taken without a link", () => {
    expect(new Links().judge(B, 1)).toBe("ignore");
  });
});

describe("a lost message", () => {
  test("of the leader ends the epoch for its follower, which asks for another link", () => {
    const peer = followerOf(5, HISTORY);
    peer.lose(B);
    const effects = peer.receive(B, { kind: "entries", epoch: 5, commitIndex: 1, entries: [entry(2, 5, 1)] });
    expect(eventsOf(effects)).toEqual([{ kind: "epoch-ended", epoch: 5, leader: B, because: "link-disordered" }]);
    expect(orderOf(effects)).toEqual([{ kind: "link-disordered", peer: B }]);
    expect(peer.view).toMatchObject({ role: "none", lastIndex: 1 });
  });

  test("is told once, and what follows is passed over", () => {
    const peer = followerOf(5, HISTORY);
    peer.lose(B);
    peer.receive(B, { kind: "ping", epoch: 5, round: 1 });
    expect(peer.receive(B, { kind: "ping", epoch: 5, round: 2 })).toEqual([]);
    expect(peer.wait(10_000)).toEqual([]);
  });

  test("of a follower: what it acknowledges from then on does not count", () => {
    const peer = establishedLeader(5, HISTORY);
    peer.propose(1, Uint8Array.of(1));
    peer.sync();
    peer.lose(B);
    const effects = peer.receive(B, { kind: "accepted", epoch: 5, index: 3 });
    expect(orderOf(effects)).toEqual([{ kind: "link-disordered", peer: B }]);
    expect(peer.view).toMatchObject({ commitIndex: 2, progress: [] });
  });

  test("on the link that comes up it begins anew, with its first word", () => {
    const peer = followerOf(5, HISTORY);
    peer.lose(B);
    peer.receive(B, { kind: "ping", epoch: 5, round: 1 });
    expect(peer.link(B, false)).toEqual([]);
    expect(saidTo(B, peer.link(B, true))).toEqual([{ kind: "follower-info", acceptedEpoch: 5 }]);
  });
});

describe("another connection in a link's place", () => {
  test("ends what was under way with the leader, and the follower asks anew", () => {
    const peer = followerOf(5, HISTORY);
    const effects = peer.command({ kind: "relinked", peer: B });
    expect(eventsOf(effects)).toEqual([{ kind: "epoch-ended", epoch: 5, leader: B, because: "link-broke" }]);
    expect(saidTo(B, effects)).toEqual([{ kind: "follower-info", acceptedEpoch: 5 }]);
  });

  test("that a follower has found is no gap for the leader: it begins anew with it", () => {
    const peer = establishedLeader(5, HISTORY);
    peer.anew(B);
    const effects = peer.receive(B, { kind: "follower-info", acceptedEpoch: 5 });
    expect(orderOf(effects)).toEqual([]);
    expect(saidTo(B, effects)).toMatchObject([{ kind: "new-epoch", epoch: 5 }]);
  });
});

describe("a link that breaks", () => {
  test("ends the epoch for a follower of whoever was there", () => {
    const peer = followerOf(5, HISTORY);
    expect(eventsOf(peer.link(B, false))).toEqual([
      { kind: "epoch-ended", epoch: 5, leader: B, because: "link-broke" },
    ]);
    expect(peer.wait(10_000)).toEqual([]);
  });

  test("to somebody else ends nothing", () => {
    expect(followerOf(5, HISTORY).link(C, false)).toEqual([]);
  });
});
