import { describe, expect, test } from "vitest";
import {
  A,
  ANSWER_TIMEOUT_MS,
  among,
  answer,
  B,
  C,
  coordinator,
  D,
  E,
  election,
  event,
  eventsOf,
  following,
  HEARTBEAT_MS,
  heartbeat,
  id,
  LEADER_TIMEOUT_MS,
  leading,
  OnBench,
  send,
  sendsOf,
} from "./on-bench.ts";

const ALL = [A, B, D, E];
const TOP = id("10");

const ended = (outcome: "won" | "leader-found" | "no-coordinator", leader = C) =>
  event({ kind: "election-ended", outcome, leader: outcome === "no-coordinator" ? null : leader });
const elected = (leader = C, previous: typeof C | null = null) => event({ kind: "leader-elected", leader, previous });

describe("a newcomer", () => {
  test("listens for as long as a leader may be silent, and follows one that it hears", () => {
    const peer = among(ALL);
    expect(peer.view).toMatchObject({ role: "follower", leader: null });
    peer.wait(LEADER_TIMEOUT_MS - 1);
    expect(peer.receive(E, heartbeat())).toEqual([elected(E)]);
    expect(peer.view).toMatchObject({ role: "follower", leader: E, leaderSince: peer.now, leaderHeardAt: peer.now });
  });

  test("stands where it hears none, and asks whoever ranks higher", () => {
    const peer = among(ALL);
    expect(peer.wait(LEADER_TIMEOUT_MS)).toEqual([
      event({ kind: "election-started", because: "no-leader" }),
      send(D, election()),
      send(E, election()),
    ]);
    expect(peer.view).toMatchObject({ role: "candidate", elections: 1, sent: 2 });
  });

  test("asks strangers too, for they may rank higher", () => {
    const peer = new OnBench();
    for (const other of ALL) {
      peer.member(other, "healthy");
      peer.link(other, true);
    }
    peer.command({ kind: "begin" });
    expect(sendsOf(peer.wait(LEADER_TIMEOUT_MS)).map(({ to }) => to)).toEqual(ALL);
  });

  test("asks nobody that is not linked or unhealthy; one that is doubted counts as up", () => {
    const peer = among([...ALL, TOP]);
    peer.link(D, false);
    peer.member(E, "unhealthy");
    peer.member(TOP, "doubted");
    const asked = () => sendsOf(peer.wait(LEADER_TIMEOUT_MS)).map(({ to }) => to);
    expect(asked()).toEqual([TOP]);
  });

  test("leads at once where nobody could rank higher, and tells everybody", () => {
    const peer = among([A, B]);
    expect(peer.wait(LEADER_TIMEOUT_MS)).toEqual([
      event({ kind: "election-started", because: "no-leader" }),
      ended("won"),
      elected(),
      send(A, coordinator()),
      send(B, coordinator()),
    ]);
    expect(peer.view).toMatchObject({ role: "leader", leader: C });
  });

  test("does nothing before it belongs to a cluster", () => {
    const peer = new OnBench();
    peer.member(E, "healthy");
    peer.link(E, true);
    expect(peer.receive(E, election())).toEqual([]);
    expect(peer.receive(E, heartbeat())).toEqual([]);
    expect(peer.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(peer.view).toMatchObject({ role: "none", leader: null });
  });
});

describe("an election", () => {
  test("is won where nobody objects in time", () => {
    const peer = among(ALL);
    peer.wait(LEADER_TIMEOUT_MS);
    peer.receive(D, answer(false));
    expect(peer.wait(ANSWER_TIMEOUT_MS - 1)).toEqual([]);
    expect(peer.wait(1)).toEqual([ended("won"), elected(), ...ALL.map((to) => send(to, coordinator()))]);
  });

  test("is won as soon as all have answered and nobody objects", () => {
    const peer = among(ALL);
    peer.wait(LEADER_TIMEOUT_MS);
    expect(peer.receive(D, answer(false))).toEqual([]);
    expect(eventsOf(peer.receive(E, answer(false))).map(({ kind }) => kind)).toEqual([
      "election-ended",
      "leader-elected",
    ]);
  });

  test("waits for a coordinator once somebody objects, and follows it", () => {
    const peer = among(ALL);
    peer.wait(LEADER_TIMEOUT_MS);
    expect(peer.receive(D, answer(true))).toEqual([]);
    expect(peer.wait(LEADER_TIMEOUT_MS - 1)).toEqual([]);
    expect(peer.receive(E, coordinator())).toEqual([ended("leader-found", E), elected(E)]);
  });

  test("is held again where no coordinator comes, after twice as long each time, up to 16 times", () => {
    const peer = among([D]);
    peer.wait(LEADER_TIMEOUT_MS);
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      const from = peer.now;
      peer.receive(D, answer(true));
      expect(peer.expire()).toEqual([
        ended("no-coordinator"),
        event({ kind: "election-started", because: "no-coordinator" }),
        send(D, election()),
      ]);
      waits.push((peer.now - from) / LEADER_TIMEOUT_MS);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 16, 16]);
  });

  test("is held again at once where all that objected are gone", () => {
    const peer = among(ALL);
    peer.wait(LEADER_TIMEOUT_MS);
    peer.receive(D, answer(true));
    peer.receive(E, answer(true));
    expect(peer.member(E, "unhealthy")).toEqual([]);
    expect(peer.link(D, false)).toEqual([
      ended("no-coordinator"),
      event({ kind: "election-started", because: "no-coordinator" }),
      ended("won"),
      elected(),
      ...[A, B, E].map((to) => send(to, coordinator())),
    ]);
  });

  test("takes no notice of an objection by one that ranks lower", () => {
    const peer = among(ALL);
    peer.wait(LEADER_TIMEOUT_MS);
    peer.receive(A, answer(true));
    peer.receive(D, answer(false));
    expect(eventsOf(peer.receive(E, answer(false)))).toHaveLength(2);
  });
});

