import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Answer, Request } from "../../src/core/request.ts";
import { ClientDoor, type ClientInput, type ClientLimits } from "../../src/runtime/client-door.ts";
import { Counters } from "../../src/runtime/counters.ts";
import { SessionNumbers } from "../../src/runtime/session-numbers.ts";
import { MAX_REQUEST_LINE_BYTES } from "../../src/wire/client-line.ts";
import { at } from "../peer/rig.ts";
import { until, Visitor } from "./visitor.ts";

const PING: Request = { kind: "ping" };
const PONG: Answer = { kind: "pong", text: "alpha" };
const PONG_LINE = '{"Pong":"alpha"}\n';

let inputs: ClientInput[];
let onInput: (input: ClientInput) => void;
let counters: Counters;
let door: ClientDoor;
let server: Server;
let sockets: Socket[];

/** A door, which takes connections as the front door hands them on: with the first bytes that they say. */
async function open(limits: Partial<ClientLimits> = {}): Promise<void> {
  const give = (input: ClientInput): void => {
    inputs.push(input);
    onInput(input);
  };
  door = new ClientDoor(give, counters, new SessionNumbers(), limits);
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
    door.accept(socket, Buffer.alloc(0));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
}

beforeEach(() => {
  [inputs, sockets, counters] = [[], [], new Counters()];
  onInput = () => {};
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await door.closeAll();
});

/** A client whose connection stands. */
async function client(): Promise<Visitor> {
  const ups = inputs.length;
  const visitor = await Visitor.to((server.address() as AddressInfo).port);
  await until(() => inputs.length > ups, "the connection");
  return visitor;
}

const requests = (): readonly Request[] =>
  inputs.flatMap((input) => (input.kind === "client" ? input.asked.flatMap(({ requests }) => requests) : []));
const downs = (): readonly string[] =>
  inputs.flatMap((input) => (input.kind === "session-down" ? [`${input.session} ${input.reason}`] : []));

/** Lets some answers leave. */
function answer(session: number, ...answers: readonly Answer[]): void {
  door.write(session, answers);
  door.flush();
}

/** Answers whatever comes, at once, as a peer does. */
function answering(reply: (request: Request) => Answer = () => PONG): void {
  onInput = (input) => {
    if (input.kind !== "client") return;
    for (const { session, requests } of input.asked) door.write(session, requests.map(reply));
    queueMicrotask(() => door.flush());
  };
}

describe("requests", () => {
  test("come a byte at a time as well as at once, and after the connection", async () => {
    await open();
    const slow = await client();
    await slow.sendSlowly(Buffer.from('"Ping"\r\n\n{"Create":"é"}\n'), 0);
    await until(() => requests().length === 2, "both");
    expect(requests()).toEqual([PING, { kind: "create", name: "é" }]);
    expect(inputs[0]).toEqual({ kind: "client-up", session: 2, address: at(slow.socket.localPort ?? 0) });
  });

  test("come with what was said before the door had the connection", async () => {
    await open();
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      sockets.push(socket);
      socket.once("data", (first: Buffer) => door.accept(socket, first));
    });
    const visitor = await Visitor.to((server.address() as AddressInfo).port);
    visitor.send('"Ping"\n"Pi');
    await until(() => requests().length === 1, "the first");
    visitor.send('ng"\n');
    await until(() => requests().length === 2, "the second");
    expect(requests()).toEqual([PING, PING]);
  });

  test("of all connections are given as one when all sockets are read", async () => {
    await open();
    for (let count = 0; count < 3; count++) await client();
    for (const socket of sockets) {
      socket.emit("data", Buffer.from('"Ping"\n"Pi'));
      socket.emit("data", Buffer.from('ng"\n'));
    }
    expect(requests()).toHaveLength(0);
    await new Promise((resolve) => setImmediate(resolve));
    const asked = [2, 4, 6].map((session) => ({ session, requests: [PING, PING] }));
    expect(inputs.slice(3)).toEqual([{ kind: "client", asked }]);
  });

  test("come pipelined by thousands, in few inputs and in order", async () => {
    await open();
    answering((request) => ({ kind: "display", text: request.kind === "create" ? request.name : "?" }));
    const quick = await client();
    const names = Array.from({ length: 20_000 }, (_, n) => `f${n}`);
    quick.send(names.map((name) => `{"Create":"${name}"}\n`).join(""));
    const wanted = names.map((name) => `{"HumanDisplay":"${name}"}\n`).join("");
    await quick.hear((received) => received.length >= wanted.length, "all answers");
    expect(quick.text).toBe(wanted);
    expect(inputs.length).toBeLessThan(500);
  });

  test("that are malformed or unknown are given like all others, and counted", async () => {
    await open();
    const visitor = await client();
    visitor.send('{"Sing":1}\n{"Create":1}\nhello\n"Ping"\n');
    await until(() => requests().length === 4, "all of it");
    expect(requests().map(({ kind }) => kind)).toEqual(["unknown", "malformed", "malformed", "ping"]);
    expect(counters.all()).toEqual({ "client.malformed": 2 });
  });
});

