import { describe, expect, it } from "vitest";
import { Store } from "../../src/apps/store.ts";
import { failed, MAX_DATA_BYTES, MAX_FILE_BYTES } from "../../src/core/request.ts";
import type { Command } from "../../src/core/total-order.ts";
import { encode } from "../../src/wire/codec.ts";
import { answer as answerCodec } from "../../src/wire/request.ts";
import {
  append,
  atomic,
  commandOf,
  create,
  list,
  openSession,
  read,
  readValue,
  remove,
  shown,
  write,
  writtenAt,
} from "./commands.ts";

/** A store that has applied these, at indexes 1, 2, 3, ... */
function storeOf(operations: readonly Command["operation"][], capacity?: number): Store {
  const store = new Store(capacity);
  for (const [i, operation] of operations.entries()) store.apply(commandOf(operation), i + 1);
  return store;
}

describe("a request in a session", () => {
  const once = (sequence: number) => ({ once: { session: 1, sequence } });

  it("is applied once, however often it comes, and always answered the same", () => {
    const store = storeOf([openSession, create("f")]);
    const twice = commandOf(append("f", "x"), once(1));
    expect(store.apply(twice, 3)).toEqual(shown("appended 1 bytes to f"));
    expect(store.apply(twice, 4)).toEqual(shown("appended 1 bytes to f"));
    expect(store.query(read("f"))).toEqual(shown("x"));
    expect(store.apply(commandOf(write("k", "v"), once(2)), 5)).toEqual(writtenAt(1));
    expect(store.apply(commandOf(write("k", "v"), once(2)), 6)).toEqual(writtenAt(1));
    expect(store.apply(commandOf(write("k", "w"), once(3)), 7)).toEqual(writtenAt(2));
  });

  it("that failed has failed: it is not applied when it comes again", () => {
    const store = storeOf([openSession]);
    const early = store.apply(commandOf(append("f", "x"), once(1)), 2);
    expect(early).toMatchObject({ code: "not-found" });
    store.apply(commandOf(create("f")), 3);
    expect(store.apply(commandOf(append("f", "x"), once(1)), 4)).toEqual(early);
    expect(store.query(read("f"))).toEqual(shown(""));
  });

  it("that is not known is not applied", () => {
    const store = storeOf([create("f")]);
    expect(store.apply(commandOf(append("f", "x"), once(1)), 2)).toMatchObject({
      code: "session-expired",
      definite: false,
    });
    expect(store.query(read("f"))).toEqual(shown(""));
  });

  it("may open another, once", () => {
    const store = storeOf([openSession]);
    for (const index of [2, 3]) {
      expect(store.apply(commandOf(openSession, once(1)), index)).toEqual({ kind: "session", session: 2 });
    }
    expect(store.view().sessions).toBe(2);
  });
});

describe("a query", () => {
  it("of each kind is answered", () => {
    const store = storeOf([create("f"), append("f", "x"), openSession, write("k", "v", 8)]);
    expect(store.query(list)).toEqual(shown("f"));
    expect(store.query(read("f"))).toEqual(shown("x"));
    expect(store.query(readValue("k", "9"))).toEqual({
      kind: "value",
      found: { key: "k", value: "v", writtenAt: 9 },
    });
    expect(store.query({ kind: "resume-session", session: 3 })).toEqual({ kind: "session", session: 3 });
    expect(store.query({ kind: "resume-session", session: 4 })).toMatchObject({ code: "session-expired" });
  });
});

describe("a full store", () => {
  const kibibyte = "x".repeat(1024);

  it("says so, takes what does not grow it, and more after a delete", () => {
    const store = storeOf([create("f"), append("f", kibibyte), write("k", kibibyte)], 3000);
    const message = "the store is full: it holds 2755 of 3000 bytes, 1024 more do not fit";
    expect(store.apply(commandOf(append("f", kibibyte)), 4)).toEqual(failed("full", message, true));
    expect(store.apply(commandOf(write("l", kibibyte)), 5)).toMatchObject({ code: "full", definite: true });
    expect(store.apply(commandOf(create("g")), 6)).toMatchObject({ code: "full" });
    expect(store.apply(commandOf(write("k", kibibyte)), 7)).toEqual(writtenAt(2));
    expect(store.view().room).toEqual({ used: 2755, capacity: 3000 });
    store.apply(commandOf(remove("f")), 8);
    expect(store.apply(commandOf(write("l", kibibyte)), 9)).toEqual(writtenAt(3));
  });

  it("holds 64 MiB where nothing else is said", () => {
    expect(new Store().view().room).toEqual({ used: 0, capacity: 67_108_864 });
  });
});

