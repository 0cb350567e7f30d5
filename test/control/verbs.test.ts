import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { completionsOf } from "../../src/control/completion.ts";
import { type Argument, parseWith, type Verb, verb } from "../../src/control/grammar.ts";
import { PeerNames } from "../../src/control/peer-names.ts";
import { complete, helpRows, parseLine, verbs } from "../../src/control/verbs.ts";
import { BULLY, BULLY_ALONE, BULLY_ZAB, HELD_DOWN, NO_ORDER, ZAB } from "../ui/agreements.ts";
import { at, id, picture, row } from "../ui/pictures.ts";

const view = picture({ rows: [row(2), row(3, { name: "gamma" }), row(4)] });
const names = new PeerNames(view.self, view.peers);

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

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
    ["cut 7002", { verb: "cut", peers: [id(2)], direction: null, reset: null, lasting: null }],
    [
      "cut 7002 , 7001 for 30s reset in",
      { verb: "cut", peers: [id(2), id(1)], direction: "in", reset: true, lasting: 30_000 },
    ],
    ["drop all 2.5% both", { verb: "drop", peers: "all", percent: 2.5, direction: "both", lasting: null }],
    ["corrupt gamma 5%", { verb: "corrupt", peers: [id(3)], percent: 5, direction: null, lasting: null }],
    ["duplicate 7002 20%", { verb: "duplicate", peers: [id(2)], percent: 20, direction: null, lasting: null }],
    ["reorder 7002 100%", { verb: "reorder", peers: [id(2)], percent: 100, direction: null, lasting: null }],
    [
      "latency 7002 100ms jitter 20ms out for 2m",
      { verb: "latency", peers: [id(2)], delay: 100, jitter: 20, direction: "out", lasting: 120_000 },
    ],
    [
      "latency 7002 0.1s +-20ms",
      { verb: "latency", peers: [id(2)], delay: 100, jitter: 20, direction: null, lasting: null },
    ],
    ["bandwidth 7002 10kb/s", { verb: "bandwidth", peers: [id(2)], rate: 10_000, direction: null, lasting: null }],
    ["isolate 7001 for 1h", { verb: "isolate", peers: [id(1)], lasting: 3_600_000 }],
    ["pause all for 500ms", { verb: "pause", peers: "all", lasting: 500 }],
    ["resume 7002", { verb: "resume", peers: [id(2)] }],
    ["crash 7002,7004", { verb: "crash", peers: [id(2), id(4)], lasting: null }],
    ["recover all", { verb: "recover", peers: "all" }],
    ["skew 7002 1.5x", { verb: "skew", peers: [id(2)], rate: 1.5 }],
    ["jump 7002 10s", { verb: "jump", peers: [id(2)], ahead: 10_000 }],
    ["partition 7001, 7002 |gamma for 5s", { verb: "partition", groups: [[id(1), id(2)], [id(3)]], lasting: 5000 }],
    ["partition 7001|7002|gamma", { verb: "partition", groups: [[id(1)], [id(2)], [id(3)]], lasting: null }],
    ["pace 10", { verb: "pace", factor: 10 }],
    ["heal", { verb: "heal", peers: null }],
    ["heal all", { verb: "heal", peers: "all" }],
    ["heal 7002", { verb: "heal", peers: [id(2)] }],
    ["remove 3,#4", { verb: "remove", faults: [3, 4] }],
    ["undo", { verb: "undo" }],
    ["announce 1337 hello", { verb: "announce", dataType: 1337, ttl: null, data: utf8("hello") }],
    ["  announce  0 \t ttl  255   a,  b | c, ", { verb: "announce", dataType: 0, ttl: 255, data: utf8("a,  b | c,") }],
    ["announce 1337 , and +-5 too", { verb: "announce", dataType: 1337, ttl: null, data: utf8(", and +-5 too") }],
    ["announce ttl 0 65535 tt l", { verb: "announce", dataType: 65_535, ttl: 0, data: utf8("tt l") }],
    ["announce 1337 hex  6E6f 74 65", { verb: "announce", dataType: 1337, ttl: null, data: utf8("note") }],
    ["announce 1337 hexagon", { verb: "announce", dataType: 1337, ttl: null, data: utf8("hexagon") }],
    [
      "announce 1337 \u{6771} \u{1f4a5}",
      { verb: "announce", dataType: 1337, ttl: null, data: utf8("\u{6771} \u{1f4a5}") },
    ],
    ["subscribe 1337", { verb: "subscribe", dataType: 1337 }],
    ["unsubscribe 0", { verb: "unsubscribe", dataType: 0 }],
    [`cut ${id(77)}`, { verb: "cut", peers: [id(77)], direction: null, reset: null, lasting: null }],
  ])("%j is understood", (line, command) => {
    expect(parseLine(line, names)).toEqual({ ok: true, value: command });
  });

  test.each([
    ["", /say one of test, exchange/],
    ["tets", /no command is called tets/],
    ["trans", /did you mean transfer/],
    ["test 7009", /test: no peer is called 7009: say 7001, 7002, gamma/],
    ["test 7001", /7001 is this peer: say another, or all/],
    ["drop", /drop needs PEER,...\|all: drop PEER,...\|all 30% \[in\|out\|both\] \[for 30s\]/],
    ["drop 7002", /drop needs 30%: drop/],
    ["drop 7002 30", /drop: 30 is no percentage: say 30%/],
    ["drop 7002 130%", /drop: 130% is not between 0% and 100%/],
    ["drop 7002 0%", /drop: 0% is not between/],
    ["drop 7002 -5%", /drop: -5% is no percentage/],
    ["drop 7002 30% for", /drop: for needs a value: say for 30s/],
    ["drop 7002 30% for ever", /drop: ever is no time: say 500ms, 30s or 2m/],
    ["drop 7002 30% for 30", /drop: 30 is no time/],
    ["drop 7002 30% for 25h", /drop: 25h is not between 1ms and 24h/],
    ["drop 7002 30% for 5s for 6s", /drop: for is one word too many: it was said before/],
    ["cut 7002 in out", /cut: out is one word too many: it was said before/],
    [
      "cut 7002 inwards",
      /cut: inwards is one word too many: cut PEER,...\|all \[in\|out\|both\] \[reset\] \[for 30s\]/,
    ],
    ["cut 7009", /cut: no peer is called 7009: say 7001, 7002, gamma/],
    ["cut 7002,7002", /cut: 7002 is named twice/],
    ["cut 7002,all", /cut: all stands alone/],
    ["cut 7002,", /cut: 7002, lacks a name beside a comma/],
    ["latency 7002 fast", /latency: fast is no time: say 500ms, 30s or 2m/],
    ["latency 7002 100ms jitter", /latency: jitter needs a value: say jitter 20ms/],
    ["bandwidth 7002 10", /bandwidth: 10 is no rate: say 500B\/s, 10KB\/s or 1MB\/s/],
    ["skew 7002 fast", /skew: fast is no factor: say 1.5x/],
    ["skew 7002 0x", /skew: 0x is not between 0.01 and 100/],
    ["pace", /pace needs 10: pace 10/],
    ["pace 10000", /pace: 10000 is not between 0.1 and 1000/],
    ["pace 1e3", /pace: 1e3 is no factor/],
    ["partition 7001,7002", /partition: 7001,7002 is one group: put \| between two/],
    ["partition 7001 | 7002,7001", /partition: 7001 is named twice/],
    ["partition 7001 |", /partition: a group is empty/],
    ["remove x", /remove: x is no number of a fault: say 3 or 3,4/],
    ["announce", /announce needs TYPE: announce TYPE \[ttl 4\] DATA...\|hex 6e6f7465/],
    ["announce 1337", /announce needs DATA/],
    ["announce 1337 ttl 4", /announce needs DATA/],
    ["announce 1337 ttl", /ttl needs a value: say ttl 4/],
    ["announce 1337 ttl 256 x", /256 is no ttl \(0 has no limit\): say a number from 0 to 255/],
    ["announce 1337 ttl 1 ttl 2 x", /ttl is one word too many: it was said before/],
    ["announce 65536 hello", /65536 is no data type: say a number from 0 to 65535/],
    ["announce -1 hello", /-1 is no data type/],
    ["announce 1337,1338 hello", /1337,1338 is no data type/],
    ["announce 1337 hex", /hex needs digits: say hex 6e6f7465/],
    ["announce 1337 hex 6e6x", /x is no hex digit: say hex 6e6f7465/],
    ["announce 1337 hex 6e6", /3 hex digits are no whole bytes: two make one/],
    ["subscribe", /subscribe needs TYPE: subscribe TYPE/],
    ["subscribe news", /news is no data type: say a number from 0 to 65535/],
    ["unsubscribe 1337 1338", /1338 is one word too many/],
    ["undo 3", /undo: 3 is one word too many: undo/],
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

  test("whatever is announced as text is told byte by byte as it stands, but for blanks at its ends", () => {
    const texts = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).map((text) => text.trim());
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(text !== "" && !/^(?:hex|ttl)(?:\s|$)/.test(text));
        const reading = parseLine(`announce 7 ttl 2 ${text}`, names);
        expect(reading).toEqual({ ok: true, value: { verb: "announce", dataType: 7, ttl: 2, data: utf8(text) } });
      }),
    );
  });

  test("whatever is announced in hex is those bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (data) => {
        const reading = parseLine(`announce 7 hex ${Buffer.from(data).toString("hex")}`, names);
        expect(reading).toEqual({ ok: true, value: { verb: "announce", dataType: 7, ttl: null, data } });
      }),
    );
  });

  test("data that no notice holds is refused", () => {
    expect(parseLine(`announce 7 ${"x".repeat(65_527)}`, names)).toMatchObject({ ok: true });
    expect(parseLine(`announce 7 ${"x".repeat(65_528)}`, names)).toEqual({
      ok: false,
      text: "announce: 65528 bytes are too many: a notice holds 65527",
      at: 11,
    });
  });

  test("whatever completion offers is understood", () => {
    expect(complete("", names)).toEqual(Object.keys(verbs));
    for (const line of ["te", "test ", "test 7", "transfer ", "help ", "help t"]) {
      const offers = complete(line, names);
      expect(offers.length).toBeGreaterThan(0);
      for (const offer of offers) expect(parseLine(line.replace(/\S*$/, "") + offer, names).ok).toBe(true);
    }
  });

  /** What is offered at the end of each line. */
  test.each([
    ["cut ", ["7001", "7002", "gamma", "7004", "all", "in", "out", "both", "reset", "for"]],
    ["cut 7002,", ["7002,7001", "7002,gamma", "7002,7004"]],
    ["cut 7002, ga", ["gamma"]],
    ["cut 7002 ", ["in", "out", "both", "reset", "for"]],
    ["cut 7002 reset for ", ["10s", "30s", "1m"]],
    ["drop 7002 ", ["5%", "10%", "30%", "50%", "in", "out", "both", "for"]],
    ["latency 7002 1", ["100ms", "10s"]],
    ["latency 7002 100ms jitter ", ["10ms", "20ms"]],
    ["bandwidth 7002 1", ["1KB/s", "10KB/s", "100KB/s"]],
    ["skew 7002 ", ["0.5x", "1.5x", "2x"]],
    ["jump 7002 1", ["100ms", "10s"]],
    ["pace ", ["1", "2", "10"]],
    ["partition 7001 ", ["|"]],
    ["partition 7001 |", ["|7002", "|gamma", "|7004"]],
    ["partition 7001 | ", ["7002", "gamma", "7004"]],
    ["partition 7001 | 7002,", ["7002,gamma", "7002,7004"]],
    ["partition 7001 | 7002 ", ["for"]],
    ["heal ga", ["gamma"]],
    ["pause 7002 f", ["for"]],
    ["ann", ["announce"]],
    ["announce 1337 ", []],
    ["announce 1337 h", ["hex"]],
    ["announce 1337 t", ["ttl"]],
    ["announce 1337 ttl ", ["0", "1", "4"]],
    ["announce 1337 ttl 4 he", ["hex"]],
    ["announce 1337 ttl 4 t", []],
    ["announce 1337 in the rest , t", []],
    ["announce 1337 hex t", []],
    ["unsubscribe ", []],
  ])("behind %j completion offers %j", (line, offers) => {
    expect(complete(line, names)).toEqual(offers);
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
  const drop: Verb<{ share: Argument<number> }> = verb({
    arguments: { share: percent },
    help: "",
    inverse: { none: "" },
  });
  const table = { drop };

  test("an argument that must be said is asked for by its shape", () => {
    expect(parseWith(table, "drop", names)).toEqual({ ok: false, text: "drop needs 30%: drop 30%", at: 4 });
    expect(parseWith(table, "drop 3", names)).toEqual({ ok: false, text: "drop: 3 is no share: say 30%", at: 5 });
    expect(parseWith(table, "drop 30%", names)).toEqual({ ok: true, value: { verb: "drop", share: 30 } });
    expect(completionsOf(table, "drop 3", { names, held: { files: [], keys: [], locks: [], jobs: [] } })).toEqual([
      "30%",
    ]);
  });
});

