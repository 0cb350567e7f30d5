import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClusterId } from "../../src/core/peer-id.ts";
import { type ProtocolName, protocolNames } from "../../src/peer/registry.ts";
import { addressOf, idOf, PeerBench } from "./peer-bench.ts";

const ping = (requestId: number) => ({ protocol: "link", message: { kind: "ping", requestId } }) as const;
const voteFor = (term: number) =>
  ({
    protocol: "raft",
    message: { kind: "request-vote", term, lastLogIndex: 99, lastLogTerm: term - 1, transfer: true },
  }) as const;

const LIST = {
  protocol: "service",
  message: { kind: "forward", changes: [], queries: [{ number: 1, query: { kind: "list" } }] },
} as const;

/** Whoever is at the other end of a connection says that it is of the cluster that is sought. */
function belong(bench: PeerBench, session: number): void {
  const cluster = "00000000000000c1" as ClusterId;
  bench.hear(session, { protocol: "discovery", message: { kind: "belong", cluster, yielding: false } }, 2, 2);
  bench.saveAll();
}

describe("the beginning of a life", () => {
  test("goes to disk before anybody hears of it, in messages or in packets", () => {
    const bench = new PeerBench();
    expect(bench.step({ kind: "timeout" })[0]).toMatchObject({ kind: "save", token: 1 });
    const session = bench.greetedBy(7);
    bench.step({ kind: "packet", from: addressOf(7), packet: { kind: "syn", nonce: Buffer.alloc(16) } });
    bench.hear(session, ping(1));
    const packets = (): number => bench.asked.filter(({ kind }) => kind === "packet").length;
    expect([bench.sent.length, packets()]).toEqual([0, 0]);
    bench.saveAll();
    expect(bench.saidOn(session)[0]).toBe("hello");
    expect(bench.saidOn(session)).toContain("pong");
    expect(packets()).toBe(1);
  });

  test("saves who it is and the Lamport times that it may use, and tells that it has started", () => {
    const bench = new PeerBench().begin();
    expect(bench.disk).toContainEqual({ protocol: "peer", record: { kind: "identity", peer: idOf(5) } });
    expect(bench.ceiling).toBeGreaterThan(0);
    const started = bench.asked.flatMap((effect) =>
      effect.kind === "event" && effect.event.event.kind === "started" ? [effect] : [],
    );
    expect(started).toHaveLength(1);
  });

  test("is due at once, and nothing is due when all is quiet and saved", () => {
    const bench = new PeerBench();
    expect(bench.peer.deadline).toBe(bench.now);
    bench.begin();
    expect(bench.peer.deadline).toBeGreaterThan(bench.now);
  });
});

