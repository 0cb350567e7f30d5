import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvariantViolation } from "../../src/core/assert.ts";
import type { PeerId } from "../../src/core/peer-id.ts";
import {
  type Answer,
  failed,
  MAX_ATOMIC,
  MAX_DATA_BYTES,
  MAX_FILE_BYTES,
  MAX_KEY_BYTES,
  type OrderedOperation,
  type Query,
} from "../../src/core/request.ts";
import type { Command } from "../../src/core/total-order.ts";
import { type Codec, decode, encode } from "../../src/wire/codec.ts";
import { answer, command, operation, query } from "../../src/wire/request.ts";
import { someBytes } from "./arbitraries.ts";
import { bytesOf } from "./vectors.ts";

const owner = "00000000000000a1" as PeerId;

const operations: readonly OrderedOperation[] = [
  { kind: "create", name: "notes" },
  { kind: "delete", name: "né" },
  { kind: "append", name: "notes", data: "hello\n😀" },
  { kind: "atomic", operations: [] },
  {
    kind: "atomic",
    operations: [
      { kind: "create", name: "a" },
      { kind: "append", name: "a", data: "" },
      { kind: "read", name: "a" },
      { kind: "delete", name: "a" },
    ],
  },
  { kind: "write", key: "k", value: "v", time: 0 },
  { kind: "write", key: "", value: "", time: Number.MAX_SAFE_INTEGER },
  { kind: "open-session" },
  { kind: "acquire-lock", name: "l", owner, ticket: 2 ** 40, leaseMs: 10_000 },
  { kind: "renew-lock", name: "né", token: 7 },
  { kind: "release-lock", name: "l", owner, ticket: 1 },
  { kind: "expire-lock", name: "l", token: 7, renewals: 0 },
];

const queries: readonly Query[] = [
  { kind: "read", name: "notes" },
  { kind: "read-value", key: "k", version: null, time: null },
  { kind: "read-value", key: "k", version: "17", time: 2 ** 40 },
  { kind: "list" },
  { kind: "resume-session", session: 2 ** 40 },
];

const commands: readonly Command[] = operations.flatMap((each, i) => [
  { lamport: i, keepVersions: 1, salt: 0, once: null, operation: each },
  {
    lamport: 2 ** 40,
    keepVersions: 65_535,
    salt: 2 ** 32 - 1,
    once: { session: i, sequence: 2 ** 40 },
    operation: each,
  },
]);

/** Every code of an error, in the order of the wire. */
const codes = [
  "exists",
  "not-found",
  "too-large",
  "full",
  "too-far-ahead",
  "malformed",
  "session-expired",
  "no-session",
  "answer-forgotten",
  "no-leader",
  "busy",
  "timed-out",
  "leader-lost",
  "lock-lost",
] as const;

const answers: readonly Answer[] = [
  { kind: "display", text: "created né" },
  { kind: "pong", text: "peer" },
  { kind: "written-at", time: 2 ** 40 },
  { kind: "value", found: null },
  { kind: "value", found: { key: "k", value: "v", writtenAt: 7 } },
  { kind: "session", session: 12 },
  { kind: "locked", name: "l", token: 7 },
  { kind: "unknown" },
  ...codes.map((code, i) => ({ kind: "error", code, message: `why ${i}`, definite: i % 2 === 0 }) as const),
];

interface Sample {
  readonly what: string;
  readonly codec: Codec<unknown>;
  readonly value: unknown;
  readonly bytes: Buffer;
}

function samplesOf<T>(what: string, codec: Codec<T>, values: readonly T[]): readonly Sample[] {
  return values.map((value) => ({ what, codec, value, bytes: encode(codec, value) }));
}

const samples = [
  ...samplesOf("operation", operation, operations),
  ...samplesOf("query", query, queries),
  ...samplesOf("command", command, commands),
  ...samplesOf("answer", answer, answers),
];

