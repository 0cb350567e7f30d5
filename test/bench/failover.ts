import { HEALTH_DEFAULTS } from "../../src/protocols/health/definition.ts";
import { Lab, type Line, leaderOf, type PeerProcess, settled } from "../support/processes.ts";
import { bareClose } from "./bare.ts";
import { bringBack } from "./bring-back.ts";
import { atMost, type Row } from "./figure.ts";
import { follow } from "./follow.ts";
import type { Group } from "./group.ts";

const PEERS = 5;
const REPS = 10;

/** How soon the others act when a peer is killed or stands still, from the signal until the last of them has told it. */
export const failover: Group = {
  about: "five headless peers with data on disk; from the signal until the last of the others tells",
  takes: "4 minutes",
  measure: async (bench) => {
    const lab = new Lab();
    bench.onEnd(() => lab.close());
    const scene = await Scene.open(lab);
    const reps = bench.reps ?? REPS;
    const closed: number[] = [];
    const leaderKilled: number[] = [];
    const leaderStopped: number[] = [];
    const followerKilled: number[] = [];
    const followerStopped: number[] = [];
    for (let rep = 1; rep <= reps; rep++) {
      bench.note(`failover ${rep} of ${reps}`);
      closed.push(await bareClose(bench));
      leaderKilled.push(await scene.leaderEnds("SIGKILL"));
      leaderStopped.push(await scene.leaderEnds("SIGSTOP"));
      followerKilled.push(await scene.followerEnds("SIGKILL", ["member-at-risk", "member-unhealthy"]));
      followerStopped.push(await scene.followerEnds("SIGSTOP", ["member-unhealthy"]));
    }
    const socket = { name: "until a bare connection to a killed process closes", samples: closed };
    const election = { name: "the least election timeout", samples: [scene.electionTimeoutMs] };
    const probes = { name: "three timeouts of a direct probe", samples: [3 * HEALTH_DEFAULTS.probeTimeoutMs] };
    const { falselyUnhealthy, falselyAtRisk } = scene;
    return [
      row("leader killed, a new one known to all", leaderKilled, socket, 100),
      row("leader stopped, a new one known to all", leaderStopped, election, 700),
      row("follower killed, at risk or unhealthy at all", followerKilled, socket, 1000),
      row("follower stopped, unhealthy at all", followerStopped, probes, 4000),
      { name: "well peers called unhealthy meanwhile", unit: "times", samples: [falselyUnhealthy], goal: atMost(0) },
      { name: "well peers called at risk meanwhile", unit: "times", samples: [falselyAtRisk] },
    ];
  },
};

function row(name: string, samples: number[], beside: NonNullable<Row["beside"]>, goalMs: number): Row {
  return { name, unit: "ms", samples, beside, goal: atMost(goalMs) };
}

/** Five peers of which one at a time is ended and brought back. */
class Scene {
  readonly electionTimeoutMs: number;
  falselyUnhealthy = 0;
  falselyAtRisk = 0;
  readonly #lab: Lab;
  readonly #ids: ReadonlyMap<number, string>;
  #peers: readonly PeerProcess[];
  /** Whoever is ended now, until all is well again. */
  #victimId = "";

  static async open(lab: Lab): Promise<Scene> {
    const peers = await lab.cluster(PEERS);
    const views = await settled(peers);
    const ids = new Map(peers.map(({ port }, at) => [port, views[at]?.self.id ?? ""]));
    return new Scene(lab, peers, ids, views[0]?.raft.electionTimeoutMs ?? Number.NaN);
  }

  private constructor(
    lab: Lab,
    peers: readonly PeerProcess[],
    ids: ReadonlyMap<number, string>,
    electionTimeoutMs: number,
  ) {
    this.#lab = lab;
    this.#ids = ids;
    this.#peers = peers;
    this.electionTimeoutMs = electionTimeoutMs;
    for (const peer of peers) this.#countVerdicts(peer);
  }

  /** Ends the leader; milliseconds until all others know one and the same new leader. */
  async leaderEnds(signal: "SIGKILL" | "SIGSTOP"): Promise<number> {
    const leader = await leaderOf(this.#peers);
    const known = new Map<PeerProcess, string>();
    return this.#end(leader, signal, "new leader at all", (line, peer) => {
      if (line.event === "leader-elected") known.set(peer, `${line.leader} in term ${line.term}`);
      return known.size === PEERS - 1 && new Set(known.values()).size === 1;
    });
  }

  /** Ends a follower; milliseconds until all others have told one of these events of it. */
  async followerEnds(signal: "SIGKILL" | "SIGSTOP", events: readonly string[]): Promise<number> {
    const leader = await leaderOf(this.#peers);
    const [follower] = this.#peers.filter((peer) => peer !== leader);
    if (follower === undefined) throw new Error("nobody follows");
    const told = new Set<PeerProcess>();
    return this.#end(follower, signal, "verdict at all", (line, peer) => {
      if (events.includes(line.event) && line.peer === this.#ids.get(follower.port)) told.add(peer);
      return told.size === PEERS - 1;
    });
  }

  async #end(
    victim: PeerProcess,
    signal: "SIGKILL" | "SIGSTOP",
    what: string,
    isSeen: (line: Line, peer: PeerProcess) => boolean,
  ): Promise<number> {
    this.#victimId = this.#ids.get(victim.port) ?? "";
    const others = this.#peers.filter((peer) => peer !== victim);
    const seen = follow(others, what, isSeen);
    const signalledAt = performance.now();
    victim.signal(signal);
    const seenAt = await seen;
    this.#peers = await bringBack(this.#lab, this.#peers, victim, signal, (again) => this.#countVerdicts(again));
    await settled(this.#peers);
    return seenAt - signalledAt;
  }

  #countVerdicts(peer: PeerProcess): void {
    peer.onLine(({ event, peer: about }) => {
      if (about === this.#victimId) return;
      if (event === "member-unhealthy") this.falselyUnhealthy += 1;
      if (event === "member-at-risk") this.falselyAtRisk += 1;
    });
  }
}
