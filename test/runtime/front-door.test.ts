import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Counters } from "../../src/runtime/counters.ts";
import { type Doors, FrontDoor } from "../../src/runtime/front-door.ts";
import type { Dialect } from "../../src/wire/dialect.ts";
import { until, Visitor } from "./visitor.ts";

/** First bytes of every dialect; DESIGN.md section 2. */
const FIRST_BYTES: Readonly<Record<Dialect, Buffer>> = {
  gossip: Buffer.of(0x00, 0x08, 0x01, 0xf4, 0x05, 0x00, 0x00, 0x01),
  peer: Buffer.of(0x01, 0x10, 0x00, 0x00, 0x00, 0x00),
  http: Buffer.from("GET / HTTP/1.1\r\n\r\n"),
  client: Buffer.from('"Ping"\n'),
  tls: Buffer.of(0x16, 0x03, 0x01, 0x02, 0x00),
};
const DIALECTS = Object.keys(FIRST_BYTES) as readonly Dialect[];

interface HandedOn {
  readonly dialect: Dialect;
  readonly socket: Socket;
  readonly first: Buffer;
  /** All that came, when no more will come. */
  readonly all: Promise<Buffer>;
}

/** A front door, what it handed on, and what it counted. */
class House {
  readonly handedOn: HandedOn[] = [];
  readonly counters: Counters;
  readonly door: FrontDoor;

  private constructor(door: FrontDoor, counters: Counters) {
    this.door = door;
    this.counters = counters;
  }

  static async build(limits: Parameters<typeof FrontDoor.bind>[3] = {}): Promise<House> {
    const counters = new Counters();
    const house = new House(await FrontDoor.bind("127.0.0.1", 0, counters, limits), counters);
    houses.push(house);
    return house;
  }

  /** Opens the doors of these dialects. */
  open(dialects: readonly Dialect[] = DIALECTS): this {
    const take = (dialect: Dialect) => (socket: Socket, first: Buffer) => {
      const chunks = [first];
      socket.on("data", (chunk) => chunks.push(chunk));
      const all = new Promise<Buffer>((resolve) => socket.once("end", () => resolve(Buffer.concat(chunks))));
      this.handedOn.push({ dialect, socket, first, all });
    };
    this.door.open(Object.fromEntries(dialects.map((dialect) => [dialect, take(dialect)])) as Doors);
    return this;
  }

  count(name: string): number {
    return this.counters.all()[name] ?? 0;
  }

  visitor(): Promise<Visitor> {
    return Visitor.to(this.door.port);
  }

  /** The next connection that is handed on. */
  async next(): Promise<HandedOn> {
    const seen = this.handedOn.length;
    await until(() => this.handedOn.length > seen, "a connection handed on");
    return this.handedOn[seen] as HandedOn;
  }

  close(): void {
    this.door.close();
    for (const { socket } of this.handedOn) socket.destroy();
  }
}

let houses: House[] = [];
afterEach(() => {
  for (const house of houses) house.close();
  houses = [];
});

describe("dialects", () => {
  test.each(DIALECTS)("%s is handed to its door with the bytes that it said", async (dialect) => {
    const house = (await House.build()).open();
    const visitor = await house.visitor();
    visitor.send(FIRST_BYTES[dialect]);
    const { dialect: taken, socket, first } = await house.next();
    expect(taken).toBe(dialect);
    expect(first).toEqual(FIRST_BYTES[dialect]);
    expect(socket.destroyed).toBe(false);
  });

  test.each(DIALECTS)("%s is told from its first bytes one at a time, and none is lost", async (dialect) => {
    const house = (await House.build()).open();
    const visitor = await house.visitor();
    const next = house.next();
    await visitor.sendSlowly(FIRST_BYTES[dialect].subarray(0, 5), 5);
    const { dialect: taken, all } = await next;
    visitor.send(FIRST_BYTES[dialect].subarray(5));
    visitor.halfClose();
    expect(taken).toBe(dialect);
    expect(await all).toEqual(FIRST_BYTES[dialect]);
  });

  test.each(DIALECTS)("%s without a door is closed unanswered and counted", async (dialect) => {
    const house = (await House.build()).open(DIALECTS.filter((other) => other !== dialect));
    const visitor = await house.visitor();
    visitor.send(FIRST_BYTES[dialect]);
    await visitor.closed;
    expect(visitor.received).toHaveLength(0);
    expect(house.counters.all()).toEqual({ [`connections.refused-${dialect}`]: 1 });
  });

  test("bytes of no dialect are closed unanswered and counted", async () => {
    const house = (await House.build()).open();
    const visitor = await house.visitor();
    visitor.send("SSH-2.0-OpenSSH\r\n");
    await visitor.closed;
    expect(visitor.received).toHaveLength(0);
    expect(house.counters.all()).toEqual({ "connections.refused-unknown": 1 });
  });

  test("connections that come before the doors open wait, with what they said", async () => {
    const house = await House.build();
    const visitor = await house.visitor();
    visitor.send(FIRST_BYTES.peer);
    const other = await house.visitor();
    other.send(FIRST_BYTES.http);
    house.open();
    await until(() => house.handedOn.length === 2, "both handed on");
    expect(house.handedOn.map(({ dialect }) => dialect).sort()).toEqual(["http", "peer"]);
  });

  test("a program that half-closes after its request can still be answered", async () => {
    const house = (await House.build()).open();
    const visitor = await house.visitor();
    visitor.send(FIRST_BYTES.client);
    visitor.halfClose();
    const { socket, all } = await house.next();
    await all;
    socket.end('{"Pong":""}\n');
    await visitor.closed;
    expect(visitor.text).toBe('{"Pong":""}\n');
  });
});

