import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type FileOperation,
  MAX_ATOMIC,
  MAX_COMMAND_BYTES,
  MAX_DATA_BYTES,
  MAX_KEY_BYTES,
  type Request,
} from "../../src/core/request.ts";
import { type ClientRequest, lineOfRequest, MAX_REQUEST_LINE_BYTES, requestOf } from "../../src/wire/client-line.ts";
import { encode } from "../../src/wire/codec.ts";
import { command } from "../../src/wire/request.ts";

const MOST_TIME = 2 ** 53 - 2 ** 32 - 1;
const MOST_COUNT = 2 ** 53 - 1;

const REQUESTS: readonly (readonly [line: string, request: ClientRequest])[] = [
  ['{"Create":"f"}', { kind: "create", name: "f" }],
  ['{"Delete":"f"}', { kind: "delete", name: "f" }],
  ['{"Read":"f"}', { kind: "read", name: "f" }],
  ['{"Append":["f","data"]}', { kind: "append", name: "f", data: "data" }],
  ['{"Append":["f",""]}', { kind: "append", name: "f", data: "" }],
  ['"Exit"', { kind: "exit" }],
  ['"Ping"', { kind: "ping" }],
  ['"List"', { kind: "list" }],
  ['{"Read":["k",null,null]}', { kind: "read-value", key: "k", version: null, time: null }],
  ['{"Read":["k","17",null]}', { kind: "read-value", key: "k", version: "17", time: null }],
  ['{"Read":["k",null,17]}', { kind: "read-value", key: "k", version: null, time: 17 }],
  ['{"Write":["k","v",0]}', { kind: "write", key: "k", value: "v", time: 0 }],
  [`{"Write":["k","v",${MOST_TIME}]}`, { kind: "write", key: "k", value: "v", time: MOST_TIME }],
  ['{"Atomic":[]}', { kind: "atomic", operations: [] }],
  [
    '{"Atomic":[{"Create":"f"},{"Append":["f","x"]},{"Read":"f"},{"Delete":"f"}]}',
    {
      kind: "atomic",
      operations: [
        { kind: "create", name: "f" },
        { kind: "append", name: "f", data: "x" },
        { kind: "read", name: "f" },
        { kind: "delete", name: "f" },
      ],
    },
  ],
  ['{"Lock":"a lock"}', { kind: "lock", name: "a lock" }],
  [`{"Unlock":"${"é".repeat(64)}"}`, { kind: "unlock", name: "é".repeat(64) }],
  ['{"Session":null}', { kind: "open-session" }],
  ['{"Session":9007199254740991}', { kind: "resume-session", session: MOST_COUNT }],
  ['{"Do":[1,{"Create":"f"}]}', { kind: "do", sequence: 1, request: { kind: "create", name: "f" } }],
  ['{"Do":[9007199254740991,"List"]}', { kind: "do", sequence: MOST_COUNT, request: { kind: "list" } }],
  ['{"Do":[7,{"Atomic":[]}]}', { kind: "do", sequence: 7, request: { kind: "atomic", operations: [] } }],
];

const reasonOf = (line: string | Uint8Array): string => {
  const request = requestOf(line);
  return request.kind === "malformed" ? request.reason : `it is ${request.kind}`;
};

describe("a request", () => {
  test.each(REQUESTS)("%s is understood, and said so", (line, request) => {
    expect(requestOf(line)).toEqual(request);
    expect(requestOf(Buffer.from(line))).toEqual(request);
    expect(lineOfRequest(request)).toBe(`${line}\n`);
  });

  test.each([
    ["blanks", ' { "Create" :\t"f" } \r', { kind: "create", name: "f" }],
    ["escapes", '{"Create":"\\u00e9\\ud83d\\ude00"}', { kind: "create", name: "é😀" }],
    ["data of all kinds", '{"Append":["f","\\u0000\\n\\u009b"]}', { kind: "append", name: "f", data: "\0\n\u009b" }],
    ["another way to write a number", '{"Write":["k","v",1e3]}', { kind: "write", key: "k", value: "v", time: 1000 }],
  ] as const)("may hold %s", (_what, line, request) => {
    expect(requestOf(line)).toEqual(request);
  });
});

