import { describe, expect, test } from "vitest";
import { REFUSAL } from "../../../src/protocols/link/message.ts";
import { at, dialled, events, helloOf, kinds, LARGE, OUR_ADDRESS, ourHello, Scene, SMALL, send, US } from "./scene.ts";

describe("a wanted address", () => {
  test("is dialled at once, with our HELLO as the first message", () => {
    expect(new Scene().connect(LARGE.address)).toEqual([
      { kind: "dial", session: 1, address: LARGE.address },
      send(1, ourHello(1)),
    ]);
  });

  test("is a link once the HELLO in answer is there", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    expect(scene.step({ kind: "session", session: 1, up: true, address: LARGE.address })).toEqual([]);
    scene.now = 1234;
    const established = {
      kind: "link-established",
      peer: LARGE.peer,
      session: 1,
      address: LARGE.address,
      name: "seven",
      incarnation: 4,
      cluster: helloOf(LARGE).cluster,
      dialledBy: "us",
    };
    expect(scene.hear(1, helloOf(LARGE, { incarnation: 4 }))).toEqual([{ kind: "event", event: established }]);
    expect(scene.machine.view()).toEqual({
      links: [{ peer: LARGE.peer, address: LARGE.address, session: 1, dialledBy: "us", since: 1234 }],
      dialling: [],
      refused: 0,
    });
  });

  test("is dialled once, however often it is wanted", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    expect(scene.machine.view().dialling).toEqual([LARGE.address]);
    expect(scene.connect(LARGE.address)).toEqual([]);
    scene.hear(1, helloOf(LARGE));
    expect(scene.connect(LARGE.address)).toEqual([]);
  });

  test("that is our own is ignored", () => {
    expect(new Scene().connect(OUR_ADDRESS)).toEqual([]);
  });

  test("nothing is dialled until something is wanted", () => {
    expect(new Scene().machine.deadline).toBe(Infinity);
  });

  test("is not dialled while whoever listens there is linked already", () => {
    const scene = new Scene();
    scene.linkedBy(LARGE);
    expect(scene.connect(LARGE.address)).toEqual([]);
    expect(dialled([...scene.down(2), ...scene.pass(50)])).toBe(1);
  });

  test("waits no more when whoever listens there has dialled us", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    scene.down(1);
    scene.linkedBy(LARGE);
    expect(scene.pass(4000)).toEqual([]);
  });

  test("whose dial fails while its peer has dialled us is no failure", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    scene.linkedBy(LARGE);
    expect(scene.down(1)).toEqual([]);
    expect(scene.pass(4000)).toEqual([]);
  });

  test("whose HELLO does not come within 5 s is given up for now", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    scene.step({ kind: "session", session: 1, up: true, address: LARGE.address });
    expect(scene.pass(4999)).toEqual([]);
    const reason = "no HELLO within 5000 ms";
    expect(scene.pass(1)).toEqual([
      { kind: "close", session: 1, reason },
      { kind: "event", event: { kind: "dial-failed", address: LARGE.address, reason, attempts: 1 } },
    ]);
    expect(scene.hear(1, helloOf(LARGE))).toEqual([]);
  });

  test("is dialled again under a fresh odd number after a failure, and told at attempts 1, 10, 20, ...", () => {
    const scene = new Scene();
    let session = dialled(scene.connect(LARGE.address));
    const told: number[] = [];
    for (let attempt = 1; attempt <= 30; attempt++) {
      for (const event of events(scene.down(session, "refused"))) {
        if (event.kind === "dial-failed") told.push(event.attempts);
      }
      expect(scene.machine.deadline - scene.now).toBeLessThanOrEqual(2000);
      const next = dialled(scene.pass(scene.machine.deadline - scene.now));
      expect(next).toBe(session + 2);
      session = next;
    }
    expect(told).toEqual([1, 10, 20, 30]);
  });

  test("is dialled now on `redial` when it waits, and only then", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    const redial = { kind: "redial", address: LARGE.address } as const;
    expect(scene.command(redial)).toEqual([]);
    scene.down(1);
    expect(dialled(scene.command(redial))).toBe(3);
    scene.hear(3, helloOf(LARGE));
    expect(scene.command(redial)).toEqual([]);
    expect(scene.command({ kind: "redial", address: SMALL.address })).toEqual([]);
  });

  test("is dialled again within 50 ms when a link that lasted is lost", () => {
    const scene = new Scene();
    scene.linkedTo(LARGE);
    scene.pass(3000);
    const lost = { kind: "link-lost", peer: LARGE.peer, address: LARGE.address, reason: "reset", goodbye: null };
    expect(scene.down(1)).toEqual([{ kind: "event", event: lost }]);
    expect(dialled(scene.pass(50))).toBe(3);
  });
});

