import { describe, expect, it } from "vitest";
import { addressOf } from "../../../src/core/address.ts";
import { NO_EFFECTS } from "../../../src/core/protocol.ts";
import { HEALTH_DEFAULTS, health } from "../../../src/protocols/health/definition.ts";
import { encode } from "../../../src/wire/codec.ts";
import { healthPacket } from "../../../src/wire/health-packet.ts";
import { Reader } from "../../../src/wire/reader.ts";
import { Writer } from "../../../src/wire/writer.ts";
import { address, Bench, entropy, eventsOf, peer, sendsOf, synsOf } from "./harness.ts";

const TIMEOUT = HEALTH_DEFAULTS.probeTimeoutMs;

/** A check waits as long as a round of a member, direct and indirect. */
const CHECK_TIMEOUT = 2.5 * TIMEOUT;

/** A machine that has just begun a round of member 1, with these peers linked; no turn comes within the test. */
function probing(...linked: number[]): { bench: Bench; nonce: Uint8Array } {
  const bench = new Bench(true, { probeIntervalMs: 1_000_000 });
  bench.watch(1);
  bench.link(...linked);
  const [syn] = synsOf(bench.command({ kind: "probe", peer: peer(1) }));
  return { bench, nonce: syn?.nonce ?? new Uint8Array() };
}

describe("answering (wire document, health packet)", () => {
  it("answers a SYN at once with an ACK of its nonce, to where it came from, no longer than the question", () => {
    const bench = new Bench(false);
    const nonce = entropy(7, 1);
    const effects = bench.step({ kind: "message", from: { address: address(9) }, message: { kind: "syn", nonce } });
    expect(sendsOf(effects)).toEqual([{ to: { address: address(9) }, message: { kind: "ack", nonce } }]);
    expect(encode(healthPacket, { kind: "ack", nonce })).toHaveLength(
      encode(healthPacket, { kind: "syn", nonce }).length,
    );
  });

  it("ignores packets that come over links and requests that come as packets", () => {
    const bench = new Bench();
    const nonce = entropy(7, 1);
    const request = { kind: "probe-request", token: 1, target: address(3) } as const;
    expect(bench.fromPeer(1, { kind: "syn", nonce })).toEqual([]);
    expect(bench.fromPeer(1, { kind: "ack", nonce })).toEqual([]);
    expect(bench.step({ kind: "message", from: { address: address(1) }, message: request })).toEqual([]);
    expect(bench.step({ kind: "message", from: { session: 2 }, message: { kind: "syn", nonce } })).toEqual([]);
  });
});