describe("a line that is too long", () => {
  const begin = `"${"x".repeat(MAX_REQUEST_LINE_BYTES + 1)}`;

  test("is malformed, the last that is heard, and answered before the connection ends", async () => {
    await open();
    answering((request) => (request.kind === "malformed" ? { kind: "display", text: request.reason } : PONG));
    const visitor = await client();
    visitor.send(`"Ping"\n${begin}`);
    await visitor.ended;
    expect(visitor.text).toBe(`${PONG_LINE}{"HumanDisplay":"a line has 1048576 bytes at most"}\n`);
    expect(downs()).toEqual(["2 a line that is too long"]);
  });

  test("is the last, whatever comes behind it", async () => {
    await open();
    const visitor = await client();
    visitor.send(`${begin}"\n"Ping"\n"Ping"\n`);
    await until(() => requests().length > 0, "the line");
    answer(2, PONG);
    await visitor.ended;
    expect(requests().map(({ kind }) => kind)).toEqual(["malformed"]);
  });
});

describe("answers", () => {
  test("leave by one write for each connection", async () => {
    await open();
    const [one, other] = [await client(), await client()];
    const writes = sockets.map((socket) => {
      const sizes: number[] = [];
      const write = socket.write.bind(socket);
      socket.write = ((chunk: string) => {
        sizes.push(chunk.length);
        return write(chunk);
      }) as typeof socket.write;
      return sizes;
    });
    door.write(2, [PONG, PONG]);
    door.write(4, [PONG]);
    door.write(2, [PONG]);
    expect(writes).toEqual([[], []]);
    door.flush();
    expect(writes).toEqual([[3 * PONG_LINE.length], [PONG_LINE.length]]);
    await one.hear((received) => received.length === 3 * PONG_LINE.length, "three");
    await other.hear((received) => received.length === PONG_LINE.length, "one");
  });

  test("that are long wait here until there is room, and all of them come", async () => {
    await open({ maxOwed: 512 });
    const text = "é".repeat(200_000);
    answering(() => ({ kind: "display", text }));
    const visitor = await client();
    visitor.socket.pause();
    visitor.send('"List"\n'.repeat(300));
    await until(() => requests().length === 300, "the requests");
    expect(sockets[0]?.writableLength).toBeLessThan(2 * 1024 * 1024);
    visitor.socket.removeAllListeners("data");
    let bytes = 0;
    visitor.socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    visitor.socket.resume();
    const line = Buffer.byteLength(`{"HumanDisplay":"${text}"}\n`);
    await until(() => bytes === 300 * line, "all of it");
    expect(downs()).toEqual([]);
  });

  test("of nobody are dropped", async () => {
    await open();
    answer(2, PONG);
    door.close(2);
    door.read(2, false);
    expect(inputs).toEqual([]);
  });
});

describe("whoever does not read its answers", () => {
  const long: Answer = { kind: "display", text: "x".repeat(100_000) };

  /** The door owes a client that does not read as much as `limits` allow, and more. */
  async function deaf(limits: Partial<ClientLimits>, answers: number): Promise<Visitor> {
    await open(limits);
    const visitor = await client();
    visitor.socket.pause();
    visitor.send('"List"\n'.repeat(answers));
    await until(() => requests().length === answers, "the requests");
    return visitor;
  }

  test("is asked no more than it may be owed, and is heard again when half of it has left", async () => {
    await open({ maxOwed: 100 });
    const visitor = await client();
    visitor.send('"Ping"\n'.repeat(1000));
    await until(() => requests().length === 100, "as much as may be");
    answer(2, ...new Array<Answer>(49).fill(PONG));
    // Whoever comes later is heard meanwhile.
    await client();
    expect(requests()).toHaveLength(100);
    answer(2, PONG);
    await until(() => requests().length === 150, "as much again");
    answering();
    answer(2, ...new Array<Answer>(100).fill(PONG));
    await visitor.hear((received) => received.length === 1000 * PONG_LINE.length, "all answers");
  });

  test("is destroyed when too much waits for all, and it has more than its share", async () => {
    await deaf({ maxWaiting: 10_000_000, maxAheadBytes: 1000 }, 200);
    const modest = await client();
    answer(4, long);
    answer(2, ...new Array<Answer>(200).fill(long));
    expect(downs()).toEqual(["2 takes its answers too slowly"]);
    expect(counters.all()).toEqual({ "client.too-slow": 1 });
    await modest.hear((received) => received.length > 100_000, "the answer of another");
  });

  test("is destroyed when it takes nothing for long", async () => {
    await deaf({ stallTimeoutMs: 50 }, 200);
    answer(2, ...new Array<Answer>(200).fill(long));
    await until(() => downs().length > 0, "the end");
    expect(downs()).toEqual(["2 takes nothing"]);
  });

  test("is left alone where nothing waits for it, however long it says nothing", async () => {
    await open();
    const visitor = await client();
    sockets[0]?.emit("timeout");
    visitor.send('"Ping"\n');
    await until(() => requests().length === 1, "the request");
    expect(downs()).toEqual([]);
  });
});

