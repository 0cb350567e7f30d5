import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePeerId } from "../../../src/core/peer-id.ts";
import type { Input } from "../../../src/core/protocol.ts";
import { MAX_DIALS, MAX_LINKS, MAX_SESSIONS, MAX_WANTED } from "../../../src/protocols/link/limits.ts";
import { type LinkMessage, type LinkSpeech, REFUSAL } from "../../../src/protocols/link/message.ts";
import { at, cluster, events, helloOf, kinds, LARGE, OUR_ADDRESS, Scene, SMALL, send, US } from "./scene.ts";

describe("everything has a limit", () => {
  test("connections: a newcomer takes the place of the oldest that has not said HELLO; some are kept for our dials", () => {
    const scene = new Scene();
    const oldest = scene.accept(at(9999));
    expect(oldest.effects).toEqual([]);
    for (let i = 1; i < MAX_SESSIONS - MAX_DIALS; i++) expect(scene.accept(at(9999)).effects).toEqual([]);
    expect(scene.accept().effects).toEqual([
      { kind: "close", session: oldest.session, reason: "no HELLO, and others wait" },
    ]);
    expect(scene.machine.view().refused).toBe(1);
    expect(kinds(scene.connect(LARGE.address))).toEqual(["dial 1", "hello on 1"]);
    scene.pass(5000);
    expect(scene.accept().effects).toEqual([]);
  });

  test("dials under way: the others wait their turn, and nothing is due meanwhile", () => {
    const scene = new Scene();
    for (let i = 0; i < MAX_DIALS; i++) expect(scene.connect(at(8000 + i))).toHaveLength(2);
    expect(scene.connect(at(9000))).toEqual([]);
    expect(scene.machine.deadline).toBe(scene.now + 5000);
    expect(kinds(scene.down(1))).toEqual(["dial-failed", `dial ${2 * MAX_DIALS + 1}`, `hello on ${2 * MAX_DIALS + 1}`]);
  });

  test("wanted addresses: one too many is refused in one line", () => {
    const scene = new Scene();
    for (let i = 0; i < MAX_WANTED; i++) scene.connect(at(8000 + i));
    const reason = `${MAX_WANTED} addresses are wanted already`;
    expect(scene.connect(at(9000))).toEqual([
      { kind: "event", event: { kind: "dial-failed", address: at(9000), reason, attempts: 0 } },
    ]);
  });

  test("links: a stranger is refused as `full`, a peer that is linked may still replace its link", () => {
    const scene = new Scene();
    for (let i = 1; i <= MAX_LINKS; i++) {
      const id = parsePeerId(i.toString(16).padStart(16, "0"));
      if (id === undefined) throw new Error("no ID");
      const { session } = scene.accept();
      scene.hear(session, helloOf({ peer: id, address: at(8000 + i), name: "" }, { dials: 1 }));
    }
    expect(scene.machine.view().links).toHaveLength(MAX_LINKS);
    const { session } = scene.accept();
    const text = `${MAX_LINKS} links are enough`;
    expect(scene.hear(session, helloOf(LARGE))).toEqual([
      send(session, { kind: "error", code: REFUSAL.full, text }),
      { kind: "close", session, reason: text },
      { kind: "event", event: { kind: "link-refused", address: LARGE.address, by: "us", reason: "full", text } },
    ]);
    const first = parsePeerId("0000000000000001");
    if (first === undefined) throw new Error("no ID");
    const again = scene.accept();
    const hello = helloOf({ peer: first, address: at(8001), name: "" }, { dials: 2 });
    expect(kinds(scene.hear(again.session, hello))).toContain("link-replaced");
  });

  test("refusals that are remembered: a thousand liars are each told, and the first is told again", () => {
    const scene = new Scene();
    const refuse = (port: number) => {
      const { session } = scene.accept();
      return events(scene.hear(session, helloOf({ ...LARGE, address: at(port) }, { role: "client" }))).length;
    };
    for (let i = 0; i < 1000; i++) expect(refuse(8000 + i)).toBe(1);
    expect(refuse(8999)).toBe(0);
    expect(refuse(8000)).toBe(1);
  });

  test("reasons of the transport are cut to 200 characters", () => {
    const scene = new Scene();
    const session = scene.linkedBy(LARGE);
    expect(events(scene.down(session, "x".repeat(10_000)))).toMatchObject([{ reason: "x".repeat(200) }]);
  });

  test("a flood of PINGs is answered one PONG each and leaves nothing behind", () => {
    const scene = new Scene();
    const session = scene.linkedBy(LARGE);
    const before = scene.machine.deadline;
    for (let i = 1; i <= 1000; i++) expect(scene.hear(session, { kind: "ping", requestId: i })).toHaveLength(1);
    expect(scene.machine.deadline).toBe(before);
  });
});

