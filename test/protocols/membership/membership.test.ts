import { describe, expect, it } from "vitest";
import { parseAddress } from "../../../src/core/address.ts";
import type { Effect } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { MEMBERSHIP_DEFAULTS, membership } from "../../../src/protocols/membership/definition.ts";
import { MAX_MEMBERS } from "../../../src/protocols/membership/members.ts";
import { MAX_INCARNATION, type Membership } from "../../../src/protocols/membership/membership.ts";
import {
  MAX_RUMOURS,
  type MembershipSpeech,
  membershipRecord,
  type Rumour,
} from "../../../src/protocols/membership/message.ts";
import { MAX_STRANGERS, STRANGER_TIMEOUT_MS } from "../../../src/protocols/membership/strangers.ts";
import { decode, encode } from "../../../src/wire/codec.ts";
import { at, eventsOf, id, kindsOf, said, savedOf, sentOf, tick } from "./people.ts";

type Effects = readonly Effect<MembershipSpeech>[];
type Command = MembershipSpeech["command"];

const OURS = 9;
const HOUR = 3_600_000;

/** Peer 9, and short words for what happens to it. */
class Subject {
  readonly machine: ReturnType<typeof membership.start>;
  now = 0;

  constructor(saved: readonly MembershipSpeech["record"][] = [], fanout: number = MEMBERSHIP_DEFAULTS.fanout) {
    const options = { ...MEMBERSHIP_DEFAULTS, fanout, peer: id(OURS), address: at(OURS), name: "peer 9" };
    this.machine = membership.start(options, saved, seededRandom(1), 0);
  }

  obey(command: Command): Effects {
    return this.machine.step({ kind: "command", command }, this.now);
  }

  meet(n: number, incarnation = 1, where = at(n)): Effects {
    return this.obey({ kind: "met", peer: id(n), address: where, name: `peer ${n}`, incarnation });
  }

  link(n: number, up = true): Effects {
    return this.machine.step({ kind: "link", peer: id(n), up }, this.now);
  }

  /** A link to each, and its HELLO. */
  join(...peers: readonly number[]): void {
    for (const n of peers) {
      this.link(n);
      this.meet(n);
    }
  }

  hear(from: number, rumours: readonly Rumour[], kind: "rumours" | "table" = "rumours"): Effects {
    return this.machine.step({ kind: "message", from: { peer: id(from) }, message: { kind, rumours } }, this.now);
  }

  miss(n: number): Effects {
    return this.obey({ kind: "take-life", peer: id(n), via: [id(7)] });
  }

  answer(n: number): Effects {
    return this.obey({ kind: "give-life", peer: id(n) });
  }

  tick(): Effects {
    return tick(this.machine, this.now);
  }

  member(n: number): MembershipSpeech["view"]["members"][number] | undefined {
    return this.machine.view().members.find(({ peer }) => peer === id(n));
  }
}

function begun(...linked: readonly number[]): Subject {
  const subject = new Subject();
  subject.tick();
  subject.join(...linked);
  return subject;
}