describe("the end", () => {
  test("of what a client says loses none of its answers", async () => {
    await open();
    const visitor = await client();
    visitor.send('"Ping"\n"Ping"\n"List"');
    visitor.halfClose();
    await until(() => requests().length === 3, "the requests");
    expect(requests().at(-1)).toEqual({ kind: "list" });
    answer(2, PONG, PONG);
    expect(downs()).toEqual([]);
    await visitor.hear((received) => received.length === 2 * PONG_LINE.length, "two answers");
    answer(2, PONG);
    await visitor.ended;
    expect(visitor.text).toBe(PONG_LINE.repeat(3));
    expect(downs()).toEqual(["2 closed by the program"]);
  });

  test("of what a client says is told at once where nothing is owed", async () => {
    await open();
    const visitor = await client();
    visitor.halfClose();
    await visitor.closed;
    expect(downs()).toEqual(["2 closed by the program"]);
  });

  test("of what a client says is heard behind more than may be owed", async () => {
    await open({ maxOwed: 10 });
    const visitor = await client();
    visitor.send('"Ping"\n'.repeat(25));
    visitor.halfClose();
    await until(() => requests().length === 10, "some");
    answering();
    answer(2, ...new Array<Answer>(10).fill(PONG));
    await visitor.closed;
    expect(visitor.text).toBe(PONG_LINE.repeat(25));
    expect(downs()).toEqual(["2 closed by the program"]);
  });

  test("by a reset is told once, and what was heard just before is nobody's any more", async () => {
    await open();
    const visitor = await client();
    visitor.send('"Ping"\n');
    await until(() => requests().length === 1, "the request");
    visitor.reset();
    await until(() => downs().length > 0, "the end");
    answer(2, PONG);
    expect(inputs.filter(({ kind }) => kind === "session-down")).toHaveLength(1);
  });

  test("by the peer comes behind what was written, and is not told", async () => {
    await open();
    const visitor = await client();
    visitor.send('"Exit"\n"Ping"\n');
    await until(() => requests().length === 2, "the requests");
    door.write(2, [{ kind: "display", text: "goodbye" }]);
    door.close(2);
    await visitor.ended;
    await visitor.closed;
    expect(visitor.text).toBe('{"HumanDisplay":"goodbye"}\n');
    expect(downs()).toEqual([]);
  });

  test("of all comes behind what was written", async () => {
    await open();
    const visitors = [await client(), await client()];
    door.write(2, [PONG]);
    await door.closeAll();
    await Promise.all(visitors.map(({ ended }) => ended));
    expect(visitors.map(({ text }) => text)).toEqual([PONG_LINE, ""]);
    expect(downs()).toEqual([]);
  });
});

test("a peer that is behind lets a client wait, also with lines that have come already", async () => {
  await open();
  onInput = (input) => {
    if (input.kind === "client") for (const { session } of input.asked) door.read(session, false);
  };
  const visitor = await client();
  visitor.send('"Ping"\n');
  await until(() => requests().length === 1, "the first");
  visitor.send('"Ping"\n');
  sockets[0]?.emit("data", Buffer.from('"List"\n'));
  // Whoever comes later is heard meanwhile.
  await client();
  expect(requests()).toHaveLength(1);
  door.read(2, true);
  await until(() => requests().length >= 2, "the one that waited here");
  door.read(2, true);
  await until(() => requests().length === 3, "the one that waited in the network");
  expect(requests()).toEqual([PING, { kind: "list" }, PING]);
});

test("one connection more than may be is refused by a reset", async () => {
  await open({ maxConnections: 2 });
  await client();
  const second = await client();
  // The reset may come before the connection is known to stand.
  const third = await Visitor.to((server.address() as AddressInfo).port).catch(() => undefined);
  await third?.closed;
  expect(counters.all()).toEqual({ "client.too-many": 1 });
  second.halfClose();
  await second.closed;
  await client();
  expect(inputs.at(-1)).toMatchObject({ kind: "client-up", session: 6 });
});
