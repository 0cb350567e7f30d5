import { describe, expect, test } from "vitest";
import {
  A,
  ANSWER_TIMEOUT_MS,
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
  HOLD_MS,
  heartbeat,
  id,
  LEADER_TIMEOUT_MS,
  leading,
  type OnBench,
  send,
} from "./on-bench.ts";

const LOWEST = id("1");

/** A leader of rank C under which D led and was lost so often; D is back. */
function leadingAfter(losses: number): OnBench {
  const peer = leading([A, B, D]);
  for (let i = 0; i < losses; i++) {
    peer.receive(D, coordinator({ over: C }));
    peer.link(D, false);
    peer.link(D, true);
  }
  peer.receive(D, answer(false));
  return peer;
}

const rivalMet = (leader: typeof C, rival: typeof C) => event({ kind: "rival-met", leader, rival });
const lost = (leader: typeof C, because: "higher-priority" | "held-down" | "stood-still" | "left" | "forgotten") =>
  event({ kind: "leader-lost", leader, because });
const elected = (leader: typeof C, previous: typeof C | null) => event({ kind: "leader-elected", leader, previous });

describe("two leaders meet", () => {
  test("and the lower one gives way", () => {
    const peer = leading([A, D]);
    expect(peer.receive(D, heartbeat())).toEqual([
      rivalMet(D, C),
      send(D, { kind: "resign" }),
      lost(C, "higher-priority"),
      elected(D, C),
    ]);
    expect(peer.view).toMatchObject({ role: "follower", leader: D, rivals: [] });
  });

  test("and the higher one tells it once, and shows it for as long as it is heard", () => {
    const peer = leading([A, B]);
    expect(peer.receive(B, heartbeat())).toEqual([rivalMet(C, B)]);
    expect(peer.receive(B, heartbeat())).toEqual([]);
    expect(peer.view).toMatchObject({ role: "leader", rivals: [B] });
    peer.wait(LEADER_TIMEOUT_MS - 1);
    expect(peer.view.rivals).toEqual([B]);
    peer.wait(HEARTBEAT_MS);
    expect(peer.view.rivals).toEqual([]);
    expect(peer.receive(B, heartbeat())).toEqual([rivalMet(C, B)]);
    peer.receive(B, { kind: "resign" });
    expect(peer.view.rivals).toEqual([]);
  });

  test("and the higher one knows of it where the other gave way before it was heard", () => {
    const peer = leading([A, B]);
    expect(peer.receive(B, { kind: "resign" })).toEqual([rivalMet(C, B)]);
    expect(peer.view).toMatchObject({ role: "leader", rivals: [] });
  });

  test("and who follows the lower one turns to the higher one", () => {
    const peer = following(D, [A, D, E]);
    expect(peer.receive(E, heartbeat())).toEqual([rivalMet(E, D), lost(D, "higher-priority"), elected(E, D)]);
    // The lower one may not have heard of it yet.
    expect(peer.receive(D, heartbeat())).toEqual([]);
    expect(peer.view.rivals).toEqual([]);
  });

  test("and who follows the higher one shows the other", () => {
    const peer = following(E, [A, D, E]);
    peer.wait(LEADER_TIMEOUT_MS - 1);
    peer.receive(E, heartbeat());
    peer.wait(1);
    expect(peer.receive(D, heartbeat())).toEqual([rivalMet(E, D)]);
    expect(peer.view).toMatchObject({ leader: E, rivals: [D] });
  });

  test("but one that takes over from the leader is no rival of it", () => {
    const peer = leading([A, D]);
    expect(peer.receive(D, coordinator({ over: C }))).toEqual([lost(C, "higher-priority"), elected(D, C)]);
  });
});

