import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Answer } from "../../src/core/request.ts";
import type { ClientLimits } from "../../src/runtime/client-limits.ts";
import { MAX_REQUEST_LINE_BYTES } from "../../src/wire/client-line.ts";
import { at } from "../peer/rig.ts";
import { ClientRig, PING, PONG, PONG_LINE } from "./client-rig.ts";
import { until, Visitor } from "./visitor.ts";

let rig: ClientRig;

beforeEach(() => {
  rig = new ClientRig();
});
afterEach(() => rig.close());

describe("requests", () => {
  test("come a byte at a time as well as at once, and after the connection", async () => {
    await rig.open();
    const slow = await rig.client();
    await slow.sendSlowly(Buffer.from('"Ping"\r\n\n{"Create":"é"}\n'), 0);
    await until(() => rig.requests().length === 2, "both");
    expect(rig.requests()).toEqual([PING, { kind: "create", name: "é" }]);
    expect(rig.inputs[0]).toEqual({ kind: "client-up", session: 2, address: at(slow.socket.localPort ?? 0) });
  });

  test("come with what was said before the door had the connection", async () => {
    await rig.open();
    rig.server.removeAllListeners("connection");
    rig.server.on("connection", (socket: Socket) => {
      rig.sockets.push(socket);
      socket.once("data", (first: Buffer) => rig.door.accept(socket, first));
    });
    const visitor = await Visitor.to((rig.server.address() as AddressInfo).port);
    visitor.send('"Ping"\n"Pi');
    await until(() => rig.requests().length === 1, "the first");
    visitor.send('ng"\n');
    await until(() => rig.requests().length === 2, "the second");
    expect(rig.requests()).toEqual([PING, PING]);
  });

  test("of all connections are given as one when all sockets are read", async () => {
    await rig.open();
    for (let count = 0; count < 3; count++) await rig.client();
    for (const socket of rig.sockets) {
      socket.emit("data", Buffer.from('"Ping"\n"Pi'));
      socket.emit("data", Buffer.from('ng"\n'));
    }
    expect(rig.requests()).toHaveLength(0);
    await new Promise((resolve) => setImmediate(resolve));
    const asked = [2, 4, 6].map((session) => ({ session, requests: [PING, PING] }));
    expect(rig.inputs.slice(3)).toEqual([{ kind: "client", asked }]);
  });

  test("come pipelined by thousands, in few inputs and in order", async () => {
    await rig.open();
    rig.answering((request) => ({ kind: "display", text: request.kind === "create" ? request.name : "?" }));
    const quick = await rig.client();
    const names = Array.from({ length: 20_000 }, (_, n) => `f${n}`);
    quick.send(names.map((name) => `{"Create":"${name}"}\n`).join(""));
    const wanted = names.map((name) => `{"HumanDisplay":"${name}"}\n`).join("");
    await quick.hear((received) => received.length >= wanted.length, "all answers");
    expect(quick.text).toBe(wanted);
    expect(rig.inputs.length).toBeLessThan(500);
  });

  test("that are malformed or unknown are given like all others, and counted", async () => {
    await rig.open();
    const visitor = await rig.client();
    visitor.send('{"Sing":1}\n{"Create":1}\nhello\n"Ping"\n');
    await until(() => rig.requests().length === 4, "all of it");
    expect(rig.requests().map(({ kind }) => kind)).toEqual(["unknown", "malformed", "malformed", "ping"]);
    expect(rig.counters.all()).toEqual({ "client.malformed": 2 });
  });
});

describe("a line that is too long", () => {
  const begin = `"${"x".repeat(MAX_REQUEST_LINE_BYTES + 1)}`;

  test("is malformed, the last that is heard, and answered before the connection ends", async () => {
    await rig.open();
    rig.answering((request) => (request.kind === "malformed" ? { kind: "display", text: request.reason } : PONG));
    const visitor = await rig.client();
    visitor.send(`"Ping"\n${begin}`);
    await visitor.ended;
    expect(visitor.text).toBe(`${PONG_LINE}{"HumanDisplay":"a line has 1048576 bytes at most"}\n`);
    expect(rig.downs()).toEqual(["2 a line that is too long"]);
  });

  test("is the last, whatever comes behind it", async () => {
    await rig.open();
    const visitor = await rig.client();
    visitor.send(`${begin}"\n"Ping"\n"Ping"\n`);
    await until(() => rig.requests().length > 0, "the line");
    rig.answer(2, PONG);
    await visitor.ended;
    expect(rig.requests().map(({ kind }) => kind)).toEqual(["malformed"]);
  });
});

