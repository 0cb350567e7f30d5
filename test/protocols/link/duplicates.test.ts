import { describe, expect, test } from "vitest";
import { REFUSAL } from "../../../src/protocols/link/message.ts";
import { at, events, helloOf, kinds, LARGE, ourHello, Scene, SMALL, send } from "./scene.ts";

const LAST_WORD = { kind: "error", code: REFUSAL.duplicate, text: "another link survives" } as const;

describe("one connection a pair (section 3.1)", () => {
  test("crossed with a dial of a larger ID: ours replaces theirs, and the link stays up", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    const theirs = scene.linkedBy(LARGE, { dials: 1 });
    const effects = scene.hear(1, helloOf(LARGE, { dials: 1, incarnation: 1 }));
    const replaced = {
      ...{ kind: "link-replaced", peer: LARGE.peer, session: 1, address: LARGE.address, name: "seven" },
      ...{ incarnation: 1, cluster: helloOf(LARGE).cluster, dialledBy: "us" },
    };
    expect(effects).toEqual([{ kind: "event", event: replaced }, send(theirs, LAST_WORD)]);
    expect(scene.machine.view().links).toMatchObject([{ session: 1, dialledBy: "us", since: 1000 }]);
  });

  test("crossed with a dial of a smaller ID: ours is the duplicate", () => {
    const scene = new Scene();
    scene.connect(SMALL.address);
    const theirs = scene.linkedBy(SMALL, { dials: 1 });
    const duplicated = { kind: "link-duplicated", peer: SMALL.peer, session: 1 };
    expect(scene.hear(1, helloOf(SMALL, { dials: 1 }))).toEqual([
      { kind: "event", event: duplicated },
      send(1, LAST_WORD),
    ]);
    expect(scene.machine.view().links).toMatchObject([{ session: theirs }]);
    expect(scene.machine.view().dialling).toEqual([]);
  });

  test("who accepts a duplicate says HELLO all the same, so the dialler learns who is there", () => {
    const scene = new Scene();
    const ours = scene.linkedTo(LARGE);
    const { session } = scene.accept();
    const effects = scene.hear(session, helloOf(LARGE, { dials: 0 }));
    expect(effects[0]).toEqual(send(session, ourHello(1)));
    expect(kinds(effects)).toEqual([`hello on ${session}`, "link-duplicated", `error on ${session}`]);
    expect(scene.machine.view().links).toMatchObject([{ session: ours }]);
  });

  test("a duplicate is closed once the other side has said its last word on it", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    const theirs = scene.linkedBy(LARGE);
    scene.hear(1, helloOf(LARGE, { dials: 1 }));
    expect(scene.hear(theirs, { kind: "ping", requestId: 5 })).toEqual([]);
    expect(scene.hear(theirs, LAST_WORD)).toEqual([
      { kind: "close", session: theirs, reason: "another link survives" },
    ]);
  });

  test("a duplicate on which the last word does not come is closed after 5 s", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    const theirs = scene.linkedBy(LARGE);
    scene.hear(1, helloOf(LARGE, { dials: 1 }));
    const closes = scene.pass(5000).filter(({ kind }) => kind === "close");
    expect(closes).toEqual([{ kind: "close", session: theirs, reason: "no end of a duplicate within 5000 ms" }]);
    expect(scene.machine.view().links).toHaveLength(1);
  });

  test("a duplicate that breaks is no loss", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    const theirs = scene.linkedBy(LARGE);
    scene.hear(1, helloOf(LARGE, { dials: 1 }));
    expect(scene.down(theirs)).toEqual([]);
  });

  test("a link that the other side gave up stays up until the survivor shows, and is closed then", () => {
    const scene = new Scene();
    const first = scene.linkedBy(LARGE, { dials: 1 });
    expect(scene.hear(first, LAST_WORD)).toEqual([]);
    const { session } = scene.accept();
    expect(kinds(scene.hear(session, helloOf(LARGE, { dials: 3 })))).toEqual([
      `hello on ${session}`,
      "link-replaced",
      `error on ${first}`,
      `close ${first}`,
    ]);
  });

  test("whatever comes after the other side gave the link up replaces it, even what would lose otherwise", () => {
    const scene = new Scene();
    const ours = scene.linkedTo(LARGE);
    scene.hear(ours, LAST_WORD);
    const { session } = scene.accept();
    expect(kinds(scene.hear(session, helloOf(LARGE, { dials: 0 })))).toContain("link-replaced");
  });

  test("a link that the other side gave up for one that does not come is lost after 5 s", () => {
    const scene = new Scene();
    const first = scene.linkedBy(LARGE);
    scene.pass(1000);
    scene.hear(first, LAST_WORD);
    scene.pass(2000);
    // Said twice, it waits no longer.
    scene.hear(first, LAST_WORD);
    expect(kinds(scene.pass(2999))).toEqual([`ping on ${first}`]);
    expect(kinds(scene.pass(1))).toEqual([`close ${first}`, "link-lost"]);
  });

  test("a restarted peer's higher incarnation replaces its half-open link, whoever dialled that", () => {
    for (const who of [SMALL, LARGE]) {
      const scene = new Scene();
      const ours = scene.linkedTo(who);
      const { session } = scene.accept();
      const effects = scene.hear(session, helloOf(who, { incarnation: 2, dials: 0 }));
      expect(kinds(effects)).toEqual([`hello on ${session}`, "link-replaced", `error on ${ours}`]);
      expect(events(effects)[0]).toMatchObject({ incarnation: 2, session });
    }
  });

  test("a second dial by the same peer in the same life replaces the first, which is half-open", () => {
    const scene = new Scene();
    const first = scene.linkedBy(SMALL, { dials: 1 });
    const { session } = scene.accept();
    expect(kinds(scene.hear(session, helloOf(SMALL, { dials: 2 })))).toEqual([
      `hello on ${session}`,
      "link-replaced",
      `error on ${first}`,
    ]);
  });

  test("a dial by a larger ID that was greeted on our link before replaces it: it has lost that link", () => {
    const scene = new Scene();
    const ours = scene.linkedTo(LARGE);
    const { session } = scene.accept();
    expect(kinds(scene.hear(session, helloOf(LARGE, { dials: 1 })))).toEqual([
      `hello on ${session}`,
      "link-replaced",
      `error on ${ours}`,
    ]);
  });

  test("a second address of a linked peer is found out by one dial and dialled no more", () => {
    const scene = new Scene();
    const theirs = scene.linkedBy(SMALL, { dials: 1 });
    scene.connect(at(9999));
    expect(kinds(scene.hear(1, helloOf(SMALL, { dials: 1 })))).toEqual(["link-replaced", `error on ${theirs}`]);
    scene.hear(theirs, LAST_WORD);
    expect(scene.machine.view().dialling).toEqual([]);
    expect(kinds(scene.pass(6000)).filter((kind) => kind.startsWith("dial"))).toEqual([]);
  });

  test("when the surviving connection breaks the link is lost, and what is left of the pair is closed", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    const theirs = scene.linkedBy(LARGE);
    scene.hear(1, helloOf(LARGE, { dials: 1 }));
    expect(kinds(scene.down(1))).toEqual([`close ${theirs}`, "link-lost"]);
  });
});
