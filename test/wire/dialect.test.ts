import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DIALECT_BYTES, type Dialect, dialectOf } from "../../src/wire/dialect.ts";
import { someBytes } from "./arbitraries.ts";
import { bytesOf, vectors } from "./vectors.ts";

describe("dialectOf", () => {
  it.each<[Dialect | "unknown", string]>([
    ["gossip", "000801f4"],
    ["gossip", "ffff01ff"],
    ["unknown", "000801f3"],
    ["unknown", "00080200"],
    ["peer", "01100000"],
    ["peer", "01200000"],
    ["unknown", "01100001"],
    ["unknown", "02100000"],
    ["tls", "16030102"],
    ["tls", "16030301"],
    ["unknown", "16040301"],
    ["unknown", "00000000"],
  ])("%s: %s", (dialect, hex) => {
    expect(dialectOf(bytesOf(hex))).toBe(dialect);
  });

  it.each<[Dialect | "unknown", string]>([
    ["http", "GET / HTTP/1.1"],
    ["http", "HEAD /"],
    ["http", "POST /v1/commands"],
    ["http", "PUT /"],
    ["http", "DELETE /"],
    ["http", "OPTIONS *"],
    ["http", "PATCH /"],
    ["http", "TRACE /"],
    ["http", "CONNECT a:1"],
    ["unknown", "GETS"],
    ["unknown", "get /"],
    ["unknown", "SSH-2.0"],
    ["client", '{"Create":"f"}'],
    ["client", '"Ping"\n'],
    ["unknown", "[1,2]"],
  ])("%s: %s", (dialect, text) => {
    expect(dialectOf(Buffer.from(text))).toBe(dialect);
  });

  it.each(vectors.gossip)("gossip: $name", ({ hex }) => {
    expect(dialectOf(bytesOf(hex))).toBe("gossip");
  });

  it("tests the gossip dialect before all others, as the table's order says", () => {
    expect(dialectOf(bytesOf("7b0001f4"))).toBe("gossip");
    expect(dialectOf(bytesOf("160301f5"))).toBe("gossip");
    expect(dialectOf(bytesOf("010001f4"))).toBe("gossip");
  });

  it.each<[Dialect | "unknown" | "undecided", string]>([
    ["undecided", ""],
    ["undecided", "{"],
    ["undecided", "{}"],
    ["client", "{}\n"],
    ["client", '""\n'],
    ["undecided", "GET"],
    ["unknown", "SSH"],
  ])("%s so far: %j", (dialect, text) => {
    expect(dialectOf(Buffer.from(text))).toBe(dialect);
  });

  it("is undecided at three bytes of a version number and zero, or of the first half of a gossip type", () => {
    expect(dialectOf(bytesOf("011000"))).toBe("undecided");
    expect(dialectOf(bytesOf("160301"))).toBe("undecided");
    expect(dialectOf(bytesOf("160303"))).toBe("tls");
  });

  it("always decides by the fourth byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: DIALECT_BYTES, maxLength: 8 }), (bytes) => {
        expect(dialectOf(bytes)).not.toBe("undecided");
        expect(dialectOf(bytes)).toBe(dialectOf(bytes.subarray(0, DIALECT_BYTES)));
      }),
      { numRuns: 1000 },
    );
  });

  it("never takes a decision back when more bytes come", () => {
    const likely = fc.constantFrom("", "00", "0008", "000801", "0110", "011000", "1603", "474554", "7b", "22");
    fc.assert(
      fc.property(likely, someBytes(5), (start, rest) => {
        const bytes = Buffer.concat([bytesOf(start), rest]);
        const verdicts = Array.from({ length: bytes.length + 1 }, (_, length) => dialectOf(bytes.subarray(0, length)));
        const decided = verdicts.filter((verdict) => verdict !== "undecided");
        expect(new Set(decided).size).toBeLessThanOrEqual(1);
        expect(verdicts.lastIndexOf("undecided")).toBe(verdicts.length - decided.length - 1);
      }),
      { numRuns: 1000 },
    );
  });

  it("is undecided only as long as further bytes could make a difference", () => {
    const endings = [
      "0001f4",
      "01f40000",
      "00000000",
      "20202020",
      "542f2f2f",
      "01f4",
      "0000",
      "2020",
      "f4",
      "00",
      "20",
      "0a",
    ];
    for (const start of ["", "01", "0110", "011000", "474554", "7b", "7b7d", "7b7d01", "160301", "000801"]) {
      expect(dialectOf(bytesOf(start))).toBe("undecided");
      const outcomes = endings.map((ending) => dialectOf(bytesOf(start + ending)));
      expect(new Set(outcomes.filter((outcome) => outcome !== "undecided")).size).toBeGreaterThan(1);
    }
  });
});
