import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Answer, MAX_ATOMIC, MAX_DATA_BYTES, type Request } from "../../src/core/request.ts";
import { toJson } from "../../src/recording/exact-json.ts";
import { MAX_BLOCK_BYTES } from "../../src/recording/format.ts";
import { CLIENT_LIMITS } from "../../src/runtime/client-limits.ts";
import { MAX_REQUEST_LINE_BYTES } from "../../src/wire/client-line.ts";
import { ClientRig, PING, PONG } from "./client-rig.ts";
import { until, type Visitor } from "./visitor.ts";

let rig: ClientRig;

beforeEach(() => {
  rig = new ClientRig();
});
afterEach(() => rig.close());

/** As many clients, whose connections stand. */
async function clients(count: number): Promise<readonly Visitor[]> {
  const visitors: Visitor[] = [];
  while (visitors.length < count) visitors.push(await rig.client());
  return visitors;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What was asked in each turn, as how much of whom. */
function turns(): readonly (readonly string[])[] {
  return rig.inputs.flatMap((input) =>
    input.kind === "client" ? [input.asked.map(({ session, requests }) => `${session}: ${requests.length}`)] : [],
  );
}

describe("one turn of the event loop", () => {
  test("deals with all that good clients send", async () => {
    await rig.open();
    await clients(8);
    for (let index = 0; index < 8; index++) rig.say(index, '{"Read":"f"}\n'.repeat(32));
    await nextTurn();
    expect(turns()).toEqual([[2, 4, 6, 8, 10, 12, 14, 16].map((session) => `${session}: 32`)]);
  });

  test("deals with so many lines only, of each connection in turn", async () => {
    await rig.open({ maxTurnLines: 128 });
    await clients(3);
    for (const index of [0, 1, 2]) rig.say(index, '"Ping"\n'.repeat(index === 2 ? 10 : 200));
    for (let turn = 0; turn < 4; turn++) await nextTurn();
    expect(turns()).toEqual([
      ["2: 62", "4: 56", "6: 10"],
      ["4: 64", "2: 64"],
      ["4: 64", "2: 64"],
      ["4: 16", "2: 10"],
    ]);
    expect(rig.requests()).toEqual(new Array<Request>(410).fill(PING));
  });

  test("deals with so many bytes only", async () => {
    await rig.open({ maxTurnBytes: 5000 });
    await clients(2);
    const line = `{"Append":["f","${"x".repeat(1980)}"]}\n`;
    rig.say(0, line.repeat(4));
    rig.say(1, line.repeat(4));
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    expect(turns()).toEqual([["2: 3"], ["4: 3"], ["2: 1", "4: 1"]]);
  });

  test("deals with so many lines only, also where they are blank", async () => {
    await rig.open({ maxTurnLines: 100 });
    await clients(2);
    rig.say(0, `${"\n".repeat(150)}"Ping"\n`);
    await nextTurn();
    expect(turns()).toEqual([]);
    rig.say(1, '"Ping"\n');
    await nextTurn();
    expect(turns()).toEqual([["2: 1", "4: 1"]]);
  });

  test("leaves what it has no room for in the network", async () => {
    await rig.open({ maxTurnLines: 1 });
    const [visitor] = await clients(1);
    visitor?.send('"Ping"\n'.repeat(200_000));
    await until(() => rig.requests().length > 50, "some");
    expect(rig.sockets[0]?.bytesRead).toBeLessThan(500_000);
  });

  test.each([
    ["bytes that are no characters", Buffer.concat([Buffer.from('{"Sing":"'), Buffer.alloc(1_000_000, 0xff)]), 1],
    ["data that no JSON of ours says more shortly", appends(String.raw`\u0001`), 1],
    ["data beyond all that is plain", appends("\u2028"), 1],
    ["short operations", Buffer.from(`{"Atomic":[${new Array(MAX_ATOMIC).fill('{"Read":"f"}').join()}]}`), 200],
    ["what is malformed in many words", Buffer.from('{"Read":[]}'), 1000],
    ["what is short", Buffer.from("1"), 1000],
  ])("of %s fits into a recording", async (_what, line, count) => {
    await rig.open({ maxNonsense: Number.POSITIVE_INFINITY });
    await clients(8);
    const lines = Buffer.concat(new Array<Buffer>(count).fill(Buffer.concat([line, Buffer.of(0x0a)])));
    for (const socket of rig.sockets) socket.emit("data", lines);
    await until(() => rig.requests().length === Math.min(count, CLIENT_LIMITS.maxOwed) * 8, "all");
    for (const input of rig.inputs) if (input.kind === "client") expect(fits(toJson(input.asked))).toBe(true);
  });

  test("fits into a recording however it is escaped", () => {
    // No byte of a line takes more than six in JSON, and no request that is not in its line more than this.
    const perLine = 4096;
    const { maxTurnBytes, maxTurnLines } = CLIENT_LIMITS;
    const most = 6 * (maxTurnBytes + MAX_REQUEST_LINE_BYTES) + perLine * maxTurnLines;
    expect(most).toBeLessThan(MAX_BLOCK_BYTES / 2);
  });
});

/** A list of appends, as long as its data may be together. */
function appends(character: string): Buffer {
  const count = Math.floor(MAX_DATA_BYTES / Buffer.byteLength(JSON.parse(`"${character}"`) as string));
  const append = `{"Append":["f","${character.repeat(Math.min(count, 150_000))}"]}`;
  return Buffer.from(`{"Atomic":[${append},${append}]}`);
}

/** Whether the JSON of what was asked leaves room for what follows from it in one block of a recording. */
function fits(json: string): boolean {
  return Buffer.byteLength(json) < MAX_BLOCK_BYTES / 2;
}

describe("whoever sends many lines that are no requests", () => {
  test("is told of the last, and is not heard any more", async () => {
    await rig.open({ maxNonsense: 10 });
    rig.answering((request) => (request.kind === "malformed" ? { kind: "display", text: request.reason } : PONG));
    const [visitor] = await clients(1);
    visitor?.send(`${"1\n".repeat(9)}"Ping"\n${"1\nx\n".repeat(20)}`);
    await visitor?.ended;
    expect(visitor?.text).toContain('{"HumanDisplay":"the last of 10 lines in a row that are no requests"}\n');
    expect(rig.requests()).toHaveLength(20);
    expect(rig.downs()).toEqual(["2 too many lines that are no requests"]);
  });
});

describe("requests without an answer", () => {
  const append = `{"Append":["f","${"x".repeat(980)}"]}\n`;

  test("are of so many bytes only, and more are heard when half of them are answered", async () => {
    await rig.open({ maxAskedBytes: 10_000 });
    await clients(1);
    rig.say(0, append.repeat(50));
    await nextTurn();
    expect(rig.requests()).toHaveLength(10);
    rig.answer(2, ...new Array<Answer>(4).fill(PONG));
    await nextTurn();
    expect(rig.requests()).toHaveLength(10);
    rig.answer(2, PONG);
    await nextTurn();
    expect(rig.requests()).toHaveLength(15);
  });

  test("are of so many bytes only on all connections", async () => {
    await rig.open({ maxAllAskedBytes: 10_000 });
    await clients(2);
    rig.say(0, append.repeat(10));
    await nextTurn();
    rig.say(1, '"Ping"\n');
    await nextTurn();
    expect(rig.requests()).toHaveLength(10);
    rig.answer(2, ...new Array<Answer>(6).fill(PONG));
    await nextTurn();
    expect(rig.requests().at(-1)).toEqual(PING);
  });

  test("of a connection that is gone do not count", async () => {
    await rig.open({ maxAllAskedBytes: 10_000 });
    const [first] = await clients(2);
    rig.say(0, append.repeat(10));
    await nextTurn();
    first?.reset();
    await until(() => rig.downs().length > 0, "the end");
    rig.say(1, '"Ping"\n');
    await until(() => rig.requests().length === 11, "the other");
  });
});

describe("lines that have begun", () => {
  test("share the room that there is, which costs the longest its connection", async () => {
    await rig.open({ maxAllBegunBytes: 30_000 });
    await clients(3);
    rig.say(0, `"${"x".repeat(6000)}`);
    rig.say(1, `"${"x".repeat(10_000)}`);
    rig.say(2, '"Pi');
    await nextTurn();
    expect(rig.downs()).toEqual(["4 the longest of too many lines that have begun"]);
    expect(rig.counters.all()).toEqual({ "client.unfinished": 1 });
    rig.say(2, 'ng"\n');
    await nextTurn();
    expect(rig.requests()).toEqual([PING]);
  });

  test("must end in time", async () => {
    await rig.open({ lineTimeoutMs: 50 });
    await clients(2);
    rig.say(0, '"Ping"\n"Pi');
    rig.say(1, '"Ping"\n');
    await until(() => rig.downs().length > 0, "the end");
    expect(rig.downs()).toEqual(["2 a line that does not end"]);
    expect(rig.requests()).toEqual([PING, PING]);
  });

  test("need not end where the peer does not read", async () => {
    await rig.open({ lineTimeoutMs: 50 });
    await clients(2);
    rig.say(0, '"Pi');
    await nextTurn();
    rig.door.read(2, false);
    rig.say(1, '"Pi');
    await until(() => rig.downs().length > 0, "the end of the other");
    expect(rig.downs()).toEqual(["4 a line that does not end"]);
    rig.door.read(2, true);
    rig.say(0, 'ng"\n');
    await nextTurn();
    expect(rig.requests()).toEqual([PING]);
  });
});

describe("answers that wait", () => {
  const long: Answer = { kind: "display", text: "x".repeat(100_000) };

  test("for a client that reads as quickly as it can do not cost it its connection, however many they are", async () => {
    await rig.open({ maxAllWaiting: 1_000_000 });
    const visitor = await rig.client();
    let bytes = 0;
    visitor.socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    visitor.send('"List"\n'.repeat(200));
    await until(() => rig.requests().length === 200, "the requests");
    rig.answer(2, ...new Array<Answer>(200).fill(long));
    await until(() => bytes > 20_000_000, "all of them");
    expect(rig.downs()).toEqual([]);
  });

  test("are so many only when more is heard", async () => {
    await rig.open({ maxWaiting: 1_000_000, maxAheadBytes: 1000 });
    const visitor = await rig.client();
    visitor.socket.pause();
    visitor.send('"List"\n'.repeat(100));
    await until(() => rig.requests().length === 100, "the requests");
    rig.answer(2, ...new Array<Answer>(100).fill(long));
    visitor.send('"Ping"\n');
    // Whoever comes later is heard meanwhile.
    await rig.client();
    rig.say(1, '"Ping"\n');
    await until(() => rig.requests().length === 101, "the other");
    visitor.socket.resume();
    await until(() => rig.requests().length === 102, "the rest");
  });
});