describe("`restart`", () => {
  test("ends the link and says why, and dials for another at once", () => {
    const scene = new Scene();
    scene.linkedTo(LARGE);
    const text = "a message was lost or overtaken";
    const reason = `disordered: ${text}`;
    expect(scene.command({ kind: "restart", peer: LARGE.peer })).toEqual([
      send(1, { kind: "error", code: REFUSAL.disordered, text }),
      { kind: "close", session: 1, reason },
      {
        kind: "event",
        event: { kind: "link-lost", peer: LARGE.peer, address: LARGE.address, reason, goodbye: null },
      },
    ]);
    expect(dialled(scene.pass(50))).toBe(3);
  });

  test("of a link that is not there is nothing", () => {
    expect(new Scene().command({ kind: "restart", peer: LARGE.peer })).toEqual([]);
  });
});

describe("`disconnect`", () => {
  const disconnect = { kind: "disconnect", address: LARGE.address, reason: "unwanted" } as const;

  test("closes the link with its reason and dials no more", () => {
    const scene = new Scene();
    scene.linkedTo(LARGE);
    const text = "not wanted any more";
    const reason = `unwanted: ${text}`;
    expect(scene.command(disconnect)).toEqual([
      send(1, { kind: "error", code: REFUSAL.unwanted, text }),
      { kind: "close", session: 1, reason },
      {
        kind: "event",
        event: { kind: "link-lost", peer: LARGE.peer, address: LARGE.address, reason, goodbye: null },
      },
    ]);
    expect(scene.machine.deadline).toBe(Infinity);
  });

  test("closes a dial that is under way, or ends a wait", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    expect(kinds(scene.command(disconnect))).toEqual(["close 1"]);
    scene.connect(LARGE.address);
    scene.down(3);
    expect(scene.command(disconnect)).toEqual([]);
    expect(scene.machine.deadline).toBe(Infinity);
  });

  test("closes a link that was dialled there, whatever address its peer tells", () => {
    const scene = new Scene();
    scene.connect(at(9999));
    scene.hear(1, helloOf(LARGE));
    expect(kinds(scene.command({ ...disconnect, address: at(9999) }))).toEqual(["error on 1", "close 1", "link-lost"]);
  });

  test("leaves the link to a peer that was found there and has moved", () => {
    const scene = new Scene();
    scene.linkedTo(LARGE);
    const { session } = scene.accept();
    scene.hear(session, helloOf({ ...LARGE, address: at(9999) }, { incarnation: 2 }));
    expect(scene.command(disconnect)).toEqual([]);
    expect(scene.machine.view().links).toMatchObject([{ address: at(9999), session }]);
  });

  test("closes a link that the other side dialled, too", () => {
    const scene = new Scene();
    scene.linkedBy(LARGE);
    expect(kinds(scene.command(disconnect))).toEqual(["error on 2", "close 2", "link-lost"]);
  });
});

describe("a dial that reaches ourselves", () => {
  test("is refused as `self` on both ends, and the address is not wanted any more", () => {
    const scene = new Scene();
    const alias = at(9999);
    scene.connect(alias);
    const { session } = scene.accept();
    const text = `this is ${US} itself`;
    const error = { kind: "error", code: REFUSAL.self, text } as const;
    expect(scene.hear(session, ourHello(1))).toEqual([
      send(session, error),
      { kind: "close", session, reason: text },
      { kind: "event", event: { kind: "link-refused", address: OUR_ADDRESS, by: "us", reason: "self", text } },
    ]);
    expect(scene.hear(1, error)).toEqual([
      { kind: "close", session: 1, reason: "refused" },
      { kind: "event", event: { kind: "link-refused", address: alias, by: "them", reason: "self", text } },
    ]);
    expect(scene.machine.deadline).toBe(Infinity);
  });

  test("and answers with a HELLO is refused all the same", () => {
    const scene = new Scene();
    scene.connect(at(9999));
    expect(kinds(scene.hear(1, ourHello(0)))).toEqual(["error on 1", "close 1", "link-refused"]);
    expect(scene.machine.deadline).toBe(Infinity);
  });
});
