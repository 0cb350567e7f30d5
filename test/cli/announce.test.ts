import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { announce } from "../../src/cli/announce.ts";
import { FakeGossipPeer, type Manner } from "../support/fake-gossip-peer.ts";
import { freePorts } from "../support/free-ports.ts";

const FLAGS = { type: 1337, ttl: 4 };

let complaints = "";
let peer: FakeGossipPeer;
const peers: FakeGossipPeer[] = [];
beforeEach(async () => {
  complaints = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    complaints += String(text);
    return true;
  });
  peer = await listen();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(peers.splice(0).map((some) => some.close()));
});

async function listen(manner?: Manner): Promise<FakeGossipPeer> {
  const some = await FakeGossipPeer.listen(manner);
  peers.push(some);
  return some;
}

/** Lets stdin say these chunks and end; without any it goes on in silence. */
function stdinSays(...chunks: readonly string[]): Readable {
  const stdin = new Readable({ read: () => {} });
  for (const chunk of chunks) stdin.push(chunk);
  if (chunks.length > 0) stdin.push(null);
  // The rest of what makes stdin what it is plays no part here.
  vi.spyOn(process, "stdin", "get").mockReturnValue(stdin as typeof process.stdin);
  return stdin;
}

describe("announce", () => {
  test("says one ANNOUNCE, ends its half, and is done when the peer ends the other", async () => {
    expect(await announce(peer.port, "hé llo", FLAGS)).toBe(0);
    expect(peer.heard).toEqual(["announce 1337 4 hé llo"]);
    expect(peer.ended).toBe(1);
    expect(complaints).toBe("");
  });

  test("takes bytes in hex", async () => {
    expect(await announce(peer.port, "68 69", { ...FLAGS, hex: true })).toBe(0);
    expect(peer.heard).toEqual(["announce 1337 4 hi"]);
  });

  test.each([["-"], [undefined]])("takes all of stdin as one message for %j", async (data) => {
    stdinSays("one\n", "two\n");
    expect(await announce(peer.port, data, FLAGS)).toBe(0);
    expect(peer.heard).toEqual(["announce 1337 4 one\ntwo\n"]);
  });

  test("takes every line as a message as soon as it comes", async () => {
    const stdin = stdinSays();
    const announced = announce(peer.port, undefined, { ...FLAGS, lines: true });
    stdin.push("one\ntw");
    await peer.until(({ heard }) => heard.length === 1);
    stdin.push("o\nthree");
    await peer.until(({ heard }) => heard.length === 2);
    stdin.push(null);
    expect(await announced).toBe(0);
    expect(peer.heard).toEqual(["one", "two", "three"].map((line) => `announce 1337 4 ${line}`));
  });

  test("does not read on while the peer takes nothing, and loses nothing by that", async () => {
    let hold: (() => void) | undefined;
    const slow = await listen((_message, socket) => {
      if (hold !== undefined) return;
      socket.pause();
      hold = () => socket.resume();
    });
    const line = "x".repeat(60_000);
    let taken = 0;
    const endless = Readable.from(
      (function* () {
        for (; taken < 400; taken++) yield Buffer.from(`${line}\n`);
      })(),
    );
    vi.spyOn(process, "stdin", "get").mockReturnValue(endless as typeof process.stdin);
    const announced = announce(slow.port, undefined, { ...FLAGS, lines: true });
    await slow.until(({ heard }) => heard.length > 0);
    await vi.waitFor(
      async () => {
        const before = taken;
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(taken).toBe(before);
      },
      { timeout: 5000 },
    );
    expect(taken).toBeLessThan(400);
    hold?.();
    expect(await announced).toBe(0);
    expect(slow.heard).toHaveLength(400);
  });

  test("announces the lines before one that is refused, and ends with 2", async () => {
    stdinSays(`one\n${"x".repeat(70_000)}\nthree\n`);
    expect(await announce(peer.port, undefined, { ...FLAGS, lines: true })).toBe(2);
    expect(peer.heard).toEqual(["announce 1337 4 one"]);
    expect(complaints).toBe("p2p-node: line 2: data is longer than the 65527 bytes that a message holds\n");
  });

  test.each([
    ["no data", "", {}, /^p2p-node: there is nothing to announce/],
    ["too much data", "x".repeat(65_528), {}, /^p2p-node: data is longer than the 65527 bytes/],
    ["data that is no hex", "abc", { hex: true } as const, /^p2p-node: abc is no hex/],
    ["data beside --lines", "x", { lines: true } as const, /^p2p-node: announce: --lines takes what stdin says/],
  ])("%s is wrong usage, and nobody is asked", async (_what, data, flags, says) => {
    expect(await announce(peer.port, data, { ...FLAGS, ...flags })).toBe(2);
    expect(complaints).toMatch(says);
    expect(complaints.trimEnd()).not.toContain("\n");
    expect(peer.heard).toEqual([]);
  });

  test("wants data where stdin is a terminal", async () => {
    stdinSays();
    Object.assign(process.stdin, { isTTY: true });
    expect(await announce(peer.port, undefined, FLAGS)).toBe(2);
    expect(complaints).toBe("p2p-node: announce: say what to announce, or - to type it in\n");
  });

  test("fails where nobody listens", async () => {
    const [nobody] = await freePorts(1);
    expect(await announce(String(nobody), "x", FLAGS)).toBe(1);
    expect(complaints).toMatch(/^p2p-node: 127\.0\.0\.1:\d+: connect ECONNREFUSED .*Is a peer running there\?\n$/);
  });

  test("fails where the address is none", async () => {
    expect(await announce("nowhere", "x", FLAGS)).toBe(1);
    expect(complaints).toMatch(/^p2p-node: announce nowhere: an address is host:port/);
  });

  test("fails where the peer breaks the connection", async () => {
    const rude = await listen((_message, socket) => socket.resetAndDestroy());
    expect(await announce(rude.port, "x", FLAGS)).toBe(1);
    expect(complaints).toMatch(/^p2p-node: 127\.0\.0\.1:\d+: .*ECONNRESET\n$/);
  });

  test("fails where the peer ends the connection before the last line, without waiting for that", async () => {
    const done = await listen((_message, socket) => socket.end());
    const stdin = stdinSays();
    const announced = announce(done.port, undefined, { ...FLAGS, lines: true });
    stdin.push("one\n");
    expect(await announced).toBe(1);
    expect(complaints).toMatch(/^p2p-node: 127\.0\.0\.1:\d+: the peer ended the connection\n$/);
  });

  test("fails where the peer does not end the connection in five seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const deaf = await listen((_message, socket) => socket.pause());
      const announced = announce(deaf.port, "x", FLAGS);
      await deaf.until(({ heard }) => heard.length === 1);
      await vi.advanceTimersByTimeAsync(5000);
      expect(await announced).toBe(1);
      expect(complaints).toMatch(/the peer has not ended the connection within 5000 ms\n$/);
    } finally {
      vi.useRealTimers();
    }
  });
});