describe("what waits for the disk", () => {
  test("a HELLO waits for all that was saved before it, for it tells incarnation and cluster", () => {
    const bench = new PeerBench().begin();
    bench.step({
      kind: "command",
      content: { protocol: "discovery", command: { kind: "remember", addresses: [addressOf(8)] } },
    });
    expect(bench.unsaved).toBe(1);
    const session = bench.greetedBy(7);
    expect(bench.saidOn(session)).toEqual([]);
    bench.save(1);
    expect(bench.saidOn(session)[0]).toBe("hello");
  });

  test("nothing overtakes a HELLO on its connection", () => {
    const bench = new PeerBench().begin();
    bench.step({
      kind: "command",
      content: { protocol: "discovery", command: { kind: "remember", addresses: [addressOf(8)] } },
    });
    const session = bench.greetedBy(7);
    for (let i = 1; i <= 5; i++) bench.hear(session, ping(i), i, i);
    bench.saveAll();
    const said = bench.saidOn(session);
    expect(said[0]).toBe("hello");
    expect(said.filter((kind) => kind === "pong")).toHaveLength(5);
  });

  test.each([
    ["one by one", 1],
    ["two by two", 2],
    ["all together", 99],
  ])("nothing overtakes a HELLO that waits for more Lamport times as well (saves end %s)", (_title, atATime) => {
    const bench = new PeerBench().begin();
    const other = bench.greetedBy(8);
    bench.saveAll();
    // A newcomer is saved, so the next HELLO waits.
    bench.greetedBy(9);
    const session = bench.greetedBy(7);
    const doubt = { peer: idOf(5), address: addressOf(5), name: "five", incarnation: 1, status: "unhealthy" } as const;
    bench.hear(other, { protocol: "membership", message: { kind: "rumours", rumours: [doubt] } }, 1_000_000);
    bench.greetedBy(10);
    bench.save(1);
    while (bench.unsaved > 0) bench.save(atATime);
    const said = bench.sent.filter((message) => message.session === session);
    expect(said[0]?.content.message.kind).toBe("hello");
    expect(said.length).toBeGreaterThan(1);
    for (const { envelope } of said.slice(1)) expect(envelope).not.toBeNull();
  });

  test("a vote waits for the save of its term; what depends on no save does not (Raft, Figure 2)", () => {
    const bench = new PeerBench({ found: false, seeds: [addressOf(7)] }).begin();
    const session = bench.greetedBy(7);
    belong(bench, session);
    bench.hear(session, voteFor(9), 3, 3);
    expect(bench.saidOn(session)).not.toContain("vote-answer");
    bench.hear(session, { protocol: "gossip", message: { kind: "pull", address: addressOf(7) } }, 4, 4);
    expect(bench.saidOn(session)).toContain("response");
    bench.saveAll();
    const said = bench.saidOn(session);
    expect(said).toContain("vote-answer");
    const saved = bench.disk.some(
      (entry) => entry.protocol === "raft" && entry.record.kind === "hard-state" && entry.record.currentTerm === 9,
    );
    expect(saved).toBe(true);
  });

  test("a vote that a peer of another cluster asks for is not heard: a log is one cluster's", () => {
    const bench = new PeerBench({ found: false, seeds: [addressOf(7)] }).begin();
    const session = bench.greetedBy(7);
    bench.saveAll();
    bench.hear(session, voteFor(9));
    bench.saveAll();
    expect(bench.saidOn(session)).not.toContain("vote-answer");
  });

  test("nor is what it asks of the store, which is the cluster's as the log is", () => {
    const bench = new PeerBench({ found: false, seeds: [addressOf(7)] }).begin();
    const session = bench.greetedBy(7);
    bench.saveAll();
    bench.hear(session, LIST);
    expect(bench.saidOn(session)).not.toContain("answered");
    belong(bench, session);
    bench.hear(session, LIST, 3, 3);
    expect(bench.saidOn(session)).toContain("answered");
  });

  test("nor what was asked of the store on a connection that is the link no more: its sender has given it up", () => {
    const bench = new PeerBench({ found: false, seeds: [addressOf(7)] }).begin();
    const before = bench.greetedBy(7);
    belong(bench, before);
    const after = bench.greetedBy(7);
    bench.saveAll();
    bench.hear(before, LIST, 3, 3);
    expect(bench.peer.own.counters["messages.unexpected"]).toBe(1);
    bench.hear(after, LIST, 4, 1);
    expect([bench.saidOn(before), bench.saidOn(after)].map((said) => said.includes("answered"))).toEqual([false, true]);
  });

  test("however much waits, what need not wait leaves", () => {
    const bench = new PeerBench().begin();
    const free = bench.greetedBy(8);
    bench.saveAll();
    // A newcomer is saved, so the next HELLO waits, and all behind it.
    bench.greetedBy(9);
    const session = bench.greetedBy(7);
    // Without envelopes, so that Lamport times last.
    for (let i = 1; i <= 65_600; i++) bench.step({ kind: "message", session, envelope: null, content: ping(i) });
    expect(bench.peer.own.counters["messages.dropped"]).toBeGreaterThan(0);
    bench.hear(free, { protocol: "gossip", message: { kind: "pull", address: addressOf(8) } });
    expect(bench.saidOn(free)).toContain("response");
  });

  test("a connection closes only after what was said on it before", () => {
    const bench = new PeerBench().begin();
    bench.step({
      kind: "command",
      content: { protocol: "discovery", command: { kind: "remember", addresses: [addressOf(8)] } },
    });
    const session = bench.greetedBy(7);
    bench.step({ kind: "command", content: { protocol: "link", command: { kind: "leave", reason: "stopping" } } });
    expect(bench.asked.some(({ kind }) => kind === "close")).toBe(false);
    bench.saveAll();
    expect(bench.saidOn(session)).toEqual(expect.arrayContaining(["hello", "error"]));
    expect(bench.asked.filter((effect) => effect.kind === "close" && effect.session === session)).toHaveLength(1);
  });

  test("a connection closes only after what was said before, though that waits for more Lamport times", () => {
    const bench = new PeerBench().begin();
    const [session, other] = [bench.greetedBy(7), bench.greetedBy(8)];
    bench.saveAll();
    const doubt = { peer: idOf(5), address: addressOf(5), name: "five", incarnation: 1, status: "unhealthy" } as const;
    bench.hear(other, { protocol: "membership", message: { kind: "rumours", rumours: [doubt] } });
    bench.step({ kind: "command", content: { protocol: "link", command: { kind: "leave", reason: "stopping" } } });
    bench.hear(other, ping(1), 1_000_000, 2);
    bench.save(1);
    bench.saveAll();
    expect(bench.saidOn(session)).toEqual(expect.arrayContaining(["rumours", "error"]));
    expect(bench.asked.filter((effect) => effect.kind === "close" && effect.session === session)).toHaveLength(1);
  });

  test("a save comes first of the effects of its step, and tokens grow", () => {
    const bench = new PeerBench();
    const tokens: number[] = [];
    const look = (effects: ReturnType<PeerBench["step"]>): void => {
      const at = effects.findIndex(({ kind }) => kind === "save");
      const save = effects[at];
      expect(effects.filter(({ kind }) => kind === "save").length).toBeLessThanOrEqual(1);
      if (save?.kind !== "save") return;
      expect(at).toBe(0);
      tokens.push(save.token);
    };
    look(bench.step({ kind: "timeout" }));
    bench.saveAll();
    for (let n = 6; n < 16; n++) {
      bench.greetedBy(n);
      bench.now += 100;
      look(bench.step({ kind: "timeout" }));
    }
    expect(tokens.length).toBeGreaterThan(1);
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
  });
});

