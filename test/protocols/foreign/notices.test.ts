import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_EFFECTS } from "../../../src/core/protocol.ts";
import { foreignFraming } from "../../../src/protocols/foreign/message.ts";
import { MAX_SEND_DATA_BYTES } from "../../../src/wire/gossip-message.ts";
import { Reader } from "../../../src/wire/reader.ts";
import { Writer } from "../../../src/wire/writer.ts";
import { accepted, announce, eventsOf, messagesOf, place, Scene, send } from "./scene.ts";

describe("a notice that was accepted here", () => {
  it("is sent to every neighbour, once", () => {
    const scene = new Scene();
    const sessions = scene.join(2);
    expect(sessions).toHaveLength(3);
    expect(messagesOf(scene.spread(accepted("note", 4)))).toEqual(
      sessions.map((session) => [session, send("note", 4)]),
    );
    expect(scene.spread(accepted("note", 4))).toBe(NO_EFFECTS);
    expect(scene.counts).toMatchObject({ sent: 3, duplicates: 1 });
  });

  it("is told apart by its type and its data", () => {
    const scene = new Scene();
    scene.join();
    const notices = [accepted("note"), { ...accepted("note"), dataType: 1 }, accepted("other")];
    expect(messagesOf(scene.spread(...notices))).toHaveLength(3);
  });

  // The one rule of TTLs; announced here it has crossed nothing.
  it.each([
    ["announced here", false, 0, 0],
    ["announced here", false, 1, 1],
    ["announced here", false, 255, 255],
    ["received", true, 0, 0],
    ["received", true, 1, null],
    ["received", true, 2, 1],
    ["received", true, 255, 254],
  ])("%s goes out with the right TTL: received %s, %i -> %o", (_what, received, ttl, sent) => {
    const scene = new Scene();
    const [first = 0] = scene.join();
    const expected = sent === null ? [] : [[first, send("note", sent)]];
    expect(messagesOf(scene.spread(accepted("note", ttl, received)))).toEqual(expected);
  });

  it("goes to those who dialled us and pulled, unless they are neighbours as well", () => {
    const scene = new Scene();
    const [first = 0] = scene.join();
    for (const session of [4, 6, 8]) scene.up(session);
    scene.welcome(4, place(7));
    scene.welcome(6, place(1));
    scene.welcome(first, place(8));
    scene.welcome(99, place(9));
    expect(messagesOf(scene.spread(accepted("note", 4)))).toEqual([
      [first, send("note", 4)],
      [4, send("note", 4)],
    ]);
    scene.down(4);
    scene.down(first);
    expect(messagesOf(scene.spread(accepted("other")))).toEqual([[6, send("other")]]);
    expect(scene.machine.view().callers).toBe(1);
  });

  it("goes nowhere where it is too long for a SEND, and nothing else suffers", () => {
    const scene = new Scene();
    scene.join();
    const long = { ...accepted(""), data: Buffer.alloc(MAX_SEND_DATA_BYTES + 1) };
    const longest = { ...accepted(""), data: Buffer.alloc(MAX_SEND_DATA_BYTES) };
    expect(messagesOf(scene.spread(long, longest, accepted("note")))).toHaveLength(2);
    expect(scene.counts.refused).toBe(1);
  });

  it("is dropped for a neighbour that is told too much", () => {
    const scene = new Scene({ rate: { perSecond: 1, burst: 2 } });
    scene.join();
    expect(messagesOf(scene.spread(accepted("a"), accepted("b"), accepted("c")))).toHaveLength(2);
    expect(scene.counts).toMatchObject({ sent: 2, overRate: 1 });
  });
});

