import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LAMPORT_LIMIT } from "../../src/core/lamport-clock.ts";
import { LINK_FRAME, REFUSAL } from "../../src/protocols/link/message.ts";
import type { Host } from "../../src/runtime/host.ts";
import { encode, list, u8 } from "../../src/wire/codec.ts";
import { encodeFrame, HEADER_BYTES } from "../../src/wire/frame.ts";
import { cluster } from "../protocols/link/scene.ts";
import { someBytes } from "../wire/arbitraries.ts";
import { counterOf, startAlone } from "./alone.ts";
import { bytesOf, framesIn, helloBytes, linkTo, pingBytes, strangerId, visit } from "./stranger.ts";
import { until, type Visitor } from "./visitor.ts";

const MIB = 1024 * 1024;

let host: Host;
let failed: unknown;

beforeEach(async () => {
  host = await startAlone({ name: "victim" });
  failed = undefined;
  void host.ended.then((error) => {
    failed = error ?? undefined;
  });
});

afterEach(async () => {
  // Whatever was done to it, it lives, leads and takes in a peer that means well.
  const friend = await startAlone({ seeds: [host.address], name: "friend" });
  try {
    await until(
      () => host.desk.view().peers.some(({ name, linked }) => name === "friend" && linked),
      "a friend linked",
    );
    expect(failed).toBeUndefined();
    expect(host.desk.view().raft.role).toBe("leader");
  } finally {
    await Promise.all([friend.stop(), host.stop()]);
  }
});

const events = (kind: string): number => host.desk.events().filter(({ event }) => event.kind === kind).length;
const linked = (): number => host.desk.view().peers.filter((peer) => peer.linked).length;

/** Says this on a new connection and nothing more; settles when it is closed. */
async function say(...parts: readonly Uint8Array[]): Promise<Visitor> {
  const visitor = await visit(host);
  visitor.send(Buffer.concat(parts));
  visitor.halfClose();
  await visitor.closed;
  return visitor;
}

/** Says this and waits to be thrown out. */
async function thrownOut(...parts: readonly Uint8Array[]): Promise<Visitor> {
  const visitor = await visit(host);
  visitor.send(Buffer.concat(parts));
  await visitor.closed;
  return visitor;
}

describe("bytes that are no frames", () => {
  test("random ones of any length make no link and are closed", async () => {
    for (const bytes of fc.sample(someBytes(200), { numRuns: 100, seed: 1 })) await say(bytes);
    expect(events("link-established")).toBe(0);
  });

  test("random ones behind the first four of a HELLO are refused and counted", async () => {
    const garbage = fc.uint8Array({ minLength: 60, maxLength: 200 });
    const start = helloBytes().subarray(0, 4);
    // With three bytes of zero where the length stands a frame of nothing could begin.
    for (const bytes of fc.sample(
      garbage.filter((tail) => (tail[2] ?? 0) > 0),
      { numRuns: 100, seed: 2 },
    )) {
      await thrownOut(start, bytes);
    }
    expect(counterOf(host, "frames.refused")).toBe(100);
  });

  test("a wrong version of the next frame ends the connection", async () => {
    const next = helloBytes();
    next[0] = 2;
    await thrownOut(helloBytes(), next);
    expect(counterOf(host, "frames.refused")).toBe(1);
  });

  test.each([32_769, 65_536, 0xffffff])(
    "a length of %i is refused before anything is allocated for it",
    async (length) => {
      const header = helloBytes().subarray(0, HEADER_BYTES);
      header.writeUIntBE(length, 6, 3);
      const before = process.memoryUsage().arrayBuffers;
      await thrownOut(header);
      expect(counterOf(host, "frames.refused")).toBe(1);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
    },
  );

  test("a length that is a lie is waited for, but not longer than a HELLO may take", { timeout: 15_000 }, async () => {
    const header = helloBytes().subarray(0, HEADER_BYTES);
    header.writeUIntBE(32_768, 6, 3);
    await thrownOut(header);
    expect(events("link-established")).toBe(0);
  });

  test("every truncation of a HELLO and then the end makes no link", async () => {
    const hello = helloBytes();
    for (let length = 0; length < hello.length; length++) await say(hello.subarray(0, length));
    expect(events("link-established")).toBe(0);
    expect(counterOf(host, "frames.refused")).toBe(0);
    await linkTo(host);
    expect(events("link-established")).toBe(1);
  });

  test("a bad checksum ends the connection, whichever byte is wrong", async () => {
    const hello = helloBytes();
    let flipped = 0;
    for (let at = 9; at < hello.length; at += 5, flipped++) {
      const bad = Buffer.from(hello);
      bad[at] = (bad[at] ?? 0) ^ 0x10;
      await thrownOut(bad);
    }
    expect(counterOf(host, "frames.refused")).toBe(flipped);
    expect(events("link-established")).toBe(0);
  });

  test("a HELLO that comes a byte each 10 ms is a HELLO", async () => {
    const visitor = await visit(host);
    await visitor.sendSlowly(helloBytes(), 10);
    await until(() => events("link-established") === 1, "the link");
    visitor.socket.destroy();
  });
});