describe("the table", () => {
  const all = Object.entries<Verb>(verbs);

  test.each(all)("%s has help, a way back or why not, and a key or why not", (_, entry) => {
    expect(entry.help).toMatch(/^[a-z].*[^.]$/);
    const inverse = "line" in entry.inverse ? entry.inverse.line : entry.inverse.none;
    expect(inverse).not.toBe("");
    const keys = [entry.key, ...entry.faultKeys].filter((each) => each !== null);
    expect(keys.length > 0).toBe(entry.keyless === null);
  });

  test("every line that stands behind a key or takes something back is understood", () => {
    const lines = all.flatMap(([, { faultKeys, inverse }]) => [
      ...faultKeys.map(({ line }) => line),
      ...("line" in inverse ? [inverse.line] : []),
    ]);
    const said: Record<string, string> = {
      target: "7002,gamma",
      type: "1337",
      file: "notes",
      job: "25",
      x: "3",
      y: "4",
    };
    for (const line of lines) {
      const words = line.replace(/\{(\w+)\}/g, (mark, name: string) => said[name] ?? mark);
      expect(parseLine(words, names)).toMatchObject({ ok: true });
    }
  });

  test("the keys behind f are those of the fault desk; only pause and resume, crash and recover share theirs", () => {
    const keys = all.flatMap(([name, { faultKeys }]) => faultKeys.map(({ key }) => `${key} ${name}`));
    expect(keys.map((each) => each[0]).join("")).toBe("c><dl2rxbippkkthH");
    expect(keys.filter((each) => each.startsWith("p"))).toEqual(["p pause", "p resume"]);
    expect(keys.filter((each) => each.startsWith("k"))).toEqual(["k crash", "k recover"]);
  });
});