describe("connections that say nothing", () => {
  test("are closed when their time is up, and counted", async () => {
    const house = (await House.build({ sniffTimeoutMs: 60 })).open();
    const silent = await house.visitor();
    const terse = await house.visitor();
    terse.send(Buffer.of(0x01));
    const started = performance.now();
    await Promise.all([silent.closed, terse.closed]);
    expect(performance.now() - started).toBeGreaterThan(40);
    expect(house.counters.all()).toEqual({ "connections.silent": 2 });
    expect(house.handedOn).toEqual([]);
  });

  test("have five seconds unless a test says otherwise", async () => {
    const house = (await House.build()).open();
    const silent = await house.visitor();
    const started = performance.now();
    await silent.closed;
    expect(performance.now() - started).toBeGreaterThan(4500);
    expect(performance.now() - started).toBeLessThan(7000);
  });

  test("that have spoken in time are not closed later", async () => {
    const house = (await House.build({ sniffTimeoutMs: 60 })).open();
    const visitor = await house.visitor();
    visitor.send(FIRST_BYTES.peer);
    const { socket } = await house.next();
    const silent = await house.visitor();
    await silent.closed;
    expect(socket.destroyed).toBe(false);
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["three bytes", Buffer.of(1, 16, 0)],
  ])("and half-close after %s are closed at once", async (_what, bytes) => {
    const house = (await House.build()).open();
    const visitor = await house.visitor();
    if (bytes.length > 0) visitor.send(bytes);
    visitor.halfClose();
    await visitor.closed;
    expect(house.counters.all()).toEqual({ "connections.silent": 1 });
  });

  test("may be so many; then the one that has been silent longest makes room for a newcomer", async () => {
    const house = (await House.build({ maxSilent: 3 })).open();
    const silent = [];
    for (let i = 0; i < 3; i++) silent.push(await house.visitor());
    const newcomer = await house.visitor();
    newcomer.send(FIRST_BYTES.peer);
    const { dialect } = await house.next();
    expect(dialect).toBe("peer");
    await silent[0]?.closed;
    expect(silent.slice(1).map(({ socket }) => socket.destroyed)).toEqual([false, false]);
    expect(house.counters.all()).toEqual({ "connections.too-many-silent": 1 });
  });

  test("may be thousands: memory stays bounded, and who speaks gets in at once", { timeout: 30_000 }, async () => {
    const house = (await House.build()).open();
    const before = process.memoryUsage();
    const crowd: Visitor[] = [];
    for (let i = 0; i < 25; i++) crowd.push(...(await Promise.all(Array.from({ length: 100 }, () => house.visitor()))));
    await until(() => house.count("connections.too-many-silent") >= crowd.length - 1024, "the oldest ones dropped");
    const guest = await house.visitor();
    const started = performance.now();
    guest.send(FIRST_BYTES.peer);
    expect((await house.next()).dialect).toBe("peer");
    expect(performance.now() - started).toBeLessThan(1000);
    // Both ends of 2,500 connections live in this process: 100 KiB for each is generous.
    expect(process.memoryUsage().rss - before.rss).toBeLessThan(2500 * 100 * 1024);
    expect(crowd.filter(({ socket }) => !socket.destroyed).length).toBeLessThanOrEqual(1500);
    for (const { socket } of crowd) socket.destroy();
  });

  test("beyond all limits are reset, until one is gone, whoever had it", async () => {
    const house = (await House.build({ maxConnections: 2 })).open();
    const [first, second] = [await house.visitor(), await house.visitor()];
    first.send(FIRST_BYTES.peer);
    const { socket } = await house.next();
    // The reset may come before the connection is known to stand.
    const isReset = await house.visitor().then(
      (third) =>
        new Promise((resolve) => {
          third.socket.once("error", () => resolve(true)).once("end", () => resolve(false));
        }),
      () => true,
    );
    expect(isReset).toBe(true);
    expect(house.counters.all()).toEqual({ "connections.dropped": 1 });
    expect([first, second].map((visitor) => visitor.socket.destroyed)).toEqual([false, false]);
    socket.destroy();
    await once(socket, "close");
    (await house.visitor()).send(FIRST_BYTES.peer);
    expect((await house.next()).dialect).toBe("peer");
  });
});

describe("resets", () => {
  test("before a word, between words and after the handing on crash nothing", async () => {
    const house = (await House.build()).open();
    const visitors = [await house.visitor(), await house.visitor(), await house.visitor()];
    visitors[1]?.send(Buffer.of(0x01));
    visitors[2]?.send(FIRST_BYTES.peer);
    await house.next();
    for (const visitor of visitors) visitor.reset();
    await until(() => house.count("connections.failed") === 3, "three resets counted");
  });

  test("of connections that wait for the doors to open crash nothing, and leave nothing behind", async () => {
    const house = await House.build({ sniffTimeoutMs: 60 });
    const waiting = await house.visitor();
    await until(() => house.door.waiting === 1, "the connection waits");
    waiting.reset();
    await until(() => house.count("connections.failed") === 1, "the reset is counted");
    house.open();
    expect(house.door.waiting).toBe(0);
  });
});