describe("JSON that is no request is unknown", () => {
  test.each([
    ...["null", "true", "17", "[]", '["Ping"]', "{}", '""', '"ping"', '"Create"', '{"create":"f"}', '{"Ping":null}'],
    ...[
      '{"Create":"f","Delete":"f"}',
      '{"__proto__":"f"}',
      '{"constructor":"f"}',
      '"toString"',
      '{"HumanDisplay":"f"}',
    ],
  ])("%s", (line) => {
    expect(requestOf(line)).toEqual({ kind: "unknown" });
  });
});

describe("malformed is", () => {
  test.each([
    ["nothing", "", /one JSON value/],
    ["no JSON", "{Create:f}", /one JSON value/],
    ["two values", '"Ping" "Ping"', /one JSON value/],
    ["half a value", '{"Create":"f"', /one JSON value/],
    ["a name that is empty", '{"Create":""}', /^Create takes a name: 255 bytes/],
    ["a name that is none", '{"Create":1}', /^Create takes/],
    ["a list for a name", '{"Delete":["f"]}', /^Delete takes/],
    ["a name with a line feed", '{"Create":"a\\nb"}', /without control characters/],
    ["a name with a control character of the second kind", '{"Create":"\\u009b"}', /without control characters/],
    ["half a pair in a name", '{"Create":"\\ud83d"}', /^Create takes/],
    ["half a pair in data", '{"Append":["f","\\ud83d"]}', /^Append takes/],
    ["an append without data", '{"Append":["f"]}', /^Append takes \[name, data\]/],
    ["an append with more", '{"Append":["f","a","b"]}', /^Append takes/],
    ["an append of a number", '{"Append":["f",1]}', /^Append takes/],
    ["a read of too little", '{"Read":["k",null]}', /^Read takes a name, or \[key/],
    ["a version that is a number", '{"Read":["k",1,null]}', /^Read takes/],
    ["a read of a file that is null", '{"Read":null}', /^Read takes/],
    ["a write without a time", '{"Write":["k","v"]}', /^Write takes/],
    ["a negative time", '{"Write":["k","v",-1]}', /^Write takes/],
    ["a time below nothing", '{"Write":["k","v",-0]}', /^Write takes/],
    ["half a time", '{"Write":["k","v",0.5]}', /^Write takes/],
    ["a time that is text", '{"Write":["k","v","1"]}', /^Write takes/],
    ["a time beyond the last", `{"Write":["k","v",${MOST_TIME + 1}]}`, /below 2\^53 - 2\^32/],
    ["a time beyond all", '{"Read":["k",null,1e999]}', /^Read takes/],
    ["a list of something else", '{"Atomic":["List"]}', /^Atomic takes a list of 256 file operations/],
    ["a list of values", '{"Atomic":[{"Read":["k",null,null]}]}', /^Atomic takes/],
    ["a list with something malformed", '{"Atomic":[{"Create":""}]}', /^in Atomic, Create takes/],
    ["no list", '{"Atomic":{"Create":"f"}}', /^Atomic takes/],
    ["a session 0", '{"Session":0}', /^Session takes null or/],
    ["a session that is text", '{"Session":"1"}', /^Session takes/],
    ["a sequence 0", '{"Do":[0,"List"]}', /^Do takes \[sequence, request\]/],
    ["a sequence of 2^53", '{"Do":[9007199254740992,"List"]}', /^Do takes/],
    ["Do without a request", '{"Do":[1]}', /^Do takes/],
    ["Do of a ping", '{"Do":[1,"Ping"]}', /^Do takes/],
    ["Do of Do", '{"Do":[1,{"Do":[1,"List"]}]}', /^Do takes/],
    ["Do of a session", '{"Do":[1,{"Session":null}]}', /^Do takes/],
    ["a lock without a name", '{"Lock":""}', /^Lock takes the name of a lock: 64 characters at most/],
    ["a lock with a name that is too long", `{"Lock":"${"x".repeat(65)}"}`, /^Lock takes/],
    ["an unlock of two", '{"Unlock":["a","b"]}', /^Unlock takes/],
    ["Do of a lock", '{"Do":[1,{"Lock":"l"}]}', /^Do takes/],
    ["Do of something malformed", '{"Do":[1,{"Append":[]}]}', /^in Do, Append takes/],
    ["Do of something unknown", '{"Do":[1,"Sing"]}', /^Do takes/],
  ])("%s", (_what, line, reason) => {
    expect(reasonOf(line)).toMatch(reason);
  });

  test.each([
    ["cut in a character", Buffer.from('{"Create":"é"}').filter((byte) => byte !== 0xa9)],
    ["too long for its character", Buffer.from([0x22, 0xc0, 0x80, 0x22])],
    ["half a pair", Buffer.from([0x22, 0xed, 0xa0, 0xbd, 0x22])],
  ])("bytes that are no UTF-8: %s", (_what, line) => {
    expect(reasonOf(line)).toBe("a line is UTF-8");
  });

  test("a replacement character that is meant is none of those", () => {
    expect(requestOf(Buffer.from('{"Create":"\ufffd"}'))).toEqual({ kind: "create", name: "\ufffd" });
  });
});

describe("limits", () => {
  const create = (name: string): Request => requestOf(JSON.stringify({ Create: name }));

  test.each([
    ["names, in bytes", (n: number) => JSON.stringify({ Create: "a".repeat(n) }), MAX_KEY_BYTES],
    ["names, in bytes of UTF-8", (n: number) => JSON.stringify({ Create: `${"é".repeat(127)}${"a".repeat(n)}` }), 1],
    ["keys", (n: number) => JSON.stringify({ Write: ["k".repeat(n), "", 0] }), MAX_KEY_BYTES],
    ["versions", (n: number) => JSON.stringify({ Read: ["k", "1".repeat(n), null] }), MAX_KEY_BYTES],
    ["data", (n: number) => JSON.stringify({ Append: ["f", "x".repeat(n)] }), MAX_DATA_BYTES],
    ["values", (n: number) => JSON.stringify({ Write: ["k", `é${"x".repeat(n)}`, 0] }), MAX_DATA_BYTES - 2],
    ["lists", (n: number) => JSON.stringify({ Atomic: new Array(n).fill({ Read: "f" }) }), MAX_ATOMIC],
    ["lines", (n: number) => `${" ".repeat(n - 6)}"Ping"`, MAX_REQUEST_LINE_BYTES],
  ])("of %s", (_what, line, most) => {
    expect(requestOf(line(most)).kind).not.toBe("malformed");
    expect(requestOf(line(most + 1)).kind).toBe("malformed");
  });

  test("no character of a name is cut in two", () => {
    expect(create("é".repeat(127)).kind).toBe("create");
    expect(create("é".repeat(128)).kind).toBe("malformed");
    expect(create("😀".repeat(63)).kind).toBe("create");
    expect(create("😀".repeat(64)).kind).toBe("malformed");
  });

  test("what lists hold fits into a command, to within a few bytes", () => {
    const listOf = (bytes: number): FileOperation[] => {
      const whole = { kind: "append", name: "n".repeat(255), data: "x".repeat(65_000) } as const;
      return [whole, whole, whole, whole, { kind: "append", name: "f", data: "x".repeat(bytes) }];
    };
    const lineOf = (bytes: number) => lineOfRequest({ kind: "atomic", operations: listOf(bytes) });
    let most = 2048;
    while (requestOf(lineOf(most)).kind === "malformed") most -= 1;
    const longest = encode(command, {
      lamport: MOST_TIME,
      keepVersions: 1,
      salt: 0,
      once: { session: MOST_COUNT, sequence: MOST_COUNT },
      operation: { kind: "atomic", operations: listOf(most) },
    });
    expect(longest.length).toBeLessThanOrEqual(MAX_COMMAND_BYTES);
    expect(longest.length).toBeGreaterThan(MAX_COMMAND_BYTES - 64);
  });

  test("of depth", () => {
    expect(requestOf("[".repeat(16) + "]".repeat(16))).toEqual({ kind: "unknown" });
    expect(reasonOf("[".repeat(17) + "]".repeat(17))).toMatch(/16 deep/);
    expect(reasonOf('{"a":'.repeat(17) + "}".repeat(17))).toMatch(/16 deep/);
    expect(requestOf(`${"[]".repeat(3)}`).kind).toBe("malformed");
    expect(requestOf(`[${"[],".repeat(100)}[]]`)).toEqual({ kind: "unknown" });
    expect(requestOf(JSON.stringify({ Create: "[".repeat(100) })).kind).toBe("create");
    expect(requestOf(JSON.stringify({ Create: '\\"[{\\'.repeat(20) })).kind).toBe("create");
  });

  test.each([
    ["open lists", "[".repeat(MAX_REQUEST_LINE_BYTES)],
    ["open objects", '{"":'.repeat(MAX_REQUEST_LINE_BYTES / 4)],
    ["quotes", '"'.repeat(MAX_REQUEST_LINE_BYTES)],
    ["backslashes", `"${"\\".repeat(MAX_REQUEST_LINE_BYTES - 1)}`],
    ["escaped quotes", `"${'\\"'.repeat(MAX_REQUEST_LINE_BYTES / 2 - 1)}`],
    ["empty lists", `[${"[],".repeat(MAX_REQUEST_LINE_BYTES / 3 - 2)}[]]`],
  ])("a line full of %s is answered soon", (_what, line) => {
    const begun = performance.now();
    expect(["malformed", "unknown"]).toContain(requestOf(line).kind);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
const data = fc.string({ unit: "binary", maxLength: 30 }).filter((text) => !/\p{Cs}/u.test(text));
const time = fc.integer({ min: 0, max: MOST_TIME });
const operation: fc.Arbitrary<FileOperation> = fc.oneof(
  fc.record({ kind: fc.constantFrom("create", "delete", "read"), name }),
  fc.record({ kind: fc.constant("append"), name, data }),
);
const ofTheStore = fc.oneof(
  operation,
  fc.record({ kind: fc.constant("atomic"), operations: fc.array(operation, { maxLength: 5 }) }),
  fc.record({ kind: fc.constant("write"), key: name, value: data, time }),
  fc.record({
    kind: fc.constant("read-value"),
    key: name,
    version: fc.option(name, { nil: null }),
    time: fc.option(time, { nil: null }),
  }),
);
const request: fc.Arbitrary<ClientRequest> = fc.oneof(
  ofTheStore,
  fc.record({ kind: fc.constant("do"), sequence: fc.integer({ min: 1, max: MOST_COUNT }), request: ofTheStore }),
  fc.record({ kind: fc.constant("resume-session"), session: fc.integer({ min: 1, max: MOST_COUNT }) }),
);

describe("whatever comes", () => {
  test("requests are understood as they were said, in one line", () => {
    fc.assert(
      fc.property(request, (said) => {
        const line = lineOfRequest(said);
        expect(line.indexOf("\n")).toBe(line.length - 1);
        expect(requestOf(Buffer.from(line.slice(0, -1)))).toEqual(said);
      }),
    );
  });

  test("nothing is thrown, whatever a line holds", () => {
    const nearly = fc.tuple(request, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([said, at, byte]) => {
      const line = Buffer.from(lineOfRequest(said));
      line[at % line.length] = byte;
      return line;
    });
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.json().map((json) => Buffer.from(json)),
      nearly,
    );
    fc.assert(
      fc.property(line, (bytes) => {
        const heard = requestOf(bytes);
        // What it is taken for can be said again.
        if (heard.kind !== "malformed" && heard.kind !== "unknown") {
          expect(requestOf(lineOfRequest(heard).trimEnd())).toEqual(heard);
        }
      }),
      { numRuns: 500 },
    );
  });
});