describe("frames that mean nothing", () => {
  test.each([0x00, 0x11, 0x12, 0x2f, 0x90, 0xff])("type %i is unknown: refused and counted", async (type) => {
    await thrownOut(encodeFrame({ type, requestId: 0, imageSize: 0 }, Buffer.alloc(20)));
    expect(counterOf(host, "frames.refused")).toBe(1);
  });

  test("messages before HELLO reach no protocol", async () => {
    const vote = bytesOf({
      protocol: "raft",
      message: { kind: "request-vote", term: 99, lastLogIndex: 99, lastLogTerm: 99, transfer: true },
    });
    const ping = bytesOf({ protocol: "link", message: { kind: "ping", requestId: 7 } });
    const visitor = await thrownOut(vote, vote, ping);
    expect(counterOf(host, "messages.unexpected")).toBe(2);
    expect(visitor.received).toHaveLength(0);
    expect(host.desk.view().raft.currentTerm).toBeLessThan(99);
  });

  test("a second HELLO without an envelope ends the link", async () => {
    const stranger = await linkTo(host);
    stranger.send(helloBytes());
    await stranger.closed;
    expect(counterOf(host, "frames.refused")).toBe(1);
    expect(linked()).toBe(0);
  });

  test("a second HELLO with one ends the link, and says why", async () => {
    const stranger = await linkTo(host);
    const [hello] = framesIn(helloBytes());
    const envelope = Buffer.alloc(12);
    envelope.writeUInt32BE(1, 8);
    stranger.send(
      encodeFrame(
        { type: LINK_FRAME.hello, requestId: 0, imageSize: 0 },
        Buffer.concat([envelope, hello?.payload ?? envelope]),
      ),
    );
    await stranger.closed;
    expect(stranger.text).toContain("HELLO was said before");
  });

  test("garbage after HELLO ends the link", async () => {
    const stranger = await linkTo(host);
    stranger.send(Buffer.from("GET /v1/status HTTP/1.1\r\n\r\n"));
    await stranger.closed;
    expect(counterOf(host, "frames.refused")).toBe(1);
    expect(linked()).toBe(0);
  });

  test("a link that is reset is lost, and nothing more", async () => {
    const stranger = await linkTo(host);
    stranger.reset();
    await until(() => events("link-lost") === 1, "the loss told");
  });

  test("a hundred strangers who link and vanish leave a hundred members and no link", async () => {
    for (let n = 1; n <= 100; n++) (await linkTo(host, n)).socket.destroy();
    await until(() => events("link-lost") === 100, "the losses told");
    expect(linked()).toBe(0);
    expect(host.desk.view().peers.length).toBeLessThanOrEqual(100);
  });
});

