import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePorts } from "../support/free-ports.ts";
import { GossipSocket } from "../support/gossip-socket.ts";
import { Lab, type PeerProcess, until } from "../support/processes.ts";
import { RevisedNode } from "../support/revised-network.ts";
import { addressFrom } from "../wire/vectors.ts";

const TYPE = 1337;

let lab: Lab;
let sockets: GossipSocket[];
/** A network of two: the first one leads to the second. */
let first: RevisedNode;
let second: RevisedNode;
beforeEach(async () => {
  lab = new Lab();
  sockets = [];
  [first, second] = await Promise.all([RevisedNode.listen(), RevisedNode.listen()]);
  first.befriend(second);
});
afterEach(async () => {
  for (const socket of sockets) socket.close();
  await Promise.all([lab.close(), first.close(), second.close()]);
});

/** A peer that belongs to the other network, once both there are its neighbours. */
async function member(port: number, ...flags: readonly string[]): Promise<PeerProcess> {
  const visitors = first.visitors;
  const peer = lab.start(port, ["--gossip-dialect", "revised", "--bootstrapper", first.address, ...flags]);
  const verified = [first, second].map(({ address }) =>
    peer.line((line) => line.event === "neighbour-verified" && line.address === address, `neighbour ${address}`),
  );
  await Promise.all(verified);
  expect([first.visitors, second.visitors]).toEqual([visitors + 1, visitors + 1]);
  return peer;
}

async function subscriber(peer: PeerProcess): Promise<GossipSocket> {
  const seen = peer.lines.length;
  const program = (await GossipSocket.subscriber(peer.port, TYPE)).validateAll();
  sockets.push(program);
  await peer.event("type-subscribed", seen);
  return program;
}

/** All linked peers know that the others subscribe the type. */
async function acquainted(...peers: readonly PeerProcess[]): Promise<void> {
  for (const peer of peers) {
    await until(10_000, "what the others subscribe", async () => {
      const [type] = (await peer.status()).notifications.types;
      return type?.peers.length === peers.length - 1 ? true : undefined;
    });
  }
}

function announce(from: GossipSocket, text: string, ttl = 0): void {
  from.say({ kind: "announce", dataType: TYPE, ttl, data: Buffer.from(text) });
}

/** Waits until each node was sent these, and sees that it was sent nothing twice by any of so many peers. */
async function bothGot(texts: readonly string[], peers = 1): Promise<void> {
  for (const node of [first, second]) {
    const times = (wanted: string): number => node.sends.filter(({ text }) => text === wanted).length;
    await node.until(() => texts.every((text) => times(text) > 0), texts.join(", "));
    for (const { text } of node.sends) expect(times(text), text).toBeLessThanOrEqual(peers);
  }
}

describe("a network of the revised gossip dialect", () => {
  test("is joined through its bootstrapper; each side gets what the other announces, once", async () => {
    const [port = 0, other = 0] = await freePorts(2);
    const peer = await member(port, "--found");
    const self = addressFrom("127.0.0.1", port);
    expect(first.pulls).toBeGreaterThan(0);
    await first.until(({ pushed }) => pushed.has(self), "PUSH");
    const linked = lab.start(other, ["--join", `127.0.0.1:${port}`]);
    await linked.event("link-established");
    const [here, there] = [await subscriber(peer), await subscriber(linked)];
    await acquainted(peer, linked);

    announce(here, "by a program of the peer", 3);
    announce(there, "by a program of the other peer", 3);
    await bothGot(["by a program of the peer", "by a program of the other peer"]);
    // What came over a link has used a hop of its three.
    const ttls = new Map(first.sends.map(({ text, ttl }) => [text, ttl]));
    expect(ttls.get("by a program of the peer")).toBe(3);
    expect(ttls.get("by a program of the other peer")).toBe(2);

    first.announce(TYPE, "by the first node");
    second.announce(TYPE, "by the second node");
    first.announce(TYPE + 1, "of a type that nobody here subscribes");
    // What is on its last hop is told here, and goes no further.
    first.announce(TYPE, "on its last hop", 1);
    await Promise.all([here.hear("notification", 4), there.hear("notification", 3)]);
    expect([...here.told].sort()).toEqual(
      ["by a program of the other peer", "by the first node", "by the second node", "on its last hop"].sort(),
    );
    // By what is announced last: nothing comes twice.
    announce(here, "the last one");
    await there.until(() => there.told.includes("the last one"), "last one");
    await bothGot(["the last one"]);
    for (const { sends } of [first, second]) expect(sends.map(({ text }) => text)).not.toContain("on its last hop");
    expect([...there.told].sort()).toEqual(
      ["by a program of the peer", "by the first node", "by the second node", "the last one"].sort(),
    );
    expect(here.told).toHaveLength(4);
    expect((await peer.status()).foreign).toMatchObject({ active: true, received: 4 });
  });

  test("to which two peers of a cluster belong makes no loop and no duplicates", async () => {
    const [port = 0, other = 0] = await freePorts(2);
    const one = await member(port, "--found");
    const another = await member(other, "--join", `127.0.0.1:${port}`);
    await another.event("link-established");
    const programs = [await subscriber(one), await subscriber(another)];
    await acquainted(one, another);
    for (let n = 0; n < 20; n++) {
      first.announce(TYPE, `${n} of the first`);
      second.announce(TYPE, `${n} of the second`);
    }
    for (const program of programs) await program.hear("notification", 40);
    announce(programs[0] as GossipSocket, "of the one");
    announce(programs[1] as GossipSocket, "of the other");
    await bothGot(["of the one", "of the other"], 2);
    for (const { told } of programs) {
      const imported = told.filter((text) => /of the (first|second)$/.test(text));
      expect([imported.length, new Set(imported).size]).toEqual([40, 40]);
    }
  });

  test("takes a neighbour back that was gone", async () => {
    const [port = 0] = await freePorts(1);
    const peer = await member(port, "--found");
    const here = await subscriber(peer);
    const seen = peer.lines.length;
    first.dropVisitors();
    await peer.line(({ event, address }) => event === "neighbour-lost" && address === first.address, "loss", seen);
    await peer.line(
      ({ event, address }) => event === "neighbour-verified" && address === first.address,
      "return",
      seen,
    );
    announce(here, "after it");
    await bothGot(["after it"]);
  });
});