describe("answers", () => {
  test("leave by one write for each connection", async () => {
    await rig.open();
    const [one, other] = [await rig.client(), await rig.client()];
    const writes = rig.sockets.map((socket) => {
      const sizes: number[] = [];
      const write = socket.write.bind(socket);
      socket.write = ((chunk: string) => {
        sizes.push(chunk.length);
        return write(chunk);
      }) as typeof socket.write;
      return sizes;
    });
    rig.door.write(2, [PONG, PONG]);
    rig.door.write(4, [PONG]);
    rig.door.write(2, [PONG]);
    expect(writes).toEqual([[], []]);
    rig.door.flush();
    expect(writes).toEqual([[3 * PONG_LINE.length], [PONG_LINE.length]]);
    await one.hear((received) => received.length === 3 * PONG_LINE.length, "three");
    await other.hear((received) => received.length === PONG_LINE.length, "one");
  });

  test("that are long wait here until there is room, and all of them come", async () => {
    await rig.open({ maxOwed: 512 });
    const text = "é".repeat(200_000);
    rig.answering(() => ({ kind: "display", text }));
    const visitor = await rig.client();
    visitor.socket.pause();
    visitor.send('"List"\n'.repeat(300));
    await until(() => rig.requests().length === 300, "the requests");
    expect(rig.sockets[0]?.writableLength).toBeLessThan(2 * 1024 * 1024);
    visitor.socket.removeAllListeners("data");
    let bytes = 0;
    visitor.socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    visitor.socket.resume();
    const line = Buffer.byteLength(`{"HumanDisplay":"${text}"}\n`);
    await until(() => bytes === 300 * line, "all of it");
    expect(rig.downs()).toEqual([]);
  });

  test("of nobody are dropped", async () => {
    await rig.open();
    rig.answer(2, PONG);
    rig.door.close(2);
    rig.door.read(2, false);
    expect(rig.inputs).toEqual([]);
  });
});

describe("whoever does not read its answers", () => {
  const long: Answer = { kind: "display", text: "x".repeat(100_000) };

  /** The door owes a client that does not read as much as `limits` allow, and more. */
  async function deaf(limits: Partial<ClientLimits>, answers: number): Promise<Visitor> {
    await rig.open(limits);
    const visitor = await rig.client();
    visitor.socket.pause();
    visitor.send('"List"\n'.repeat(answers));
    await until(() => rig.requests().length === answers, "the requests");
    return visitor;
  }

  test("is asked no more than it may be owed, and is heard again when half of it has left", async () => {
    await rig.open({ maxOwed: 100 });
    const visitor = await rig.client();
    visitor.send('"Ping"\n'.repeat(1000));
    await until(() => rig.requests().length === 100, "as much as may be");
    rig.answer(2, ...new Array<Answer>(49).fill(PONG));
    // Whoever comes later is heard meanwhile.
    await rig.client();
    expect(rig.requests()).toHaveLength(100);
    rig.answer(2, PONG);
    await until(() => rig.requests().length === 150, "as much again");
    rig.answering();
    rig.answer(2, ...new Array<Answer>(100).fill(PONG));
    await visitor.hear((received) => received.length === 1000 * PONG_LINE.length, "all answers");
  });

  test("is destroyed when too much waits for all, and more than its share for it, and it takes nothing", async () => {
    await deaf({ maxAllWaiting: 10_000_000, maxAheadBytes: 1000, pressedTimeoutMs: 200 }, 200);
    const modest = await rig.client();
    rig.answer(4, long);
    rig.answer(2, ...new Array<Answer>(200).fill(long));
    expect(rig.downs()).toEqual([]);
    await until(() => {
      rig.answer(2, long);
      return rig.downs().length > 0;
    }, "the end");
    expect(rig.downs()).toEqual(["2 takes its answers too slowly"]);
    expect(rig.counters.all()).toEqual({ "client.too-slow": 1 });
    await modest.hear((received) => received.length > 100_000, "the answer of another");
  });

  test("is destroyed when it takes nothing for long", async () => {
    await deaf({ stallTimeoutMs: 50 }, 200);
    rig.answer(2, ...new Array<Answer>(200).fill(long));
    await until(() => rig.downs().length > 0, "the end");
    expect(rig.downs()).toEqual(["2 takes nothing"]);
  });

  test("is left alone where nothing waits for it, however long it says nothing", async () => {
    await rig.open();
    const visitor = await rig.client();
    rig.sockets[0]?.emit("timeout");
    visitor.send('"Ping"\n');
    await until(() => rig.requests().length === 1, "the request");
    expect(rig.downs()).toEqual([]);
  });
});

