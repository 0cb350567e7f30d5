import { describe, expect, it } from "vitest";
import { Room } from "../../src/apps/room.ts";
import { Values } from "../../src/apps/values.ts";
import { type Answer, failed, MAX_AHEAD, MAX_DATA_BYTES } from "../../src/core/request.ts";
import { Reader } from "../../src/wire/reader.ts";
import { Writer } from "../../src/wire/writer.ts";
import { write, writtenAt } from "./commands.ts";

const by = { index: 7, lamport: 70 };

/** Values into which all of these were written. */
function valuesOf(writes: readonly ReturnType<typeof write>[], keepVersions = 10): Values {
  const values = new Values(new Room(2 ** 26));
  for (const each of writes) values.write(each, keepVersions, by);
  return values;
}

/** Values of which the clock stands at a time, as if saved so. */
function valuesAt(clock: number): Values {
  const writer = new Writer();
  writer.u64(clock);
  writer.u32(0);
  const values = valuesOf([]);
  values.load(new Reader(writer.take()));
  return values;
}

const value = (key: string, text: string, at: number): Answer => ({
  kind: "value",
  found: { key, value: text, writtenAt: at },
});
const nothing: Answer = { kind: "value", found: null };

describe("a write", () => {
  it.each([
    { clock: 0, time: 0, at: 1 },
    { clock: 0, time: 5, at: 6 },
    { clock: 9, time: 5, at: 10 },
    { clock: 9, time: 9, at: 10 },
    { clock: 9, time: 10, at: 11 },
    { clock: 9, time: 9 + MAX_AHEAD, at: 10 + MAX_AHEAD },
  ])("asked for at $time, where the clock stands at $clock, is at $at, and so is the clock", ({ clock, time, at }) => {
    const values = valuesAt(clock);
    expect(values.write(write("k", "v", time), 1, by)).toEqual(writtenAt(at));
    expect(values.view().clock).toBe(at);
    expect(values.write(write("other", "v", 0), 1, by)).toEqual(writtenAt(at + 1));
  });

  const last = 2 ** 53 - 2 ** 32 - 1;
  /** No request brings the clock beyond this. */
  const latest = last + 1 - 2 ** 40;

  it.each([
    { clock: 0, time: MAX_AHEAD + 1, limit: MAX_AHEAD },
    { clock: 9, time: MAX_AHEAD + 10, limit: MAX_AHEAD + 9 },
    { clock: 0, time: Number.MAX_SAFE_INTEGER, limit: MAX_AHEAD },
    { clock: latest - 5, time: latest + 1, limit: latest },
    { clock: latest + 5, time: latest + 6, limit: latest + 5 },
    { clock: last, time: 0, limit: last },
  ])("asked for at $time, where the clock stands at $clock, is too far ahead", ({ clock, time, limit }) => {
    const values = valuesAt(clock);
    const message = `time ${time} is too far ahead: the store's clock is at ${clock}, and takes ${limit} at most`;
    expect(values.write(write("k", "v", time), 1, by)).toEqual(failed("too-far-ahead", message, true));
    expect([values.view().clock, values.read("k", null, null)]).toEqual([clock, nothing]);
  });

  it("goes up to the last time there is, in the end in single steps", () => {
    expect(valuesAt(latest - 5).write(write("k", "v", latest), 1, by)).toEqual(writtenAt(latest + 1));
    expect(valuesAt(last - 1).write(write("k", "v", 0), 1, by)).toEqual(writtenAt(last));
  });

  it.each<[string, ReturnType<typeof write>, string]>([
    ["a key", write("é".repeat(128), "v"), "a key of 256 bytes, where 255 fit"],
    ["a value", write("k", "x".repeat(MAX_DATA_BYTES + 1)), "a value of 65537 bytes, where 65536 fit"],
  ])("of %s beyond its limit is refused", (_what, operation, message) => {
    expect(valuesOf([]).write(operation, 1, by)).toEqual(failed("too-large", message, true));
  });

  it.each([write("", ""), write("\n", "v"), write("x".repeat(255), "é".repeat(MAX_DATA_BYTES / 2))])(
    "of any other key and value is read again: %#",
    (operation) => {
      expect(valuesOf([operation]).read(operation.key, null, null)).toEqual(value(operation.key, operation.value, 1));
    },
  );
});

