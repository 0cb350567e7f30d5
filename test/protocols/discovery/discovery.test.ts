import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import { type ClusterId, NO_CLUSTER, parseClusterId } from "../../../src/core/peer-id.ts";
import type { Effect } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { MAX_IN_FLIGHT, MAX_QUEUED } from "../../../src/protocols/discovery/address-checks.ts";
import { DISCOVERY_DEFAULTS, discovery } from "../../../src/protocols/discovery/definition.ts";
import { APART_INTERVAL_MS, TABLE_TIMEOUT_MS } from "../../../src/protocols/discovery/discovery.ts";
import { type DiscoverySpeech, discoveryRecord, MAX_REMEMBERED } from "../../../src/protocols/discovery/message.ts";
import { decode, encode } from "../../../src/wire/codec.ts";
import { at, eventsOf, id, kindsOf, savedOf, sentOf, tick } from "../membership/people.ts";

type Effects = readonly Effect<DiscoverySpeech>[];
type Command = DiscoverySpeech["command"];
type Options = DiscoverySpeech["options"];
type Saved = DiscoverySpeech["record"];

const OURS = 5;
const SEEK = DISCOVERY_DEFAULTS.seekMs;

function cluster(n: number): ClusterId {
  return parseClusterId(n.toString(16).padStart(16, "0")) ?? NO_CLUSTER;
}

/** Peer 5, and short words for what happens to it. */
class Subject {
  readonly machine: ReturnType<typeof discovery.start>;
  now = 0;

  constructor(options: Partial<Options> = {}, saved: readonly Saved[] = [], seed = 1) {
    const defaults = { peer: id(OURS), address: at(OURS), found: false, seeds: [], scan: [], ...DISCOVERY_DEFAULTS };
    this.machine = discovery.start({ ...defaults, ...options }, saved, seededRandom(seed), 0);
  }

  obey(command: Command): Effects {
    return this.machine.step({ kind: "command", command }, this.now);
  }

  checked(n: number, answered: boolean): Effects {
    return this.obey({ kind: "checked", address: at(n), answered });
  }

  /** A link to a peer whose HELLO says this cluster; 0 for a seeker. */
  meet(n: number, itsCluster = 0): Effects {
    const up = this.machine.step({ kind: "link", peer: id(n), up: true }, this.now);
    return [...up, ...this.obey({ kind: "met", peer: id(n), address: at(n), cluster: cluster(itsCluster) })];
  }

  lose(n: number): Effects {
    return this.machine.step({ kind: "link", peer: id(n), up: false }, this.now);
  }

  hear(n: number, its: number | ClusterId, yielding = true): Effects {
    const message = { kind: "belong", cluster: typeof its === "number" ? cluster(its) : its, yielding } as const;
    return this.machine.step({ kind: "message", from: { peer: id(n) }, message }, this.now);
  }

  meetOther(n: number, itsCluster: number, yielding: boolean): Effects {
    return this.obey({ kind: "other-cluster-met", address: at(n), cluster: cluster(itsCluster), yielding });
  }

  tick(): Effects {
    return tick(this.machine, this.now);
  }

  /** Fires every timer up to an instant; nobody answers meanwhile unless told so. */
  until(instant: number, answers = false): Effect<DiscoverySpeech>[] {
    const all: Effect<DiscoverySpeech>[] = [];
    let todo: Effects = [];
    while (this.machine.deadline <= instant) {
      this.now = Math.max(this.now, this.machine.deadline);
      todo = this.tick();
      all.push(...todo);
      for (const address of checksOf(todo)) all.push(...this.obey({ kind: "checked", address, answered: answers }));
    }
    this.now = instant;
    return all;
  }

  get view(): DiscoverySpeech["view"] {
    return this.machine.view();
  }
}

function checksOf(effects: Effects): Address[] {
  return eventsOf(effects).flatMap((event) => (event.kind === "check-wanted" ? [event.address] : []));
}

