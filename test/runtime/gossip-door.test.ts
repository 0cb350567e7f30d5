import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PeerInput } from "../../src/peer/machine.ts";
import { Counters } from "../../src/runtime/counters.ts";
import { GossipDoor, type GossipLimits } from "../../src/runtime/gossip-door.ts";
import { SessionNumbers } from "../../src/runtime/session-numbers.ts";
import { GossipDecoder } from "../../src/wire/gossip-decoder.ts";
import type { GossipMessage } from "../../src/wire/gossip-message.ts";
import { encodeTalk } from "../../src/wire/gossip-talk.ts";
import { at } from "../peer/rig.ts";
import { freePorts } from "../support/free-ports.ts";
import { until, Visitor } from "./visitor.ts";

const MIB = 1024 * 1024;
const NOTIFY: GossipMessage = { kind: "notify", dataType: 1337 };
const PULL: GossipMessage = { kind: "pull", address: at(9000) };
const RESPONSE: GossipMessage = { kind: "response", ids: [at(9001)] };
const DATA = Buffer.alloc(100, 7);
const announce = (dataType: number): GossipMessage => ({ kind: "announce", ttl: 1, dataType, data: DATA });
const notification = (messageId: number, data = DATA): GossipMessage => {
  return { kind: "notification", messageId, dataType: 1337, data };
};

let inputs: PeerInput[];
let onInput: (input: PeerInput) => void;
let counters: Counters;
let door: GossipDoor;
let server: Server;
let sockets: Socket[];

