import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../src/core/assert.ts";
import { fromJson, toJson } from "../../src/recording/exact-json.ts";

const anything = fc.anything({
  maxDepth: 4,
  key: fc.string({ maxLength: 6 }).filter((key) => key !== "__proto__"),
  values: [
    fc.string({ maxLength: 12, unit: "binary" }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 20 }),
    fc.uint16Array({ maxLength: 20 }),
    fc.uint32Array({ maxLength: 20 }),
  ],
});

describe("exact JSON", () => {
  test("holds any value of ours exactly", () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(fromJson(toJson(value))).toStrictEqual({ kind: "value", value });
      }),
    );
  });

  test("is the JSON that everybody reads, where that can say it", () => {
    const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(toJson(value))).toStrictEqual(value);
      }),
    );
  });

  test.each([
    [{ b: 1, a: [true, null, 'x\u001b\u2028"\\'] }, '{"a":[true,null,"x\\u001b\u2028\\"\\\\"],"b":1}'],
    [{ gone: undefined, here: -0 }, '{"here":{"$number":"-0"}}'],
    [[Number.NaN, Number.NEGATIVE_INFINITY], '[{"$number":"NaN"},{"$number":"-Infinity"}]'],
    [Buffer.from("hi"), '{"$bytes":"aGk="}'],
    ["\ud800", '"\\ud800"'],
  ])("of %j is one text, whatever the order of its fields", (value, text) => {
    expect(toJson(value)).toBe(text);
  });

  test.each([[new Map([[1, 2]])], [new Date(0)], [undefined], [() => 1], [1n], [[new Set()]]])(
    "is not made of %o, of which something would be lost",
    (value) => {
      expect(() => toJson(value)).toThrow(InvariantViolation);
    },
  );

  test.each([
    ["nothing", ""],
    ["half an object", "{"],
    ["half a word", "nul"],
    ["what is nested too deep", `${"[".repeat(200_000)}${"]".repeat(200_000)}`],
  ])("is not to be had from %s", (_what, text) => {
    expect(fromJson(text)).toEqual({ kind: "bad" });
  });

  test("is read from any text without throwing", () => {
    const marked = fc.constantFrom(
      '{"$bytes":5}',
      '{"$number":{}}',
      '{"$bytes":"%"}',
      '{"$number":"7"}',
      '[{"$bytes":{}}]',
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), marked), (text) => {
        expect(["value", "bad"]).toContain(fromJson(text).kind);
      }),
    );
  });
});