describe("a HELLO that cannot be true", () => {
  /** The payload of a HELLO with another name, which may be too long for any HELLO of ours. */
  function named(name: Buffer): Buffer {
    const [hello] = framesIn(helloBytes(1, { name: "NAME" }));
    const payload = hello?.payload ?? Buffer.alloc(0);
    const at = payload.indexOf("NAME");
    const text = encode(list(u8, 255), [...name]);
    const whole = Buffer.concat([payload.subarray(0, at - 1), text, payload.subarray(at + 4)]);
    return encodeFrame({ type: LINK_FRAME.hello, requestId: 0, imageSize: 0 }, whole);
  }

  test.each([65, 255])("with a name of %i bytes is refused", async (length) => {
    await thrownOut(named(Buffer.alloc(length, "x")));
    expect(counterOf(host, "frames.refused")).toBe(1);
  });

  test("with a name that is no UTF-8 is refused", async () => {
    await thrownOut(named(Buffer.of(0xc3, 0x28)));
    expect(counterOf(host, "frames.refused")).toBe(1);
  });

  test("with a name that would steer a terminal is heard, and told as it is where programs read it", async () => {
    const name = "\x1b[2J\x1b]0;mine\x07\u009b31m\u202e";
    const stranger = await visit(host);
    stranger.send(named(Buffer.from(name)));
    await until(() => host.desk.view().peers.some((peer) => peer.name === name), "the name");
    const asking = await visit(host);
    asking.send("GET /v1/status HTTP/1.0\r\nHost: localhost\r\n\r\n");
    await asking.closed;
    const body = asking.received.toString("utf8").split("\r\n\r\n")[1] ?? "";
    expect(JSON.parse(body).peers.map((peer: { name: string }) => peer.name)).toContain(name);
    expect(body.includes("\x1b")).toBe(false);
    stranger.socket.destroy();
  });

  test.each([
    ["version 2 only", { leastVersion: 2, mostVersion: 9 }, REFUSAL.version],
    ["another cluster", { cluster: cluster("c") }, REFUSAL["other-cluster"]],
    ["an address where nobody can be", { address: "224.0.0.1:7001" as never }, REFUSAL.malformed],
  ] as const)("with %s is refused, and the reason is said", async (_what, changes, code) => {
    const visitor = await thrownOut(helloBytes(1, changes));
    const error = framesIn(visitor.received).find(({ type }) => type === LINK_FRAME.error);
    // Behind our HELLO, where that was said, an ERROR has an envelope of 12 bytes.
    const codes = [error?.payload.readUInt16BE(0), error?.payload.readUInt16BE(Math.min(12, error.payload.length - 2))];
    expect(codes).toContain(code);
    expect(counterOf(host, "links.refused")).toBe(1);
  });

  test("with our own ID is refused", async () => {
    await thrownOut(helloBytes(1, { peer: host.desk.view().self.id }));
    expect(counterOf(host, "links.refused")).toBe(1);
  });
});

describe("Lamport times", () => {
  test.each([LAMPORT_LIMIT, 2 ** 53 - 1])(
    "of %i are malformed: the link ends and the clock does not move",
    async (lamport) => {
      const stranger = await linkTo(host);
      stranger.send(pingBytes(1, { lamport, sequence: 1 }));
      await stranger.closed;
      expect(counterOf(host, "frames.refused")).toBe(1);
      expect(host.desk.view().lamport).toBeLessThan(10_000);
    },
  );

  test("of somebody whose HELLO was refused do not move the clock", async () => {
    const late = pingBytes(1, { lamport: 2 ** 40, sequence: 1 });
    await thrownOut(helloBytes(1, { cluster: cluster("c") }), late, late);
    expect(counterOf(host, "links.refused")).toBe(1);
    expect(host.desk.view().lamport).toBeLessThan(10_000);
  });

  test("of a linked peer are merged, and gaps in its sequence counted", async () => {
    const stranger = await linkTo(host);
    stranger.send(pingBytes(1, { lamport: 5000, sequence: 4 }));
    await until(() => host.desk.view().lamport > 5000, "the merge");
    expect(counterOf(host, "messages.lost-in-links")).toBe(3);
    stranger.socket.destroy();
  });
});