describe("a read", () => {
  // Written at 1, 11 and 21; the other key at 22.
  const writes = [write("k", "one"), write("k", "two", 10), write("k", "three", 20), write("l", "other")];

  it.each<[string, string | null, number | null, Answer]>([
    ["finds the latest", null, null, value("k", "three", 21)],
    ["finds nothing before the first", null, 0, nothing],
    ["finds the first at its time", null, 1, value("k", "one", 1)],
    ["finds the newest not after a time", null, 10, value("k", "one", 1)],
    ["finds one at its time", null, 11, value("k", "two", 11)],
    ["finds one shortly before the next", null, 20, value("k", "two", 11)],
    ["finds the latest at its time", null, 21, value("k", "three", 21)],
    ["finds the latest at any later time", null, Number.MAX_SAFE_INTEGER, value("k", "three", 21)],
    ["finds a version by its name", "11", null, value("k", "two", 11)],
    ["finds a version by its name, if it is not after a time", "11", 11, value("k", "two", 11)],
    ["finds a version that is older than the newest of that time", "1", 99, value("k", "one", 1)],
    ["does not find a version that is after a time", "11", 10, nothing],
    ["finds no version that is not there", "12", null, nothing],
    ["finds no version of another key", "22", null, nothing],
    ["finds nothing by a name with a zero in front", "011", null, nothing],
    ["finds nothing by a name with a fraction", "11.0", null, nothing],
    ["finds nothing by a name with an exponent", "1e0", null, nothing],
    ["finds nothing by a name in hexadecimal", "0xb", null, nothing],
    ["finds nothing by a name with a sign", "+11", null, nothing],
    ["finds nothing by a name with a space", " 11", null, nothing],
    ["finds nothing by an empty name", "", null, nothing],
    ["finds nothing by a name that is no number", "latest", null, nothing],
    ["finds nothing by a name that is not even a number", "NaN", null, nothing],
    ["finds nothing by the name of no place", "-1", null, nothing],
    ["finds nothing by infinity", "Infinity", null, nothing],
  ])("%s", (_what, version, time, answer) => {
    expect(valuesOf(writes).read("k", version, time)).toEqual(answer);
  });

  it.each(["no", "__proto__", ""])("of a key that was never written, %j, finds nothing", (key) => {
    expect(valuesOf(writes).read(key, null, null)).toEqual(nothing);
  });
});

describe("versions", () => {
  const twenty = Array.from({ length: 20 }, (_, i) => write("k", `text ${i + 1}`));

  it.each([1, 2, 7, 19, 20, 21, 65_535])("are kept up to %i of them, the latest included", (keepVersions) => {
    const values = valuesOf(twenty, keepVersions);
    const first = Math.max(1, 21 - keepVersions);
    for (let at = 1; at <= 20; at++) {
      const expected = at < first ? nothing : value("k", `text ${at}`, at);
      expect([values.read("k", String(at), null), values.read("k", null, at)]).toEqual([expected, expected]);
    }
    expect(values.view().versions).toBe(Math.min(20, keepVersions));
  });

  it("go when fewer are to be kept, at the next write of their value", () => {
    const values = valuesOf([...twenty, write("l", "v")], 20);
    values.write(write("l", "w"), 3, by);
    expect(values.view().versions).toBe(22);
    values.write(write("k", "last"), 3, by);
    expect(values.view()).toMatchObject({ versions: 5, bytes: "text 19text 20lastvw".length });
  });
});

describe("room", () => {
  const cost = (text: string) => 64 + text.length;

  it("is taken by keys and versions, and given back by versions that go", () => {
    const room = new Room(1000);
    const values = new Values(room);
    values.write(write("key", "one"), 2, by);
    expect(room.used).toBe(256 + 3 + cost("one"));
    values.write(write("key", "second"), 2, by);
    values.write(write("key", "3"), 2, by);
    expect(room.used).toBe(256 + 3 + cost("second") + cost("3"));
  });

  it("refuses what would grow beyond it, and takes what does not", () => {
    const room = new Room(256 + 1 + cost("12345") + 9);
    const values = new Values(room);
    expect(values.write(write("k", "123456789012345"), 1, by)).toMatchObject({ code: "full", definite: true });
    expect(values.write(write("k", "12345678901234"), 1, by)).toEqual(writtenAt(1));
    expect(values.write(write("k", "x"), 2, by)).toMatchObject({ code: "full" });
    expect(values.write(write("l", ""), 1, by)).toMatchObject({ code: "full" });
    expect(values.write(write("k", "123456789012345"), 1, by)).toMatchObject({ code: "full" });
    expect(values.write(write("k", "abcdefghijklmn"), 1, by)).toEqual(writtenAt(2));
    expect(values.view()).toMatchObject({ count: 1, versions: 1, bytes: 14, clock: 2 });
  });
});

describe("what people see of values", () => {
  it("is what was written last, newest first, by which command, and when the versions before that were", () => {
    const values = valuesOf([]);
    for (let i = 1; i <= 11; i++) values.write(write("k", `text ${i}`), 10, { index: i, lamport: 10 * i });
    values.write(write("l", "x".repeat(200)), 10, { index: 12, lamport: 120 });
    expect(values.view()).toEqual({
      count: 2,
      versions: 11,
      bytes: 262,
      clock: 12,
      recent: [
        { key: "l", value: "x".repeat(160), writtenAt: 12, index: 12, lamport: 120, versions: 1, older: [] },
        {
          key: "k",
          value: "text 11",
          writtenAt: 11,
          index: 11,
          lamport: 110,
          versions: 10,
          older: [10, 9, 8, 7, 6, 5, 4, 3],
        },
      ],
    });
    values.write(write("k", "again"), 10, by);
    expect(values.view().recent.map(({ key }) => key)).toEqual(["k", "l"]);
  });

  it("is a hundred values at most", () => {
    const values = valuesOf(Array.from({ length: 150 }, (_, i) => write(`key ${i}`, "v")));
    const { count, recent } = values.view();
    expect([count, recent.length, recent[99]?.key]).toEqual([150, 100, "key 50"]);
  });
});