describe("hold-down", () => {
  test.each([
    [1, 0],
    [2, HOLD_MS],
    [3, 2 * HOLD_MS],
    [4, 4 * HOLD_MS],
    [5, 8 * HOLD_MS],
    [6, 16 * HOLD_MS],
    [9, 16 * HOLD_MS],
  ])("after %i losses the leader tells the one that is back to wait %i ms", (losses, holdMs) => {
    const peer = leadingAfter(losses);
    expect(peer.receive(D, election())).toEqual([send(D, coordinator({ holdMs }))]);
    expect(peer.view.participants).toContainEqual(expect.objectContaining({ peer: D, flaps: losses }));
  });

  test("what is left of the wait shrinks while the one that is back stays", () => {
    const peer = leadingAfter(3);
    peer.wait(1_500);
    expect(peer.receive(D, election())).toEqual([send(D, coordinator({ holdMs: 500 }))]);
    peer.link(D, false);
    peer.link(D, true);
    expect(peer.receive(D, election())).toEqual([send(D, coordinator({ holdMs: 2_000 }))]);
  });

  test("one that resigned, again and again, has to wait as well", () => {
    const peer = leading([A, B, D]);
    for (let i = 0; i < 2; i++) {
      peer.receive(D, coordinator({ over: C }));
      expect(peer.receive(D, { kind: "resign" })).toContainEqual(elected(C, D));
    }
    expect(peer.receive(D, election())).toEqual([send(D, coordinator({ holdMs: HOLD_MS }))]);
  });

  test("one that was told to wait follows the lower one, and takes over when it need not any longer", () => {
    const peer = following(B, [A, B, D], C);
    // It was heard to lead, and nothing of a hold: so this peer stood and asked D.
    expect(peer.view.role).toBe("candidate");
    expect(peer.receive(B, heartbeat({ holdMs: 300 }))).toEqual([
      event({ kind: "election-ended", outcome: "held-down", leader: B }),
      elected(B, null),
    ]);
    expect(peer.view).toMatchObject({ role: "follower", leader: B, holdUntil: peer.now + 300 });
    peer.wait(300);
    expect(peer.receive(B, heartbeat())).toEqual([
      event({ kind: "election-started", because: "outranks-leader" }),
      send(D, election()),
    ]);
    expect(peer.receive(D, answer(false))).toEqual([
      event({ kind: "election-ended", outcome: "won", leader: C }),
      lost(B, "higher-priority"),
      elected(C, B),
      ...[A, B, D].map((to) => send(to, coordinator({ over: B }))),
    ]);
    expect(peer.view.holdUntil).toBeNull();
  });

  test("one that waits objects to whoever ranks below its leader, and to nobody in between", () => {
    const peer = following(A, [LOWEST, A, B, D]);
    peer.receive(A, heartbeat({ holdMs: 300 }));
    expect(peer.receive(B, election())).toEqual([send(B, answer(false))]);
    expect(peer.receive(LOWEST, election())).toEqual([send(LOWEST, answer(true))]);
  });

  test("a leader that meets a higher one that is held down stays, and tells it so", () => {
    const peer = leadingAfter(2);
    expect(peer.receive(D, heartbeat())).toEqual([rivalMet(C, D), send(D, heartbeat({ holdMs: HOLD_MS }))]);
    expect(peer.receive(D, heartbeat())).toEqual([send(D, heartbeat({ holdMs: HOLD_MS }))]);
    expect(peer.view).toMatchObject({ role: "leader", rivals: [D] });
  });

  test("one that was told to wait does so under another lower one, too, which has not seen it flap", () => {
    const peer = leading([A, B], D);
    peer.receive(A, heartbeat({ holdMs: 1_000 }));
    expect(peer.view).toMatchObject({ role: "follower", leader: A });
    expect(peer.receive(B, coordinator())).toEqual([rivalMet(B, A), lost(A, "higher-priority"), elected(B, A)]);
    expect(peer.view).toMatchObject({ role: "follower", leader: B, holdUntil: peer.now + 1_000 });
    peer.now += 999;
    expect(peer.receive(B, heartbeat())).toEqual([]);
    peer.now += 1;
    expect(peer.receive(B, heartbeat())).toContainEqual(elected(D, B));
  });

  test("whoever told one to wait may take that back", () => {
    const peer = leading([A, B], D);
    peer.receive(A, heartbeat({ holdMs: 1_000 }));
    expect(peer.receive(A, heartbeat())).toContainEqual(elected(D, A));
  });

  test("a leader that is told so by a lower one gives way, and its followers hear of it", () => {
    const peer = leading([A, B]);
    expect(peer.receive(B, heartbeat({ holdMs: 700 }))).toEqual([
      rivalMet(B, C),
      send(A, { kind: "resign" }),
      send(B, { kind: "resign" }),
      lost(C, "held-down"),
      elected(B, C),
    ]);
    expect(peer.view.holdUntil).toBe(peer.now + 700);
  });

  test("who follows the lower one stays with it, until the higher one has taken over with its consent", () => {
    const peer = following(E, [A, D, E]);
    for (let i = 0; i < 2; i++) {
      peer.receive(E, heartbeat());
      peer.link(E, false);
      peer.link(E, true);
    }
    peer.receive(D, coordinator());
    expect(peer.view.leader).toBe(D);
    expect(peer.receive(E, heartbeat())).toEqual([rivalMet(D, E)]);
    expect(peer.receive(E, coordinator({ over: D }))).toEqual([lost(D, "higher-priority"), elected(E, D)]);
  });
});

