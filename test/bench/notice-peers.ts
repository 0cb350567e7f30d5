import { freePorts } from "../support/free-ports.ts";
import { Lab, type PeerProcess, until } from "../support/processes.ts";
import type { Bench } from "./group.ts";
import { DATA_TYPE } from "./notice-programs.ts";

/** Thirty peers on two cores that others use as well are slow to meet. */
const START_LIMIT_MS = 300_000;

/** Peers in processes of their own, all linked to all, that keep nothing on disk. */
export async function startPeers(bench: Bench, count: number): Promise<NoticePeers> {
  const lab = new Lab();
  bench.onEnd(() => lab.close());
  const [first = 0, ...others] = await freePorts(count);
  const founder = lab.start(first, ["--data-dir", "none", "--found"]);
  await founder.event("listening");
  const joiners = others.map((port) => lab.start(port, ["--data-dir", "none", "--join", `127.0.0.1:${first}`]));
  const peers = [founder, ...joiners];
  // One after another, as to look costs a peer more than to wait.
  for (const peer of peers) await untilMeets(peer, count - 1);
  return new NoticePeers(lab, peers);
}

async function untilMeets(peer: PeerProcess, others: number): Promise<void> {
  const ended = peer.exited.then(() => Promise.reject(new Error(`peer ${peer.port} has ended: ${peer.stderr}`)));
  const met = until(START_LIMIT_MS, `links of ${peer.port} to all others`, async () => {
    const { peers, raft } = await peer.status();
    const met = peers.filter(({ status, linked }) => status === "healthy" && linked);
    return met.length === others && raft.leader !== null ? met : undefined;
  });
  await Promise.race([met, ended]);
}

/** Peers on which programs announce and are notified. */
export class NoticePeers {
  readonly peers: readonly PeerProcess[];
  readonly #lab: Lab;

  constructor(lab: Lab, peers: readonly PeerProcess[]) {
    this.#lab = lab;
    this.peers = peers;
  }

  /** Where programs announce. */
  get announcerPort(): number {
    return this.peers[0]?.port ?? 0;
  }

  /** Where programs are notified: at all the others. */
  get subscriberPorts(): readonly number[] {
    return this.peers.slice(1).map(({ port }) => port);
  }

  get pids(): readonly number[] {
    return this.peers.map(({ pid }) => pid);
  }

  /** Settles when every peer knows that somebody subscribes at each of the others. */
  async untilSubscribed(): Promise<void> {
    for (const peer of this.peers) {
      await until(START_LIMIT_MS, `subscriptions known to ${peer.port}`, async () => {
        const { types } = (await peer.status()).notifications;
        const known = types.find(({ dataType }) => dataType === DATA_TYPE);
        return known?.here === 1 && known.peers.length === this.peers.length - 1 ? known : undefined;
      });
    }
  }

  /** What all peers together have counted under a name of `notices`. */
  async counted(name: string): Promise<number> {
    let sum = 0;
    for (const peer of this.peers) sum += (await peer.status()).counters[`notices.${name}`] ?? Number.NaN;
    return sum;
  }

  async end(): Promise<void> {
    await this.#lab.close();
  }
}
