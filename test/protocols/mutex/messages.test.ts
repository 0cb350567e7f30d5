import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MutexMessage, mutexMessage } from "../../../src/protocols/mutex/message.ts";
import { decode, encode } from "../../../src/wire/codec.ts";
import { someBytes } from "../../wire/arbitraries.ts";
import { A, B } from "./on-bench.ts";

const head = { sequence: 2, time: 40 };
const version = { number: 39, by: A };

const MESSAGES: readonly MutexMessage[] = [
  { kind: "state", ...head, anew: false, wants: [] },
  { kind: "state", ...head, anew: false, wants: [{ name: "né", timestamp: 7, holds: true }] },
  { kind: "request", ...head, name: "l", timestamp: 39 },
  { kind: "reply", ...head, name: "l", timestamp: 39 },
  { kind: "release", ...head, name: "l", timestamp: 39 },
  { kind: "check", ...head },
  { kind: "checked", ...head },
  { kind: "token-wanted", ...head, version, name: "l" },
  { kind: "token", ...head, version, name: "l" },
  { kind: "disturbed", ...head },
  { kind: "freeze", ...head, version, participants: [A, B] },
  { kind: "frozen", ...head, version, tokens: [{ name: "l", inside: true }], more: false },
  { kind: "orient", ...head, version, tokens: [{ name: "l", at: B }], more: true },
];

describe("messages between peers", () => {
  test.each(MESSAGES)("$kind: comes back as it was sent, and is incomplete at every truncation", (message) => {
    const bytes = encode(mutexMessage, message);
    expect(decode(mutexMessage, bytes)).toEqual({ kind: "value", value: message });
    for (let length = 0; length < bytes.length; length++) {
      expect(decode(mutexMessage, bytes.subarray(0, length))).toEqual({ kind: "incomplete" });
    }
    expect(decode(mutexMessage, Buffer.concat([bytes, Buffer.alloc(1)])).kind).toBe("malformed");
  });

  test("a name that no lock may have, and a time beyond its limit, are malformed", () => {
    const request = { kind: "request", ...head, timestamp: 39 } as const;
    const named = encode(mutexMessage, { ...request, name: "l" });
    const nameless = Buffer.from(named);
    nameless[nameless.indexOf("l")] = 10;
    expect(decode(mutexMessage, nameless).kind).toBe("malformed");
    const late = encode(mutexMessage, { ...request, name: "l", timestamp: 2 ** 53 - 2 ** 32 });
    expect(decode(mutexMessage, late).kind).toBe("malformed");
  });

  test("no bytes make it throw, and what is accepted is written the same", () => {
    const whole = fc.constantFrom(...MESSAGES.map((message) => encode(mutexMessage, message)));
    const damaged = fc
      .record({ whole, at: fc.nat(40), cut: fc.nat(3), put: someBytes(4) })
      .map(({ whole: bytes, at, cut, put }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]));
    fc.assert(
      fc.property(fc.oneof(damaged, someBytes(40)), (bytes) => {
        const decoded = decode(mutexMessage, bytes);
        if (decoded.kind === "value") expect(encode(mutexMessage, decoded.value)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });
});
