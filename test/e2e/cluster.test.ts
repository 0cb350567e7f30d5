import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePorts } from "../support/free-ports.ts";
import { Lab, leaderOf, type PeerProcess, settled, until } from "../support/processes.ts";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

function without(peers: readonly PeerProcess[], gone: PeerProcess): readonly PeerProcess[] {
  return peers.filter((peer) => peer !== gone);
}

describe("a cluster of real processes", () => {
  test("joins, elects, replaces a killed leader, and takes it back from its disk without --join", async () => {
    const peers = await lab.cluster(3);
    const [before] = await settled(peers);
    const old = await leaderOf(peers);
    const rest = without(peers, old);
    const seen = rest.map((peer) => peer.lines.length);
    await old.kill();
    const elected = await Promise.all(rest.map((peer, i) => peer.event("leader-elected", seen[i])));
    const [leader, ...same] = elected.map((line) => line.leader);
    expect(same).toEqual([leader]);
    expect(elected.every(({ term }) => Number(term) > (before?.raft.currentTerm ?? 0))).toBe(true);
    await Promise.all(rest.map((peer, i) => peer.event("member-at-risk", seen[i])));

    const again = lab.start(old.port);
    const views = await settled([...rest, again]);
    const back = views.at(-1);
    expect(back?.self.clusterId).toBe(before?.self.clusterId);
    expect(back?.self.incarnation).toBeGreaterThan(1);
  });

  test("a peer that comes back alone says what quorum it misses", async () => {
    const peers = await lab.cluster(3);
    const views = await settled(peers);
    await Promise.all(peers.map((peer) => peer.kill()));
    const [first] = peers;
    const alone = lab.start(first?.port ?? 0);
    await alone.event("listening");
    const others = views.slice(1).map(({ self }) => self.id);
    const view = await until(10_000, "quorum that is missed", async () => {
      const { raft } = await alone.status();
      return raft.quorum.missing.length === 2 ? raft : undefined;
    });
    expect(view.leader).toBeNull();
    expect(view.quorum).toMatchObject({ needed: 2, up: 1 });
    expect([...view.quorum.missing].sort()).toEqual([...others].sort());
  });

  test("a peer stopped by SIGTERM ends at once with exit code 0, and is not held to have left", async () => {
    const peers = await lab.cluster(3);
    const victim = without(peers, await leaderOf(peers))[0] as PeerProcess;
    const rest = without(peers, victim);
    const { self } = await victim.status();
    const started = performance.now();
    victim.signal("SIGTERM");
    expect(await victim.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - started).toBeLessThan(3000);
    await Promise.all(
      rest.map((peer) => peer.line((line) => line.event === "link-lost" && line.peer === self.id, "loss")),
    );
    const views = await Promise.all(rest.map((peer) => peer.status()));
    for (const { peers: rows } of views) expect(rows.find(({ id }) => id === self.id)?.status).not.toBe("left");
  });

  test("IPv6 works like IPv4", async () => {
    const [port = 0, other = 0] = await freePorts(2);
    const founder = lab.start(port, ["--host", "::1", "--found"]);
    const { address } = await founder.event("listening");
    expect(address).toMatch(/^\[::1\]:\d+$/);
    const joiner = lab.start(other, ["--host", "::1", "--join", String(address)]);
    await joiner.event("cluster-joined");
    const { address: joined } = await joiner.event("listening");
    await founder.line((line) => line.event === "member-joined" && line.address === joined, "member");
  });
});
