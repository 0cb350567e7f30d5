import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type Address, addressOf } from "../../src/core/address.ts";
import type { PeerId } from "../../src/core/peer-id.ts";
import type { Asker } from "../../src/protocols/link/program-hello.ts";
import { CallerDoor } from "../../src/runtime/caller-door.ts";
import type { CallerLimits } from "../../src/runtime/caller-limits.ts";
import { askControl } from "../../src/runtime/control-client.ts";
import { Counters } from "../../src/runtime/counters.ts";
import { partByRole } from "../../src/runtime/role.ts";
import { SessionNumbers } from "../../src/runtime/session-numbers.ts";
import { decode, encode } from "../../src/wire/codec.ts";
import {
  CONTROL_FRAME,
  type ControlAnswer,
  type ControlRequest,
  controlAnswer,
  controlRequest,
} from "../../src/wire/control-message.ts";
import { encodeFrame } from "../../src/wire/frame.ts";
import { ERROR_FRAME, readJobAnswer } from "../../src/wire/job-message.ts";
import { Reader } from "../../src/wire/reader.ts";
import { freePorts } from "../support/free-ports.ts";
import { framesIn, helloBytes } from "./stranger.ts";
import { until, Visitor } from "./visitor.ts";

const ASKER: Asker = { peer: "abc0000000000001" as PeerId, cluster: null, incarnation: 1, name: "asker" };

let server: Server | undefined;
let door: CallerDoor;
let counters: Counters;
let peers: Buffer[];
let sockets: Socket[];
let requests: ControlRequest[];
let answer: (request: ControlRequest) => Promise<ControlAnswer>;

/** A door behind a port of its own. */
async function open(limits: Partial<CallerLimits> = {}, accepts = true, roleTimeoutMs = 5000): Promise<void> {
  counters = new Counters();
  [peers, sockets, requests] = [[], [], []];
  answer = async ({ line }) => ({ ok: true, text: `did ${line}`, undo: "" });
  const carryOut = (request: ControlRequest): Promise<ControlAnswer> => {
    requests.push(request);
    return answer(request);
  };
  door = new CallerDoor(() => {}, counters, new SessionNumbers(), { carryOut, accepts: () => accepts }, limits);
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
    const takers = {
      peer: (_: Socket, said: Buffer) => peers.push(said),
      client: (from: Socket, said: Buffer) => door.accept(from, said),
    };
    partByRole(socket, Buffer.alloc(0), takers, roleTimeoutMs);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server?.close();
  await door.closeAll();
});

function port(): number {
  const bound = server?.address();
  return bound !== null && typeof bound === "object" ? bound.port : 0;
}

function here(at = port()): Address {
  const address = addressOf("127.0.0.1", at);
  if (address === undefined) throw new Error("no address");
  return address;
}

const ask = (line: string, timeoutMs = 5000): Promise<ControlAnswer> =>
  askControl(here(), ASKER, { to: null, by: "7001", line }, timeoutMs);

const CLIENT_HELLO = helloBytes(1, { role: "client" });

function requestBytes(line: string, requestId = 1): Buffer {
  const payload = encode(controlRequest, { to: null, by: "", line });
  return encodeFrame({ type: CONTROL_FRAME.request, requestId, imageSize: 0 }, payload);
}

function answersIn(bytes: Buffer): readonly (readonly [number, string])[] {
  return framesIn(bytes).map(({ requestId, payload }) => {
    const decoded = decode(controlAnswer, payload);
    return [requestId, decoded.kind === "value" ? decoded.value.text : decoded.kind];
  });
}

/** What the door says is wrong. */
function errorsIn(bytes: Buffer): readonly string[] {
  return framesIn(bytes).flatMap(({ type, imageSize, payload }) => {
    const said = type === ERROR_FRAME ? readJobAnswer(new Reader(payload), { type: 0xff, imageSize }) : undefined;
    return said?.kind === "error" ? [`${said.code}: ${said.text}`] : [];
  });
}

