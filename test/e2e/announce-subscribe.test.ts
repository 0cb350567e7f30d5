import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { FakeGossipPeer, type Manner, notifyOf } from "../support/fake-gossip-peer.ts";
import { freePorts } from "../support/free-ports.ts";
import { cleanEnvironment, PROGRAM } from "../support/processes.ts";

const peers: FakeGossipPeer[] = [];
const children: ChildProcessWithoutNullStreams[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

async function listen(manner?: Manner): Promise<FakeGossipPeer> {
  const peer = await FakeGossipPeer.listen(manner);
  peers.push(peer);
  return peer;
}

/** The program with these words, its stdin and stdout at the ends of pipes. */
function start(...words: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [PROGRAM, ...words], { env: cleanEnvironment() });
  children.push(child);
  return child;
}

/** How it ends: its exit code, and what it complains about. */
async function endOf(child: ChildProcessWithoutNullStreams): Promise<readonly [number | null, string]> {
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return [code, complaints];
}

describe("announce", () => {
  test("takes lines from a pipe and ends with 0", async () => {
    const peer = await listen();
    const child = start("announce", peer.port, "--type", "1337", "--lines");
    const end = endOf(child);
    child.stdin.end("one\ntwo\n");
    expect(await end).toEqual([0, ""]);
    expect(peer.heard).toEqual(["announce 1337 0 one", "announce 1337 0 two"]);
  });

  test("takes all of a pipe as one message where nothing else is said", async () => {
    const peer = await listen();
    const child = start("announce", peer.port, "--type", "1337");
    const end = endOf(child);
    child.stdin.end("one\ntwo\n");
    expect(await end).toEqual([0, ""]);
    expect(peer.heard).toEqual(["announce 1337 0 one\ntwo\n"]);
  });

  test("ends with 1 where it is refused, though its pipe goes on", async () => {
    const peer = await listen((_message, socket) => socket.resetAndDestroy());
    const child = start("announce", peer.port, "--type", "1337", "--lines");
    const end = endOf(child);
    child.stdin.write("one\n");
    expect(await end).toEqual([1, expect.stringMatching(/^p2p-node: 127\.0\.0\.1:\d+: .*ECONNRESET\n$/)]);
  });

  test("ends with 1 where nobody listens, and with 2 by wrong usage", async () => {
    const [nobody] = await freePorts(1);
    const [code, complaint] = await endOf(start("announce", String(nobody), "--type", "1337", "x"));
    expect([code, complaint]).toEqual([1, expect.stringMatching(/^p2p-node: .*Is a peer running there\?\n$/)]);
    expect((await endOf(start("announce", String(nobody), "--type", "65536", "x")))[0]).toBe(2);
    expect((await endOf(start("announce", String(nobody), "--type", "1337", "")))[0]).toBe(2);
  });
});

describe("subscribe", () => {
  test("ends with 0 when nobody reads its pipe any more", async () => {
    const peer = await listen((message, socket) => {
      if (message.kind === "notify") notifyOf(socket, 1, "one");
      // Each answer is followed by the next one, so that it goes on for ever.
      if (message.kind === "validation") notifyOf(socket, message.messageId + 1, "more");
    });
    const child = start("subscribe", peer.port, "--type", "1337");
    const end = endOf(child);
    const [first] = (await once(child.stdout, "data")) as [Buffer];
    expect(first.toString()).toMatch(/^1337 valid one\n/);
    child.stdout.destroy();
    expect(await end).toEqual([0, ""]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("ends with 0 by %s", async (signal) => {
    const peer = await listen();
    const child = start("subscribe", peer.port, "--type", "1337");
    const end = endOf(child);
    await peer.until(({ heard }) => heard.length === 1);
    child.kill(signal);
    expect(await end).toEqual([0, ""]);
  });

  test("ends with 1 when the peer ends the connection, and with 2 by a bad expression", async () => {
    const peer = await listen((_message, socket) => socket.end());
    const [code, complaint] = await endOf(start("subscribe", peer.port, "--type", "1337"));
    expect([code, complaint]).toEqual([1, expect.stringMatching(/^p2p-node: .*: the peer ended the connection\n$/)]);
    expect((await endOf(start("subscribe", peer.port, "--type", "1337", "--reject", "(")))[0]).toBe(2);
  });
});