describe("a crash", () => {
  const loss = (line: string, said: Parameters<typeof picture>[0] = {}): string | null => {
    const shown = picture(said);
    const shownNames = new PeerNames(shown.self, shown.peers);
    const reading = parseLine(line, shownNames);
    if (!reading.ok || reading.value.verb !== "crash") throw new Error("no crash");
    return verbs.crash.loss(shown, shownNames, reading.value);
  };

  test("is asked about, with whom and what it costs", () => {
    expect(loss("crash 7002")).toBe("crash 7002: what is not on disk");
    expect(loss("crash 7001", { raft: { lastLogIndex: 12 } })).toBe(
      "crash 7001: leader, 3 uncommitted entries, what is not on disk",
    );
    expect(loss("crash 7002,7003", { peers: 3 })).toBe(
      "crash 7002,7003: the others lose their quorum (1 of 3 voters would be up, 2 needed), what is not on disk",
    );
  });

  test("under ZAB costs what its ensemble loses, whoever votes elsewhere", () => {
    const zab = { modes: BULLY_ZAB, election: BULLY, order: ZAB };
    expect(loss("crash 7001", { view: zab })).toBe(
      "crash 7001: leader, 2 uncommitted entries, the others lose their quorum (1 of 3 members would be up, 2 needed), what is not on disk",
    );
    expect(loss("crash 7004,7005", { view: zab })).toBe("crash 7004,7005: what is not on disk");
    const led = { ...zab, election: HELD_DOWN, order: { ...ZAB, leader: id(2), quorum: { needed: 1, up: 2 } } };
    expect(loss("crash 7001", { view: led })).toBe("crash 7001: what is not on disk");
    expect(loss("crash 7002", { view: led })).toBe("crash 7002: leader, what is not on disk");
  });

  test("where the leader is voted for and ZAB keeps the order may cost either majority", () => {
    const view = {
      modes: { ...BULLY_ZAB, election: "raft" as const },
      order: { ...ZAB, quorum: { needed: 2, up: 3 } },
    };
    expect(loss("crash 7004,7005", { raft: { quorum: { needed: 3, up: 3, missing: [id(2), id(3)] } }, view })).toBe(
      "crash 7004,7005: the others lose their quorum (1 of 5 voters would be up, 3 needed), what is not on disk",
    );
  });

  test("where nobody decides by majority costs no quorum", () => {
    const view = { modes: BULLY_ALONE, election: BULLY, order: NO_ORDER };
    expect(loss("crash 7001,7002,7003,7004", { view })).toBe("crash 7001,7002,7003,7004: leader, what is not on disk");
  });
});

describe("the names of peers", () => {
  test("a name that means something else in a line, or is the ID of another, is not spoken", () => {
    const rows = ["all", "in", "for", "a|b", "a,b", id(2)].map((name, i) => row(i + 2, { name }));
    const odd = new PeerNames(picture().self, rows);
    expect(odd.labels).toEqual(["7001", "7002", "7003", "7004", "7005", "7006", "7007"]);
    expect(odd.find(id(2))).toEqual({ ok: true, peer: id(2) });
  });

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
