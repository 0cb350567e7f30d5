import { once } from "node:events";
import { connect } from "node:net";
import { freePorts } from "../support/free-ports.ts";
import { Lab, type PeerProcess } from "../support/processes.ts";
import { atMost } from "./figure.ts";
import { follow } from "./follow.ts";
import type { Bench, Group } from "./group.ts";

const PEERS = 10;
const REPS = 5;

/** How soon peers that start together all see all. */
export const join: Group = {
  about: "ten headless peers started together, all told of the first",
  takes: "1 minute",
  measure: async (bench) => {
    const reps = bench.reps ?? REPS;
    const samples: number[] = [];
    const connections: number[] = [];
    for (let rep = 1; rep <= reps; rep++) {
      bench.note(`join ${rep} of ${reps}`);
      const once = await joinOnce(bench);
      samples.push(once.tookMs);
      connections.push(once.connectionsMs);
    }
    return [
      {
        name: "after the last one listens, all see all",
        unit: "ms",
        samples,
        beside: { name: "a bare connection to each of the ten", samples: connections },
        goal: atMost(1500),
      },
    ];
  },
};

async function joinOnce(bench: Bench): Promise<{ readonly tookMs: number; readonly connectionsMs: number }> {
  const lab = new Lab();
  bench.onEnd(() => lab.close());
  const ports = await freePorts(PEERS);
  const [first] = ports;
  const peers = ports.map((port) => lab.start(port, port === first ? ["--found"] : ["--join", `127.0.0.1:${first}`]));
  const listening = new Set<PeerProcess>();
  const seen = new Map(peers.map((peer) => [peer, new Set<unknown>()]));
  const [listenedAt, seenAt] = await Promise.all([
    follow(peers, "listening of all", ({ event }, peer) => {
      if (event === "listening") listening.add(peer);
      return listening.size === PEERS;
    }),
    follow(peers, "members at all", ({ event, peer: member }, peer) => {
      if (event === "member-joined") seen.get(peer)?.add(member);
      return [...seen.values()].every(({ size }) => size === PEERS - 1);
    }),
  ]);
  const connectionsMs = await connectToAll(ports);
  await lab.close();
  return { tookMs: seenAt - listenedAt, connectionsMs };
}

async function connectToAll(ports: readonly number[]): Promise<number> {
  const started = performance.now();
  const sockets = ports.map((port) => connect(port, "127.0.0.1"));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  const tookMs = performance.now() - started;
  for (const socket of sockets) socket.destroy();
  return tookMs;
}