function begun(options: Partial<Options> = {}, saved: readonly Saved[] = []): Subject {
  const subject = new Subject(options, saved);
  subject.tick();
  return subject;
}

/** A founder by scan, alone. */
function founder(): Subject {
  const subject = begun();
  subject.until(SEEK);
  return subject;
}

describe("a peer told to found", () => {
  it("founds at once, on disk first, and never yields", () => {
    const subject = new Subject({ found: true, scan: [at(1)] });
    expect(subject.machine.deadline).toBe(0);
    const effects = subject.tick();
    const { cluster: own } = subject.view;
    expect(own).not.toBe(NO_CLUSTER);
    expect(effects).toEqual([
      { kind: "save", records: [{ kind: "founded", cluster: own, yields: false }], token: 1 },
      { kind: "event", event: { kind: "cluster-founded", cluster: own } },
    ]);
    expect(subject.view).toEqual({ phase: "member", cluster: own, yielding: false, trying: [] });
    expect(subject.meetOther(2, 1, false).map(({ kind }) => kind)).toEqual(["event"]);
    expect(subject.view.cluster).toBe(own);
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it("does not yield in a later life either, where nothing says found", () => {
    const subject = begun({}, [{ kind: "founded", cluster: cluster(9), yields: false }]);
    subject.obey({ kind: "bound", bound: false });
    expect(subject.view.yielding).toBe(false);
    expect(kindsOf(subject.meetOther(2, 1, true))).toEqual([]);
  });

  it("draws its cluster ID by chance", () => {
    const ids = new Set<string>();
    for (let seed = 1; seed <= 50; seed++) {
      const subject = new Subject({ found: true }, [], seed);
      subject.tick();
      ids.add(subject.view.cluster);
    }
    expect(ids.size).toBe(50);
  });
});

describe("a peer told whom to join", () => {
  const seeds = [at(1), at(2), at(OURS)];

  it("checks its seeds at once, itself excepted", () => {
    const subject = new Subject({ seeds, scan: [at(3)] });
    expect(eventsOf(subject.tick())).toEqual([
      { kind: "seeking", addresses: [at(1), at(2)], because: "seeds" },
      { kind: "check-wanted", address: at(1) },
      { kind: "check-wanted", address: at(2) },
    ]);
    expect(subject.view.trying).toEqual([at(1), at(2)]);
  });

  it("asks the first that answers for its table, once, and wants a link to each", () => {
    const subject = begun({ seeds });
    expect(eventsOf(subject.checked(2, true))).toEqual([
      { kind: "table-wanted", from: at(2) },
      { kind: "address-verified", address: at(2) },
    ]);
    expect(eventsOf(subject.checked(1, true))).toEqual([{ kind: "address-verified", address: at(1) }]);
  });

  it("checks every entry of the table before anything else, and takes no table that it did not ask for", () => {
    const subject = begun({ seeds });
    const table = { kind: "table-fetched", entries: [{ address: at(7) }, { address: at(OURS) }] } as const;
    expect(subject.obey({ ...table, from: at(1) })).toEqual([]);
    subject.checked(1, true);
    expect(eventsOf(subject.obey({ ...table, from: at(1) }))).toEqual([{ kind: "check-wanted", address: at(7) }]);
    expect(eventsOf(subject.checked(7, true))).toEqual([{ kind: "address-verified", address: at(7) }]);
    expect(subject.obey({ ...table, from: at(1) })).toEqual([]);
  });

  it("asks another for the table where the first has none to give, or says nothing", () => {
    const subject = begun({ seeds });
    subject.checked(1, true);
    subject.obey({ kind: "table-failed", from: at(1), reason: "closed" });
    expect(kindsOf(subject.checked(2, true))).toContain("table-wanted");
    subject.now = TABLE_TIMEOUT_MS;
    subject.tick();
    subject.obey({ kind: "consider", address: at(1) });
    expect(kindsOf(subject.checked(1, true))).toContain("table-wanted");
  });

  it("tries again with growing pauses up to 5 s, and says so after the first failure and every tenth", () => {
    const subject = begun({ seeds });
    const [passes, unanswered]: [number[], number[]] = [[], []];
    let before = 0;
    for (let pass = 1; pass <= 21; pass++) {
      const told = [...subject.checked(1, false), ...subject.checked(2, false)];
      for (const event of eventsOf(told)) if (event.kind === "join-unanswered") unanswered.push(event.attempts);
      subject.now = subject.machine.deadline;
      passes.push(subject.now - before);
      before = subject.now;
      expect(checksOf(subject.tick())).toEqual([at(1), at(2)]);
    }
    expect(unanswered).toEqual([1, 10, 20]);
    for (const [pass, limit] of [125, 250, 500, 1000, 2000, 4000, 5000, 5000].entries()) {
      expect(passes[pass]).toBeGreaterThanOrEqual(limit * 0.75);
      expect(passes[pass]).toBeLessThanOrEqual(limit * 1.25);
    }
  });

  it("goes on while seeds answer and no cluster is joined, and never founds", () => {
    const subject = new Subject({ seeds });
    const effects = subject.until(60_000, true);
    expect(kindsOf(effects)).not.toContain("cluster-founded");
    expect(kindsOf(effects)).not.toContain("join-unanswered");
    expect(checksOf(effects).length).toBeGreaterThan(60);
  });

  it("joins what a HELLO says, on disk, tells all that are linked, and needs no timer any more", () => {
    const subject = begun({ seeds });
    subject.meet(3);
    expect(subject.meet(1, 7)).toEqual([
      { kind: "save", records: [{ kind: "joined", cluster: cluster(7) }], token: 1 },
      { kind: "send", to: { peer: id(3) }, message: { kind: "belong", cluster: cluster(7), yielding: true }, after: 1 },
      { kind: "send", to: { peer: id(1) }, message: { kind: "belong", cluster: cluster(7), yielding: true }, after: 1 },
      { kind: "event", event: { kind: "cluster-joined", cluster: cluster(7), through: at(1) } },
      { kind: "event", event: { kind: "peer-belongs", peer: id(1) } },
      { kind: "event", event: { kind: "peer-admitted", peer: id(1) } },
    ]);
    subject.checked(1, true);
    subject.checked(2, false);
    subject.obey({ kind: "table-failed", from: at(1), reason: "closed" });
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("a peer that was told nothing", () => {
  const scan = [at(1), at(2), at(OURS)];

  it("scans this machine about every 250 ms, and founds after 500 ms if nobody is there", () => {
    const subject = new Subject({ scan });
    const effects = subject.until(SEEK - 1);
    expect(eventsOf(effects).slice(0, 3)).toEqual([
      { kind: "seeking", addresses: [at(1), at(2)], because: "scan" },
      { kind: "check-wanted", address: at(1) },
      { kind: "check-wanted", address: at(2) },
    ]);
    expect(checksOf(effects).length).toBeGreaterThanOrEqual(4);
    expect(checksOf(effects).length).toBeLessThanOrEqual(6);
    const founding = subject.until(SEEK);
    expect(kindsOf(founding)).toContain("cluster-founded");
    expect(savedOf(founding)).toEqual([{ kind: "founded", cluster: subject.view.cluster, yields: true }]);
    expect(subject.view).toMatchObject({ phase: "member", yielding: true });
  });

  it("founds alone even where there is nothing to scan", () => {
    const subject = begun();
    expect(kindsOf(subject.until(SEEK))).toEqual(["cluster-founded"]);
  });

  it("founds if it is the smallest of the linked seekers, and tells them", () => {
    const subject = begun();
    subject.meet(6);
    subject.meet(7);
    const effects = subject.until(SEEK);
    const message = { kind: "belong", cluster: subject.view.cluster, yielding: true };
    expect(sentOf(effects)).toEqual([
      [id(6), message],
      [id(7), message],
    ]);
    expect(effects.filter((effect) => effect.kind === "send").map(({ after }) => after)).toEqual([1, 1]);
  });

  it("waits for a smaller one that is linked, joins by its word, and passes that on", () => {
    const subject = begun();
    subject.meet(4);
    subject.meet(6);
    expect(subject.until(2 * SEEK)).toEqual([]);
    const effects = subject.hear(4, 9);
    expect(kindsOf(effects)).toEqual(["cluster-joined", "peer-belongs", "peer-admitted"]);
    expect(sentOf(effects).map(([to]) => to)).toEqual([id(4), id(6)]);
    expect(subject.view).toMatchObject({ phase: "member", cluster: cluster(9) });
  });

  it("does not wait for a smaller one that has gone", () => {
    const subject = begun();
    subject.meet(4);
    subject.until(SEEK);
    subject.lose(4);
    expect(kindsOf(subject.until(2 * SEEK))).toEqual(["cluster-founded"]);
  });

  it("waits for ever longer the more smaller ones there are, but not for ever: they may not be free to found", () => {
    const foundedAt = (...smaller: readonly number[]): number => {
      const subject = begun();
      for (const n of smaller) subject.meet(n);
      for (let now = SEEK; ; now += SEEK) if (kindsOf(subject.until(now)).includes("cluster-founded")) return now;
    };
    expect([foundedAt(), foundedAt(1), foundedAt(1, 2)]).toEqual([SEEK, 4 * SEEK, 8 * SEEK]);
  });

  it("founds only where it is one of the founders, and does not wait for those that are none", () => {
    const subject = begun({ founders: [at(OURS), at(9)] });
    for (const n of [1, 2, 9]) subject.meet(n);
    expect(kindsOf(subject.until(SEEK))).toEqual(["cluster-founded"]);
    const observer = begun({ founders: [at(1), at(9)] });
    expect(kindsOf(observer.until(60 * SEEK))).toEqual([]);
  });

  it("puts founding off, at most twice, while somebody has answered and is not linked yet", () => {
    const subject = new Subject({ scan });
    expect(kindsOf(subject.until(SEEK, true))).not.toContain("cluster-founded");
    expect(kindsOf(subject.until(2 * SEEK, true))).not.toContain("cluster-founded");
    expect(kindsOf(subject.until(3 * SEEK, true))).toContain("cluster-founded");
  });

  it("looks again while it is alone: every second at first, every 5 s from 10 s on, and not at all once linked", () => {
    const subject = new Subject({ scan: [at(1)] });
    subject.until(SEEK);
    const early = checksOf(subject.until(SEEK + 10_000)).length;
    expect(early).toBeGreaterThanOrEqual(8);
    expect(early).toBeLessThanOrEqual(13);
    const late = checksOf(subject.until(SEEK + 60_000)).length;
    expect(late).toBeGreaterThanOrEqual(8);
    expect(late).toBeLessThanOrEqual(14);
    subject.meet(1);
    subject.until(SEEK + 70_000);
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    subject.lose(1);
    expect(subject.machine.deadline).toBeLessThan(Number.POSITIVE_INFINITY);
    subject.obey({ kind: "bound", bound: true });
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it("tells a seeker that it meets as a member where it belongs: that one's HELLO may have missed ours", () => {
    const subject = founder();
    expect(sentOf(subject.meet(7))).toEqual([
      [id(7), { kind: "belong", cluster: subject.view.cluster, yielding: true }],
    ]);
    expect(sentOf(subject.hear(7, 0))).toEqual([]);
  });
});

describe("a later life", () => {
  const remembered: Saved = { kind: "remembered", addresses: [at(1), at(2)] };

  it("belongs to its cluster at once, and tries the remembered addresses and the seeds until it is linked", () => {
    const saved: Saved[] = [{ kind: "joined", cluster: cluster(7) }, remembered];
    const subject = new Subject({ seeds: [at(2), at(3)], scan: [at(4)] }, saved);
    const effects = subject.tick();
    expect(checksOf(effects)).toEqual([at(1), at(2), at(3)]);
    expect(eventsOf(effects)).toContainEqual({
      kind: "seeking",
      addresses: [at(1), at(2), at(3)],
      because: "remembered",
    });
    expect(savedOf(effects)).toEqual([]);
    expect(subject.view).toMatchObject({ phase: "member", cluster: cluster(7), yielding: false });
    for (const n of [1, 2, 3]) subject.checked(n, false);
    expect(checksOf(subject.until(10_000)).length).toBeGreaterThanOrEqual(9);
    subject.meet(1, 7);
    subject.until(20_000);
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    subject.lose(1);
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it("never founds with saved state, however long it is alone", () => {
    const subject = begun({ scan: [at(4)] }, [{ kind: "founded", cluster: cluster(7), yields: true }, remembered]);
    expect(kindsOf(subject.until(60_000))).not.toContain("cluster-founded");
    expect(subject.view.cluster).toBe(cluster(7));
  });

  it("yields only when the log has said that it holds nothing", () => {
    const subject = begun({}, [{ kind: "founded", cluster: cluster(7), yields: true }]);
    expect(kindsOf(subject.meetOther(2, 3, false))).toEqual(["clusters-apart"]);
    subject.obey({ kind: "bound", bound: false });
    expect(kindsOf(subject.meetOther(2, 3, false))).toEqual(["cluster-yielded", "cluster-joined"]);
  });

  it("seeks anew where nothing but addresses was saved", () => {
    expect(begun({ scan: [at(1)] }, [remembered]).view.phase).toBe("seeking");
  });

  it("completes a yield that a crash cut short: others forget the old cluster, then it is joined on disk", () => {
    const saved: Saved[] = [
      { kind: "founded", cluster: cluster(9), yields: true },
      { kind: "yielded", to: cluster(3) },
    ];
    const subject = new Subject({}, saved);
    expect(decodedCheckpoint(subject)).toEqual(saved.with(0, { kind: "joined", cluster: cluster(9) }));
    expect(subject.tick()).toEqual([
      { kind: "save", records: [{ kind: "yielded", to: cluster(3) }], token: 1 },
      { kind: "event", event: { kind: "cluster-yielded", cluster: cluster(9), to: cluster(3) } },
      { kind: "event", event: { kind: "cluster-resumed", cluster: cluster(3) } },
    ]);
    expect(savedOf(subject.machine.step({ kind: "saved", upTo: 1 }, 0))).toEqual([
      { kind: "joined", cluster: cluster(3) },
    ]);
    expect(decodedCheckpoint(subject)).toEqual([{ kind: "joined", cluster: cluster(3) }]);
  });

  function decodedCheckpoint(subject: Subject): unknown[] {
    return subject.machine.checkpoint().map((record) => {
      const decoded = decode(discoveryRecord, encode(discoveryRecord, record));
      return decoded.kind === "value" ? decoded.value : decoded;
    });
  }
});

describe("two clusters that meet", () => {
  it("of two that would yield the larger cluster ID does, on disk first", () => {
    const subject = founder();
    const own = subject.view.cluster;
    subject.meet(8);
    expect(subject.meetOther(2, 1, true)).toEqual([
      { kind: "save", records: [{ kind: "yielded", to: cluster(1) }], token: 2 },
      { kind: "send", to: { peer: id(8) }, message: { kind: "belong", cluster: cluster(1), yielding: true }, after: 2 },
      { kind: "event", event: { kind: "cluster-yielded", cluster: own, to: cluster(1) } },
      { kind: "event", event: { kind: "cluster-joined", cluster: cluster(1), through: at(2) } },
    ]);
    expect(subject.view.cluster).toBe(cluster(1));
    expect(subject.machine.step({ kind: "saved", upTo: 1 }, 0)).toEqual([]);
    expect(savedOf(subject.machine.step({ kind: "saved", upTo: 2 }, 0))).toEqual([
      { kind: "joined", cluster: cluster(1) },
    ]);
  });

  it("the smaller one stays and says nothing", () => {
    const subject = founder();
    const larger: Command = {
      kind: "other-cluster-met",
      address: at(2),
      cluster: parseClusterId("ffffffffffffffff") ?? NO_CLUSTER,
      yielding: true,
    };
    expect(subject.obey(larger)).toEqual([]);
  });

  it("one that would yield does so to one that would not, whatever the IDs, and then yields no more", () => {
    const subject = begun();
    subject.meet(4, 2);
    expect(kindsOf(subject.meetOther(6, 9, false))).toEqual(["cluster-yielded", "cluster-joined"]);
    expect(subject.view).toMatchObject({ cluster: cluster(9), yielding: false });
    expect(kindsOf(subject.meetOther(7, 1, true))).toEqual([]);
  });

  it("stay apart where neither yields, told once a minute for each address", () => {
    const subject = founder();
    subject.obey({ kind: "bound", bound: true });
    const apart = { kind: "clusters-apart", address: at(2), cluster: cluster(1) };
    expect(eventsOf(subject.meetOther(2, 1, false))).toEqual([apart]);
    subject.now += APART_INTERVAL_MS - 1;
    expect(eventsOf(subject.meetOther(2, 1, false))).toEqual([]);
    expect(kindsOf(subject.meetOther(3, 1, false))).toEqual(["clusters-apart"]);
    subject.now += 1;
    expect(eventsOf(subject.meetOther(2, 1, false))).toEqual([apart]);
  });

  it("once bound is bound for ever", () => {
    const subject = founder();
    subject.obey({ kind: "bound", bound: true });
    subject.obey({ kind: "bound", bound: false });
    expect(subject.view.yielding).toBe(false);
    expect(kindsOf(subject.meetOther(2, 1, true))).toEqual([]);
  });

  it("a member follows its founder's word to another cluster by the same rule", () => {
    const subject = begun();
    subject.meet(4, 8);
    const kinds = ["cluster-yielded", "cluster-joined", "peer-belongs", "peer-admitted"];
    expect(kindsOf(subject.hear(4, 3))).toEqual(kinds);
    expect(subject.hear(4, 3)).toEqual([]);
    expect(kindsOf(subject.hear(4, 6))).toEqual([]);
  });
});

describe("who may be taken in", () => {
  const admissions = (effects: Effects) =>
    kindsOf(effects).filter((kind) => kind === "peer-belongs" || kind === "peer-admitted");

  it("a founder that insists takes in at once whoever says that it belongs, and a seeker not before", () => {
    const subject = new Subject({ found: true });
    subject.tick();
    expect(admissions(subject.meet(4))).toEqual([]);
    expect(admissions(subject.hear(4, subject.view.cluster))).toEqual(["peer-belongs", "peer-admitted"]);
    expect(admissions(subject.hear(4, subject.view.cluster))).toEqual([]);
  });

  it("a founder that would yield first waits whether another founder turns up", () => {
    const subject = new Subject({ scan: [at(1)] });
    subject.until(SEEK);
    expect(subject.view.phase).toBe("member");
    subject.meet(7);
    expect(admissions(subject.hear(7, subject.view.cluster))).toEqual(["peer-belongs"]);
    expect(admissions(subject.until(SEEK + 299))).toEqual([]);
    expect(admissions(subject.until(SEEK + 301))).toEqual(["peer-admitted"]);
  });

  it("who has gone to another cluster belongs no more, and is taken in anew when it comes back", () => {
    const subject = new Subject({ found: true });
    subject.tick();
    subject.meet(4);
    subject.hear(4, subject.view.cluster);
    subject.hear(4, 9);
    expect(admissions(subject.hear(4, subject.view.cluster))).toEqual(["peer-belongs", "peer-admitted"]);
  });
});

describe("health checks of addresses", () => {
  it("hearsay is checked, and verified if it answers", () => {
    const subject = founder();
    expect(eventsOf(subject.obey({ kind: "consider", address: at(7) }))).toEqual([
      { kind: "check-wanted", address: at(7) },
    ]);
    expect(eventsOf(subject.checked(7, true))).toEqual([{ kind: "address-verified", address: at(7) }]);
  });

  it("one that did not answer is left alone for 5 s, however often it is repeated", () => {
    const subject = founder();
    subject.obey({ kind: "consider", address: at(7) });
    expect(subject.checked(7, false)).toEqual([]);
    const start = subject.now;
    subject.now = start + 4999;
    expect(subject.obey({ kind: "consider", address: at(7) })).toEqual([]);
    subject.now = start + 5000;
    expect(checksOf(subject.obey({ kind: "consider", address: at(7) }))).toEqual([at(7)]);
  });

  it("our own address is never checked, nor one where nobody can be", () => {
    const subject = founder();
    expect(subject.obey({ kind: "consider", address: at(OURS) })).toEqual([]);
  });

  it("64 are under way at once, 1024 wait, and the rest is dropped", () => {
    const subject = founder();
    let started = 0;
    for (let n = 1; n <= 2000; n++) {
      started += checksOf(subject.obey({ kind: "consider", address: at(100 + n) })).length;
    }
    expect(started).toBe(MAX_IN_FLIGHT);
    let answered = 0;
    for (let n = 1; n <= 2000; n++) answered += subject.checked(100 + n, true).length > 0 ? 1 : 0;
    expect(answered).toBe(MAX_IN_FLIGHT + MAX_QUEUED);
  });

  it("one that nobody reports on counts as unanswered after 5 s", () => {
    const subject = begun({ seeds: [at(1)] });
    subject.now = 5000;
    expect(subject.machine.deadline).toBe(5000);
    expect(kindsOf(subject.tick())).toEqual(["join-unanswered"]);
    expect(subject.checked(1, true)).toEqual([]);
  });
});

describe("remembering", () => {
  it("saves what changed, at most once a second, and never ourselves", () => {
    const subject = founder();
    const remember = (...peers: readonly number[]): Effects =>
      subject.obey({ kind: "remember", addresses: peers.map(at) });
    expect(savedOf(remember(2, OURS, 1))).toEqual([{ kind: "remembered", addresses: [at(1), at(2)] }]);
    expect(remember(1, 2)).toEqual([]);
    expect(remember(1, 2, 3)).toEqual([]);
    expect(remember(1, 2, 3, 4)).toEqual([]);
    subject.now = subject.machine.deadline;
    expect(subject.now).toBe(SEEK + 1000);
    expect(savedOf(subject.tick())).toEqual([{ kind: "remembered", addresses: [at(1), at(2), at(3), at(4)] }]);
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(subject.machine.checkpoint()).toContainEqual({
      kind: "remembered",
      addresses: [at(1), at(2), at(3), at(4)],
    });
  });

  it("keeps as many as fit the record", () => {
    const subject = founder();
    const [record] = savedOf(
      subject.obey({ kind: "remember", addresses: Array.from({ length: 400 }, (_, i) => at(100 + i)) }),
    );
    expect(record?.kind === "remembered" && record.addresses.length).toBe(MAX_REMEMBERED);
  });

  it("writes what is still waiting when it leaves, and then rests", () => {
    const subject = begun({ seeds: [at(1)] });
    subject.obey({ kind: "remember", addresses: [at(1)] });
    subject.obey({ kind: "remember", addresses: [at(1), at(2)] });
    const effects = subject.obey({ kind: "leave" });
    expect(savedOf(effects)).toEqual([{ kind: "remembered", addresses: [at(1), at(2)] }]);
    expect(subject.view).toMatchObject({ phase: "left", trying: [] });
    expect(subject.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(subject.meet(1, 7)).toEqual([]);
  });
});
