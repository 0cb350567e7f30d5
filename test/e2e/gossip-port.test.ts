import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Address } from "../../src/core/address.ts";
import type { GossipMessage } from "../../src/wire/gossip-message.ts";
import { encodeTalk } from "../../src/wire/gossip-talk.ts";
import { HEALTH_PACKET_BYTES } from "../../src/wire/health-packet.ts";
import { freePorts } from "../support/free-ports.ts";
import { GossipSocket } from "../support/gossip-socket.ts";
import { Lab, type PeerProcess, until } from "../support/processes.ts";
import { Tool } from "../support/tool.ts";
import { addressFrom } from "../wire/vectors.ts";

const TYPE = 1337;
const NOTIFY: GossipMessage = { kind: "notify", dataType: TYPE };

const SYN = 0x01;
const ACK = 0x02;

let lab: Lab;
let sockets: GossipSocket[];
let responders: UdpSocket[];
let tools: Tool[];
beforeEach(() => {
  lab = new Lab();
  [sockets, responders, tools] = [[], [], []];
});
afterEach(async () => {
  for (const tool of tools) tool.kill();
  for (const socket of sockets) socket.close();
  for (const responder of responders) responder.close();
  await Promise.all([lab.close(), ...tools.map(({ ended }) => ended)]);
});

/** The program with these words. */
function run(...words: readonly string[]): Tool {
  const tool = new Tool(...words);
  tools.push(tool);
  return tool;
}