describe("Lamport time", () => {
  test("ticks with every send on a link and merges with every receipt (Lamport 1978, IR1 and IR2)", () => {
    const bench = new PeerBench().begin();
    const session = bench.greetedBy(7);
    bench.saveAll();
    bench.hear(session, ping(1), 50, 1);
    bench.hear(session, ping(2), 20, 2);
    const times = bench.sent.flatMap(({ envelope, content }) =>
      envelope === null ? [] : [[content.message.kind, envelope.lamport] as const],
    );
    const all = times.map(([, lamport]) => lamport);
    expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
    const pongs = times.filter(([kind]) => kind === "pong").map(([, lamport]) => lamport);
    expect(pongs[0]).toBeGreaterThan(50);
    expect(pongs[1]).toBeGreaterThan(pongs[0] ?? 0);
  });

  test("numbers what is sent on a link one by one, and HELLO has no envelope", () => {
    const bench = new PeerBench().begin();
    const session = bench.greetedBy(7);
    bench.saveAll();
    for (let i = 1; i <= 4; i++) bench.hear(session, ping(i), i, i);
    const envelopes = bench.sent.filter((message) => message.session === session).map(({ envelope }) => envelope);
    expect(envelopes[0]).toBeNull();
    expect(envelopes.slice(1).map((envelope) => envelope?.sequence)).toEqual(envelopes.slice(1).map((_, i) => i + 1));
  });

  test("above what is reserved on disk is never sent: the message waits for the next block", () => {
    const bench = new PeerBench().begin();
    const session = bench.greetedBy(7);
    bench.saveAll();
    const before = bench.sent.length;
    bench.hear(session, ping(1), 1_000_000, 1);
    expect(bench.sent.length).toBe(before);
    bench.saveAll();
    expect(bench.sent.at(-1)?.envelope?.lamport).toBeGreaterThan(1_000_000);
    expect(bench.ceiling).toBeGreaterThan(1_000_000);
  });

  test("on the wire is covered by the disk whatever comes, and never goes back across restarts", () => {
    const action = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant("hear" as const), ahead: fc.oneof(fc.nat(10), fc.nat(9000)) }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("save" as const), count: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("greet" as const), n: fc.integer({ min: 6, max: 9 }) }) },
    );
    const property = fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const bench = new PeerBench().begin();
      let session = bench.greetedBy(6);
      let highest = 0;
      let seen = bench.sent.length;
      let sequence = 0;
      const check = (): void => {
        for (const { envelope } of bench.sent.slice(seen)) {
          if (envelope === null) continue;
          expect(envelope.lamport).toBeGreaterThan(highest);
          expect(envelope.lamport).toBeLessThanOrEqual(bench.ceiling);
          highest = envelope.lamport;
        }
        seen = bench.sent.length;
      };
      for (const each of actions) {
        bench.now += 10;
        sequence += 1;
        if (each.do === "hear") bench.hear(session, ping(sequence), bench.peer.own.lamport + each.ahead, sequence);
        if (each.do === "save") bench.save(each.count);
        if (each.do === "greet") session = bench.greetedBy(each.n);
        if (each.do === "restart") {
          bench.restart();
          seen = 0;
          bench.step({ kind: "timeout" });
          session = bench.greetedBy(6);
        }
        check();
      }
      bench.saveAll();
      check();
      expect(bench.peer.own.lamport).toBeGreaterThanOrEqual(highest);
    });
    fc.assert(property, { numRuns: 200 });
  });
});