describe("whoever is asked", () => {
  test("objects to one that ranks lower, and stands itself where it knows no leader", () => {
    const peer = among([A, E]);
    expect(peer.receive(A, election())).toEqual([
      send(A, answer(true)),
      event({ kind: "election-started", because: "asked" }),
      send(E, election()),
    ]);
    expect(peer.receive(A, election())).toEqual([send(A, answer(true))]);
  });

  test("objects and does not stand where it follows a leader: that one will be heard, or missed by both", () => {
    const peer = following(E, ALL);
    expect(peer.receive(A, election())).toEqual([send(A, answer(true))]);
    expect(peer.view.role).toBe("follower");
  });

  test("does not object to one that ranks higher, and leaves the election to it", () => {
    const peer = among([A, D]);
    expect(peer.receive(D, election())).toEqual([send(D, answer(false))]);
    peer.wait(LEADER_TIMEOUT_MS);
    expect(peer.receive(D, election())).toEqual([send(D, answer(false))]);
    expect(peer.wait(LEADER_TIMEOUT_MS - 1)).toEqual([]);
    expect(peer.receive(D, coordinator())).toEqual([ended("leader-found", D), elected(D)]);
  });

  test("says so where it leads", () => {
    const peer = leading([A, B]);
    expect(peer.receive(A, election())).toEqual([send(A, coordinator())]);
    expect(peer.receive(E, election())).toEqual([send(E, coordinator())]);
  });
});

describe("rank", () => {
  const own = 5;
  test.each([
    ["a higher priority", A, own + 1, true],
    ["the same priority and a higher ID", D, own, true],
    ["the same priority and a lower ID", B, own, false],
    ["a lower priority and a higher ID", E, own - 1, false],
  ] as const)("%s", (_name, other, priority, isHigher) => {
    const peer = among([other], C, { priority: own });
    peer.receive(other, answer(false, priority));
    const asked = sendsOf(peer.wait(LEADER_TIMEOUT_MS)).filter(({ message }) => message.kind === "election");
    expect(asked.map(({ to }) => to)).toEqual(isHigher ? [other] : []);
    expect(peer.view.participants).toEqual([{ peer: other, priority, status: "healthy", mayLead: true, flaps: 0 }]);
  });

  test("a priority is forgotten when the link breaks: a new life may have another one", () => {
    const peer = among([A]);
    peer.link(A, false);
    expect(peer.view.participants).toMatchObject([{ peer: A, priority: null }]);
  });
});

