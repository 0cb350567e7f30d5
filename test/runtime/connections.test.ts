import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Address, addressOf } from "../../src/core/address.ts";
import type { PeerInput } from "../../src/peer/machine.ts";
import { Connections } from "../../src/runtime/connections.ts";
import { Counters } from "../../src/runtime/counters.ts";
import { SessionNumbers } from "../../src/runtime/session-numbers.ts";
import { freePorts } from "../support/free-ports.ts";
import { helloBytes, helloFrom } from "./stranger.ts";
import { until, Visitor } from "./visitor.ts";

const MIB = 1024 * 1024;

let inputs: PeerInput[];
let onInput: (input: PeerInput) => void;
let counters: Counters;
let connections: Connections;
let server: Server;
let sockets: Socket[];

beforeEach(async () => {
  inputs = [];
  onInput = () => {};
  counters = new Counters();
  const give = (input: PeerInput): void => {
    inputs.push(input);
    onInput(input);
  };
  connections = new Connections(give, counters, new SessionNumbers());
  sockets = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await connections.closeAll();
});

function at(port: number): Address {
  const address = addressOf("127.0.0.1", port);
  if (address === undefined) throw new Error("no address");
  return address;
}

function serverPort(): number {
  const bound = server.address();
  return bound !== null && typeof bound === "object" ? bound.port : 0;
}

const kinds = (): string[] => inputs.map(({ kind }) => kind);

/** A visitor whose connection was accepted, with what it said first. */
async function accepted(first: Buffer = Buffer.alloc(0)): Promise<Visitor> {
  const seen = sockets.length;
  const visitor = await Visitor.to(serverPort());
  await until(() => sockets.length > seen, "the connection");
  connections.accept(sockets[seen] as Socket, first);
  return visitor;
}

describe("connections that are accepted", () => {
  test("are told under even numbers with the address of the other end, before what they said first", async () => {
    const visitor = await accepted(helloBytes());
    await accepted();
    const { localPort = 0 } = visitor.socket;
    expect(inputs).toEqual([
      { kind: "session-up", session: 2, address: at(localPort) },
      {
        kind: "message",
        session: 2,
        envelope: null,
        content: { protocol: "link", message: { ...helloFrom(1), tagged: expect.any(Array) } },
      },
      { kind: "session-up", session: 4, address: expect.any(String) },
    ]);
  });

  test("are told to be down once, whoever ended them and however", async () => {
    const visitors = [await accepted(), await accepted(), await accepted()];
    visitors[0]?.halfClose();
    visitors[1]?.reset();
    visitors[2]?.send(Buffer.of(9, 9, 9));
    await Promise.all(visitors.map(({ closed }) => closed));
    await until(() => inputs.length === 6, "three downs");
    const reasons = inputs.flatMap((input) =>
      input.kind === "session-down" ? [`${input.session} ${input.reason}`] : [],
    );
    expect(reasons.sort()).toEqual(["2 closed by the other side", "4 read ECONNRESET", "6 bad version"]);
    expect(counters.all()).toEqual({ "frames.refused": 1 });
  });

  test("give nothing more once they were closed, even of the bytes that came with the last message", async () => {
    onInput = (input) => {
      if (input.kind === "message") connections.close(input.session);
    };
    const hello = helloBytes();
    const visitor = await accepted(Buffer.concat([hello, hello.subarray(0, 4), Buffer.of(7, 7)]));
    await visitor.closed;
    expect(kinds()).toEqual(["session-up", "message"]);
    expect(counters.all()).toEqual({});
  });
});