describe("a notice of the other network", () => {
  it("is told here as it came: whoever sends it on decrements", () => {
    const scene = new Scene();
    const [first = 0] = scene.join();
    const { dataType, ttl, data } = announce("note", 3);
    expect(scene.hear(first, send("note", 3))).toEqual([
      { kind: "event", event: { kind: "foreign-notice", dataType, ttl, data } },
    ]);
  });

  it("is told once, whoever sends it", () => {
    const scene = new Scene();
    const [first = 0, second = 0] = scene.join(1);
    scene.up(6);
    scene.welcome(6, place(7));
    const told = [first, second, 6, first].flatMap((session) => eventsOf(scene.hear(session, send("note"))));
    expect(told).toHaveLength(1);
    expect(scene.counts).toMatchObject({ received: 1, duplicates: 3 });
  });

  it("is sent on to those who have not sent it, with one hop less, whatever our network makes of its TTL", () => {
    for (const received of [true, false]) {
      const scene = new Scene();
      const [first = 0, second = 0, third = 0, fourth = 0] = scene.join(3);
      scene.hear(second, send("note", 5));
      scene.hear(fourth, send("note", 4));
      expect(messagesOf(scene.spread(accepted("note", 5, received)))).toEqual([
        [first, send("note", 4)],
        [third, send("note", 4)],
      ]);
    }
  });

  it("that has used up its hops is told here and sent no further", () => {
    const scene = new Scene();
    const [first = 0] = scene.join(2);
    expect(eventsOf(scene.hear(first, send("note", 1)))).toHaveLength(1);
    expect(messagesOf(scene.spread(accepted("note", 1, true)))).toEqual([]);
  });

  it("that we sent there ourselves does not come back", () => {
    const scene = new Scene();
    const [first = 0] = scene.join();
    scene.spread(accepted("note"));
    expect(eventsOf(scene.hear(first, send("note")))).toEqual([]);
    expect(scene.counts.duplicates).toBe(1);
  });

  it("without data is none", () => {
    const scene = new Scene();
    const [first = 0] = scene.join();
    expect(eventsOf(scene.hear(first, send("")))).toEqual([]);
    expect(scene.counts.refused).toBe(1);
  });

  it("is new again after the window, in time or in number", () => {
    const scene = new Scene({ windowMs: 1000, windowSize: 3 });
    const [first = 0] = scene.join();
    const isNew = (text: string): boolean => eventsOf(scene.hear(first, send(text))).length === 1;
    expect([isNew("a"), isNew("a")]).toEqual([true, false]);
    scene.now += 1000;
    expect([isNew("a"), isNew("b"), isNew("c"), isNew("a")]).toEqual([true, true, true, false]);
    expect([isNew("d"), isNew("a")]).toEqual([true, true]);
  });
});

describe("on a link", () => {
  it("nothing of it is read, and to write it is a bug", () => {
    const reader = new Reader(Buffer.from("000a01f87f0000011b59", "hex"));
    foreignFraming.read({ type: 0x26, requestId: 0, imageSize: 0 }, reader);
    expect(reader.failure).toBe("a message of another network on a link");
    expect(() => foreignFraming.write(new Writer(), send("note"))).toThrow("on a link");
  });
});

describe("whatever happens", () => {
  const address = fc.nat(40).map(place);
  const session = fc.oneof(
    fc.nat(5).map((n) => 2 * n),
    fc.nat(30).map((n) => 2 ** 32 + 1 + 2 * n),
  );
  const text = fc.constantFrom("", "a", "b", "c");
  const message = fc.oneof(
    fc.record({ kind: fc.constant("pull" as const), address }),
    fc.record({ kind: fc.constant("response" as const), ids: fc.array(address, { maxLength: 50 }) }),
    fc.record({ kind: fc.constant("push" as const), address, ids: fc.constant([]) }),
    fc.tuple(text, fc.nat(3)).map((parts) => send(...parts)),
    fc.constant({ kind: "notify" as const, dataType: 1 }),
  );
  const act = fc.oneof(
    session.map((of) => (scene: Scene) => scene.up(of)),
    session.map((of) => (scene: Scene) => scene.down(of)),
    fc.tuple(session, message).map(
      ([of, said]) =>
        (scene: Scene) =>
          scene.hear(of, said),
    ),
    fc.tuple(text, fc.nat(3), fc.boolean()).map((parts) => (scene: Scene) => scene.spread(accepted(...parts))),
    address.map((of) => (scene: Scene) => scene.consider(of)),
    fc.constant((scene: Scene) => scene.wait()),
  );

  it("connections are no more than the degree, their numbers are fresh, and no notice is told or sent twice", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120 }), (acts) => {
        const scene = new Scene({ degree: 3, windowMs: Number.POSITIVE_INFINITY });
        const dialled = new Set<number>();
        const told = new Set<string>();
        const sent = new Set<string>();
        for (const each of acts) {
          for (const effect of each(scene)) {
            if (effect.kind === "dial") {
              expect(effect.session % 2 === 1 && effect.session > 2 ** 32 && !dialled.has(effect.session)).toBe(true);
              dialled.add(effect.session);
            }
            if (effect.kind === "event" && effect.event.kind === "foreign-notice") {
              const key = Buffer.from(effect.event.data).toString();
              expect(told.has(key) || sent.has(key)).toBe(false);
              told.add(key);
            }
            if (effect.kind === "send" && "session" in effect.to && effect.message.kind === "send") {
              const key = Buffer.from(effect.message.announce.data).toString();
              expect(sent.has(`${effect.to.session} ${key}`)).toBe(false);
              sent.add(`${effect.to.session} ${key}`).add(key);
            }
          }
          expect(scene.machine.view().neighbours.length).toBeLessThanOrEqual(3);
          expect(scene.machine.deadline).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 300 },
    );
  });
});