describe("a leader that stood still", () => {
  test("for less than others wait goes on", () => {
    const peer = leading([A, B]);
    peer.now += LEADER_TIMEOUT_MS - 1;
    expect(peer.give({ kind: "resumed", gapMs: LEADER_TIMEOUT_MS - 1 })).toEqual([]);
    expect(peer.view.role).toBe("leader");
  });

  test("for longer leads no more before it has asked everybody, and a lower one may lead by now", () => {
    const peer = leading([A, B]);
    peer.now += LEADER_TIMEOUT_MS;
    expect(peer.give({ kind: "resumed", gapMs: LEADER_TIMEOUT_MS })).toEqual([
      lost(C, "stood-still"),
      event({ kind: "election-started", because: "stood-still" }),
      send(A, election()),
      send(B, election()),
    ]);
    expect(peer.receive(B, coordinator())).toEqual([]);
    expect(peer.receive(A, answer(false))).toEqual([
      event({ kind: "election-ended", outcome: "won", leader: C }),
      elected(C, C),
      ...[A, B].map((to) => send(to, coordinator({ over: B }))),
    ]);
  });

  test("a candidate asks again, for answers may have come in vain", () => {
    const peer = following(D, [D, E]);
    peer.wait(LEADER_TIMEOUT_MS);
    peer.now += LEADER_TIMEOUT_MS;
    expect(peer.give({ kind: "resumed", gapMs: LEADER_TIMEOUT_MS })).toEqual([
      event({ kind: "election-ended", outcome: "called-off", leader: null }),
      event({ kind: "election-started", because: "stood-still" }),
      send(D, election()),
      send(E, election()),
    ]);
    expect(eventsOf(peer.wait(ANSWER_TIMEOUT_MS)).map(({ kind }) => kind)).toContain("leader-elected");
  });

  test("a follower gives its leader time anew", () => {
    const peer = following(D, [D]);
    peer.now += 10 * LEADER_TIMEOUT_MS;
    expect(peer.give({ kind: "resumed", gapMs: 10 * LEADER_TIMEOUT_MS })).toEqual([]);
    expect(peer.wait(LEADER_TIMEOUT_MS - 1)).toEqual([]);
    expect(peer.view.leader).toBe(D);
  });
});

describe("handing over and leaving", () => {
  const failed = (to: typeof C | null, because: "not-leader" | "highest-leads") =>
    event({ kind: "transfer-failed", to, because });

  test.each([null, A, D, C])("there is no choice for a leader that is the highest: to %s", (to) => {
    expect(leading([A, B]).command({ kind: "transfer", to })).toEqual([failed(to, "highest-leads")]);
  });

  test("whoever does not lead has nothing to hand over", () => {
    expect(following(D, [D]).command({ kind: "transfer", to: null })).toEqual([failed(null, "not-leader")]);
  });

  test.each([null, D])("a higher one that was held down need not wait any longer: to %s", (to) => {
    const peer = leadingAfter(3);
    expect(peer.command({ kind: "transfer", to })).toEqual([
      event({ kind: "transfer-started", to: D }),
      send(D, heartbeat()),
    ]);
    expect(peer.receive(D, coordinator({ over: C }))).toEqual([lost(C, "higher-priority"), elected(D, C)]);
  });

  test("nobody else than the highest gets it", () => {
    const peer = leadingAfter(3);
    expect(peer.command({ kind: "transfer", to: A })).toEqual([failed(A, "highest-leads")]);
  });

  test("a leader that leaves says so to all, and stands no more", () => {
    const peer = leading([A, B]);
    expect(peer.command({ kind: "leave" })).toEqual([
      send(A, { kind: "resign" }),
      send(B, { kind: "resign" }),
      lost(C, "left"),
      event({ kind: "left-office" }),
    ]);
    expect(peer.command({ kind: "leave" })).toEqual([]);
    expect(peer.receive(A, election())).toEqual([]);
    expect(peer.receive(B, coordinator())).toEqual([elected(B, C)]);
    expect(eventsOf(peer.wait(LEADER_TIMEOUT_MS)).map(({ kind }) => kind)).toEqual(["leader-lost"]);
    expect(peer.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test("who only follows may leave at once", () => {
    expect(following(D, [D]).command({ kind: "leave" })).toEqual([event({ kind: "left-office" })]);
  });

  test("a cluster that is given up is forgotten", () => {
    const peer = leadingAfter(2);
    expect(peer.command({ kind: "forget" })).toEqual([lost(C, "forgotten")]);
    expect(peer.view).toMatchObject({ role: "none", leader: null });
    expect(peer.view.participants.every(({ priority, flaps }) => priority === null && flaps === 0)).toBe(true);
    expect(peer.receive(D, election())).toEqual([]);
    expect(peer.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test("one that is not active says nothing", () => {
    const peer = leading([A, B], C, { active: false });
    expect(peer.command({ kind: "begin" })).toEqual([]);
    expect(peer.command({ kind: "leave" })).toEqual([]);
    expect(peer.view).toMatchObject({ active: false, role: "none" });
    expect(peer.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });
});