describe("connections that are dialled", () => {
  test("are told to be up when they stand", async () => {
    connections.dial(1, at(serverPort()));
    await until(() => inputs.length > 0, "the connection");
    expect(inputs).toEqual([{ kind: "session-up", session: 1, address: at(serverPort()) }]);
  });

  test("may be written to before they stand", async () => {
    connections.dial(1, at(serverPort()));
    connections.write(1, Buffer.from("early"));
    connections.flush();
    await until(() => sockets.length === 1, "the connection");
    const [chunk] = await once(sockets[0] as Socket, "data");
    expect(String(chunk)).toBe("early");
  });

  test("are told to be down where nobody listens", async () => {
    const [port = 0] = await freePorts(1);
    connections.dial(1, at(port));
    await until(() => inputs.length > 0, "the refusal");
    expect(inputs).toEqual([{ kind: "session-down", session: 1, reason: `connect ECONNREFUSED 127.0.0.1:${port}` }]);
  });

  test("may be closed before they stand, and are not heard of again", async () => {
    connections.dial(1, at(serverPort()));
    connections.close(1);
    connections.dial(3, at(serverPort()));
    await until(() => inputs.length > 0, "the other one");
    expect(inputs).toEqual([{ kind: "session-up", session: 3, address: at(serverPort()) }]);
  });
});

describe("what is written", () => {
  test("leaves with the flush, in order", async () => {
    const visitor = await accepted();
    for (const word of ["one ", "two ", "three"]) connections.write(2, Buffer.from(word));
    await new Promise((resolve) => setImmediate(resolve));
    expect(visitor.text).toBe("");
    connections.flush();
    await visitor.hear((bytes) => bytes.length === 13, "the words");
    expect(visitor.text).toBe("one two three");
  });

  test("leaves before a close does, flushed or not", async () => {
    const visitor = await accepted();
    connections.write(2, Buffer.from("goodbye"));
    connections.close(2);
    await visitor.closed;
    expect(visitor.text).toBe("goodbye");
    expect(kinds()).toEqual(["session-up"]);
  });

  test("on a connection that is closed or unknown goes nowhere", async () => {
    const visitor = await accepted();
    connections.close(2);
    connections.write(2, Buffer.from("late"));
    connections.write(77, Buffer.from("lost"));
    connections.flush();
    await visitor.closed;
    expect(visitor.text).toBe("");
  });

  test("waits for a slow receiver up to 8 MiB, then the connection is closed and counted", async () => {
    const visitor = await accepted();
    visitor.socket.pause();
    let written = 0;
    while (inputs.length === 1 && written < 64 * MIB) {
      connections.write(2, Buffer.alloc(64 * 1024));
      connections.flush();
      written += 64 * 1024;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(inputs.at(-1)).toEqual({ kind: "session-down", session: 2, reason: "send queue over 8388608 bytes" });
    expect(counters.all()).toEqual({ "connections.too-slow": 1 });
    expect(written).toBeGreaterThan(8 * MIB);
  });

  test("for many slow receivers is bounded for all of them together", async () => {
    const visitors = [];
    for (let i = 0; i < 64; i++) visitors.push(await accepted());
    for (const { socket } of visitors) socket.pause();
    let most = 0;
    for (let session = 2; session <= 128; session += 2) {
      // More than the system itself buffers for a connection, so the rest waits here.
      for (let i = 0; i < 640; i++) {
        connections.write(session, Buffer.alloc(16 * 1024));
        connections.flush();
      }
      const live = sockets.filter(({ destroyed }) => !destroyed);
      most = Math.max(
        most,
        live.reduce((sum, { writableLength }) => sum + writableLength, 0),
      );
    }
    expect(most).toBeGreaterThan(16 * MIB);
    expect(most).toBeLessThan(144 * MIB);
    expect(counters.all()["connections.too-slow"]).toBeGreaterThan(0);
  });
});

describe("closing all", () => {
  test("lets what was written leave, and takes a second at most where the other side does not close", async () => {
    const polite = await accepted();
    const rude = await accepted();
    // A visitor that answers no FIN: its side stays open until it is thrown out.
    rude.socket.allowHalfOpen = true;
    for (const session of [2, 4]) connections.write(session, Buffer.from("goodbye"));
    const started = performance.now();
    await connections.closeAll();
    expect(performance.now() - started).toBeLessThan(2500);
    await Promise.all([
      polite.hear(({ length }) => length === 7, "goodbye"),
      rude.hear(({ length }) => length === 7, "goodbye"),
    ]);
    rude.socket.destroy();
  });
});