describe("a line that is asked for", () => {
  test("is carried out and answered", async () => {
    await open();
    expect(await ask("pause all")).toEqual({ ok: true, text: "did pause all", undo: "" });
    expect(requests).toEqual([{ to: null, by: "7001", line: "pause all" }]);
  });

  test("is refused where remote faults are", async () => {
    await open({}, false);
    expect(await ask("pause all")).toEqual({ ok: false, text: "refuses remote faults", undo: "" });
    expect(requests).toEqual([]);
    expect(counters.all()).toMatchObject({ "control.refused": 1 });
  });

  test("gets as much of a long answer as a frame holds", async () => {
    await open();
    answer = async () => ({ ok: true, text: "\u{1f4a9}".repeat(1000), undo: "" });
    const { text } = await ask("help");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
    expect(text.startsWith("\u{1f4a9}".repeat(250))).toBe(true);
  });
});

describe("several requests on a connection", () => {
  test("are carried out one after another, however their bytes come, and answered by their IDs", async () => {
    await open();
    const visitor = await Visitor.to(port());
    await visitor.sendSlowly(Buffer.concat([CLIENT_HELLO, requestBytes("one", 7)]), 0);
    visitor.send(Buffer.concat([requestBytes("two", 8), requestBytes("three", 9)]));
    visitor.halfClose();
    await visitor.ended;
    expect(answersIn(visitor.received)).toEqual([
      [7, "did one"],
      [8, "did two"],
      [9, "did three"],
    ]);
  });

  test("are bounded", async () => {
    await open();
    answer = () => new Promise(() => {});
    const visitor = await Visitor.to(port());
    const ids = Array.from({ length: 17 }, (_, index) => index + 1);
    visitor.send(Buffer.concat([CLIENT_HELLO, ...ids.map((id) => requestBytes("slow", id))]));
    await visitor.closed;
    expect(requests.length).toBeLessThanOrEqual(1);
    expect(errorsIn(visitor.received)).toEqual(["busy: too many lines at a time"]);
  });
});

describe("what is no request closes the connection and carries nothing out", () => {
  const bad: readonly (readonly [string, Buffer])[] = [
    ["a request without an ID", requestBytes("pause", 0)],
    ["an answer", encodeFrame({ type: CONTROL_FRAME.answer, requestId: 1, imageSize: 0 }, Buffer.alloc(3))],
    ["a second HELLO", CLIENT_HELLO],
    ["an empty payload", encodeFrame({ type: CONTROL_FRAME.request, requestId: 1, imageSize: 0 }, Buffer.alloc(0))],
    ["a byte too many", appended(requestBytes("pause"), 1)],
    ["a line too long", encodeFrame({ type: CONTROL_FRAME.request, requestId: 1, imageSize: 0 }, lineOf(1025))],
    ["a wrong checksum", flipped(requestBytes("pause"))],
    ["noise", Buffer.alloc(64, 0xa5)],
    ["a length out of range", Buffer.of(1, 0x12, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0, 0)],
  ];

  test.each(bad)("%s", async (_, bytes) => {
    await open();
    const visitor = await Visitor.to(port());
    visitor.send(Buffer.concat([CLIENT_HELLO, bytes]));
    await visitor.closed;
    expect(requests).toEqual([]);
    expect(framesIn(visitor.received).map(({ type, requestId }) => [type, requestId])).toEqual([[0x7f, 0]]);
    expect(errorsIn(visitor.received)).toEqual([expect.stringMatching(/^malformed: /)]);
    expect(counters.all()).toMatchObject({ "frames.refused": 1 });
  });

  test("a line of the longest is none of them", async () => {
    await open();
    expect((await ask("x".repeat(1024))).ok).toBe(true);
  });
});

