import { describe, expect, test } from "vitest";
import { REFUSAL } from "../../../src/protocols/link/message.ts";
import { dialled, events, helloOf, kinds, LARGE, Scene, SMALL, send } from "./scene.ts";

describe("`leave`", () => {
  for (const [reason, text] of [
    ["leaving", "goodbye"],
    ["stopping", "goodbye for now"],
  ] as const) {
    test(`says ${reason} on every link and dials no more`, () => {
      const scene = new Scene();
      const linked = scene.linkedBy(LARGE);
      scene.connect(SMALL.address);
      const error = { kind: "error", code: REFUSAL[reason], text } as const;
      const why = `we are ${reason}`;
      expect(scene.command({ kind: "leave", reason })).toEqual([
        send(linked, error),
        { kind: "close", session: linked, reason },
        send(1, error),
        { kind: "close", session: 1, reason },
        {
          kind: "event",
          event: { kind: "link-lost", peer: LARGE.peer, address: LARGE.address, reason: why, goodbye: null },
        },
      ]);
      expect(scene.connect(LARGE.address)).toEqual([]);
      expect(scene.machine.deadline).toBe(Infinity);
      expect(scene.machine.view()).toMatchObject({ links: [], dialling: [] });
    });

    test(`refuses whoever comes afterwards, unheard, as ${reason}`, () => {
      const scene = new Scene();
      scene.command({ kind: "leave", reason });
      const { session, effects } = scene.accept();
      expect(effects).toEqual([
        send(session, { kind: "error", code: REFUSAL[reason], text }),
        { kind: "close", session, reason: text },
      ]);
      expect(scene.hear(session, helloOf(LARGE))).toEqual([]);
    });
  }

  test("says nothing on a duplicate, on which the last word was said", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    const theirs = scene.linkedBy(LARGE);
    scene.hear(1, helloOf(LARGE, { dials: 1 }));
    const said = kinds(scene.command({ kind: "leave", reason: "leaving" }));
    expect(said).toEqual(["error on 1", "close 1", `close ${theirs}`, "link-lost"]);
  });
});

describe("a goodbye by the other side", () => {
  const farewell = (code: number) => {
    const scene = new Scene();
    const session = scene.linkedTo(LARGE);
    const effects = scene.error(session, code, "bye");
    return { scene, effects };
  };

  test("`leaving`: the link is lost with a goodbye, and its address is not wanted any more", () => {
    const { scene, effects } = farewell(REFUSAL.leaving);
    const reason = "leaving: bye";
    expect(effects).toEqual([
      { kind: "close", session: 1, reason },
      {
        kind: "event",
        event: { kind: "link-lost", peer: LARGE.peer, address: LARGE.address, reason, goodbye: "leaving" },
      },
    ]);
    expect(scene.machine.deadline).toBe(Infinity);
  });

  test("`stopping`: the link is lost with a goodbye, and it is dialled until it is back", () => {
    const { scene, effects } = farewell(REFUSAL.stopping);
    expect(events(effects)).toMatchObject([{ kind: "link-lost", goodbye: "stopping" }]);
    expect(dialled(scene.pass(50))).toBe(3);
  });

  test("any other ERROR on a link: it is lost without a goodbye, and dialled again", () => {
    for (const [code, reason] of [
      [REFUSAL["other-cluster"], "other-cluster: bye"],
      [REFUSAL.full, "full: bye"],
      [0, "unknown code 0: bye"],
      [65_535, "unknown code 65535: bye"],
    ] as const) {
      const { scene, effects } = farewell(code);
      expect(events(effects)).toMatchObject([{ kind: "link-lost", reason, goodbye: null }]);
      expect(dialled(scene.pass(50))).toBe(3);
    }
  });
});