function announcement(text: string): GossipMessage {
  return { kind: "announce", ttl: 0, dataType: TYPE, data: Buffer.from(text) };
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

async function alone(...flags: readonly string[]): Promise<PeerProcess> {
  const [port = 0] = await freePorts(1);
  const peer = lab.start(port, ["--found", ...flags]);
  await peer.event("leader-elected");
  return peer;
}

async function connectTo(port: number, host?: string): Promise<GossipSocket> {
  const socket = await GossipSocket.to(port, host);
  sockets.push(socket);
  return socket;
}

/** A program that has subscribed the type, and finds all of it valid. */
async function subscriber(peer: PeerProcess, port = peer.port): Promise<GossipSocket> {
  const seen = peer.lines.length;
  const program = (await GossipSocket.subscriber(port, TYPE)).validateAll();
  sockets.push(program);
  await peer.event("type-subscribed", seen);
  return program;
}

async function counters(peer: PeerProcess): Promise<(name: string) => number> {
  const { counters: all } = await peer.status();
  return (name) => all[name] ?? 0;
}

describe("what a program says", () => {
  test("may come all in one segment, a byte at a time, or by thousands", async () => {
    const peer = await alone();
    const other = await subscriber(peer);
    const both = await connectTo(peer.port);
    both.say(NOTIFY, announcement("in one segment"));
    await other.hear("notification", 1);
    const slow = await connectTo(peer.port);
    slow.socket.setNoDelay(true);
    for (const byte of encodeTalk([NOTIFY, announcement("a byte at a time")])) {
      await new Promise((written) => slow.socket.write(Buffer.of(byte), written));
    }
    await other.hear("notification", 2);
    const quick = await connectTo(peer.port);
    const many = Array.from({ length: 5000 }, (_, n) => `${n} of thousands`);
    quick.say(...many.map(announcement));
    await other.hear("notification", 5002);
    await Promise.all([both.hear("notification", 5001), slow.hear("notification", 5000)]);
    expect(other.told).toEqual(["in one segment", "a byte at a time", ...many]);
    // The announcer gets no copy of its own, but all of the others'.
    expect(both.told).toEqual(["a byte at a time", ...many]);
    expect(slow.told).toEqual(many);
    const ids = other.of("notification").map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each([
    ["an ANNOUNCE without a data type", "0006 01f4 0000", "gossip.malformed"],
    ["a NOTIFY that is too short", "0006 01f5 0000", "gossip.malformed"],
    ["a NOTIFY that is too long", "000a 01f5 0000 0539 0000", "gossip.malformed"],
    ["a VALIDATION that is too short", "0006 01f7 0001", "gossip.malformed"],
    ["a message without a body", "0004 01f5", "gossip.malformed"],
    ["a type that nobody knows", "0008 01ff 0000 0000", "gossip.malformed"],
    ["an empty ANNOUNCE", "0008 01f4 0000 0539", "notices.refused"],
    ["a NOTIFICATION", "0009 01f6 0001 0539 78", "notices.refused"],
    ["a VALIDATION of nothing", "0008 01f7 ffff 0001", "notices.refused"],
    ["a SEND", "000d 01fb 0009 01f4 0000 0539 78", "foreign.unexpected"],
  ])("%s is refused and counted, and nobody suffers", async (_what, hex, counter) => {
    const peer = await alone();
    const [rude, other] = [await subscriber(peer), await subscriber(peer)];
    rude.socket.write(Buffer.concat([bytes(hex), bytes(hex), encodeTalk([announcement("after it")])]));
    await other.hear("notification", 1);
    other.say(announcement("for both"));
    await rude.hear("notification", 1);
    expect([rude.told, other.told]).toEqual([["for both"], ["after it"]]);
    expect((await counters(peer))(counter)).toBe(2);
    expect([rude.end, other.end]).toEqual([undefined, undefined]);
  });

  test.each([
    ["a message of a wrong size", "0006 01f5 0000"],
    ["a type that nobody knows", "0008 01ff 0000 0000"],
    ["an empty ANNOUNCE", "0008 01f4 0000 0539"],
    ["a NOTIFICATION", "0009 01f6 0001 0539 78"],
    ["an ANNOUNCE that nobody here subscribes", "0009 01f4 0000 0001 78"],
  ])("with --strict-api, %s is answered by a reset, and others are served", async (_what, hex) => {
    const peer = await alone("--strict-api");
    const [rude, other] = [await subscriber(peer), await subscriber(peer)];
    const announcer = await connectTo(peer.port);
    rude.socket.write(bytes(hex));
    expect(await rude.ended()).toBe("reset");
    announcer.say(announcement("still there"));
    await other.hear("notification", 1);
    expect([other.told, other.end, announcer.end]).toEqual([["still there"], undefined, undefined]);
  });

  test("with --strict-api, an answer that comes too late is no reason to close", async () => {
    const peer = await alone("--strict-api");
    const late = await subscriber(peer);
    late.say({ kind: "validation", messageId: 7, valid: true }, { kind: "notify", dataType: 1 });
    await peer.line(({ event, dataType }) => event === "type-subscribed" && dataType === 1, "subscription");
    expect((await counters(peer))("notices.refused")).toBe(1);
    expect(late.end).toBeUndefined();
  });

  test("a size that is none ends the connection, and no other", async () => {
    const peer = await alone();
    const [rude, other] = [await subscriber(peer), await subscriber(peer)];
    rude.socket.write(bytes("0003 01f4"));
    expect(await rude.ended()).toBe("reset");
    const announcer = await connectTo(peer.port);
    announcer.say(announcement("still there"));
    await other.hear("notification", 1);
    expect((await counters(peer))("gossip.malformed")).toBe(1);
  });

  test("counts though it ends its side at once, and what follows is told", async () => {
    const peer = await alone();
    const other = await subscriber(peer);
    const brief = await connectTo(peer.port);
    brief.say(announcement("goodbye"));
    brief.socket.end();
    expect(await brief.ended()).toBe("end");
    await other.hear("notification", 1);
    expect(other.told).toEqual(["goodbye"]);
  });

  test("256 connections are served, one more is refused, and a free place is taken again", async () => {
    const peer = await alone();
    const programs = await Promise.all(Array.from({ length: 256 }, () => connectTo(peer.port)));
    for (const program of programs) program.validateAll().say(NOTIFY);
    await until(10_000, "all of them", async () => {
      const [type] = (await peer.status()).notifications.types;
      return type?.here === 256 ? true : undefined;
    });
    const surplus = await connectTo(peer.port);
    surplus.say(announcement("too many"));
    expect(await surplus.ended()).toBe("reset");
    const [first, ...rest] = programs;
    const seen = peer.lines.length;
    first?.close();
    await peer.event("type-unsubscribed", seen);
    const next = await connectTo(peer.port);
    next.say(announcement("in its place"));
    await Promise.all(rest.map((program) => program.hear("notification", 1)));
    expect(new Set(rest.flatMap(({ told }) => told))).toEqual(new Set(["in its place"]));
    expect((await counters(peer))("gossip.too-many")).toBe(1);
  });
});

describe("--max-connections", () => {
  test("leaves no place for one more, and announce says that it was not taken", async () => {
    const peer = await alone("--max-connections", "1");
    const only = await subscriber(peer);
    const announced = run("announce", String(peer.port), "--type", String(TYPE), "one too many");
    expect(await announced.ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/ECONNRESET|EPIPE/) });
    only.say({ kind: "notify", dataType: 1 });
    await peer.line(({ event, dataType }) => event === "type-subscribed" && dataType === 1, "subscription");
    expect([only.told, only.end]).toEqual([[], undefined]);
  });
});

describe("--api", () => {
  test("listens there for programs, and for nobody else", async () => {
    const [api = 0] = await freePorts(1);
    const peer = await alone("--api", `127.0.0.1:${api}`);
    const [there, here] = [await subscriber(peer, api), await subscriber(peer)];
    here.say(announcement("from the one port"));
    there.say(announcement("from the other"));
    await Promise.all([there.hear("notification", 1), here.hear("notification", 1)]);
    expect([there.told, here.told]).toEqual([["from the one port"], ["from the other"]]);
    for (const said of [
      "GET /v1/status HTTP/1.1\r\n\r\n",
      "\u0001\u0010\u0000\u0000",
      '{"x":1}\n',
      "\u00ff".repeat(9),
    ]) {
      const rude = await connectTo(api);
      rude.socket.write(Buffer.from(said, "latin1"));
      await rude.ended();
      expect(rude.heard).toEqual([]);
    }
    here.say(announcement("still there"));
    await there.hear("notification", 2);
  });

  test("a port in use is one line that says what to do", async () => {
    const [port = 0] = await freePorts(1);
    const other = await alone();
    const tool = run("--headless", "--port", String(port), "--data-dir", "none", "--api", String(other.port));
    expect(await tool.ended).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^p2p-node: TCP port \d+ on 127\.0\.0\.1 is in use: .*--api\n$/),
    });
  });
});