describe("too much of everything", () => {
  test("10,000 PINGs are answered one PONG each, and memory stays bounded", async () => {
    const stranger = await linkTo(host);
    const before = process.memoryUsage().rss;
    const pings = Array.from({ length: 10_000 }, (_, i) => pingBytes(i + 1, { lamport: i + 1, sequence: i + 1 }));
    stranger.send(Buffer.concat(pings));
    const isPong = ({ type }: { type: number }): boolean => type === LINK_FRAME.pong;
    await stranger.hear((bytes) => bytes.length > 10_000 * 23, "PONGs");
    await until(() => framesIn(stranger.received).filter(isPong).length >= 10_000, "all PONGs");
    const pongs = framesIn(stranger.received).filter(isPong);
    expect(pongs.map(({ requestId }) => requestId)).toEqual(pings.map((_, i) => i + 1));
    expect(process.memoryUsage().rss - before).toBeLessThan(96 * MIB);
    stranger.socket.destroy();
  });

  test.each([257, 65_535])("a list that claims %i rumours is refused", async (count) => {
    const stranger = await linkTo(host);
    const payload = Buffer.alloc(12 + 3 + 1000);
    payload.writeUInt32BE(1, 8);
    payload.writeUInt8(1, 12);
    payload.writeUInt16BE(count, 13);
    stranger.send(encodeFrame({ type: 0x22, requestId: 0, imageSize: 0 }, payload));
    await stranger.closed;
    expect(counterOf(host, "frames.refused")).toBe(1);
  });

  test("rumours of 5,000 peers that nobody can reach make no members and stay bounded", async () => {
    const stranger = await linkTo(host);
    const before = process.memoryUsage().rss;
    for (let from = 0; from < 5000; from += 100) {
      const rumours = Array.from({ length: 100 }, (_, i) => ({
        peer: strangerId(10_000 + from + i),
        address: `127.${1 + (from % 200)}.0.${1 + i}:9` as never,
        name: "x".repeat(64),
        incarnation: 1,
        status: "healthy" as const,
      }));
      const sequence = from / 100 + 1;
      stranger.send(
        bytesOf({ protocol: "membership", message: { kind: "rumours", rumours } }, { lamport: sequence, sequence }),
      );
    }
    stranger.send(pingBytes(1, { lamport: 100, sequence: 51 }));
    await stranger.hear((bytes) => framesIn(bytes).some(({ type }) => type === LINK_FRAME.pong), "PONG");
    expect(host.desk.view().peers.length).toBeLessThanOrEqual(1);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
    stranger.socket.destroy();
  });

  test("a peer that asks and never reads is closed when its queue is full", { timeout: 60_000 }, async () => {
    const stranger = await linkTo(host);
    stranger.socket.pause();
    const before = process.memoryUsage().rss;
    let sequence = 0;
    const batch = (): Buffer => {
      const pings = [];
      for (let i = 0; i < 5000; i++) {
        sequence += 1;
        pings.push(pingBytes(1 + (sequence % 65_000), { lamport: sequence, sequence }));
      }
      return Buffer.concat(pings);
    };
    while (counterOf(host, "connections.too-slow") === 0 && sequence < 3_000_000) {
      stranger.send(batch());
      await until(() => stranger.socket.writableLength < MIB || stranger.socket.destroyed, "room to ask for more");
    }
    expect(counterOf(host, "connections.too-slow")).toBe(1);
    expect(linked()).toBe(0);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * MIB);
    stranger.socket.destroy();
  });

  test("2,000 idle connections do not keep a peer out", { timeout: 30_000 }, async () => {
    const crowd: Visitor[] = [];
    for (let i = 0; i < 20; i++) crowd.push(...(await Promise.all(Array.from({ length: 100 }, () => visit(host)))));
    const friend = await startAlone({ seeds: [host.address], name: "early friend" });
    await until(() => host.desk.view().peers.some(({ name, linked }) => name === "early friend" && linked), "a link");
    await friend.stop();
    for (const { socket } of crowd) socket.destroy();
  });
});
