import { describe, expect, it } from "vitest";
import { Files } from "../../src/apps/files.ts";
import { Room } from "../../src/apps/room.ts";
import {
  type Answer,
  type FileOperation,
  failed,
  MAX_ATOMIC,
  MAX_DATA_BYTES,
  MAX_FILE_BYTES,
} from "../../src/core/request.ts";
import { append, create, read, remove, shown } from "./commands.ts";

/** Files that operations are run on, one by one, by commands 1, 2, 3, ... of Lamport times 10, 20, 30, ... */
class Bench {
  readonly room: Room;
  readonly files: Files;
  #index = 0;

  constructor(capacity = 2 ** 26) {
    this.room = new Room(capacity);
    this.files = new Files(this.room);
  }

  run(...operations: FileOperation[]): Answer | undefined {
    return operations.map((operation) => this.files.run(operation, this.#stamp())).at(-1);
  }

  runAll(...operations: FileOperation[]): Answer {
    return this.files.runAll(operations, this.#stamp());
  }

  #stamp() {
    this.#index += 1;
    return { index: this.#index, lamport: 10 * this.#index };
  }
}

/** A bench with a file of so many bytes. */
function benchWith(name: string, bytes: number): Bench {
  const bench = new Bench();
  bench.run(create(name));
  for (let left = bytes; left > 0; left -= MAX_DATA_BYTES) {
    bench.run(append(name, "x".repeat(Math.min(left, MAX_DATA_BYTES))));
  }
  return bench;
}

const exists = (name: string) => failed("exists", `there is a file ${name} already`, true);
const missing = (name: string) => failed("not-found", `there is no file ${name}`, true);

describe("an operation on a file", () => {
  it.each<[string, FileOperation[], Answer]>([
    ["creates one", [create("f")], shown("created f")],
    ["does not create one twice", [create("f"), create("f")], exists("f")],
    ["deletes one", [create("f"), remove("f")], shown("deleted f")],
    ["deletes none that is not there", [remove("f")], missing("f")],
    ["appends, and counts bytes", [create("f"), append("f", "aé😀")], shown("appended 7 bytes to f")],
    ["appends nothing", [create("f"), append("f", "")], shown("appended 0 bytes to f")],
    ["appends to none that is not there", [append("f", "x")], missing("f")],
    ["reads what was appended", [create("f"), append("f", "one\n"), append("f", "two"), read("f")], shown("one\ntwo")],
    ["reads an empty one", [create("f"), read("f")], shown("")],
    ["reads none that is not there", [read("f")], missing("f")],
    ["reads none that was deleted", [create("f"), append("f", "x"), remove("f"), read("f")], missing("f")],
    [
      "begins anew where one was deleted",
      [create("f"), append("f", "x"), remove("f"), create("f"), read("f")],
      shown(""),
    ],
  ])("%s", (_what, operations, answer) => {
    expect(new Bench().run(...operations)).toEqual(answer);
  });
});

describe("a name", () => {
  const empty = failed("malformed", "the name of a file is empty", true);
  const control = failed("malformed", "the name of a file has a control character in it", true);
  const long = failed("too-large", "a name of 256 bytes, where 255 fit", true);

  it.each<[string, string, Answer]>([
    ["that is empty", "", empty],
    ["with a line feed", "a\nb", control],
    ["with a null", "\u0000", control],
    ["with an escape", "\u001b[2J", control],
    ["with a delete", "a\u007f", control],
    ["with a control character of the second range", "\u0085", control],
    ["with a line separator", "a\u2028", control],
    ["with a paragraph separator", "a\u2029", control],
    ["of 256 bytes", "x".repeat(256), long],
    ["of 128 characters of two bytes", "é".repeat(128), long],
  ])("%s is no name of a file, whatever is asked of it", (_what, name, answer) => {
    const bench = new Bench();
    for (const operation of [create(name), remove(name), append(name, "x"), read(name)]) {
      expect(bench.run(operation)).toEqual(answer);
    }
  });

  it.each(["x".repeat(255), `${"é".repeat(127)}x`, " ", "../..", "a b", "名前", "__proto__"])("may be %j", (name) => {
    const bench = new Bench();
    expect(bench.run(create(name))).toEqual(shown(`created ${name}`));
    expect(bench.run(append(name, "x"), read(name))).toEqual(shown("x"));
  });
});

describe("a file", () => {
  it("holds so many bytes and not one more", () => {
    const bench = benchWith("f", MAX_FILE_BYTES - 1);
    const refusal = failed("too-large", "f would be a file of 524289 bytes, where 524288 fit", true);
    expect(bench.run(append("f", "é"))).toEqual(refusal);
    expect(bench.run(append("f", "y"))).toEqual(shown("appended 1 bytes to f"));
    expect(bench.run(append("f", "z"))).toMatchObject({ code: "too-large" });
    expect(bench.run(append("f", ""))).toEqual(shown("appended 0 bytes to f"));
  });

  it("takes so much data at a time and no more", () => {
    const data = "x".repeat(MAX_DATA_BYTES);
    expect(new Bench().run(create("f"), append("f", data))).toEqual(shown("appended 65536 bytes to f"));
    const refusal = failed("too-large", "data of 65537 bytes, where 65536 fit", true);
    expect(new Bench().run(create("f"), append("f", `${data}x`))).toEqual(refusal);
  });
});

describe("the list", () => {
  it("of no files is empty", () => {
    expect(new Bench().files.list()).toEqual(shown(""));
  });

  it("has the names in order, a line each, as they come and go", () => {
    const bench = new Bench();
    bench.run(create("b"), create("ab"), create("c"), create("B"));
    expect(bench.files.list()).toEqual(shown("B\nab\nb\nc"));
    bench.run(remove("b"), append("c", "x"));
    expect(bench.files.list()).toEqual(shown("B\nab\nc"));
    bench.runAll(remove("c"), create("d"));
    expect(bench.files.list()).toEqual(shown("B\nab\nd"));
    bench.runAll(remove("d"), remove("d"));
    expect(bench.files.list()).toEqual(shown("B\nab\nd"));
  });

  it("has at most as many bytes as a file: names that would make it longer are refused", () => {
    const bench = new Bench();
    const nameOf = (i: number) => String(i).padStart(255, "0");
    for (let i = 0; i < 2048; i++) expect(bench.run(create(nameOf(i)))?.kind).toBe("display");
    const reason = "all names together may have 524288 bytes, so that a list holds them";
    expect(bench.run(create("x"))).toEqual(failed("full", reason, true));
    const listed = bench.files.list();
    expect(listed.kind === "display" && listed.text.length).toBe(MAX_FILE_BYTES - 1);
    expect(bench.run(remove(nameOf(7)), create("x"))).toEqual(shown("created x"));
  });
});

describe("an atomic list", () => {
  it.each<[string, FileOperation[], Answer]>([
    ["that is empty does nothing", [], shown("")],
    [
      "says what its operations say",
      [create("g"), append("g", "x"), read("g")],
      shown("created g\nappended 1 bytes to g\nx"),
    ],
    [
      "sees what it has done",
      [append("f", "!"), read("f"), remove("f"), create("f"), read("f")],
      shown("appended 1 bytes to f\nhello!\ndeleted f\ncreated f\n"),
    ],
    [
      "fails with the first that fails",
      [create("g"), read("h"), create("f")],
      failed("not-found", "operation 2 of 3, read: there is no file h", true),
    ],
    [
      "fails with its last one",
      [remove("f"), append("f", "x")],
      failed("not-found", "operation 2 of 2, append: there is no file f", true),
    ],
    [
      "fails with a name that is none",
      [create("f\n")],
      failed("malformed", "operation 1 of 1, create: the name of a file has a control character in it", true),
    ],
  ])("%s", (_what, operations, answer) => {
    const bench = new Bench();
    bench.run(create("f"), append("f", "hello"));
    expect(bench.runAll(...operations)).toEqual(answer);
  });

  it("changes nothing where it fails: not what is there, nor what was changed when", () => {
    const bench = new Bench();
    bench.run(create("f"), append("f", "hello"), create("g"), create("h"));
    const before = [bench.files.view(), bench.room.used, bench.files.list()];
    const answer = bench.runAll(
      append("f", "!"),
      read("f"),
      remove("g"),
      create("g"),
      append("g", "x"),
      create("new"),
      append("f", "?"),
      remove("f"),
      create("f"),
      read("nowhere"),
    );
    expect(answer).toMatchObject({ code: "not-found" });
    expect([bench.files.view(), bench.room.used, bench.files.list()]).toEqual(before);
    expect(bench.run(read("f"))).toEqual(shown("hello"));
  });

  it("has so many operations and not one more", () => {
    const bench = new Bench();
    bench.run(create("f"));
    const most = Array.from({ length: MAX_ATOMIC }, () => append("f", "x"));
    expect(bench.runAll(...most).kind).toBe("display");
    const refusal = failed("too-large", "an atomic list of 257 operations, where 256 fit", true);
    expect(bench.runAll(...most, append("f", "x"))).toEqual(refusal);
    expect(bench.files.view().bytes).toBe(MAX_ATOMIC);
  });

  it("reads as much as one file holds and no more", () => {
    const bench = benchWith("f", MAX_FILE_BYTES / 2);
    bench.run(create("one"), append("one", "1"));
    expect(bench.runAll(read("f"), read("f")).kind).toBe("display");
    const message = "operation 3 of 3, read: reads of 524289 bytes, where 524288 fit";
    expect(bench.runAll(read("f"), read("f"), read("one"))).toEqual(failed("too-large", message, true));
  });

  it("costs nothing but itself where it fails, however long the files are", () => {
    const bench = benchWith("f", MAX_FILE_BYTES - 1);
    const before = process.hrtime.bigint();
    // Copying the file each time would move 5 GiB.
    for (let i = 0; i < 10_000; i++) bench.runAll(append("f", "x"), append("f", "x"));
    expect(Number(process.hrtime.bigint() - before) / 1e6).toBeLessThan(1000);
    expect(bench.files.view().bytes).toBe(MAX_FILE_BYTES - 1);
  });
});

describe("room", () => {
  it("is taken by names and contents, and given back", () => {
    const bench = new Bench(1000);
    bench.run(create("f"), append("f", "x".repeat(100)));
    const { used } = bench.room;
    expect(used).toBe(384 + 2 + 100);
    expect(bench.run(create("g"))).toEqual(shown("created g"));
    const reason = "the store is full: it holds 872 of 1000 bytes, 129 more do not fit";
    expect(bench.run(append("g", "x".repeat(129)))).toEqual(failed("full", reason, true));
    expect(bench.run(append("g", "x".repeat(128)))).toEqual(shown("appended 128 bytes to g"));
    expect(bench.run(create("h"))).toMatchObject({ code: "full", definite: true });
    bench.run(remove("g"));
    expect(bench.room.used).toBe(used);
    bench.run(remove("f"));
    expect(bench.room.used).toBe(0);
  });
});

describe("what people see of files", () => {
  it("is what was changed last, newest first, by which command", () => {
    const bench = new Bench();
    bench.run(create("a"), create("b"), append("a", "x"), read("b"));
    expect(bench.files.view()).toEqual({
      count: 2,
      bytes: 1,
      recent: [
        {
          name: "a",
          bytes: 1,
          createdAt: { index: 1, lamport: 10 },
          writtenAt: { index: 3, lamport: 30 },
          preview: "x",
        },
        {
          name: "b",
          bytes: 0,
          createdAt: { index: 2, lamport: 20 },
          writtenAt: { index: 2, lamport: 20 },
          preview: "",
        },
      ],
    });
  });

  it("is a hundred files at most, and the beginning of each", () => {
    const bench = new Bench();
    for (let i = 0; i < 150; i++) bench.run(create(`f${i}`));
    bench.run(append("f149", "x".repeat(159)), append("f149", "😀y"));
    const { count, recent } = bench.files.view();
    expect([count, recent.length, recent[0]?.name, recent[99]?.name]).toEqual([150, 100, "f149", "f50"]);
    expect(recent[0]?.preview).toBe("x".repeat(159));
    bench.run(create("whole"), append("whole", `${"x".repeat(158)}😀`));
    expect(bench.files.view().recent[0]?.preview).toBe(`${"x".repeat(158)}😀`);
  });
});