describe("requests and answers", () => {
  it.each(samples)("$what $bytes.length bytes long: comes back as it was sent", ({ codec, value, bytes }) => {
    expect(decode(codec, bytes)).toEqual({ kind: "value", value });
  });

  it.each(samples)("$what: is incomplete at every truncation, malformed with a byte too many", ({ codec, bytes }) => {
    for (let length = 0; length < bytes.length; length++) {
      expect(decode(codec, bytes.subarray(0, length))).toEqual({ kind: "incomplete" });
    }
    expect(decode(codec, Buffer.concat([bytes, Buffer.alloc(1)])).kind).toBe("malformed");
  });

  it.each<{ what: string; codec: Codec<unknown> }>([
    { what: "operation", codec: operation },
    { what: "query", codec: query },
    { what: "command", codec: command },
    { what: "answer", codec: answer },
  ])("$what: never throws, and what is accepted is written the same", ({ what, codec }) => {
    const whole = fc.constantFrom(...samples.filter((sample) => sample.what === what).map(({ bytes }) => bytes));
    const damaged = fc
      .record({ whole, at: fc.nat(40), cut: fc.nat(3), put: someBytes(4) })
      .map(({ whole: bytes, at, cut, put }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]));
    fc.assert(
      fc.property(fc.oneof(damaged, someBytes(40)), (bytes) => {
        const decoded = decode(codec, bytes);
        if (decoded.kind === "value") expect(encode(codec, decoded.value)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("bytes that stay", () => {
  it.each<[string, Codec<unknown>, unknown, string]>([
    ["a create", operation, operations[0], "01056e6f746573"],
    ["a delete", operation, { kind: "delete", name: "f" }, "020166"],
    ["an append", operation, { kind: "append", name: "f", data: "é" }, "03016600000002c3a9"],
    ["a list", operation, { kind: "atomic", operations: [{ kind: "read", name: "f" }] }, "050001040166"],
    ["a write", operation, { kind: "write", key: "k", value: "v", time: 258 }, "06016b00000001760000000000000102"],
    ["an opening", operation, { kind: "open-session" }, "07"],
    ["a read", query, { kind: "read", name: "f" }, "010166"],
    ["a read of a value", query, queries[1], "02016b0000"],
    [
      "a read of a version",
      query,
      { kind: "read-value", key: "k", version: "7", time: 1 },
      "02016b010137010000000000000001",
    ],
    ["a request for the list", query, { kind: "list" }, "03"],
    ["a resumption", query, { kind: "resume-session", session: 5 }, "040000000000000005"],
    ["a command", command, commands[14], "00000000000000070001000000000007"],
    ["a value", answer, answers[4], "0401016b00000001760000000000000007"],
    ["an error", answer, failed("leader-lost", "why 12", true), "070c000677687920313201"],
    ["a lock", answer, { kind: "locked", name: "l", token: 7 }, "08016c0000000000000007"],
    ["a wish for a lock", operation, operations[8], "08016c00000000000000a1000001000000000000002710"],
    ["a renewal", operation, { kind: "renew-lock", name: "l", token: 7 }, "09016c0000000000000007"],
    ["a release", operation, operations[10], "0a016c00000000000000a10000000000000001"],
    ["an end", operation, operations[11], "0b016c00000000000000070000000000000000"],
  ])("%s", (_what, codec, value, hex) => {
    expect(encode(codec, value).toString("hex")).toBe(hex);
  });

  it("name the codes of errors in an order that only grows", () => {
    const bytes = answers.filter(({ kind }) => kind === "error").map((each) => encode(answer, each)[1]);
    expect(bytes).toEqual(codes.map((_, i) => i));
  });
});

describe("limits", () => {
  const file = (count: number) => Array.from({ length: count }, () => ({ kind: "read", name: "f" }) as const);
  const x = (count: number) => "x".repeat(count);
  const op: Codec<unknown> = operation;
  const said: Codec<unknown> = answer;

  it.each<[string, Codec<unknown>, (size: number) => unknown, number]>([
    ["a name", op, (size) => ({ kind: "create", name: x(size) }), MAX_KEY_BYTES],
    ["data", op, (size) => ({ kind: "append", name: "f", data: x(size) }), MAX_DATA_BYTES],
    ["a list", op, (size) => ({ kind: "atomic", operations: file(size) }), MAX_ATOMIC],
    ["a value", op, (size) => ({ kind: "write", key: "k", value: x(size), time: 0 }), MAX_DATA_BYTES],
    ["a message", said, (size) => ({ kind: "error", code: "full", message: x(size), definite: true }), 1024],
    ["a text", said, (size) => ({ kind: "display", text: x(size) }), MAX_FILE_BYTES + 262_144],
  ])("%s is as long as it may be and no longer", (_what, codec, ofSize, most) => {
    const value = ofSize(most);
    expect(decode(codec, encode(codec, value))).toEqual({ kind: "value", value });
    expect(() => encode(codec, ofSize(most + 1))).toThrow(InvariantViolation);
  });

  it.each([
    ["a list with a list in it", "0500010500"],
    ["a list with a write in it", "0500010601"],
    ["a list that is too long", "050101"],
    ["a name that is no UTF-8", "0101ff"],
    ["an unknown operation", "7f"],
    ["no operation", "00"],
  ])("%s is malformed", (_what, hex) => {
    expect(decode(operation, bytesOf(hex)).kind).toBe("malformed");
  });
});