describe("an answer", () => {
  const names = Array.from({ length: 256 }, (_, i) => String(i).padStart(255, "x"));

  it("has a form on the wire also where it is as long as can be", () => {
    const store = storeOf([
      create("f"),
      ...Array.from({ length: MAX_FILE_BYTES / MAX_DATA_BYTES }, () => append("f", "x".repeat(MAX_DATA_BYTES))),
    ]);
    const longest = [
      atomic(read("f"), ...names.slice(1).map(create)),
      atomic(...names.slice(1).map((name) => append(name, "x".repeat(100))), read("f")),
      atomic(create(names[0] ?? ""), create(names[1] ?? "")),
    ].map((operation, i) => store.apply(commandOf(operation), 100 + i));
    expect(longest.map(({ kind }) => kind)).toEqual(["display", "display", "error"]);
    for (const each of longest) expect(encode(answerCodec, each).length).toBeGreaterThan(255);
  });
});

describe("a snapshot", () => {
  const operations = [
    create("f"),
    append("f", "hé"),
    create("g"),
    write("k", "one"),
    write("l", "two"),
    openSession,
    create("h"),
  ];

  it("has a form that stays", () => {
    const store = storeOf(operations.slice(0, 6));
    store.apply(commandOf(write("k", "x", 7), { lamport: 9, keepVersions: 2, once: { session: 6, sequence: 3 } }), 8);
    const u64 = (value: number) => value.toString(16).padStart(16, "0");
    const stamp = (index: number, lamport: number) => u64(index) + u64(lamport);
    const expected = [
      "01",
      "00000002",
      ...["0166", stamp(1, 1), stamp(2, 1), "00000003", "68c3a9"],
      ...["0167", stamp(3, 1), stamp(3, 1), "00000000"],
      ...[u64(8), "00000002"],
      ...["016c", stamp(5, 1), "0001", u64(2), "00000003", "74776f"],
      ...["016b", stamp(8, 9), "0002", u64(1), "00000003", "6f6e65", u64(8), "00000001", "78"],
      ...["0001", u64(6), "00", "0001", u64(3), "03", u64(8)],
    ];
    expect(Buffer.from(store.snapshot()).toString("hex")).toBe(expected.join(""));
  });

  it("of equal states is equal, whatever came before them", () => {
    const one = storeOf(operations);
    const other = storeOf([create("x"), write("y", "z"), ...operations]);
    other.clear();
    expect(other.snapshot()).toEqual(new Store().snapshot());
    for (const [i, operation] of operations.entries()) other.apply(commandOf(operation), i + 1);
    expect(other.snapshot()).toEqual(one.snapshot());
  });

  it("of states that differ only in what was changed last is another", () => {
    const one = storeOf([write("k", "v"), write("l", "v"), write("l", "v"), write("k", "v")]);
    const other = storeOf([write("k", "v"), write("l", "v"), write("k", "v"), write("l", "v")]);
    expect(one.snapshot()).not.toEqual(other.snapshot());
  });

  it("stays as it was taken when the store goes on", () => {
    const store = storeOf(operations);
    const snapshot = store.snapshot();
    const copy = Buffer.from(snapshot);
    for (const operation of [append("f", "more"), write("k", "more"), remove("g")]) {
      store.apply(commandOf(operation), 9);
    }
    expect(Buffer.from(snapshot)).toEqual(copy);
  });

  const bytes = (...parts: readonly (string | number)[]) =>
    Buffer.from(
      parts.map((part) => (typeof part === "string" ? part : part.toString(16).padStart(16, "0"))).join(""),
      "hex",
    );
  const file = (name: string, content: string) => ["01", name, 1, 1, 1, 1, "00000001", content];
  const value = (key: string, ...times: readonly number[]) => [
    ...["01", key, 1, 1, times.length.toString(16).padStart(4, "0")],
    ...times.flatMap((time) => [time, "00000001", "78"]),
  ];
  const noFiles = ["01", "00000000"];
  const noSessions = "0000";
  const rest = [0, "00000000", noSessions];

  it.each<[boolean, string, Buffer]>([
    [true, "nothing in it", bytes(...noFiles, ...rest)],
    [true, "two files", bytes("01", "00000002", ...file("66", "78"), ...file("67", "78"), ...rest)],
    [true, "two values", bytes(...noFiles, 9, "00000002", ...value("66", 1, 9), ...value("67", 3), noSessions)],
    [false, "no bytes", bytes()],
    [false, "version 0", bytes("00", "00000000", ...rest)],
    [false, "version 2", bytes("02", "00000000", ...rest)],
    [false, "a count that lies", bytes("01", "ffffffff", ...file("66", "78"), ...rest)],
    [false, "two files of one name", bytes("01", "00000002", ...file("66", "78"), ...file("66", "78"), ...rest)],
    [false, "a name that no file may have", bytes("01", "00000001", ...file("0a", "78"), ...rest)],
    [false, "a content that is no text", bytes("01", "00000001", ...file("66", "ff"), ...rest)],
    [
      false,
      "two values of one key",
      bytes(...noFiles, 9, "00000002", ...value("66", 1), ...value("66", 3), noSessions),
    ],
    [false, "a value without a version", bytes(...noFiles, 9, "00000001", ...value("66"), noSessions)],
    [false, "a version after the clock", bytes(...noFiles, 9, "00000001", ...value("66", 10), noSessions)],
    [false, "versions in disorder", bytes(...noFiles, 9, "00000001", ...value("66", 3, 2), noSessions)],
    [false, "a version twice", bytes(...noFiles, 9, "00000001", ...value("66", 3, 3), noSessions)],
    [false, "a clock beyond its limit", bytes(...noFiles, 2 ** 53 - 2 ** 32, "00000000", noSessions)],
  ])("is restored (%s) with %s", (isRestored, _what, snapshot) => {
    const store = storeOf(operations);
    const before = store.snapshot();
    const view = store.view();
    expect(store.restore(snapshot)).toBe(isRestored);
    expect(store.snapshot()).toEqual(isRestored ? snapshot : before);
    if (!isRestored) expect(store.view()).toBe(view);
  });

  it("that holds more than the store may is refused", () => {
    const store = storeOf(operations);
    const { used } = store.view().room;
    expect(new Store(used).restore(store.snapshot())).toBe(true);
    expect(new Store(used - 1).restore(store.snapshot())).toBe(false);
  });

  it("with more names than a list holds is refused", () => {
    const name = (i: number) => Buffer.from(String(i).padStart(255, "0")).toString("hex");
    const files = Array.from({ length: 2049 }, (_, i) => ["ff", name(i), 1, 1, 1, 1, "00000000"]);
    expect(new Store().restore(bytes("01", "00000800", ...files.slice(1).flat(), ...rest))).toBe(true);
    expect(new Store().restore(bytes("01", "00000801", ...files.flat(), ...rest))).toBe(false);
  });
});

describe("what people see", () => {
  it("is the files, the values and how many sessions there are", () => {
    const store = storeOf([create("f"), write("k", "v"), openSession]);
    expect(store.view()).toMatchObject({
      files: { count: 1, recent: [{ name: "f", createdAt: { index: 1, lamport: 1 } }] },
      values: { count: 1, clock: 1, recent: [{ key: "k", index: 2, lamport: 1 }] },
      sessions: 1,
    });
  });

  it("is made anew only after something was done", () => {
    const store = storeOf([create("f")]);
    const before = store.view();
    store.query(list);
    store.snapshot();
    expect(store.view()).toBe(before);
    store.apply(commandOf(append("f", "x")), 2);
    expect(store.view().files.bytes).toBe(1);
    const snapshot = store.snapshot();
    store.clear();
    expect(store.view().files.count).toBe(0);
    store.restore(snapshot);
    expect(store.view().files.count).toBe(1);
  });
});
