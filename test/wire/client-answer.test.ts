import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Answer, failed, MAX_COMMAND_BYTES, MAX_FILE_BYTES } from "../../src/core/request.ts";
import { answerOf, lineOf, MAX_ANSWER_LINE_BYTES } from "../../src/wire/client-answer.ts";
import { decode, encode } from "../../src/wire/codec.ts";
import { answer } from "../../src/wire/request.ts";

const ANSWERS: readonly (readonly [line: string, answer: Answer])[] = [
  ['{"HumanDisplay":"created f"}', { kind: "display", text: "created f" }],
  ['{"HumanDisplay":"a\\nb\\u001b\\"é"}', { kind: "display", text: 'a\nb\x1b"é' }],
  ['{"Pong":"alpha"}', { kind: "pong", text: "alpha" }],
  ['{"WrittenAt":17}', { kind: "written-at", time: 17 }],
  ['{"Value":["k","v\\n",17]}', { kind: "value", found: { key: "k", value: "v\n", writtenAt: 17 } }],
  ['{"Value":null}', { kind: "value", found: null }],
  ['{"Session":9007199254740991}', { kind: "session", session: 2 ** 53 - 1 }],
  ['{"Locked":["a lock",17]}', { kind: "locked", name: "a lock", token: 17 }],
  ['"UnknownPong"', { kind: "unknown" }],
  ['{"Error":{"code":"exists","message":"there is \\"f\\"","definite":true}}', failed("exists", 'there is "f"', true)],
  ['{"Error":{"code":"leader-lost","message":"","definite":false}}', failed("leader-lost", "", false)],
];

describe("an answer", () => {
  test.each(ANSWERS)("%s is said, and understood so", (line, said) => {
    expect(lineOf(said)).toBe(`${line}\n`);
    expect(answerOf(line)).toEqual(said);
    expect(answerOf(Buffer.from(line))).toEqual(said);
  });

  test("fits into a line, however much of it is escaped", () => {
    const longest = { kind: "display", text: "\0".repeat(MAX_FILE_BYTES + MAX_COMMAND_BYTES) } as const;
    expect(decode(answer, encode(answer, longest)).kind).toBe("value");
    expect(Buffer.byteLength(lineOf(longest))).toBeLessThanOrEqual(MAX_ANSWER_LINE_BYTES);
  });

  test("is the same in lines as between peers", () => {
    const text = fc.string({ unit: "binary", maxLength: 50 });
    const display = fc.record({ kind: fc.constant("display" as const), text });
    fc.assert(
      fc.property(display, (said) => {
        const line = lineOf(said);
        expect(line.indexOf("\n")).toBe(line.length - 1);
        expect(answerOf(Buffer.from(line.slice(0, -1)))).toEqual(said);
      }),
    );
  });
});

describe("no answer is", () => {
  test.each([
    ...["", "{", "null", "17", '"Pong"', "[]", "{}", '{"Ping":"a"}', '{"HumanDisplay":1}', '{"Pong":null}'],
    ...['{"WrittenAt":-1}', '{"WrittenAt":"1"}', '{"WrittenAt":9007199254740991}', '{"Session":0}', '{"Session":null}'],
    ...[
      '{"Value":["k","v"]}',
      '{"Value":["k",1,1]}',
      '{"Value":[1,"v",1]}',
      '{"Value":["k","v",0.5]}',
      '{"Value":"v"}',
    ],
    ...['{"Locked":"l"}', '{"Locked":["l"]}', '{"Locked":["l",0]}', '{"Locked":[1,1]}', '{"Locked":["l",1.5]}'],
    ...['{"Error":"exists"}', '{"Error":{"code":"exists","message":"m"}}', '{"Error":null}'],
    ...['{"Error":{"code":"eaten","message":"m","definite":true}}'],
    ...['{"Error":{"code":"exists","message":1,"definite":true}}'],
    ...['{"Error":{"code":"exists","message":"m","definite":1}}', '{"Pong":"a","Pung":"b"}', "[".repeat(17)],
  ])("%s", (line) => {
    expect(answerOf(line)).toBeUndefined();
  });

  test("bytes that are no UTF-8", () => {
    expect(answerOf(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined();
  });

  test("nor does anything make it throw", () => {
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (line) => void answerOf(line)));
    fc.assert(fc.property(fc.uint8Array(), (line) => void answerOf(line)));
  });
});