describe("nonces", () => {
  it("asks for entropy on the first step, and once", () => {
    const bench = new Bench(false);
    expect(bench.health.deadline).toBe(1000);
    expect(bench.step({ kind: "timeout" })).toEqual([{ kind: "event", event: { kind: "entropy-needed" } }]);
    expect(bench.step({ kind: "timeout" })).toEqual([]);
    expect(bench.health.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it("asks again, once, when fewer than 64 are left", () => {
    const bench = new Bench(false);
    bench.step({ kind: "timeout" });
    expect(bench.feed(70)).toEqual([]);
    // Each check sets three aside: 67, 64, 61, 58.
    const asked = [1, 2, 3, 4].map((n) => eventsOf(bench.command({ kind: "check", address: address(n) })));
    expect(asked).toEqual([[], [], [{ kind: "entropy-needed" }], []]);
    expect(bench.feed(1)).toEqual([{ kind: "event", event: { kind: "entropy-needed" } }]);
  });

  it("makes probes wait, unblamed, until there are some", () => {
    const bench = new Bench(false);
    bench.watch(1);
    bench.command({ kind: "probe", peer: peer(1) });
    bench.command({ kind: "check", address: address(2) });
    expect(sendsOf(bench.pass(60_000))).toEqual([]);
    const effects = bench.feed(100);
    expect(synsOf(effects).map(({ to }) => to)).toEqual([address(1), address(2)]);
    expect(eventsOf(effects)).toEqual([]);
    expect(bench.health.view().probes[0]?.missed).toBe(0);
  });

  it("never sends the same nonce twice", () => {
    const bench = new Bench();
    bench.watch(1, 2, 3);
    const nonces = synsOf(bench.pass(60_000)).map(({ nonce }) => Buffer.from(nonce).toString("hex"));
    expect(nonces.length).toBeGreaterThan(100);
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it("keeps nonces that a probe did not need", () => {
    const bench = new Bench(false);
    bench.feed(65);
    for (let n = 0; n < 60; n++) {
      const [syn] = synsOf(bench.command({ kind: "check", address: address(n) }));
      bench.ack(address(n), syn?.nonce ?? new Uint8Array(16));
    }
    expect(bench.health.view().answered).toBe(60);
  });
});

describe("a direct probe (SWIM 3.1)", () => {
  it("sends up to three SYNs, at 0, 1/3 and 2/3 of its timeout, each with a nonce of its own", () => {
    const { bench } = probing(2);
    const start = bench.now;
    const syns = bench.run(start + TIMEOUT).filter(({ effect }) => synsOf([effect]).length > 0);
    expect(syns.map(({ at }) => at - start)).toEqual([TIMEOUT / 3, (2 * TIMEOUT) / 3]);
  });

  it("is answered by an ACK, with the round trip since that very SYN, and sends no more", () => {
    const { bench, nonce } = probing();
    bench.pass(3);
    expect(bench.ack(address(1), nonce)).toEqual([
      { kind: "event", event: { kind: "probe-answered", peer: peer(1), rttMs: 3 } },
    ]);
    expect(bench.pass(TIMEOUT)).toEqual([]);
    expect(bench.health.view()).toMatchObject({
      sent: 1,
      answered: 1,
      unexpected: 0,
      probes: [{ rtt: { latest: 3, median: 3, p99: 3 }, history: [3], answeredAt: 1003, missed: 0 }],
    });
  });

  it("counts the round trip from the second SYN where the second is answered", () => {
    const { bench } = probing();
    const [second] = synsOf(bench.pass(TIMEOUT / 3));
    bench.pass(5);
    expect(eventsOf(bench.ack(address(1), second?.nonce ?? new Uint8Array(16)))).toEqual([
      { kind: "probe-answered", peer: peer(1), rttMs: 5 },
    ]);
  });

  it("counts an ACK once only", () => {
    const { bench, nonce } = probing();
    bench.ack(address(1), nonce);
    expect(bench.ack(address(1), nonce)).toEqual([]);
    expect(bench.health.view()).toMatchObject({ answered: 1, unexpected: 1 });
  });

  it("counts no ACK from another address, and still waits for the right one", () => {
    const { bench, nonce } = probing();
    expect(bench.ack(address(2), nonce)).toEqual([]);
    expect(bench.health.view()).toMatchObject({ answered: 0, unexpected: 1 });
    expect(eventsOf(bench.ack(address(1), nonce))).toMatchObject([{ kind: "probe-answered" }]);
  });

  it("leaves a running round alone when it is asked for another", () => {
    const { bench } = probing();
    expect(bench.command({ kind: "probe", peer: peer(1) })).toEqual([]);
    expect(bench.command({ kind: "probe", peer: peer(7) })).toEqual([]);
  });
});

describe("indirect probes (SWIM 3.1)", () => {
  it("are asked of three linked peers other than the target, when the direct one was missed", () => {
    const { bench } = probing(1, 2, 3, 4, 5);
    const requests = sendsOf(bench.pass(TIMEOUT)).filter(({ message }) => message.kind === "probe-request");
    expect(requests).toHaveLength(3);
    const asked = requests.map(({ to }) => (to as { peer: unknown }).peer);
    expect(new Set(asked).size).toBe(3);
    expect(asked).not.toContain(peer(1));
    const [first] = requests;
    for (const { message } of requests) expect(message).toEqual(first?.message);
    expect(first?.message).toMatchObject({ kind: "probe-request", target: address(1) });
  });

  it("are not asked of peers that miss their own probes", () => {
    const { bench } = probing(1, 2, 3);
    bench.watch(2);
    bench.pass(2.5 * TIMEOUT);
    // By now member 1 was missed; member 2, linked as well, must not ask it.
    const requests = sendsOf([...bench.command({ kind: "probe", peer: peer(2) }), ...bench.pass(TIMEOUT)]).filter(
      ({ message }) => message.kind === "probe-request" && message.target === address(2),
    );
    expect(requests.map(({ to }) => to)).toEqual([{ peer: peer(3) }]);
  });

  it("end the round when one succeeds; the history shows the direct one as missed", () => {
    const { bench } = probing(2, 3, 4);
    const [request] = sendsOf(bench.pass(TIMEOUT)).filter(({ message }) => message.kind === "probe-request");
    const token = request?.message.kind === "probe-request" ? request.message.token : -1;
    expect(bench.fromPeer(3, { kind: "probe-answer", token, answered: true })).toEqual([
      { kind: "event", event: { kind: "probe-answered-indirectly", peer: peer(1), via: peer(3) } },
    ]);
    expect(bench.fromPeer(2, { kind: "probe-answer", token, answered: true })).toEqual([]);
    expect(bench.health.view().probes).toMatchObject([{ history: [null], answeredAt: null, missed: 0 }]);
  });

  it("are not decided by somebody who was not asked, nor by a wrong token", () => {
    const { bench } = probing(2, 3, 4);
    const [request] = sendsOf(bench.pass(TIMEOUT)).filter(({ message }) => message.kind === "probe-request");
    const token = request?.message.kind === "probe-request" ? request.message.token : -1;
    expect(bench.fromPeer(9, { kind: "probe-answer", token, answered: true })).toEqual([]);
    expect(bench.fromPeer(2, { kind: "probe-answer", token: token + 1, answered: true })).toEqual([]);
    for (let i = 0; i < 3; i++) expect(bench.fromPeer(2, { kind: "probe-answer", token, answered: false })).toEqual([]);
  });

  it("are missed after one and a half more timeouts, naming who was asked", () => {
    const { bench } = probing(2, 3, 4);
    const start = bench.now;
    const missed = bench.run(start + 5 * TIMEOUT).find(({ effect }) => eventsOf([effect])[0]?.kind === "probe-missed");
    expect(missed?.at).toBe(start + 2.5 * TIMEOUT);
    const [event] = missed === undefined ? [] : eventsOf([missed.effect]);
    expect(event).toMatchObject({ kind: "probe-missed", peer: peer(1) });
    expect(event?.kind === "probe-missed" && event.via.toSorted()).toEqual([peer(2), peer(3), peer(4)]);
  });

  it("are missed as soon as all that were asked have said no", () => {
    const { bench } = probing(2, 3);
    const [request] = sendsOf(bench.pass(TIMEOUT)).filter(({ message }) => message.kind === "probe-request");
    const token = request?.message.kind === "probe-request" ? request.message.token : -1;
    expect(bench.fromPeer(2, { kind: "probe-answer", token, answered: false })).toEqual([]);
    const effects = bench.fromPeer(3, { kind: "probe-answer", token, answered: false });
    expect(eventsOf(effects)).toMatchObject([{ kind: "probe-missed", peer: peer(1) }]);
  });

  it("do not close the door on a late direct ACK while the round lasts", () => {
    const { bench, nonce } = probing(2, 3, 4);
    bench.pass(2.5 * TIMEOUT - 1);
    expect(eventsOf(bench.ack(address(1), nonce))).toEqual([
      { kind: "probe-answered", peer: peer(1), rttMs: 2.5 * TIMEOUT - 1 },
    ]);
  });

  it("counts no ACK at the deadline of the round or after, even before the timeout has fired", () => {
    const { bench, nonce } = probing(2, 3, 4);
    bench.pass(TIMEOUT);
    bench.now += 1.5 * TIMEOUT;
    expect(bench.ack(address(1), nonce)).toEqual([]);
    expect(bench.health.view()).toMatchObject({ answered: 0, unexpected: 1 });
  });

  it("are skipped when nobody can be asked: the round is missed at once, via nobody", () => {
    const { bench } = probing(1);
    const start = bench.now;
    const missed = bench.run(start + TIMEOUT).find(({ effect }) => eventsOf([effect])[0]?.kind === "probe-missed");
    expect(missed).toEqual({
      at: start + TIMEOUT,
      effect: { kind: "event", event: { kind: "probe-missed", peer: peer(1), via: [] } },
    });
  });
});

describe("requests of others", () => {
  it.each([true, false])("are probed directly and answered with the same token (answered: %s)", (answers) => {
    const bench = new Bench();
    const [syn, ...more] = synsOf(bench.fromPeer(2, { kind: "probe-request", token: 77, target: address(1) }));
    expect(syn?.to).toBe(address(1));
    expect(more).toEqual([]);
    const effects = answers ? bench.ack(address(1), syn?.nonce ?? new Uint8Array(16)) : bench.pass(TIMEOUT);
    expect(sendsOf(effects).at(-1)).toEqual({
      to: { peer: peer(2) },
      message: { kind: "probe-answer", token: 77, answered: answers },
    });
    expect(eventsOf(effects)).toEqual([]);
  });

  it("beyond 256 at a time, or for an address that is nobody's, are refused without an answer", () => {
    const bench = new Bench(false);
    bench.feed(4000);
    const nowhere = addressOf("0.0.0.0", 7001) ?? address(0);
    expect(bench.fromPeer(2, { kind: "probe-request", token: 0, target: nowhere })).toEqual([]);
    for (let token = 1; token <= 256; token++) bench.fromPeer(2, { kind: "probe-request", token, target: address(1) });
    expect(bench.fromPeer(2, { kind: "probe-request", token: 257, target: address(1) })).toEqual([]);
    expect(bench.health.view()).toMatchObject({ sent: 256, refused: 2 });
    expect(sendsOf(bench.pass(TIMEOUT)).filter(({ message }) => message.kind === "probe-answer")).toHaveLength(256);
  });
});

describe("watching", () => {
  it("ends its round when a member is no longer watched", () => {
    const { bench, nonce } = probing(2, 3);
    bench.command({ kind: "unwatch", peer: peer(1) });
    expect(bench.pass(60_000)).toEqual([]);
    expect(bench.ack(address(1), nonce)).toEqual([]);
    expect(bench.health.view()).toMatchObject({ probes: [], unexpected: 1 });
  });

  it("goes to the new address of a member that moved, from the round in hand on", () => {
    const { bench, nonce } = probing();
    const effects = bench.command({ kind: "watch", peer: peer(1), address: address(8) });
    expect(synsOf(effects).map(({ to }) => to)).toEqual([address(8)]);
    expect(bench.ack(address(1), nonce)).toEqual([]);
    const [syn] = synsOf(effects);
    expect(eventsOf(bench.ack(address(8), syn?.nonce ?? nonce))).toMatchObject([{ kind: "probe-answered" }]);
    expect(bench.command({ kind: "watch", peer: peer(1), address: address(8) })).toEqual([]);
  });
});

describe("checks", () => {
  it("are one direct probe and one event, answered with its round trip", () => {
    const bench = new Bench();
    const [syn] = synsOf(bench.command({ kind: "check", address: address(5) }));
    bench.pass(2);
    expect(bench.ack(address(5), syn?.nonce ?? new Uint8Array(16))).toEqual([
      { kind: "event", event: { kind: "checked", address: address(5), answered: true, rttMs: 2 } },
    ]);
    expect(bench.pass(1000)).toEqual([]);
  });

  it("are unanswered after three SYNs and the timeout, and ask nobody else", () => {
    const bench = new Bench();
    bench.link(1, 2, 3);
    const start = bench.now;
    bench.command({ kind: "check", address: address(5) });
    const done = bench.run(start + 10 * TIMEOUT);
    const syns = done.filter(({ effect }) => synsOf([effect]).length > 0);
    expect(syns.map(({ at }) => at - start)).toEqual([CHECK_TIMEOUT / 3, (2 * CHECK_TIMEOUT) / 3]);
    expect(done.at(-1)).toEqual({
      at: start + CHECK_TIMEOUT,
      effect: { kind: "event", event: { kind: "checked", address: address(5), answered: false, rttMs: null } },
    });
    expect(done).toHaveLength(3);
  });

  it("of the same address are one, with one event", () => {
    const bench = new Bench();
    bench.command({ kind: "check", address: address(5) });
    expect(bench.command({ kind: "check", address: address(5) })).toEqual([]);
    expect(eventsOf(bench.pass(1000))).toHaveLength(1);
  });

  it("count an ACK that comes later than a direct probe waits: a far peer may join, as it may stay", () => {
    const bench = new Bench();
    const [syn] = synsOf(bench.command({ kind: "check", address: address(5) }));
    bench.pass(CHECK_TIMEOUT - 1);
    expect(eventsOf(bench.ack(address(5), syn?.nonce ?? new Uint8Array(16)))).toEqual([
      { kind: "checked", address: address(5), answered: true, rttMs: CHECK_TIMEOUT - 1 },
    ]);
  });

  it("counts no ACK at the deadline of a check or after", () => {
    const bench = new Bench();
    const [syn] = synsOf(bench.command({ kind: "check", address: address(5) }));
    bench.now += CHECK_TIMEOUT;
    expect(bench.ack(address(5), syn?.nonce ?? new Uint8Array(16))).toEqual([]);
    expect(eventsOf(bench.step({ kind: "timeout" }))).toMatchObject([{ kind: "checked", answered: false }]);
  });

  it("run 256 at a time; 4,096 more wait their turn, and a further one is refused at once", () => {
    const bench = new Bench(false);
    bench.feed(4096);
    const effects = Array.from({ length: 256 + 4096 }, (_, n) => bench.command({ kind: "check", address: address(n) }));
    expect(synsOf(effects.flat())).toHaveLength(256);
    const refused = bench.command({ kind: "check", address: address(9999) });
    expect(eventsOf(refused)).toEqual([{ kind: "checked", address: address(9999), answered: false, rttMs: null }]);
    expect(bench.health.view()).toMatchObject({ refused: 1 });
  });

  it("of an address that is nobody's are unanswered at once", () => {
    const bench = new Bench();
    const nowhere = addressOf("224.0.0.1", 7001) ?? address(0);
    expect(bench.command({ kind: "check", address: nowhere })).toEqual([
      { kind: "event", event: { kind: "checked", address: nowhere, answered: false, rttMs: null } },
    ]);
  });
});

describe("after standing still", () => {
  it("voids probes and checks under way and starts them anew, blaming nobody", () => {
    const { bench, nonce } = probing(2, 3, 4);
    bench.command({ kind: "check", address: address(5) });
    bench.pass(TIMEOUT + 10);
    bench.command({ kind: "check", address: address(6) });
    bench.now += 60_000;
    const effects = bench.step({ kind: "resumed", gapMs: 60_000 });
    expect(synsOf(effects).map(({ to }) => to)).toEqual([address(1), address(5), address(6)]);
    expect(eventsOf(effects)).toEqual([]);
    expect(bench.step({ kind: "timeout" }).filter((effect) => effect.kind === "event")).toEqual([]);
    expect(eventsOf(bench.ack(address(1), nonce))).toEqual([]);
    const [again] = synsOf(effects);
    expect(eventsOf(bench.ack(address(1), again?.nonce ?? nonce))).toMatchObject([{ kind: "probe-answered" }]);
  });

  it("leaves requests of others unanswered: whoever asked waits no more", () => {
    const bench = new Bench();
    bench.fromPeer(2, { kind: "probe-request", token: 1, target: address(1) });
    bench.now += 60_000;
    expect(bench.step({ kind: "resumed", gapMs: 60_000 })).toEqual([]);
    expect(bench.pass(1000)).toEqual([]);
  });
});

describe("the machine", () => {
  it("is quiet with nothing to watch: no deadline, no effects, nothing on disk", () => {
    const bench = new Bench();
    expect(bench.health.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(bench.health.step({ kind: "timeout" }, bench.now)).toBe(NO_EFFECTS);
    expect(bench.health.step({ kind: "saved", upTo: 1 }, bench.now)).toBe(NO_EFFECTS);
    expect(bench.health.checkpoint()).toEqual([]);
  });

  it("is not changed by a timeout that comes early or twice", () => {
    const { bench } = probing(2);
    for (let i = 0; i < 3; i++) expect(bench.health.step({ kind: "timeout" }, bench.now)).toBe(NO_EFFECTS);
  });

  it("watches 4,096 members at most", () => {
    const bench = new Bench();
    bench.watch(...Array.from({ length: 4097 }, (_, n) => n));
    expect(bench.health.view().probes).toHaveLength(4096);
    expect(bench.health.view().refused).toBe(1);
  });

  it("frames what travels on links and refuses to frame a packet", () => {
    const message = { kind: "probe-request", token: 5, target: address(1) } as const;
    const writer = new Writer();
    health.framing.write(writer, message);
    const head = health.framing.head(message);
    expect(head).toEqual({ type: 0x21, requestId: 0, imageSize: 0 });
    expect(health.framing.read(head, new Reader(writer.take()))).toEqual(message);
    expect(() => health.framing.head({ kind: "syn", nonce: entropy(1, 1) })).toThrow("never over a link");
  });
});
