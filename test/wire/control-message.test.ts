import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PeerId } from "../../src/core/peer-id.ts";
import { decode, encode } from "../../src/wire/codec.ts";
import { controlAnswer, controlRequest } from "../../src/wire/control-message.ts";

const REQUEST = { to: "abc0000000000001" as PeerId, by: "7001", line: "pace 10" };

describe("CONTROL", () => {
  test("has the bytes that the wire document says", () => {
    expect(encode(controlRequest, REQUEST).toString("hex")).toBe(
      `01abc000000000000104${Buffer.from("7001").toString("hex")}0007${Buffer.from("pace 10").toString("hex")}`,
    );
    expect(encode(controlRequest, { ...REQUEST, to: null, by: "", line: "" }).toString("hex")).toBe("00000000");
    expect(encode(controlAnswer, { ok: true, text: "ok", undo: "x" }).toString("hex")).toBe("0100026f6b000178");
  });

  test("comes back as it went, and every truncation is incomplete", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 16 }), fc.string({ maxLength: 200 }), fc.boolean(), (by, line, ok) => {
        const request = { ...REQUEST, by, line };
        const bytes = encode(controlRequest, request);
        expect(decode(controlRequest, bytes)).toEqual({ kind: "value", value: request });
        expect(decode(controlRequest, bytes.subarray(0, -1)).kind).toBe("incomplete");
        const answer = { ok, text: line, undo: by };
        expect(decode(controlAnswer, encode(controlAnswer, answer))).toEqual({ kind: "value", value: answer });
      }),
    );
  });

  test("of nobody, or with more than fits, is malformed", () => {
    expect(decode(controlRequest, Buffer.from("01000000000000000000", "hex")).kind).toBe("malformed");
    expect(decode(controlRequest, Buffer.from("00410000", "hex")).kind).toBe("malformed");
    expect(decode(controlRequest, Buffer.from("00000401", "hex")).kind).toBe("malformed");
    expect(decode(controlAnswer, Buffer.from("0200000000", "hex")).kind).toBe("malformed");
  });
});
