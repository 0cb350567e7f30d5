import { afterEach, describe, expect, test } from "vitest";
import { FakeGossipPeer, type Manner, notifyOf } from "../support/fake-gossip-peer.ts";
import { freePorts } from "../support/free-ports.ts";
import { Tool } from "../support/tool.ts";

const peers: FakeGossipPeer[] = [];
const tools: Tool[] = [];
afterEach(async () => {
  for (const tool of tools.splice(0)) tool.kill();
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

async function listen(manner?: Manner): Promise<FakeGossipPeer> {
  const peer = await FakeGossipPeer.listen(manner);
  peers.push(peer);
  return peer;
}

/** The program with these words. */
function start(...words: readonly string[]): Tool {
  const tool = new Tool(...words);
  tools.push(tool);
  return tool;
}

/** How it ends: its exit code, and what it complains about. */
async function endOf({ ended }: Tool): Promise<readonly [number | null, string]> {
  const { code, stderr } = await ended;
  return [code, stderr];
}

describe("announce", () => {
  test("takes lines from a pipe and ends with 0", async () => {
    const peer = await listen();
    const tool = start("announce", peer.port, "--type", "1337", "--lines");
    const end = endOf(tool);
    tool.child.stdin.end("one\ntwo\n");
    expect(await end).toEqual([0, ""]);
    expect(peer.heard).toEqual(["announce 1337 0 one", "announce 1337 0 two"]);
  });

  test("takes all of a pipe as one message where nothing else is said", async () => {
    const peer = await listen();
    const tool = start("announce", peer.port, "--type", "1337");
    const end = endOf(tool);
    tool.child.stdin.end("one\ntwo\n");
    expect(await end).toEqual([0, ""]);
    expect(peer.heard).toEqual(["announce 1337 0 one\ntwo\n"]);
  });

  test("ends with 1 where it is refused, though its pipe goes on", async () => {
    const peer = await listen((_message, socket) => socket.resetAndDestroy());
    const tool = start("announce", peer.port, "--type", "1337", "--lines");
    const end = endOf(tool);
    tool.child.stdin.write("one\n");
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
    const tool = start("subscribe", peer.port, "--type", "1337");
    const end = endOf(tool);
    expect((await tool.printed(1))[0]).toBe("1337 valid one");
    tool.child.stdout.destroy();
    expect(await end).toEqual([0, ""]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("ends with 0 by %s", async (signal) => {
    const peer = await listen();
    const tool = start("subscribe", peer.port, "--type", "1337");
    const end = endOf(tool);
    await peer.until(({ heard }) => heard.length === 1);
    tool.child.kill(signal);
    expect(await end).toEqual([0, ""]);
  });

  test("ends with 1 when the peer ends the connection, and with 2 by a bad expression", async () => {
    const peer = await listen((_message, socket) => socket.end());
    const [code, complaint] = await endOf(start("subscribe", peer.port, "--type", "1337"));
    expect([code, complaint]).toEqual([1, expect.stringMatching(/^p2p-node: .*: the peer ended the connection\n$/)]);
    expect((await endOf(start("subscribe", peer.port, "--type", "1337", "--reject", "(")))[0]).toBe(2);
  });
});