/** A door, which takes connections as the front door hands them on. */
async function open(strict = false, limits: Partial<GossipLimits> = {}): Promise<void> {
  const give = (input: PeerInput): void => {
    inputs.push(input);
    onInput(input);
  };
  door = new GossipDoor(give, counters, new SessionNumbers(), { strict, dialect: "classic" }, limits);
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
    door.accept(socket, Buffer.alloc(0), false);
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

function port(): number {
  const bound = server.address();
  return bound !== null && typeof bound === "object" ? bound.port : 0;
}

/** A program whose connection stands. */
async function program(): Promise<Visitor> {
  const ups = inputs.length;
  const visitor = await Visitor.to(port());
  await until(() => inputs.length > ups, "the connection");
  return visitor;
}

const said = (): readonly GossipMessage[] => inputs.flatMap((input) => (input.kind === "program" ? input.said : []));
const downs = (): readonly string[] =>
  inputs.flatMap((input) => (input.kind === "session-down" ? [`${input.session} ${input.reason}`] : []));
const messagesIn = (bytes: Buffer): readonly GossipMessage[] => new GossipDecoder().push(bytes);

/** Answers every input of messages by as many notifications. */
function answering(): void {
  onInput = (input) => {
    if (input.kind !== "program") return;
    door.write(
      input.session,
      input.said.map((_, id) => notification(id)),
    );
    queueMicrotask(() => door.flush());
  };
}

/** Whether a connection ends by a reset. */
function endsByReset(visitor: Visitor): Promise<boolean> {
  return new Promise((resolve) => {
    visitor.socket.once("error", () => resolve(true));
    visitor.socket.once("end", () => resolve(false));
  });
}

describe("what a program says", () => {
  test("comes a byte at a time as well as at once", async () => {
    await open();
    const slow = await program();
    const talk = encodeTalk([NOTIFY, announce(1), { kind: "validation", messageId: 3, valid: true }, PULL]);
    await slow.sendSlowly(talk, 0);
    await until(() => said().length === 4, "all of it");
    expect(encodeTalk(said())).toEqual(talk);
    expect(inputs[0]).toEqual({ kind: "program-up", session: 2, address: at(slow.socket.localPort ?? 0) });
  });

  test("comes pipelined by thousands, in few inputs and in order", async () => {
    await open();
    const quick = await program();
    const all = Array.from({ length: 20_000 }, (_, id) => announce(id));
    quick.send(encodeTalk([NOTIFY, ...all]));
    await until(() => said().length === 20_001, "all of it");
    expect(
      said()
        .slice(1)
        .every((message, id) => message.kind === "announce" && message.dataType === id),
    ).toBe(true);
    expect(inputs.length).toBeLessThan(1000);
  });

  test("comes with what was said before the door had the connection", async () => {
    await open();
    server.removeAllListeners("connection");
    const [socket] = await Promise.all([once(server, "connection"), Visitor.to(port())]);
    sockets.push(socket[0] as Socket);
    door.accept(socket[0] as Socket, encodeTalk([NOTIFY, PULL]), false);
    expect(inputs.map(({ kind }) => kind)).toEqual(["program-up", "program"]);
    expect(said()).toEqual([NOTIFY, PULL]);
  });

  test("waits in the network while it is not to be read", async () => {
    await open();
    const eager = await program();
    door.read(2, false);
    eager.send(encodeTalk(Array.from({ length: 100_000 }, () => announce(1))));
    // It is all underway once it has stopped to leave; nothing of it has come.
    await until(() => eager.socket.writableLength > MIB, "the network to be full");
    expect(said()).toEqual([]);
    door.read(2, true);
    await until(() => said().length === 100_000, "all of it");
  });

  test("still counts when it has half-closed, and its answers leave", async () => {
    await open();
    answering();
    const polite = await program();
    polite.send(encodeTalk([NOTIFY, announce(1), announce(2)]));
    polite.halfClose();
    await polite.closed;
    expect(messagesIn(polite.received)).toEqual([0, 1, 2].map((id) => notification(id)));
    expect(downs()).toEqual(["2 closed by the program"]);
    expect(inputs.at(-1)?.kind).toBe("session-down");
  });
});

describe("what is no message", () => {
  const unknown = Buffer.from("000501f409", "hex");
  const odd = Buffer.concat([encodeTalk([NOTIFY]), unknown, Buffer.from("000401ff", "hex"), encodeTalk([PULL])]);

  test("is discarded and counted, and the others are heard", async () => {
    await open();
    const visitor = await program();
    visitor.send(odd);
    await until(() => said().length === 2, "the others");
    expect(counters.all()).toEqual({ "gossip.malformed": 2 });
    expect(downs()).toEqual([]);
  });

  test("closes the connection where the API is strict, by a reset", async () => {
    await open(true);
    const visitor = await program();
    const reset = endsByReset(visitor);
    visitor.send(odd);
    expect(await reset).toBe(true);
    expect(said()).toEqual([NOTIFY, PULL]);
    expect(downs()).toEqual(["2 a malformed message"]);
  });

  test("and does not say how long it is closes the connection, and nobody else's", async () => {
    await open();
    const [rude, other] = [await program(), await program()];
    const reset = endsByReset(rude);
    rude.send(Buffer.concat([encodeTalk([NOTIFY]), Buffer.from("0003", "hex"), encodeTalk([NOTIFY])]));
    expect(await reset).toBe(true);
    other.send(encodeTalk([PULL]));
    await until(() => said().length === 2, "the other one");
    expect(said()).toEqual([NOTIFY, PULL]);
    expect(downs()).toEqual(["2 a message whose size is less than its header"]);
    expect(counters.all()).toEqual({ "gossip.malformed": 1 });
  });

  test.each(["\u0000".repeat(4096), "\u00ff".repeat(200_000), "GET / HTTP/1.1\r\n\r\n".repeat(1000)])(
    "harms nothing: %.6s",
    async (garbage) => {
      await open();
      const [rude, other] = [await program(), await program()];
      rude.send(Buffer.from(garbage, "latin1"));
      other.send(encodeTalk([PULL]));
      await until(() => said().some(({ kind }) => kind === "pull"), "the other one");
      expect(said()).toEqual([PULL]);
    },
  );
});

describe("a connection from another machine", () => {
  /** Makes the next connection look as if it came from there. */
  async function afar(isApiDoor: boolean): Promise<Visitor> {
    server.removeAllListeners("connection");
    server.once("connection", (socket: Socket) => {
      Object.defineProperty(socket, "remoteAddress", { value: "192.0.2.7" });
      socket.on("error", () => {});
      sockets.push(socket);
      door.accept(socket, Buffer.alloc(0), isApiDoor);
    });
    return program();
  }

  test("is a peer's of another make: what programs say is discarded there and counted", async () => {
    await open();
    const visitor = await afar(false);
    visitor.send(encodeTalk([NOTIFY, PULL, announce(1)]));
    await until(() => said().length > 0, "the PULL");
    expect(said()).toEqual([PULL]);
    expect(counters.all()).toEqual({ "gossip.api-from-afar": 2 });
  });

  test("is closed for it where the API is strict", async () => {
    await open(true);
    const visitor = await afar(false);
    const reset = endsByReset(visitor);
    visitor.send(encodeTalk([NOTIFY]));
    expect(await reset).toBe(true);
    expect(downs()).toEqual(["2 a program on another machine"]);
  });

  test("may say it at the listener for programs", async () => {
    await open(true);
    const visitor = await afar(true);
    visitor.send(encodeTalk([NOTIFY]));
    await until(() => said().length === 1, "the NOTIFY");
  });
});

describe("what a program is told", () => {
  test("leaves with the flush, in one piece and in order", async () => {
    await open();
    const visitor = await program();
    const chunks: number[] = [];
    visitor.socket.on("data", ({ length }: Buffer) => chunks.push(length));
    for (let id = 0; id < 100; id++) door.write(2, [notification(2 * id), notification(2 * id + 1)]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(chunks).toEqual([]);
    door.flush();
    await visitor.hear((bytes) => messagesIn(bytes).length === 200, "all of it");
    expect(chunks).toHaveLength(1);
    expect(messagesIn(visitor.received)).toEqual(Array.from({ length: 200 }, (_, id) => notification(id)));
  });

  test("waits for one who never reads up to the limit, and the others do not", async () => {
    await open(false, { maxWaitingBytes: 4 * MIB });
    const [deaf, other] = [await program(), await program()];
    deaf.socket.pause();
    const data = Buffer.alloc(60_000);
    let rounds = 0;
    while (downs().length === 0 && rounds < 1000) {
      for (const session of [2, 4]) door.write(session, [notification(rounds & 0xffff, data)]);
      door.flush();
      rounds += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(downs()).toEqual([`2 more than ${4 * MIB} bytes wait for it`]);
    expect(counters.all()).toEqual({ "gossip.too-slow": 1 });
    await other.hear((bytes) => messagesIn(bytes).length === rounds, "all of it");
  });

  test("goes nowhere where the connection is gone", async () => {
    await open();
    const visitor = await program();
    visitor.reset();
    await until(() => downs().length === 1, "the end");
    door.write(2, [RESPONSE]);
    door.write(99, [RESPONSE]);
    door.read(2, false);
    door.close(2);
    door.flush();
    expect(downs()).toHaveLength(1);
  });
});

describe("a close", () => {
  test("is a reset", async () => {
    await open();
    const visitor = await program();
    const reset = endsByReset(visitor);
    door.close(2);
    expect(await reset).toBe(true);
    expect(downs()).toEqual([]);
  });

  test("comes behind what was said before", async () => {
    await open();
    const visitor = await program();
    door.write(2, [RESPONSE]);
    door.close(2);
    await visitor.closed;
    expect(messagesIn(visitor.received)).toEqual([RESPONSE]);
  });

  test("of all is an end in order", async () => {
    await open();
    const visitor = await program();
    const reset = endsByReset(visitor);
    door.write(2, [RESPONSE]);
    await door.closeAll();
    expect(await reset).toBe(false);
    expect(messagesIn(visitor.received)).toEqual([RESPONSE]);
  });

  test("of all is a reset for a program that announces and has not ended: more may be under way", async () => {
    await open();
    const [announcer, subscriber] = [await program(), await program()];
    const resets = [announcer, subscriber].map(endsByReset);
    announcer.send(encodeTalk([announce(1)]));
    subscriber.send(encodeTalk([NOTIFY]));
    await until(() => said().length === 2, "both");
    await door.closeAll();
    expect(await Promise.all(resets)).toEqual([true, false]);
  });
});

describe("connections", () => {
  test("are 256 at a time; one more is refused by a reset, until there is room", async () => {
    await open();
    const visitors = [];
    for (let i = 0; i < 256; i++) visitors.push(await program());
    // It may come before the connection is known to stand.
    expect(await Visitor.to(port()).then(endsByReset, () => true)).toBe(true);
    expect(counters.all()).toEqual({ "gossip.too-many": 1 });
    visitors[0]?.reset();
    await until(() => downs().length === 1, "room");
    await program();
    expect(inputs.filter(({ kind }) => kind === "program-up")).toHaveLength(257);
    for (const visitor of visitors) visitor.reset();
  });

  test("that are dialled stand, speak, and end in order", async () => {
    await open();
    answering();
    const heard: Buffer[] = [];
    let other: Socket | undefined;
    const listener = createServer((socket) => {
      other = socket;
      socket.on("data", (chunk: Buffer) => heard.push(chunk));
      socket.on("error", () => {});
    }).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const bound = listener.address();
    const address = at(bound !== null && typeof bound === "object" ? bound.port : 0);
    const session = 2 ** 32 + 1;
    door.dial(session, address);
    door.write(session, [PULL]);
    door.flush();
    await until(() => messagesIn(Buffer.concat(heard)).length === 1, "the PULL");
    expect(inputs).toEqual([{ kind: "program-up", session, address }]);
    other?.write(encodeTalk([RESPONSE]));
    await until(() => said().length === 1, "the RESPONSE");
    const ended = once(other as Socket, "end");
    door.close(session);
    await ended;
    listener.close();
  });

  test("that are dialled where nobody listens are down", async () => {
    await open();
    const [free = 0] = await freePorts(1);
    door.dial(1, at(free));
    await until(() => downs().length === 1, "the refusal");
    expect(downs()).toEqual([`1 connect ECONNREFUSED 127.0.0.1:${free}`]);
  });
});
