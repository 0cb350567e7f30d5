import { describe, expect, test } from "vitest";
import { Pulse } from "../../../src/protocols/link/pulse.ts";
import { helloOf, kinds, LARGE, Scene, SMALL, send } from "./scene.ts";

describe("a link that stands", () => {
  test("is asked every 5 s for a sign of life, under rolling request IDs", () => {
    const scene = new Scene();
    const session = scene.linkedBy(LARGE);
    expect(scene.pass(4999)).toEqual([]);
    for (const requestId of [1, 2, 3]) {
      expect(scene.pass(1)).toEqual([send(session, { kind: "ping", requestId })]);
      expect(scene.hear(session, { kind: "pong", requestId })).toEqual([]);
      scene.pass(4999);
    }
  });

  test("that leaves two PINGs in a row without an answer is silent: half-open, and lost after 15 s", () => {
    const scene = new Scene();
    const session = scene.linkedBy(LARGE);
    expect(kinds(scene.pass(14_999))).toEqual([`ping on ${session}`, `ping on ${session}`]);
    const lost = { kind: "link-lost", peer: LARGE.peer, address: LARGE.address, reason: "silent", goodbye: null };
    expect(scene.pass(1)).toEqual([
      { kind: "close", session, reason: "silent" },
      { kind: "event", event: lost },
    ]);
  });

  test("an answer to the PING before the last one counts as well", () => {
    const scene = new Scene();
    const session = scene.linkedBy(LARGE);
    scene.pass(10_000);
    scene.hear(session, { kind: "pong", requestId: 1 });
    expect(kinds(scene.pass(5000))).toEqual([`ping on ${session}`]);
  });

  test("an answer to nothing proves nothing", () => {
    const scene = new Scene();
    const session = scene.linkedBy(LARGE);
    scene.hear(session, { kind: "pong", requestId: 1 });
    scene.pass(10_000);
    scene.hear(session, { kind: "pong", requestId: 3 });
    expect(kinds(scene.pass(5000))).toEqual([`close ${session}`, "link-lost"]);
  });

  test("answers a PING with its request ID", () => {
    const scene = new Scene();
    const session = scene.linkedBy(LARGE);
    expect(scene.hear(session, { kind: "ping", requestId: 65_535 })).toEqual([
      send(session, { kind: "pong", requestId: 65_535 }),
    ]);
  });

  test("request IDs go from 65535 on to 1, never to 0, which expects no answer", () => {
    const pulse = new Pulse(1, 0);
    let last = 0;
    for (let i = 0; i < 65_535; i++) {
      last = pulse.beat(i) ?? 0;
      pulse.answered(last);
    }
    expect([last, pulse.beat(0)]).toEqual([65_535, 1]);
  });
});

describe("after this process stood still", () => {
  test("every wait starts anew: the silence was perhaps our own", () => {
    const scene = new Scene();
    const linked = scene.linkedBy(LARGE);
    scene.pass(12_000);
    scene.connect(SMALL.address);
    const { session: greeting } = scene.accept();
    scene.now += 60_000;
    expect(scene.step({ kind: "resumed", gapMs: 60_000 })).toEqual([]);
    expect(scene.step({ kind: "timeout" })).toEqual([]);
    expect(scene.pass(4999)).toEqual([]);
    expect(kinds(scene.pass(1))).toEqual(["close 1", "dial-failed", `close ${greeting}`, `ping on ${linked}`]);
  });

  test("an address that waited is dialled", () => {
    const scene = new Scene();
    scene.connect(SMALL.address);
    scene.down(1);
    scene.now += 60_000;
    expect(kinds(scene.step({ kind: "resumed", gapMs: 60_000 }))).toEqual(["dial 3", "hello on 3"]);
    scene.hear(3, helloOf(SMALL));
    expect(scene.machine.view().links).toHaveLength(1);
  });
});