describe("a peer of another make", () => {
  /** Takes health checks as a peer does; `answers`: and answers them. */
  async function responder(
    answers: boolean,
  ): Promise<{ readonly address: Address; readonly asked: () => Promise<void> }> {
    const socket = createSocket("udp4");
    responders.push(socket);
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const asked = once(socket, "message").then(() => {});
    socket.on("message", (packet, { port }) => {
      if (packet.length !== HEALTH_PACKET_BYTES || packet[0] !== SYN || !answers) return;
      socket.send(Buffer.concat([Buffer.of(ACK), packet.subarray(1)]), port, "127.0.0.1");
    });
    return { address: addressFrom("127.0.0.1", socket.address().port), asked: () => asked };
  }

  async function ids(peer: PeerProcess): Promise<readonly Address[]> {
    return (await peer.status()).gossip.ids.map(({ address }) => address);
  }

  const portBytes = (port: number): Buffer => Buffer.of(port >> 8, port & 0xff);

  test("is answered a PULL by the IDs that are verified, on its connection", async () => {
    const [one, other] = await lab.cluster(2);
    if (one === undefined || other === undefined) throw new Error("no cluster");
    await until(10_000, "the other's ID", async () => ((await ids(one)).length === 1 ? true : undefined));
    const stranger = await connectTo(one.port);
    const heard: Buffer[] = [];
    stranger.socket.on("data", (chunk: Buffer) => heard.push(chunk));
    stranger.socket.write(Buffer.concat([bytes("000a 01f9 7f000001"), portBytes(9)]));
    await stranger.hear("response", 1);
    expect(Buffer.concat(heard)).toEqual(Buffer.concat([bytes("000e 01fa 0001 0000 7f000001"), portBytes(other.port)]));
  });

  test("finds the same over IPv6, programs included", async () => {
    const [port = 0, other = 0] = await freePorts(2);
    const founder = lab.start(port, ["--host", "::1", "--found"]);
    await founder.event("listening");
    const joiner = lab.start(other, ["--host", "::1", "--join", `[::1]:${port}`]);
    await founder.line(({ event, address }) => event === "id-added" && address === `[::1]:${other}`, "ID");
    const stranger = await connectTo(port, "::1");
    stranger.socket.write(Buffer.concat([bytes(`0016 01f9 ${"00".repeat(15)}01`), portBytes(9)]));
    const [response] = await stranger.hear("response", 1);
    expect(response?.ids).toEqual([addressFrom("::1", other)]);
    const seen = founder.lines.length;
    const subscribed = run("subscribe", `[::1]:${port}`, "--type", String(TYPE), "--count", "1");
    await founder.event("type-subscribed", seen);
    const announced = run("announce", `[::1]:${joiner.port}`, "--type", String(TYPE), "over IPv6");
    expect([await announced.ended, await subscribed.ended].map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ""],
      [0, ""],
    ]);
    expect(subscribed.lines).toEqual([`${TYPE} valid over IPv6`]);
  });

  test("pushes an ID that is told on once it answers a health check, and never else", async () => {
    const peer = await alone();
    const [there, silent] = [await responder(true), await responder(false)];
    const stranger = await connectTo(peer.port);
    let looks = 0;
    await until(20_000, "the ID", async () => {
      // Said again now and then: on a busy machine an answer may come too late to count.
      if (looks++ % 25 === 0) stranger.say({ kind: "push", address: silent.address, ids: [there.address] });
      return (await ids(peer)).includes(there.address) ? true : undefined;
    });
    await silent.asked();
    stranger.say({ kind: "pull", address: silent.address });
    const [response] = await stranger.hear("response", 1);
    expect(response?.ids).toEqual([there.address]);
    expect(await ids(peer)).toEqual([there.address]);
  });
});