describe("messages of strangers", () => {
  test("reach no protocol before HELLO, and are counted", () => {
    const bench = new PeerBench().begin();
    bench.step({ kind: "session-up", session: 2, address: addressOf(9) });
    bench.step({ kind: "message", session: 2, envelope: null, content: voteFor(50) });
    expect(bench.peer.own.counters["messages.unexpected"]).toBe(1);
    expect(bench.peer.view("raft").currentTerm).toBeLessThan(50);
  });

  test("are not answered on a connection that is gone", () => {
    const bench = new PeerBench().begin();
    const session = bench.greetedBy(7);
    bench.saveAll();
    bench.step({ kind: "session-down", session, reason: "reset" });
    const sent = bench.saidOn(session).length;
    bench.pass(3000);
    expect(bench.saidOn(session)).toHaveLength(sent);
  });

  test("that are missing on a link are counted", () => {
    const bench = new PeerBench().begin();
    const session = bench.greetedBy(7);
    bench.saveAll();
    bench.hear(session, ping(1), 1, 1);
    bench.hear(session, ping(2), 2, 5);
    expect(bench.peer.own.counters["messages.lost-in-links"]).toBe(3);
  });
});

describe("a checkpoint", () => {
  /** A peer that has founded, met others, lost one, and voted. */
  function experienced(): PeerBench {
    const bench = new PeerBench().begin();
    for (let n = 6; n < 10; n++) bench.greetedBy(n);
    bench.saveAll();
    bench.pass(3000);
    bench.hear(2, voteFor(9), 700, 1);
    bench.saveAll();
    bench.pass(2000);
    return bench;
  }

  test("starts a peer that sees what one started from everything sees", () => {
    const bench = experienced();
    const compact = bench.peer.checkpoint();
    expect(compact.length).toBeLessThan(bench.disk.length);
    const options = { ...bench.options, found: false };
    const [fromAll, fromLittle] = [new PeerBench(options, bench.disk), new PeerBench(options, compact)];
    for (const started of [fromAll, fromLittle]) {
      started.now = bench.now;
      started.begin();
    }
    const views = (started: PeerBench): object =>
      Object.fromEntries(protocolNames.map((name: ProtocolName) => [name, started.peer.view(name)]));
    expect(views(fromLittle)).toEqual(views(fromAll));
    expect(fromLittle.peer.own.lamport).toBe(fromAll.peer.own.lamport);
    expect(fromLittle.peer.view("raft").currentTerm).toBeGreaterThanOrEqual(bench.peer.view("raft").currentTerm);
  });

  test("of a peer that starts from a checkpoint is that checkpoint again, but for the new life", () => {
    const bench = experienced();
    const compact = bench.peer.checkpoint();
    const again = new PeerBench({ ...bench.options, found: false }, compact).begin();
    const kinds = (records: typeof compact): string[] =>
      records.map(({ protocol, record }) => `${protocol} ${record.kind}`);
    expect(kinds(again.peer.checkpoint())).toEqual(kinds(compact));
  });
});

describe("leaving", () => {
  test("is told once, last, when the goodbyes have left", () => {
    const bench = new PeerBench().begin();
    const session = bench.greetedBy(7);
    bench.saveAll();
    bench.pass(500);
    bench.step({ kind: "command", content: { protocol: "raft", command: { kind: "leave" } } });
    bench.saveAll();
    bench.pass(4000);
    const told = bench.asked.filter((effect) => effect.kind === "event" && effect.event.event.kind === "left");
    expect(told).toHaveLength(1);
    expect(bench.saidOn(session).at(-1)).toBe("error");
  });
});