describe("a leader", () => {
  test("says so over and over, to all that are linked, healthy or not", () => {
    const peer = leading([A, B, D]);
    peer.link(B, false);
    peer.member(A, "unhealthy");
    peer.wait(HEARTBEAT_MS);
    const { heartbeats, sent } = peer.view;
    expect(peer.wait(HEARTBEAT_MS)).toEqual([send(A, heartbeat()), send(D, heartbeat())]);
    expect(peer.view).toMatchObject({ heartbeats: heartbeats + 2, sent });
  });

  const whoLeadsNext = [
    event({ kind: "leader-elected", leader: C, previous: D }),
    send(A, coordinator()),
    send(B, coordinator()),
  ];

  test.each([
    ["link-broke", (peer: OnBench) => peer.link(D, false), whoLeadsNext],
    ["left", (peer: OnBench) => peer.member(D, "left"), whoLeadsNext],
    ["unhealthy", (peer: OnBench) => peer.member(D, "unhealthy"), [...whoLeadsNext, send(D, coordinator())]],
    ["resigned", (peer: OnBench) => peer.receive(D, { kind: "resign" }), [...whoLeadsNext, send(D, coordinator())]],
  ] as const)("is replaced at once: %s", (because, happen, next) => {
    const peer = following(D, [A, B, D]);
    expect(happen(peer)).toEqual([
      event({ kind: "leader-lost", leader: D, because }),
      event({ kind: "election-started", because }),
      ended("won"),
      ...next,
    ]);
  });

  test("that is silent for too long is asked, for it may be up", () => {
    const peer = following(D, [A, B, D]);
    peer.wait(LEADER_TIMEOUT_MS - 1);
    peer.receive(D, heartbeat());
    expect(peer.wait(LEADER_TIMEOUT_MS)).toEqual([
      event({ kind: "leader-lost", leader: D, because: "silent" }),
      event({ kind: "election-started", because: "silent" }),
      send(D, election()),
    ]);
    expect(peer.receive(D, coordinator())).toEqual([ended("leader-found", D), elected(D, D)]);
  });

  test("that is unhealthy is not followed, whatever it says", () => {
    const peer = among([D]);
    peer.member(D, "unhealthy");
    expect(peer.receive(D, heartbeat())).toEqual([]);
    peer.member(D, "healthy");
    expect(peer.receive(D, heartbeat())).toEqual([elected(D)]);
  });

  test("that ranks lower is taken over from, where nobody objects", () => {
    const peer = among([A, B]);
    expect(peer.receive(B, heartbeat())).toEqual([
      event({ kind: "election-started", because: "outranks-leader" }),
      ended("won"),
      elected(),
      send(A, coordinator({ over: B })),
      send(B, coordinator({ over: B })),
    ]);
    // What it said before it knew is no rivalry.
    expect(peer.receive(B, heartbeat())).toEqual([]);
    peer.wait(LEADER_TIMEOUT_MS);
    expect(peer.wait(HEARTBEAT_MS)).toEqual([send(A, heartbeat()), send(B, heartbeat())]);
  });
});

describe("one that may not lead", () => {
  test("follows whom it hears, answers nobody and never stands", () => {
    const peer = among(ALL, C, { mayLead: false });
    expect(peer.wait(10 * LEADER_TIMEOUT_MS)).toEqual([]);
    expect(peer.receive(A, election())).toEqual([]);
    expect(peer.receive(A, heartbeat())).toEqual([elected(A)]);
    expect(peer.wait(LEADER_TIMEOUT_MS)).toEqual([event({ kind: "leader-lost", leader: A, because: "silent" })]);
    expect(peer.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(peer.view.elections).toBe(0);
  });

  test("is that from when it is told so: it resigns and stands no more, until it gives its cluster up", () => {
    const peer = among([A, B]);
    peer.wait(LEADER_TIMEOUT_MS);
    expect(peer.view.role).toBe("leader");
    expect(sendsOf(peer.member(C, "healthy", false))).toEqual(
      [A, B].map((to) => ({ to, message: { kind: "resign" } })),
    );
    expect(peer.view.participants.map((each) => each.peer)).toEqual([A, B]);
    expect(peer.receive(A, heartbeat())).toContainEqual(elected(A, C));
    peer.wait(10 * LEADER_TIMEOUT_MS);
    expect(peer.view).toMatchObject({ role: "follower", elections: 1 });
    peer.command({ kind: "forget" });
    peer.command({ kind: "begin" });
    peer.wait(2 * LEADER_TIMEOUT_MS);
    expect(peer.view.role).toBe("leader");
  });

  test("is neither asked nor followed by others, but told who leads", () => {
    const peer = among([A]);
    peer.link(E, true);
    peer.member(E, "healthy", false);
    expect(peer.receive(E, heartbeat())).toEqual([]);
    const effects = peer.wait(LEADER_TIMEOUT_MS);
    expect(sendsOf(effects)).toEqual([A, E].map((to) => ({ to, message: coordinator() })));
  });
});