describe("messages out of turn", () => {
  test("a second HELLO on a link ends it", () => {
    const scene = new Scene();
    const session = scene.linkedBy(LARGE);
    const text = "HELLO was said before";
    const effects = scene.hear(session, helloOf(LARGE));
    expect(effects[0]).toEqual(send(session, { kind: "error", code: REFUSAL.malformed, text }));
    expect(kinds(effects)).toEqual([`error on ${session}`, `close ${session}`, "link-lost"]);
  });

  test("a PING before the HELLO in answer to ours ends a dial", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    const reason = "ping before HELLO";
    expect(scene.hear(1, { kind: "ping", requestId: 1 })).toEqual([
      { kind: "close", session: 1, reason },
      { kind: "event", event: { kind: "dial-failed", address: LARGE.address, reason, attempts: 1 } },
    ]);
  });

  test("on a duplicate nothing but the end is heard", () => {
    const scene = new Scene();
    scene.linkedTo(LARGE);
    const { session } = scene.accept();
    scene.hear(session, helloOf(LARGE, { dials: 0 }));
    expect(scene.hear(session, helloOf(SMALL))).toEqual([]);
    expect(scene.hear(session, { kind: "pong", requestId: 1 })).toEqual([]);
    expect(kinds(scene.error(session, 4242))).toEqual([`close ${session}`]);
  });

  test("on a session that is unknown, or closed, nothing is heard", () => {
    const scene = new Scene();
    expect(scene.hear(77, helloOf(LARGE))).toEqual([]);
    expect(scene.down(77)).toEqual([]);
    expect(scene.step({ kind: "session", session: 77, up: true, address: LARGE.address })).toEqual([]);
  });

  test("messages that come without a session, saves and links are none of its business", () => {
    const scene = new Scene();
    const from = { peer: LARGE.peer };
    expect(scene.step({ kind: "message", from, message: { kind: "ping", requestId: 1 } })).toEqual([]);
    expect(scene.step({ kind: "saved", upTo: 1 })).toEqual([]);
    expect(scene.step({ kind: "link", peer: LARGE.peer, up: true })).toEqual([]);
    expect(scene.machine.checkpoint()).toEqual([]);
  });
});

const someone = fc.constantFrom(SMALL, LARGE, { peer: US, address: OUR_ADDRESS, name: "five" });
const message: fc.Arbitrary<LinkMessage> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(someone, fc.nat(3), fc.nat(3), fc.constantFrom("c", "d", "0"), fc.nat(2))
      .map(([who, incarnation, dials, digit, leastVersion]) =>
        helloOf(who, { incarnation, dials, cluster: cluster(digit), leastVersion }),
      ),
  },
  fc.record({ kind: fc.constantFrom("ping" as const, "pong" as const), requestId: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant("error" as const), code: fc.nat(12), text: fc.string() }),
);
const session = fc.integer({ min: 1, max: 12 });
const address = fc.constantFrom(SMALL.address, LARGE.address, OUR_ADDRESS, at(9999));
const command: fc.Arbitrary<LinkSpeech["command"]> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("connect" as const, "redial" as const), address }) },
  fc.record({ kind: fc.constant("disconnect" as const), address, reason: fc.constant("full" as const) }),
  fc.record({
    kind: fc.constant("introduce" as const),
    cluster: fc.constantFrom(cluster("c"), cluster("d"), cluster("0")),
    incarnation: fc.nat(5),
    yielding: fc.boolean(),
  }),
);
const input: fc.Arbitrary<Input<LinkSpeech>> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("message" as const),
      from: session.map((number) => ({ session: number })),
      message,
    }),
  },
  { weight: 3, arbitrary: command.map((given) => ({ kind: "command" as const, command: given })) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("session" as const), session, up: fc.constant(true as const), address }),
  },
  fc.record({
    kind: fc.constant("session" as const),
    session,
    up: fc.constant(false as const),
    reason: fc.string(),
  }),
  fc.constant({ kind: "timeout" as const }),
  fc.constant({ kind: "resumed" as const, gapMs: 1 }),
);

describe("whatever comes in whatever order", () => {
  test("links go up and down in turn, one a peer, only on sessions that are open, and no deadline stays behind", () => {
    const inputs = fc.array(fc.tuple(input, fc.nat(3000)), { maxLength: 80 });
    const property = fc.property(inputs, (steps) => {
      const scene = new Scene();
      const open = new Set<number>();
      const up = new Set<string>();
      for (const [given, wait] of steps) {
        scene.now += wait;
        if (given.kind === "session" && given.up && given.session % 2 === 0) open.add(given.session);
        if (given.kind === "session" && !given.up) open.delete(given.session);
        for (const effect of [...scene.step(given), ...scene.step({ kind: "timeout" })]) {
          if (effect.kind === "dial") {
            expect(effect.session % 2).toBe(1);
            open.add(effect.session);
          } else if (effect.kind === "send" && "session" in effect.to) {
            expect(open).toContain(effect.to.session);
          } else if (effect.kind === "close") {
            expect(open.delete(effect.session)).toBe(true);
          } else if (effect.kind === "event") {
            const { event } = effect;
            if (event.kind === "link-established") expect(up.has(event.peer)).toBe(false);
            if (event.kind === "link-replaced") expect(up.has(event.peer)).toBe(true);
            if (event.kind === "link-established") up.add(event.peer);
            if (event.kind === "link-lost") expect(up.delete(event.peer)).toBe(true);
          }
        }
        expect(new Set(scene.machine.view().links.map(({ peer }) => peer))).toEqual(up);
        for (const { session } of scene.machine.view().links) expect(open).toContain(session);
        expect(up.has(US)).toBe(false);
        expect(scene.machine.deadline).toBeGreaterThan(scene.now);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
