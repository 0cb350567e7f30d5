import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Host } from "../../src/runtime/host.ts";
import { HEALTH_PACKET_BYTES } from "../../src/wire/health-packet.ts";
import { counterOf, portOfHost, startAlone } from "./alone.ts";
import { until } from "./visitor.ts";

const SYN = 0x01;
const ACK = 0x02;

let host: Host;
let socket: Socket;
let heard: Buffer[];

beforeEach(async () => {
  host = await startAlone();
  socket = createSocket("udp4");
  heard = [];
  socket.on("message", (bytes) => heard.push(bytes));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
});
afterEach(async () => {
  socket.close();
  await host.stop();
});

const send = (bytes: Uint8Array): void => socket.send(bytes, portOfHost(host), "127.0.0.1");

function packet(type: number, number: number): Buffer {
  const bytes = Buffer.alloc(HEALTH_PACKET_BYTES, 0xa5);
  bytes[0] = type;
  bytes.writeUInt32BE(number, 1);
  return bytes;
}

describe("health packets from anybody", () => {
  test("a SYN is answered by an ACK with its nonce, of the same size", async () => {
    send(packet(SYN, 7));
    await until(() => heard.length === 1, "the ACK");
    expect(heard[0]).toEqual(packet(ACK, 7));
  });

  test.each([0, 1, 16, 18, 508, 2000])("%i bytes are dropped, counted, and not answered", async (size) => {
    send(Buffer.alloc(size, SYN));
    await until(() => counterOf(host, "packets.malformed") === 1, "the packet counted");
    send(packet(SYN, 1));
    await until(() => heard.length > 0, "the ACK of a good one");
    expect(heard).toEqual([packet(ACK, 1)]);
  });

  test.each([0x00, 0x03, 0x7f, 0xff])("type %i is dropped, counted, and not answered", async (type) => {
    send(packet(type, 1));
    await until(() => counterOf(host, "packets.malformed") === 1, "the packet counted");
    expect(heard).toEqual([]);
  });

  test("ACKs that nobody asked for are counted, never answered, and make nobody a member", async () => {
    for (let i = 0; i < 100; i++) send(packet(ACK, i));
    await until(() => counterOf(host, "probes.unexpected") === 100, "all counted");
    expect(heard).toEqual([]);
    expect(host.desk.view().peers).toEqual([]);
    expect(counterOf(host, "probes.answered")).toBe(0);
  });

  test("a flood of 10,000 SYNs is answered one for one at most, each with the same size", {
    timeout: 30_000,
  }, async () => {
    const before = process.memoryUsage().rss;
    let sent = 0;
    while (sent < 10_000) {
      for (let i = 0; i < 100; i++) send(packet(SYN, sent++));
      await until(() => heard.length >= sent, `${sent} answers`);
    }
    expect(heard).toHaveLength(10_000);
    expect(new Set(heard.map(({ length }) => length))).toEqual(new Set([HEALTH_PACKET_BYTES]));
    expect(new Set(heard.map((bytes) => bytes.readUInt32BE(1))).size).toBe(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    expect(host.desk.view().peers).toEqual([]);
  });
});

describe("health packets about a member", () => {
  test("forged ACKs count for nothing while real probes are answered", async () => {
    const member = await startAlone({ seeds: [host.address] });
    try {
      for (let i = 0; i < 50; i++) send(packet(ACK, i));
      await until(() => counterOf(host, "probes.unexpected") >= 50, "the forged ones counted");
      await until(() => typeof host.desk.view().peers[0]?.rttMs === "number", "a real answer");
      expect(counterOf(host, "probes.answered")).toBeLessThanOrEqual(counterOf(host, "probes.sent"));
      expect(counterOf(host, "probes.unexpected")).toBe(50);
    } finally {
      await member.stop();
    }
  });
});