describe("start", () => {
  it("begins at once with incarnation 1, saved before it is told", () => {
    const subject = new Subject();
    expect(subject.machine.deadline).toBe(0);
    expect(subject.tick()).toEqual([
      { kind: "save", records: [{ kind: "self", incarnation: 1 }], token: 1 },
      { kind: "event", event: { kind: "incarnation-grown", incarnation: 1 } },
    ]);
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it("begins a later life one above all that the earlier ones used", () => {
    const subject = new Subject([
      { kind: "self", incarnation: 4 },
      { kind: "self", incarnation: 7 },
    ]);
    expect(savedOf(subject.tick())).toEqual([{ kind: "self", incarnation: 8 }]);
  });

  it("names the members that it remembers, healthy with all lives, and those not that left or were forgotten", () => {
    const subject = new Subject([
      { kind: "self", incarnation: 1 },
      { kind: "member", rumour: said(1, 3) },
      { kind: "member", rumour: said(2, 5, "unhealthy") },
      { kind: "member", rumour: said(3, 2, "left") },
      { kind: "member", rumour: said(4, 2) },
      { kind: "forgotten", peer: id(4) },
    ]);
    const joined = eventsOf(subject.tick()).filter(({ kind }) => kind === "member-joined");
    expect(joined.map((event) => "peer" in event && event.peer)).toEqual([id(1), id(2)]);
    expect(subject.member(2)).toMatchObject({ status: "healthy", livesRemaining: 3, incarnation: 5 });
    expect(subject.member(3)).toMatchObject({ status: "left" });
    expect(subject.member(4)).toBeUndefined();
  });

  it("is rebuilt from its checkpoint as from all that it saved", () => {
    const subject = new Subject();
    const saved = [...savedOf(subject.tick())];
    for (const effects of [subject.meet(1), subject.meet(2), subject.meet(1, 4), subject.miss(2), subject.meet(3)]) {
      saved.push(...savedOf(effects));
    }
    saved.push(...savedOf(subject.obey({ kind: "goodbye", peer: id(3) })));
    const records = subject.machine.checkpoint();
    expect(records.map((record) => decode(membershipRecord, encode(membershipRecord, record)))).toEqual(
      records.map((value) => ({ kind: "value", value })),
    );
    const [once, again] = [new Subject(saved), new Subject(records)];
    expect(again.tick()).toEqual(once.tick());
    expect(again.machine.view()).toEqual(once.machine.view());
  });
});

describe("three lives (SWIM section 3.1, kept locally)", () => {
  it("a missed round costs one: at risk, told at once; at none left unhealthy, told again", () => {
    const subject = begun(1, 2);
    const first = subject.miss(3);
    expect(first).toEqual([]);
    const because = { kind: "probes-missed", via: [id(7)] } as const;
    const about = { peer: id(1), address: at(1), because };
    const lost = [subject.miss(1), subject.miss(1), subject.miss(1), subject.miss(1)];
    expect(lost.map(eventsOf)).toEqual([
      [{ kind: "member-at-risk", livesRemaining: 2, ...about }],
      [{ kind: "member-at-risk", livesRemaining: 1, ...about }],
      [{ kind: "member-unhealthy", livesRemaining: 0, ...about }],
      [],
    ]);
    const told = lost.map((effects) => sentOf(effects).filter(([to]) => to === id(2)));
    expect(told).toEqual([
      [[id(2), { kind: "rumours", rumours: [said(1, 1, "at-risk")] }]],
      [],
      [[id(2), { kind: "rumours", rumours: [said(1, 1, "unhealthy")] }]],
      [],
    ]);
  });

  it("an answer gives one back, three at most, and leaves the doubt for its peer to refute", () => {
    const subject = begun(1);
    subject.miss(1);
    subject.miss(1);
    subject.answer(1);
    expect(subject.member(1)).toMatchObject({ livesRemaining: 2, status: "at-risk" });
    subject.answer(1);
    subject.answer(1);
    expect(subject.member(1)).toMatchObject({ livesRemaining: 3, status: "at-risk" });
  });

  it("who has an answer from a doubted member tells it, at most once a second", () => {
    const subject = begun(1);
    expect(sentOf(subject.miss(1))).toEqual([[id(1), { kind: "rumours", rumours: [said(1, 1, "at-risk")] }]]);
    expect(sentOf(subject.answer(1))).toEqual([]);
    subject.now = 1000;
    expect(sentOf(subject.answer(1))).toEqual([[id(1), { kind: "rumours", rumours: [said(1, 1, "at-risk")] }]]);
    subject.now = 1999;
    expect(sentOf(subject.answer(1))).toEqual([]);
  });

  it("a doubt at risk does not reach the disk; leaving does", () => {
    const subject = begun(1);
    expect(savedOf(subject.miss(1))).toEqual([]);
    expect(savedOf(subject.obey({ kind: "goodbye", peer: id(1) }))).toEqual([
      { kind: "member", rumour: said(1, 1, "left") },
    ]);
  });

  it("an answer from where a member that left used to be is somebody else's", () => {
    const subject = begun(1);
    subject.obey({ kind: "goodbye", peer: id(1) });
    expect([...subject.answer(1), ...subject.miss(1)]).toEqual([]);
  });
});

describe("rumours (SWIM section 4.2)", () => {
  it("takes what outranks the held, and passes it on to all but its teller and its subject", () => {
    const subject = begun(1, 2, 3);
    const effects = subject.hear(2, [said(1, 1, "unhealthy")]);
    expect(eventsOf(effects)).toEqual([
      {
        kind: "member-unhealthy",
        peer: id(1),
        address: at(1),
        livesRemaining: 3,
        because: { kind: "rumour", from: id(2) },
      },
    ]);
    const message = { kind: "rumours", rumours: [said(1, 1, "unhealthy")] };
    // The doubted one is told too, directly.
    expect(sentOf(effects)).toEqual([
      [id(1), message],
      [id(3), message],
    ]);
  });

  it("passes nothing on that it knew", () => {
    const subject = begun(1, 2, 3);
    subject.hear(2, [said(1, 1, "unhealthy")]);
    expect(subject.hear(3, [said(1, 1, "unhealthy")])).toEqual([]);
    expect(subject.hear(3, [said(1, 1, "at-risk")])).toEqual([]);
    expect(subject.hear(3, [said(1, 0, "left")])).toEqual([]);
  });

  it("a higher incarnation restores all lives, and our own probes go on taking", () => {
    const subject = begun(1, 2);
    for (let i = 0; i < 3; i++) subject.miss(1);
    expect(kindsOf(subject.hear(2, [said(1, 2)]))).toEqual(["member-healthy"]);
    expect(subject.member(1)).toMatchObject({ livesRemaining: 3, status: "healthy", incarnation: 2 });
    expect(kindsOf(subject.miss(1))).toEqual(["member-at-risk"]);
    expect(subject.member(1)).toMatchObject({ livesRemaining: 2, status: "at-risk", incarnation: 2 });
  });

  it("our verdict falls again where somebody's lesser doubt came with a higher incarnation", () => {
    const subject = begun(1, 2);
    for (let i = 0; i < 3; i++) subject.miss(1);
    subject.hear(2, [said(1, 2, "at-risk")]);
    expect(subject.member(1)).toMatchObject({ livesRemaining: 0, status: "at-risk" });
    expect(kindsOf(subject.miss(1))).toEqual(["member-unhealthy"]);
  });

  it("a new address with a higher incarnation moves the member, on disk too", () => {
    const subject = begun(1, 2);
    const moved = { ...said(1, 2), address: at(5) };
    const effects = subject.hear(2, [moved]);
    expect(eventsOf(effects)).toEqual([{ kind: "member-moved", peer: id(1), address: at(5), previous: at(1) }]);
    expect(savedOf(effects)).toEqual([{ kind: "member", rumour: moved }]);
  });

  it("an address where nobody can be is not believed", () => {
    const subject = begun(1, 2);
    const nowhere = parseAddress("0.0.0.0:7001") ?? at(1);
    expect(subject.hear(2, [{ ...said(1, 2), address: nowhere }])).toEqual([]);
    expect(subject.hear(2, [{ ...said(4, 2), address: nowhere }])).toEqual([]);
  });

  it("tells log2 of the members where there are more than eight links", () => {
    const subject = begun(...Array.from({ length: 31 }, (_, i) => i + 20));
    const told = sentOf(subject.hear(20, [said(21, 2)])).map(([to]) => to);
    expect(new Set(told).size).toBe(told.length);
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(told.length).toBeLessThanOrEqual(5);
    expect(told).not.toContain(id(20));
  });

  it("splits news that is more than a message", () => {
    const subject = new Subject();
    subject.tick();
    for (let n = 100; n < 500; n++) subject.meet(n);
    subject.join(1, 2);
    const rumours = Array.from({ length: 400 }, (_, i) => said(100 + i, 2));
    const sizes = sentOf(subject.hear(1, rumours)).map(([to, message]) => [to, message.rumours.length]);
    expect(sizes).toEqual([
      [id(2), MAX_RUMOURS],
      [id(2), 400 - MAX_RUMOURS],
    ]);
  });

  it("keeps the latest sixteen that it heard", () => {
    const subject = begun(1, 2);
    for (let incarnation = 2; incarnation < 30; incarnation++) subject.hear(2, [said(1, incarnation)]);
    const { heard } = subject.machine.view();
    expect(heard.map(({ rumour }) => rumour.incarnation)).toEqual(Array.from({ length: 16 }, (_, i) => 14 + i));
  });
});

describe("refutation (SWIM section 4.2)", () => {
  it("whoever hears itself doubted takes a higher incarnation, on disk before it is told", () => {
    const subject = begun(1, 2);
    const effects = subject.hear(1, [said(OURS, 1, "at-risk")]);
    const own = { kind: "rumours", rumours: [said(OURS, 2)] };
    const save = effects.find((effect) => effect.kind === "save");
    expect(save).toEqual({ kind: "save", records: [{ kind: "self", incarnation: 2 }], token: expect.any(Number) });
    expect(eventsOf(effects)).toEqual([
      { kind: "incarnation-grown", incarnation: 2 },
      { kind: "doubt-refuted", incarnation: 2, status: "at-risk", from: id(1) },
    ]);
    expect(effects.filter(({ kind }) => kind === "send")).toEqual([
      { kind: "send", to: { peer: id(1) }, message: own, after: save?.kind === "save" && save.token },
      { kind: "send", to: { peer: id(2) }, message: own, after: save?.kind === "save" && save.token },
    ]);
  });

  it("answers a doubt that it has outlived with its own word, and grows no more", () => {
    const subject = begun(1, 2);
    subject.hear(1, [said(OURS, 1, "unhealthy")]);
    const effects = subject.hear(2, [said(OURS, 1, "unhealthy")]);
    expect(effects).toEqual([
      { kind: "send", to: { peer: id(2) }, message: { kind: "rumours", rumours: [said(OURS, 2)] }, after: 4 },
    ]);
  });

  it("goes above whatever it hears, once for a whole message", () => {
    const subject = begun(1);
    const effects = subject.hear(1, [said(OURS, 3, "at-risk"), said(OURS, 8, "at-risk"), said(OURS, 5, "left")]);
    expect(savedOf(effects)).toEqual([{ kind: "self", incarnation: 9 }]);
  });

  it("refutes that it left while it has not, and no longer once it has", () => {
    const subject = begun(1);
    expect(kindsOf(subject.hear(1, [said(OURS, 1, "left")]))).toContain("doubt-refuted");
    subject.obey({ kind: "leave" });
    expect(subject.hear(1, [said(OURS, 2, "left")])).toEqual([]);
    expect(subject.hear(1, [said(OURS, 2, "unhealthy")])).toEqual([]);
  });

  it("an ID that is in use elsewhere is contested at most once a second", () => {
    const subject = begun(1);
    const twin = (incarnation: number): Rumour => ({ ...said(OURS, incarnation), address: at(5) });
    expect(kindsOf(subject.hear(1, [twin(1)]))).toEqual(["incarnation-grown"]);
    expect(subject.hear(1, [twin(3)])).toEqual([]);
    subject.now = 1000;
    expect(kindsOf(subject.hear(1, [twin(3)]))).toEqual(["incarnation-grown"]);
  });

  it("stops at the largest incarnation instead of overflowing", () => {
    const subject = begun(1);
    expect(savedOf(subject.hear(1, [said(OURS, MAX_INCARNATION, "at-risk")]))).toEqual([
      { kind: "self", incarnation: MAX_INCARNATION },
    ]);
    expect(subject.hear(1, [said(OURS, MAX_INCARNATION, "unhealthy")])).toEqual([]);
    expect(savedOf(new Subject([{ kind: "self", incarnation: MAX_INCARNATION }]).tick())).toEqual([
      { kind: "self", incarnation: MAX_INCARNATION },
    ]);
  });
});

describe("tables (anti-entropy)", () => {
  it("a new link is sent all that is held, ourselves first", () => {
    const subject = begun(1);
    expect(sentOf(subject.link(2))).toEqual([[id(2), { kind: "table", rumours: [said(OURS, 1), said(1, 1)] }]]);
  });

  it("the receiver answers with what it knows better, and with no more", () => {
    const subject = begun(1, 2, 3);
    subject.hear(1, [said(2, 5)]);
    const effects = subject.hear(3, [said(1, 1), said(2, 4, "unhealthy"), said(3, 1)], "table");
    expect(sentOf(effects)).toEqual([[id(3), { kind: "rumours", rumours: [said(2, 5)] }]]);
    expect(subject.hear(3, [said(2, 4)])).toEqual([]);
  });

  it("one goes to a random linked peer in every interval, and no timer runs while nobody is linked", () => {
    const subject = begun(1, 2);
    const partners = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const before = subject.now;
      subject.now = subject.machine.deadline;
      expect(subject.now - before).toBeGreaterThanOrEqual(7_500);
      expect(subject.now - before).toBeLessThanOrEqual(12_500);
      const sent = sentOf(subject.tick());
      expect(sent.map(([, { kind }]) => kind)).toEqual(["table"]);
      partners.add(sent[0]?.[0] ?? "");
    }
    expect(partners).toEqual(new Set([id(1), id(2)]));
    subject.link(1, false);
    subject.link(2, false);
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it("a timeout that comes early changes nothing", () => {
    const subject = begun(1);
    const { deadline } = subject.machine;
    subject.now = deadline - 1;
    expect(subject.machine.step({ kind: "timeout" }, subject.now)).toEqual([]);
    expect(subject.machine.deadline).toBe(deadline);
  });
});

describe("strangers", () => {
  it("a rumour of an unknown peer asks for one check of its address, and waits", () => {
    const subject = begun(1);
    expect(subject.hear(1, [said(4, 2)])).toEqual([
      { kind: "event", event: { kind: "stranger-rumoured", address: at(4) } },
    ]);
    expect(subject.hear(1, [said(4, 3)])).toEqual([]);
    expect(subject.member(4)).toBeUndefined();
  });

  it("becomes a member when its address is verified, with the newest that was said, and is passed on only then", () => {
    const subject = begun(1, 2);
    subject.hear(1, [said(4, 2)]);
    subject.hear(1, [said(4, 3)]);
    const effects = subject.obey({ kind: "verified", address: at(4) });
    expect(eventsOf(effects)).toEqual([{ kind: "member-joined", peer: id(4), address: at(4), name: "peer 4" }]);
    expect(savedOf(effects)).toEqual([{ kind: "member", rumour: said(4, 3) }]);
    expect(sentOf(effects)).toEqual([[id(2), { kind: "rumours", rumours: [said(4, 3)] }]]);
    expect(subject.member(4)).toMatchObject({ livesRemaining: 3 });
    expect(subject.obey({ kind: "verified", address: at(4) })).toEqual([]);
  });

  it("is dropped after a minute, and may be rumoured anew", () => {
    const subject = begun();
    subject.hear(1, [said(4, 2)]);
    expect(subject.machine.deadline).toBe(STRANGER_TIMEOUT_MS);
    subject.now = STRANGER_TIMEOUT_MS;
    subject.tick();
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(subject.obey({ kind: "verified", address: at(4) })).toEqual([]);
    expect(kindsOf(subject.hear(1, [said(4, 2)]))).toEqual(["stranger-rumoured"]);
  });

  it("that left is nobody to look for", () => {
    const subject = begun(1);
    expect(subject.hear(1, [said(4, 2, "left")])).toEqual([]);
    subject.hear(1, [said(5, 2)]);
    subject.hear(1, [said(5, 2, "left")]);
    expect(subject.obey({ kind: "verified", address: at(5) })).toEqual([]);
  });

  it("said to be where a linked member is, or where we are, is one of its earlier lives", () => {
    const subject = begun(1);
    expect(subject.hear(1, [{ ...said(4, 2), address: at(1) }])).toEqual([]);
    expect(subject.hear(1, [{ ...said(4, 2), address: at(OURS) }])).toEqual([]);
  });

  it("are bounded", () => {
    const subject = begun(1);
    const many = Array.from({ length: MAX_STRANGERS + 10 }, (_, i) => said(100 + i, 1));
    expect(kindsOf(subject.hear(1, many)).length).toBe(MAX_STRANGERS);
  });
});

describe("a HELLO is direct proof", () => {
  it("adds a member at once, on disk, and tells the others", () => {
    const subject = begun(1);
    expect(subject.meet(2)).toEqual([
      { kind: "save", records: [{ kind: "member", rumour: said(2, 1) }], token: 3 },
      { kind: "event", event: { kind: "member-joined", peer: id(2), address: at(2), name: "peer 2" } },
      { kind: "send", to: { peer: id(1) }, message: { kind: "rumours", rumours: [said(2, 1)] }, after: 1 },
    ]);
    expect(subject.meet(2)).toEqual([]);
  });

  it("of a higher incarnation is healthy again, and of the same one is told what is said of it", () => {
    const subject = begun(1);
    for (let i = 0; i < 3; i++) subject.miss(1);
    subject.now = 5000;
    expect(sentOf(subject.meet(1))).toEqual([[id(1), { kind: "rumours", rumours: [said(1, 1, "unhealthy")] }]]);
    expect(subject.member(1)).toMatchObject({ status: "unhealthy" });
    expect(kindsOf(subject.meet(1, 2))).toEqual(["member-healthy"]);
    expect(subject.member(1)).toMatchObject({ status: "healthy", livesRemaining: 3, incarnation: 2 });
  });

  it("of one that left joins it again with a higher incarnation, and asks it to refute with the same", () => {
    const subject = begun(1);
    subject.obey({ kind: "goodbye", peer: id(1) });
    expect(sentOf(subject.meet(1))).toEqual([[id(1), { kind: "rumours", rumours: [said(1, 1, "left")] }]]);
    expect(kindsOf(subject.meet(1, 2))).toEqual(["member-joined"]);
  });

  it("at another's address tells that the other is gone for good", () => {
    const subject = begun(1, 2);
    const effects = subject.meet(5, 1, at(1));
    expect(kindsOf(effects)).toEqual(["member-left", "member-joined"]);
    expect(subject.member(1)).toMatchObject({ status: "left" });
    const fresh = { ...said(5, 1), address: at(1) };
    expect(sentOf(effects).filter(([to]) => to === id(2))).toEqual([
      [id(2), { kind: "rumours", rumours: [said(1, 1, "left"), fresh] }],
    ]);
  });

  it("is not taken once as many members are held as fit", () => {
    const subject = new Subject();
    subject.tick();
    for (let n = 0; n < MAX_MEMBERS; n++) subject.meet(100 + n);
    expect(subject.meet(50)).toEqual([]);
    expect(subject.hear(100, [said(51, 1)])).toEqual([]);
    expect(subject.machine.view().members.length).toBe(MAX_MEMBERS);
  });
});

describe("leaving", () => {
  it("spreads with the leaver's incarnation, and every link is told", () => {
    const subject = begun(1, 2);
    const message = { kind: "rumours", rumours: [said(OURS, 1, "left")] };
    expect(sentOf(subject.obey({ kind: "leave" }))).toEqual([
      [id(1), message],
      [id(2), message],
    ]);
  });

  it("a goodbye is final at that incarnation, whoever still says otherwise", () => {
    const subject = begun(1, 2);
    expect(kindsOf(subject.obey({ kind: "goodbye", peer: id(1) }))).toEqual(["member-left"]);
    expect(subject.hear(2, [said(1, 1, "unhealthy")])).toEqual([]);
    expect(kindsOf(subject.hear(2, [said(1, 2)]))).toEqual(["member-joined"]);
  });

  it("is forgotten after an hour, unhealthy members after a day", () => {
    const subject = begun(1, 2, 3);
    subject.obey({ kind: "goodbye", peer: id(1) });
    for (let i = 0; i < 3; i++) subject.miss(2);
    for (const n of [1, 2, 3]) subject.link(n, false);
    expect(subject.machine.deadline).toBe(HOUR);
    subject.now = HOUR;
    const effects = subject.tick();
    expect(eventsOf(effects)).toEqual([{ kind: "member-forgotten", peer: id(1), address: at(1) }]);
    expect(savedOf(effects)).toEqual([{ kind: "forgotten", peer: id(1) }]);
    expect(subject.machine.deadline).toBe(24 * HOUR);
    subject.now = 24 * HOUR;
    expect(kindsOf(subject.tick())).toEqual(["member-forgotten"]);
    expect(subject.machine.view().members.map(({ peer }) => peer)).toEqual([id(3)]);
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("what a step may be asked for", () => {
  it("nothing said is the one shared nothing", () => {
    const subject = begun(1);
    const machine: Pick<Membership, "step"> = subject.machine;
    expect(machine.step({ kind: "resumed", gapMs: 5 }, 0)).toBe(machine.step({ kind: "saved", upTo: 1 }, 0));
  });
});
