import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { heldIn } from "../../src/control/held.ts";
import { PeerNames } from "../../src/control/peer-names.ts";
import { quoted, unquoted } from "../../src/control/quoted.ts";
import { requestOf, toldOf } from "../../src/control/store-requests.ts";
import { complete, parseLine, type StoreLine, textIn, verbs } from "../../src/control/verbs.ts";
import { type Answer, failed, type Operation, type Query } from "../../src/core/request.ts";
import { FILES, fileRow, picture, row, VALUES } from "../ui/pictures.ts";

const view = picture({ rows: [row(2), row(3, { name: "gamma" })], view: { files: FILES, values: VALUES } });
const names = new PeerNames(view.self, view.peers);
const held = heldIn(view);

describe("a line about files and values", () => {
  test.each([
    ["create notes", { verb: "create", name: "notes" }],
    ['create "my notes"', { verb: "create", name: "my notes" }],
    ["create a,b|c", { verb: "create", name: "a,b|c" }],
    ['create  "\\u001b[2J\\n"', { verb: "create", name: "\x1b[2J\n" }],
    ["delete all", { verb: "delete", name: "all" }],
    ["append notes hello,  world | x ", { verb: "append", name: "notes", text: "hello,  world | x" }],
    ['append notes "one\\ntwo "', { verb: "append", name: "notes", text: "one\ntwo " }],
    ['append notes "one" two', { verb: "append", name: "notes", text: '"one" two' }],
    ['append notes "one', { verb: "append", name: "notes", text: '"one' }],
    ['append "a \\" b" "c"', { verb: "append", name: 'a " b', text: "c" }],
    ['append notes ""', { verb: "append", name: "notes", text: "" }],
    ["read gamma", { verb: "read", name: "gamma" }],
    ["write colour dark  blue", { verb: "write", key: "colour", value: "dark  blue" }],
    ["write k at 5", { verb: "write", key: "k", value: "at 5" }],
    ["get colour", { verb: "get", key: "colour", version: null, time: null }],
    ["get colour version 182", { verb: "get", key: "colour", version: "182", time: null }],
    ["get at 9007199254740991 colour", { verb: "get", key: "colour", version: null, time: 2 ** 53 - 1 }],
    ['get "at"', { verb: "get", key: "at", version: null, time: null }],
  ])("%j is understood", (line, command) => {
    expect(parseLine(line, names)).toEqual({ ok: true, value: command });
  });

  test.each([
    ["create", /^create needs NAME: create NAME$/],
    ["create my notes", /^create: notes is one word too many: create NAME$/],
    ['create "my notes', /^create: "my is no text in quotes: say "my notes"$/],
    ['create "a"b', /is no text in quotes/],
    ['create ""', /^create: 0 bytes are no NAME: say 1 to 255$/],
    [`create ${"\u{6771}".repeat(86)}`, /^create: 258 bytes are no NAME: say 1 to 255$/],
    ["append notes", /^append needs TEXT\.\.\.: append NAME TEXT\.\.\.$/],
    [`append notes ${"x".repeat(65_537)}`, /^append: 65537 bytes are too many: say 65536 at most$/],
    ["write", /^write needs KEY: write KEY VALUE\.\.\.$/],
    ["get", /^get needs KEY: get KEY \[version 182\] \[at 182\]$/],
    ["get colour at noon", /^get: noon is no time of the store: say 182, as WrittenAt does$/],
    ["get colour at 9007199254740992", /is no time of the store/],
    ["get colour at", /^get: at needs a value: say at 182$/],
    ["get colour now", /^get: now is one word too many/],
  ])("%j is refused with what would be right", (line, text) => {
    expect(parseLine(line, names)).toMatchObject({ ok: false, text: expect.stringMatching(text) });
  });

  test.each([
    ["app", ["append"]],
    ["create ", []],
    ["append no", ["notes"]],
    ["delete ", FILES.recent.map(({ name }) => quoted(name))],
    ['read "', ['"my notes"', '"\\u001b[2J\\u001b]0;owned\\u0007"', '"\\u202etxt.exe"']],
    ["append notes x", []],
    ["append notes, x", []],
    ["write co", ["colour"]],
    ["get colour ", ["version", "at"]],
    ["get colour version ", []],
  ])("behind %j completion offers %j", (line, offers) => {
    expect(complete(line, names, verbs, held)).toEqual(offers);
  });

  test("has no names of peers in it: all behind its verb stands as it is", () => {
    expect(textIn("append notes gamma")).toBe("append ".length);
    expect(textIn('  get "my key" at 5')).toBe("  get ".length);
    expect(textIn("announce 7 gamma")).toBe("announce 7 ".length);
    expect(textIn("cut gamma")).toBe("cut gamma".length);
  });

  test("only a deletion asks first", () => {
    const loss = (line: string, files = FILES) => {
      const reading = parseLine(line, names);
      if (!reading.ok || reading.value.verb !== "delete") throw new Error("no deletion");
      return verbs.delete.loss({ ...view, files }, names, reading.value);
    };
    expect(loss("delete notes")).toBe("delete notes: 13 bytes, gone on every peer");
    expect(loss('delete "my notes"')).toBe('delete "my notes": 64000 bytes, gone on every peer');
    expect(loss("delete x", { ...FILES, recent: [fileRow(1, { name: "x", bytes: 1 })] })).toContain(": 1 byte, gone");
    expect(loss("delete other")).toBe("delete other: what it holds, gone on every peer");
    for (const verb of ["create", "append", "read", "write", "get"] as const)
      expect(verbs[verb].loss(view, names)).toBeNull();
  });
});

describe("a name in a line", () => {
  test.each([
    ["notes", "notes"],
    ["my notes", '"my notes"'],
    ["", '""'],
    ['"', '"\\""'],
    ["at", '"at"'],
    ["\u{6771}\u{4eac}", "\u{6771}\u{4eac}"],
    ["\u{202e}x", '"\\u202ex"'],
    ["a\u{a0}b", '"a\\u00a0b"'],
    ["\u{e0041}", '"\\udb40\\udc41"'],
  ])("%j is written %s", (name, written) => {
    expect(quoted(name)).toBe(written);
  });

  test("is one word whatever it is, holds nothing invisible, and means itself", () => {
    const kinds = fc.constantFrom("grapheme", "binary", "binary-ascii" as const);
    const texts = kinds.chain((unit) => fc.string({ unit: unit as "binary", minLength: 1, maxLength: 20 }));
    fc.assert(
      fc.property(texts, (name) => {
        const written = quoted(name);
        expect(written).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(written.startsWith('"') ? unquoted(written) : written).toBe(name);
        expect(parseLine(`append ${written} x`, names)).toEqual({
          ok: true,
          value: { verb: "append", name, text: "x" },
        });
        expect(parseLine(`get ${written}`, names)).toMatchObject({ ok: true, value: { key: name } });
      }),
    );
  });
});

describe("what a line asks of the store", () => {
  const asked = (line: string): Operation | Query => {
    const reading = parseLine(line, names);
    if (!reading.ok) throw new Error(reading.text);
    return requestOf(reading.value as StoreLine, 182);
  };

  test.each([
    ["create notes", { kind: "create", name: "notes" }],
    ["delete notes", { kind: "delete", name: "notes" }],
    ["append notes hi there", { kind: "append", name: "notes", data: "hi there" }],
    ["read notes", { kind: "read", name: "notes" }],
    ["get k at 7", { kind: "read-value", key: "k", version: null, time: 7 }],
    ["get k version 9", { kind: "read-value", key: "k", version: "9", time: null }],
  ])("%s is %j", (line, request) => {
    expect(asked(line)).toEqual(request);
  });

  test("a write is asked for at the Lamport time of the peer", () => {
    expect(asked("write k v")).toEqual({ kind: "write", key: "k", value: "v", time: 182 });
  });
});

describe("what became of a request", () => {
  const append: Operation = { kind: "append", name: "my notes", data: "x" };
  const write: Operation = { kind: "write", key: "k", value: "v", time: 1 };
  const read: Query = { kind: "read", name: "notes" };
  const get: Query = { kind: "read-value", key: "k", version: null, time: null };
  const display = (text: string): Answer => ({ kind: "display", text });

  test.each<[Operation | Query, Answer, string]>([
    [{ kind: "create", name: "notes" }, display("created notes"), "created notes"],
    [append, display("appended 1 bytes to my notes"), "appended 1 bytes to my notes"],
    [read, display("one\ntwo\n"), "read notes: one two"],
    [read, display(""), "read notes, which is empty"],
    [write, { kind: "written-at", time: 184 }, "wrote k at 184"],
    [get, { kind: "value", found: { key: "k", value: "v", writtenAt: 184 } }, "read k, written at 184: v"],
    [get, { kind: "value", found: null }, "found no value of k"],
    [{ kind: "open-session" }, { kind: "session", session: 9 }, "opened a session: 9"],
    [{ kind: "list" }, display("a\nb"), "a b"],
    [append, { kind: "unknown" }, 'appended to "my notes"'],
  ])("of %j answered with %j: %s", (request, answer, text) => {
    expect(toldOf(request, answer)).toEqual({ ok: true, text, because: null });
  });

  test.each<[Operation | Query, Answer, string, string]>([
    [append, failed("not-found", "no file my notes", true), 'could not append to "my notes"', "no file my notes"],
    [write, failed("no-leader", "nobody leads", true), "could not write k", "it did not happen: nobody leads"],
    [write, failed("leader-lost", "the leader was lost", false), "may have written k", "the leader was lost"],
    [
      { kind: "atomic", operations: [] },
      failed("timed-out", "no outcome", false),
      "may have done 0 operations as one",
      "no outcome",
    ],
    [
      { kind: "resume-session", session: 7 },
      failed("session-expired", "gone", true),
      "could not resume session 7",
      "gone",
    ],
  ])("of %j that failed with %j: %s", (request, answer, text, because) => {
    expect(toldOf(request, answer)).toEqual({ ok: false, text, because });
  });

  test("is one line of bounded length", () => {
    const { text } = toldOf(read, display("line\r\n".repeat(100_000)));
    expect(text).toMatch(/^read notes: (?:line )+li?n?e?~$/);
    expect(text.length).toBeLessThan(1000);
  });
});
