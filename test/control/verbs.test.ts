import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Argument, completionsOf, parseWith, type Verb } from "../../src/control/grammar.ts";
import { PeerNames } from "../../src/control/peer-names.ts";
import { complete, helpRows, parseLine, verbs } from "../../src/control/verbs.ts";
import { at, id, picture, row } from "../ui/pictures.ts";

const view = picture({ rows: [row(2), row(3, { name: "gamma" }), row(4)] });
const names = new PeerNames(view.self, view.peers);

describe("a line of the palette", () => {
  test.each([
    ["test", { verb: "test", peers: null }],
    ["test all", { verb: "test", peers: "all" }],
    ["  test   7002,gamma ", { verb: "test", peers: [id(2), id(3)] }],
    ["test 127.0.0.1:7004", { verb: "test", peers: [id(4)] }],
    [`transfer ${id(2)}`, { verb: "transfer", peer: id(2) }],
    ["transfer", { verb: "transfer", peer: null }],
    ["exchange", { verb: "exchange" }],
    ["leave", { verb: "leave" }],
    ["q", { verb: "leave" }],
    ["quit", { verb: "leave" }],
    ["table", { verb: "table" }],
    ["help test", { verb: "help", about: "test" }],
    ["help quit", { verb: "help", about: "leave" }],
  ])("%j is understood", (line, command) => {
    expect(parseLine(line, names)).toEqual({ ok: true, value: command });
  });

  test.each([
    ["", /say one of test, exchange/],
    ["tets", /no command is called tets/],
    ["trans", /did you mean transfer/],
    ["test 7009", /test: no peer is called 7009: say 7001, 7002, gamma/],
    ["test 7001", /7001 is this peer: say another, or all/],
    ["transfer 7002 7003", /transfer: 7003 is one word too many: transfer \[PEER\]/],
    ["leave now", /leave: now is one word too many/],
    ["help tset", /no command is called tset: say test/],
    ["__proto__", /no command is called __proto__/],
    ["constructor", /no command is called constructor/],
  ])("%j is refused with what would be right", (line, text) => {
    const reading = parseLine(line, names);
    expect(reading).toMatchObject({ ok: false, text: expect.stringMatching(text) });
  });

  test("any text is understood or refused in one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (line) => {
        const reading = parseLine(line, names);
        expect(reading.ok || !reading.text.includes("\n")).toBe(true);
      }),
    );
  });

  test("whatever completion offers is understood", () => {
    for (const line of ["", "te", "test ", "test 7", "transfer ", "help ", "help t"]) {
      const offers = complete(line, names);
      expect(offers.length).toBeGreaterThan(0);
      for (const offer of offers) expect(parseLine(line.replace(/\S*$/, "") + offer, names).ok).toBe(true);
    }
  });

  test("completion offers nothing where nothing may stand", () => {
    expect(complete("leave ", names)).toEqual([]);
    expect(complete("nonsense x", names)).toEqual([]);
    expect(complete("test 7002 ", names)).toEqual([]);
  });

  test("help says how each command is said", () => {
    expect(helpRows("test")).toEqual([{ usage: "test [PEER,...|all]", help: expect.stringContaining("health-check") }]);
    expect(helpRows(null).map((entry) => entry.usage.split(" ")[0])).toEqual(Object.keys(verbs));
  });
});

describe("leaving", () => {
  const loss = (said: Parameters<typeof picture>[0]) => {
    const shown = picture(said);
    return verbs.leave.loss(shown, new PeerNames(shown.self, shown.peers));
  };

  test("is asked about where it costs the others their quorum", () => {
    const quorum = { needed: 2, up: 2, missing: [id(3)] };
    expect(loss({ peers: 3, raft: { quorum } })).toBe(
      "leave 7001: the others lose their quorum (1 of 3 voters would be up, 2 needed)",
    );
  });

  test("is not asked about where a quorum remains, was lost before, or nobody else votes", () => {
    expect(loss({ peers: 5 })).toBeNull();
    expect(loss({ peers: 3, raft: { quorum: { needed: 2, up: 1, missing: [id(2), id(3)] } } })).toBeNull();
    expect(loss({ peers: 1 })).toBeNull();
    expect(
      loss({
        peers: 3,
        raft: { voters: [id(2), id(3)], learners: [id(1)], quorum: { needed: 2, up: 2, missing: [] } },
      }),
    ).toBeNull();
  });
});

describe("the grammar", () => {
  const percent: Argument<number> = {
    shape: "30%",
    optional: false,
    read: (word) =>
      /^\d+%$/.test(word)
        ? { ok: true, value: Number.parseInt(word, 10) }
        : { ok: false, text: `${word} is no share: say 30%` },
    offers: () => ["10%", "30%"],
  };
  const drop: Verb<{ share: Argument<number> }> = {
    arguments: { share: percent },
    help: "",
    aliases: [],
    key: null,
    takesTarget: false,
    doneBy: "peer",
    loss: () => null,
  };
  const table = { drop };

  test("an argument that must be said is asked for by its shape", () => {
    expect(parseWith(table, "drop", names)).toEqual({ ok: false, text: "drop needs 30%: drop 30%" });
    expect(parseWith(table, "drop 3", names)).toEqual({ ok: false, text: "drop: 3 is no share: say 30%" });
    expect(parseWith(table, "drop 30%", names)).toEqual({ ok: true, value: { verb: "drop", share: 30 } });
    expect(completionsOf(table, "drop 3", names)).toEqual(["30%"]);
  });
});

describe("the names of peers", () => {
  test("a peer is called by name, else by port, else by address, whichever is its own", () => {
    const rows = [
      row(2, { name: "twin" }),
      row(3, { name: "twin" }),
      row(4, { name: "has blank" }),
      row(5, { name: "solo" }),
      row(6, { address: "10.0.0.1:7001" as ReturnType<typeof at> }),
    ];
    const twins = new PeerNames(picture().self, rows);
    expect(twins.labels).toEqual(["127.0.0.1:7001", "7002", "7003", "7004", "solo", "10.0.0.1:7001"]);
    expect(twins.find("twin")).toEqual({ ok: false, text: "twin means several: say 7002, 7003" });
  });

  test("every label means its own peer, whatever the names are", () => {
    const given = fc.array(fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("7002", "127.0.0.1:7003", "a")), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(given, (said) => {
        const rows = said.map((name, i) => row(i + 2, { name }));
        const several = new PeerNames(picture().self, rows);
        for (const peer of rows) expect(several.find(several.label(peer.id))).toEqual({ ok: true, peer: peer.id });
      }),
    );
  });

  test("whoever is not known is called by the beginning of the ID, and an unknown address by itself", () => {
    expect(names.label(id(9))).toBe("#abc0");
    expect(names.labelAt(at(9))).toBe("127.0.0.1:7009");
    expect(names.labelAt(at(3))).toBe("gamma");
  });
});