describe("the end", () => {
  test("of what a client says loses none of its answers", async () => {
    await rig.open();
    const visitor = await rig.client();
    visitor.send('"Ping"\n"Ping"\n"List"');
    visitor.halfClose();
    await until(() => rig.requests().length === 3, "the requests");
    expect(rig.requests().at(-1)).toEqual({ kind: "list" });
    rig.answer(2, PONG, PONG);
    expect(rig.downs()).toEqual([]);
    await visitor.hear((received) => received.length === 2 * PONG_LINE.length, "two answers");
    rig.answer(2, PONG);
    await visitor.ended;
    expect(visitor.text).toBe(PONG_LINE.repeat(3));
    expect(rig.downs()).toEqual(["2 closed by the program"]);
  });

  test("of what a client says is told at once where nothing is owed", async () => {
    await rig.open();
    const visitor = await rig.client();
    visitor.halfClose();
    await visitor.closed;
    expect(rig.downs()).toEqual(["2 closed by the program"]);
  });

  test("of what a client says is heard behind more than may be owed", async () => {
    await rig.open({ maxOwed: 10 });
    const visitor = await rig.client();
    visitor.send('"Ping"\n'.repeat(25));
    visitor.halfClose();
    await until(() => rig.requests().length === 10, "some");
    rig.answering();
    rig.answer(2, ...new Array<Answer>(10).fill(PONG));
    await visitor.closed;
    expect(visitor.text).toBe(PONG_LINE.repeat(25));
    expect(rig.downs()).toEqual(["2 closed by the program"]);
  });

  test("by a reset is told once, and what was heard just before is nobody's any more", async () => {
    await rig.open();
    const visitor = await rig.client();
    visitor.send('"Ping"\n');
    await until(() => rig.requests().length === 1, "the request");
    visitor.reset();
    await until(() => rig.downs().length > 0, "the end");
    rig.answer(2, PONG);
    expect(rig.inputs.filter(({ kind }) => kind === "session-down")).toHaveLength(1);
  });

  test("by the peer comes behind what was written, and is not told", async () => {
    await rig.open();
    const visitor = await rig.client();
    visitor.send('"Exit"\n"Ping"\n');
    await until(() => rig.requests().length === 2, "the requests");
    rig.door.write(2, [{ kind: "display", text: "goodbye" }]);
    rig.door.close(2);
    await visitor.ended;
    await visitor.closed;
    expect(visitor.text).toBe('{"HumanDisplay":"goodbye"}\n');
    expect(rig.downs()).toEqual([]);
  });

  test("by the peer lets what waits leave as the client takes it", async () => {
    await rig.open({ maxAheadBytes: 1000, closeTimeoutMs: 50 });
    const visitor = await rig.client();
    visitor.socket.pause();
    rig.door.write(2, new Array<Answer>(200).fill({ kind: "display", text: "x".repeat(100_000) }));
    rig.door.close(2);
    expect(rig.sockets[0]?.writableLength).toBeLessThan(1_000_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    let bytes = 0;
    visitor.socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    visitor.socket.resume();
    await visitor.ended;
    expect(bytes).toBe(200 * '{"HumanDisplay":""}\n'.length + 20_000_000);
    expect(rig.downs()).toEqual([]);
  });

  test("by the peer does not wait for a client that takes nothing", async () => {
    await rig.open({ stallTimeoutMs: 50 });
    const visitor = await rig.client();
    visitor.socket.pause();
    rig.door.write(2, new Array<Answer>(200).fill({ kind: "display", text: "x".repeat(100_000) }));
    rig.door.close(2);
    await until(() => rig.sockets[0]?.destroyed === true, "the end");
    expect(rig.downs()).toEqual([]);
  });

  test("of all waits a second at most, whatever is not taken", async () => {
    await rig.open();
    const visitor = await rig.client();
    visitor.socket.pause();
    rig.door.write(2, new Array<Answer>(200).fill({ kind: "display", text: "x".repeat(100_000) }));
    const begun = performance.now();
    await rig.door.closeAll();
    expect(rig.sockets[0]?.destroyed).toBe(true);
    expect(performance.now() - begun).toBeLessThan(3000);
  });

  test("of all comes behind what was written", async () => {
    await rig.open();
    const visitors = [await rig.client(), await rig.client()];
    rig.door.write(2, [PONG]);
    await rig.door.closeAll();
    await Promise.all(visitors.map(({ ended }) => ended));
    expect(visitors.map(({ text }) => text)).toEqual([PONG_LINE, ""]);
    expect(rig.downs()).toEqual([]);
  });
});

test("a peer that is behind lets a client wait, also with lines that have come already", async () => {
  await rig.open();
  rig.onInput = (input) => {
    if (input.kind === "client") for (const { session } of input.asked) rig.door.read(session, false);
  };
  const visitor = await rig.client();
  visitor.send('"Ping"\n');
  await until(() => rig.requests().length === 1, "the first");
  visitor.send('"Ping"\n');
  rig.sockets[0]?.emit("data", Buffer.from('"List"\n'));
  // Whoever comes later is heard meanwhile.
  await rig.client();
  expect(rig.requests()).toHaveLength(1);
  rig.door.read(2, true);
  await until(() => rig.requests().length >= 2, "the one that waited here");
  rig.door.read(2, true);
  await until(() => rig.requests().length === 3, "the one that waited in the network");
  expect(rig.requests()).toEqual([PING, { kind: "list" }, PING]);
});

test("one connection more than may be is refused by a reset", async () => {
  await rig.open({ maxConnections: 2 });
  await rig.client();
  const second = await rig.client();
  // The reset may come before the connection is known to stand.
  const third = await Visitor.to((rig.server.address() as AddressInfo).port).catch(() => undefined);
  await third?.closed;
  expect(rig.counters.all()).toEqual({ "client.too-many": 1 });
  second.halfClose();
  await second.closed;
  await rig.client();
  expect(rig.inputs.at(-1)).toMatchObject({ kind: "client-up", session: 6 });
});
