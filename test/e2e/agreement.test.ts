import { afterEach, describe, expect, test } from "vitest";
import { freePorts } from "../support/free-ports.ts";
import { Lab, leaderOf, type PeerProcess, settled, until } from "../support/processes.ts";
import { Tool } from "../support/tool.ts";

const tools: Tool[] = [];
let lab: Lab | undefined;
afterEach(async () => {
  for (const tool of tools.splice(0)) tool.kill();
  await lab?.close();
});

/** Three peers that are an ensemble of ZAB. */
async function ensemble(...flags: readonly string[]): Promise<readonly PeerProcess[]> {
  lab = new Lab();
  return lab.cluster(3, (addresses) => ["--ensemble", addresses.join(","), ...flags]);
}

function client(peers: readonly PeerProcess[]): Tool {
  const tool = new Tool("client", peers.map(({ port }) => port).join(","));
  tools.push(tool);
  return tool;
}

/** Appends lines to a file, and reads it, through a client of all peers. */
async function work(peers: readonly PeerProcess[], lines: number, meanwhile: () => Promise<void>): Promise<void> {
  const tool = client(peers);
  const numbers = Array.from({ length: lines }, (_, n) => `${n}`);
  tool.child.stdin.write(["create log", ...numbers.map((n) => `append log "${n}\\n"`)].join("\n"));
  await tool.printed(lines / 4);
  await meanwhile();
  tool.child.stdin.end("\nread log\n");
  expect(await tool.ended).toEqual({ code: 0, stderr: "" });
  expect(tool.lines.slice(1 + lines)).toEqual(numbers);
}

describe("files over ZAB", () => {
  test.each([["raft"], ["bully"]])("led by an election of %s outlive a leader that is killed", async (election) => {
    const peers = await ensemble("--election", election);
    const leader = await leaderOf(peers);
    const others = peers.filter((peer) => peer !== leader);
    await work([leader, ...others], 1000, () => leader.kill());
    for (const peer of others) expect((await peer.status()).order.kind).toBe("zab");
    const again = lab?.start(leader.port, [
      "--ensemble",
      peers.map(({ port }) => `127.0.0.1:${port}`).join(","),
      "--election",
      election,
    ]);
    if (again === undefined) return;
    const views = await settled([again, ...others]);
    const applied = new Set(views.map(({ order }) => order.lastApplied));
    expect(applied.size === 1 || (await settledOn(again, others))).toBe(true);
  });

  test("led by a named peer wait while it is gone, and go on when it is back", async () => {
    const ports = await freePorts(3);
    const addresses = ports.map((port) => `127.0.0.1:${port}`);
    const [first = ""] = addresses;
    const flags = ["--ensemble", addresses.join(","), "--election", "fixed", "--leader", first];
    lab = new Lab();
    const [named, ...others] = ports.map(
      (port, n) => lab?.start(port, [...flags, ...(n === 0 ? ["--found"] : ["--join", first])]) as PeerProcess,
    );
    if (named === undefined) return;
    await settled([named, ...others]);
    await work([named, ...others], 40, async () => {});
    await named.kill();
    await until(10_000, "peers without a leader", async () => {
      const views = await Promise.all(others.map((peer) => peer.status()));
      return views.every(({ order }) => order.leader === null) || undefined;
    });
    const waiting = client(others);
    waiting.child.stdin.end("append log more\n");
    await lab.start(named.port, flags).event("listening");
    expect(await waiting.ended).toEqual({ code: 0, stderr: "" });
  });
});

/** Whether all come to have applied the same. */
async function settledOn(peer: PeerProcess, others: readonly PeerProcess[]): Promise<boolean> {
  return until(10_000, "the same everywhere", async () => {
    const views = await Promise.all([peer, ...others].map((each) => each.status()));
    return new Set(views.map(({ order }) => order.lastApplied)).size === 1 || undefined;
  });
}

describe("peers that would agree in different ways", () => {
  test("refuse each other, and both say why", async () => {
    lab = new Lab();
    const [one = 0, other = 0] = await freePorts(2);
    const founder = lab.start(one, ["--found"]);
    await founder.event("listening");
    const stranger = lab.start(other, ["--join", `127.0.0.1:${one}`, "--election", "bully"]);
    const [here, there] = await Promise.all([founder.event("link-refused"), stranger.event("link-refused")]);
    expect([here, there].map(({ by, text }) => [by, text]).sort()).toEqual([
      ["them", expect.stringMatching(/our election is (raft|bully), yours (raft|bully)/)],
      ["us", expect.stringMatching(/our election is (raft|bully), yours (raft|bully)/)],
    ]);
  });

  test("do not go on with the state of another order", async () => {
    lab = new Lab();
    const [port = 0] = await freePorts(1);
    const first = lab.start(port, ["--found"]);
    await first.event("leader-elected");
    await first.kill();
    const second = lab.start(port, ["--found", "--ensemble", `127.0.0.1:${port}`]);
    expect((await second.exited).code).toBe(1);
    expect(second.stderr).toMatch(
      /^p2p-node: the state in .* was made with --broadcast raft: say that, or use --fresh or another --data-dir\n$/,
    );
  });

  test("are told what does not go together", async () => {
    lab = new Lab();
    const [port = 0] = await freePorts(1);
    const peer = lab.start(port, ["--found", "--election", "bully", "--broadcast", "raft"]);
    expect((await peer.exited).code).toBe(1);
    expect(peer.stderr).toMatch(/^p2p-node: --broadcast raft goes with --election raft: /);
  });
});
