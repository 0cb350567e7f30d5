import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePorts } from "../support/free-ports.ts";
import { cleanEnvironment, Lab, leaderOf, type PeerProcess, PROGRAM, settled, until } from "../support/processes.ts";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

/** What `p2p-node fault` printed of a line, and its exit code. */
function fault(
  port: number,
  line: string,
): { readonly code: number | null; readonly out: string; readonly err: string } {
  const ended = spawnSync(process.execPath, [PROGRAM, "fault", String(port), line], {
    encoding: "utf8",
    env: cleanEnvironment(),
    timeout: 20_000,
  });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
}

const applied = (count: number) => ({ code: 0, out: `applied ${count}/${count}\n`, err: "" });

function without(peers: readonly PeerProcess[], gone: PeerProcess): readonly [PeerProcess, PeerProcess] {
  const [one, other] = peers.filter((peer) => peer !== gone);
  if (one === undefined || other === undefined) throw new Error("too few peers");
  return [one, other];
}

describe("faults of real processes, by `p2p-node fault`", () => {
  test("a leader that is cut off both ways is replaced, and follows once it is healed", async () => {
    const peers = await lab.cluster(3);
    const leader = await leaderOf(peers);
    const rest = without(peers, leader);
    const { raft } = await leader.status();
    const seen = peers.map((peer) => peer.lines.length);
    expect(fault(leader.port, `cut ${rest[0].port},${rest[1].port} both`)).toEqual(applied(1));
    const elected = await rest[0].line(
      ({ event, term }) => event === "leader-elected" && Number(term) > raft.currentTerm,
      "another leader",
      seen[peers.indexOf(rest[0])],
    );
    expect(elected.leader).not.toBe((await leader.status()).self.id);
    // It has lost its quorum, and knows.
    await until(10_000, "a leader that steps down", async () => {
      const { raft, faults } = await leader.status();
      const blocked = faults.reduce((sum, { counters }) => sum + counters.blocked, 0);
      return raft.role !== "leader" && blocked > 0 ? true : undefined;
    });
    expect(fault(rest[0].port, "heal all")).toEqual(applied(3));
    const views = await settled(peers);
    expect(views.flatMap(({ faults }) => faults)).toEqual([]);
  });

  test("a peer crashes and recovers from its disk, as a later incarnation of the same peer", async () => {
    const peers = await lab.cluster(3);
    const victim = await leaderOf(peers);
    const rest = without(peers, victim);
    const before = (await victim.status()).self;
    expect(fault(rest[0].port, `crash ${victim.port}`)).toEqual(applied(1));
    expect((await victim.status()).condition.kind).toBe("crashed");
    await until(10_000, "a leader without it", async () => {
      const { raft } = await rest[0].status();
      return raft.leader !== null && raft.leader !== before.id ? true : undefined;
    });
    expect(fault(rest[1].port, `recover ${victim.port}`)).toEqual(applied(1));
    await settled(peers);
    const after = (await victim.status()).self;
    expect(after.id).toBe(before.id);
    expect(after.incarnation).toBeGreaterThan(before.incarnation);
    expect(victim.isRunning).toBe(true);
  });

  test("a peer pauses for as long as is said, and undo ends a pause at once", async () => {
    const peers = await lab.cluster(3);
    const leader = await leaderOf(peers);
    const [one, other] = without(peers, leader);
    expect(fault(leader.port, `pause ${one.port} for 1s`)).toEqual(applied(1));
    const resumed = await one.event("peer-unpaused");
    expect(resumed.pausedMs).toBeGreaterThanOrEqual(1000);
    expect(fault(leader.port, `pause ${other.port}`)).toEqual(applied(1));
    expect((await other.status()).condition.kind).toBe("paused");
    expect(fault(leader.port, "undo")).toEqual({ code: 0, out: `undid pause ${other.port}: applied 1/1\n`, err: "" });
    expect((await other.status()).condition.kind).toBe("running");
    await settled(peers);
  });

  test("a peer that refuses remote faults takes no line, and the others say so", async () => {
    const [port = 0, second = 0] = await freePorts(2);
    const founder = lab.start(port, ["--found"]);
    await founder.event("listening");
    const closed = lab.start(second, ["--join", `127.0.0.1:${port}`, "--remote-faults", "off"]);
    await founder.event("link-established");
    await closed.event("link-established");
    const refused = { code: 1, out: "" };
    expect(fault(second, "pace 2")).toEqual({ ...refused, err: "p2p-node: refuses remote faults\n" });
    const err = `p2p-node: applied 1/2 (${second} refuses remote faults)\n`;
    expect(fault(port, "pace 2")).toEqual({ ...refused, err });
    const response = await fetch(`http://127.0.0.1:${second}/v1/commands`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"line": "pace 2"}',
    });
    expect(response.status).toBe(403);
  });

  test("a wrong line is one line, and its exit code says whether the command or the peer was wrong", async () => {
    const [port = 0, free = 0] = await freePorts(2);
    await lab.start(port, ["--found"]).event("listening");
    expect(fault(port, "cutt 7002")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^p2p-node: no command .*\n$/),
    });
    expect(fault(port, "table")).toMatchObject({ code: 2, err: "p2p-node: table is shown by a screen only\n" });
    expect(fault(port, "drop all 30")).toMatchObject({
      code: 1,
      err: "p2p-node: drop: 30 is no percentage: say 30%\n",
    });
    expect(fault(free, "undo")).toMatchObject({ code: 1, err: expect.stringMatching(/Is a peer running there\?\n$/) });
  });

  test("a peer that leaves by a line answers before it goes", async () => {
    const [port = 0] = await freePorts(1);
    const peer = lab.start(port, ["--found"]);
    await peer.event("leader-elected");
    expect(fault(port, "leave")).toEqual({ code: 0, out: "left\n", err: "" });
    expect(await peer.exited).toEqual({ code: 0, signal: null });
  });

  test("HTTP takes the same lines", async () => {
    const [port = 0] = await freePorts(1);
    await lab.start(port, ["--found"]).event("leader-elected");
    const post = async (line: string): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/commands`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ line }),
      });
      return [response.status, await response.json()];
    };
    expect(await post("skew all 1.5x")).toEqual([200, { ok: true, text: "applied 1/1" }]);
    expect(await post("undo")).toEqual([200, { ok: true, text: "undid skew all 1.5x: applied 1/1" }]);
    expect(await post("skew all")).toEqual([422, { ok: false, text: expect.stringMatching(/^skew needs 1.5x/) }]);
  });
});
