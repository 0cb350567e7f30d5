import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { subscribe } from "../../src/cli/subscribe.ts";
import { FakeGossipPeer, type Manner, notifyOf } from "../support/fake-gossip-peer.ts";

const FLAGS = { type: [1337] };

let printed = "";
let complaints = "";
const peers: FakeGossipPeer[] = [];
beforeEach(() => {
  printed = "";
  complaints = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    complaints += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.stdout.removeAllListeners("error");
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(name);
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

async function listen(manner: Manner): Promise<FakeGossipPeer> {
  const peer = await FakeGossipPeer.listen(manner);
  peers.push(peer);
  return peer;
}

/** A peer that, once it is subscribed to, tells of these, numbered from 1. */
function telling(...data: readonly (string | Uint8Array)[]): Promise<FakeGossipPeer> {
  return listen(({ kind }, socket) => {
    if (kind === "notify") for (const [index, some] of data.entries()) notifyOf(socket, index + 1, some);
  });
}

describe("subscribe", () => {
  test("asks for each type, prints a line each, and answers valid", async () => {
    const peer = await listen((message, socket) => {
      if (message.kind === "notify") notifyOf(socket, message.dataType, `of ${message.dataType}`, message.dataType);
    });
    expect(await subscribe(peer.port, { type: [7, 0], count: 2 })).toBe(0);
    expect(printed).toBe("7 valid of 7\n0 valid of 0\n");
    await peer.until(({ ended }) => ended === 1);
    expect(peer.heard).toEqual(["notify 7", "notify 0", "validation 7 true", "validation 0 true"]);
  });

  test("answers not valid where the expression is found", async () => {
    const peer = await telling("ham", "spam", Buffer.from([0xff, 0x73, 0x70, 0x61, 0x6d]));
    expect(await subscribe(peer.port, { ...FLAGS, reject: /spam/, count: 3 })).toBe(0);
    expect(printed).toBe("1337 valid ham\n1337 rejected spam\n1337 rejected 0xff7370616d\n");
    await peer.until(({ ended }) => ended === 1);
    expect(peer.heard.slice(1)).toEqual(["validation 1 true", "validation 2 false", "validation 3 false"]);
  });

  test("goes on where an expression could be searched for for ever", async () => {
    const peer = await telling(`${"a".repeat(60)}b`, "ab");
    expect(await subscribe(peer.port, { ...FLAGS, reject: /^(a+)+$/, count: 2 })).toBe(0);
    expect(printed).toMatch(/^1337 rejected a+b\n1337 valid ab\n$/);
  });

  test("shows data so that it cannot steer a terminal", async () => {
    const peer = await telling("\x1b[2J\n\u202e", Buffer.from([0, 255]));
    expect(await subscribe(peer.port, { ...FLAGS, count: 2 })).toBe(0);
    expect(printed).toBe("1337 valid \\u{1b}[2J\\u{a}\\u{202e}\n1337 valid 0x00ff\n");
  });

  test("prints JSON for programs, whole and in ASCII", async () => {
    const long = "é\n".repeat(20_000);
    const peer = await telling(long, "\ufeff", Buffer.from([0xff]));
    expect(await subscribe(peer.port, { ...FLAGS, json: true, reject: /^\ufeff/, count: 3 })).toBe(0);
    expect(printed).toMatch(/^[ -~\n]+$/);
    const at = expect.any(Number);
    expect(
      printed
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { at, messageId: 1, dataType: 1337, text: long, valid: true },
      { at, messageId: 2, dataType: 1337, text: "\ufeff", valid: false },
      { at, messageId: 3, dataType: 1337, hex: "ff", valid: true },
    ]);
  });

  test("--count ends after so many, however many come, and answers those alone", async () => {
    const peer = await telling(...Array.from({ length: 500 }, (_, n) => `${n}`));
    expect(await subscribe(peer.port, { ...FLAGS, count: 3 })).toBe(0);
    expect(printed).toBe("1337 valid 0\n1337 valid 1\n1337 valid 2\n");
    await peer.until(({ ended }) => ended === 1);
    expect(peer.heard).toHaveLength(4);
  });

  test("fails in one line when the peer ends the connection", async () => {
    const peer = await listen((message, socket) => {
      if (message.kind === "notify") notifyOf(socket, 1, "last");
      if (message.kind === "validation") socket.end();
    });
    expect(await subscribe(peer.port, FLAGS)).toBe(1);
    expect(printed).toBe("1337 valid last\n");
    expect(complaints).toBe(`p2p-node: 127.0.0.1:${peer.port}: the peer ended the connection\n`);
  });

  test.each([
    ["breaks the connection", (socket: Socket) => socket.resetAndDestroy(), /ECONNRESET/],
    ["speaks another dialect", (socket: Socket) => socket.write("\0\0\0\0"), /what comes is not the gossip dialect/],
  ])("fails in one line when the peer %s", async (_what, act, says) => {
    const peer = await listen((_message, socket) => act(socket));
    expect(await subscribe(peer.port, FLAGS)).toBe(1);
    expect(complaints).toMatch(says);
    expect(complaints).toMatch(/^p2p-node: .*\n$/);
  });

  test("passes over what is no notification", async () => {
    const peer = await listen((message, socket) => {
      if (message.kind !== "notify") return;
      socket.write(Buffer.from("000401f4000803e700000000", "hex"));
      notifyOf(socket, 1, "x");
    });
    expect(await subscribe(peer.port, { ...FLAGS, count: 1 })).toBe(0);
    expect(printed).toBe("1337 valid x\n");
  });

  test.each(["SIGINT", "SIGTERM"] as const)("ends well by %s", async (signal) => {
    const peer = await listen(() => {});
    const subscribed = subscribe(peer.port, FLAGS);
    await peer.until(({ heard }) => heard.length === 1);
    process.emit(signal);
    expect(await subscribed).toBe(0);
    expect(complaints).toBe("");
  });

  test("ends well when nobody reads what it prints any more", async () => {
    const peer = await telling("one");
    vi.mocked(process.stdout.write).mockImplementation(() => {
      setImmediate(() => process.stdout.emit("error", new Error("write EPIPE")));
      return true;
    });
    expect(await subscribe(peer.port, FLAGS)).toBe(0);
    expect(complaints).toBe("");
  });

  test("answers no faster than its lines are read", async () => {
    const peer = await telling("one");
    vi.mocked(process.stdout.write).mockReturnValue(false);
    const subscribed = subscribe(peer.port, { ...FLAGS, count: 1 });
    await vi.waitFor(() => expect(process.stdout.write).toHaveBeenCalled());
    expect(peer.heard).toEqual(["notify 1337"]);
    process.stdout.emit("drain");
    expect(await subscribed).toBe(0);
    await peer.until(({ ended }) => ended === 1);
    expect(peer.heard).toEqual(["notify 1337", "validation 1 true"]);
  });
});