describe("a connection", () => {
  test("whose HELLO is a peer's, or that begins otherwise, is handed to those who take peers, with all its bytes", async () => {
    await open();
    const peer = await Visitor.to(port());
    await peer.sendSlowly(helloBytes(), 0);
    const other = await Visitor.to(port());
    other.send(requestBytes("pause", 0));
    await until(() => peers.length === 2, "two peers");
    expect(peers.map((bytes) => bytes[1]).sort()).toEqual([0x10, 0x12]);
    expect(requests).toEqual([]);
  });

  test("that never says who dials is closed in time", async () => {
    await open({}, true, 50);
    const silent = await Visitor.to(port());
    silent.send(CLIENT_HELLO.subarray(0, 13));
    await silent.closed;
    expect(peers).toEqual([]);
  });

  test("that asks nothing is closed in time", async () => {
    await open({ guestTimeoutMs: 50 });
    const silent = await Visitor.to(port());
    silent.send(CLIENT_HELLO);
    await silent.closed;
  });

  test("too many is closed at once, and the next is taken when one has gone", async () => {
    await open({ maxGuests: 1 });
    const first = await Visitor.to(port());
    first.send(Buffer.concat([CLIENT_HELLO, requestBytes("one")]));
    await first.hear((bytes) => framesIn(bytes).length === 1, "answer");
    await expect(ask("two")).rejects.toThrow(/closed without an answer|ECONNRESET/);
    expect(counters.all()).toMatchObject({ "callers.too-many": 1 });
    first.reset();
    await first.closed;
    await until(() => sockets[0]?.destroyed === true, "the end of the first");
    expect((await ask("three")).text).toBe("did three");
  });

  test("that breaks while its line is carried out harms nobody", async () => {
    await open();
    let done: (answer: ControlAnswer) => void = () => {};
    answer = () =>
      new Promise((resolve) => {
        done = resolve;
      });
    const visitor = await Visitor.to(port());
    visitor.send(Buffer.concat([CLIENT_HELLO, requestBytes("slow")]));
    await until(() => requests.length === 1, "the request");
    visitor.reset();
    await until(() => sockets[0]?.destroyed === true, "the reset");
    done({ ok: true, text: "late", undo: "" });
    answer = async () => ({ ok: true, text: "fine", undo: "" });
    expect((await ask("next")).text).toBe("fine");
  });
});

describe("who asks hears why there is no answer", () => {
  /** Somebody who says this to whoever connects. */
  async function somebody(said: Buffer | null): Promise<void> {
    await open();
    server?.removeAllListeners("connection");
    server?.on("connection", (socket: Socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      if (said === null) socket.destroy();
      else socket.write(said);
    });
  }

  test("nobody listens", async () => {
    await open();
    const [free] = await freePorts(1);
    const request = { to: null, by: "", line: "undo" };
    await expect(askControl(here(free), ASKER, request, 1000)).rejects.toThrow(/ECONNREFUSED/);
  });

  test.each([
    ["silence", Buffer.alloc(0), /no answer within 50 ms/],
    ["a close", null, /closed without an answer|ECONNRESET/],
    ["something else", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), /is no peer/],
    ["a HELLO", helloBytes(), /takes no commands/],
    ["an answer to another", answerBytes(2), /takes no commands/],
    ["a truncated answer", encodeFrame({ type: 0x92, requestId: 1, imageSize: 0 }, Buffer.of(1)), /takes no commands/],
  ])("%s", async (_, said, reason) => {
    await somebody(said);
    await expect(ask("undo", said?.length === 0 ? 50 : 5000)).rejects.toThrow(reason);
  });
});

function answerBytes(requestId: number): Buffer {
  const payload = encode(controlAnswer, { ok: true, text: "", undo: "" });
  return encodeFrame({ type: CONTROL_FRAME.answer, requestId, imageSize: 0 }, payload);
}

/** A payload whose line has this many bytes. */
function lineOf(bytes: number): Buffer {
  return Buffer.concat([Buffer.of(0, 0, bytes >> 8, bytes & 0xff), Buffer.alloc(bytes, 0x78)]);
}

function appended(frame: Buffer, bytes: number): Buffer {
  return encodeFrame(
    { type: 0x12, requestId: 1, imageSize: 0 },
    Buffer.concat([frame.subarray(11), Buffer.alloc(bytes)]),
  );
}

function flipped(frame: Buffer): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt8(copy.readUInt8(12) ^ 1, 12);
  return copy;
}
