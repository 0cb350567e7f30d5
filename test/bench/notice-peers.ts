import { freePorts } from "../support/free-ports.ts";
import { Lab, type PeerProcess, settled, until } from "../support/processes.ts";
import type { Bench } from "./group.ts";
import { DATA_TYPE } from "./notice-programs.ts";

const START_LIMIT_MS = 120_000;

/** Peers in processes of their own, all linked to all, that keep nothing on disk. */
export async function startPeers(bench: Bench, count: number): Promise<NoticePeers> {
  const lab = new Lab();
  bench.onEnd(() => lab.close());
  const [first = 0, ...others] = await freePorts(count);
  const founder = lab.start(first, ["--data-dir", "none", "--found"]);
  await founder.event("listening");
  const joiners = others.map((port) => lab.start(port, ["--data-dir", "none", "--join", `127.0.0.1:${first}`]));
  const peers = [founder, ...joiners];
  await settled(peers, START_LIMIT_MS);
  return new NoticePeers(lab, peers);
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
    await until(START_LIMIT_MS, "subscriptions known to all", async () => {
      const views = await this.#views();
      const known = views.map(({ notifications }) =>
        notifications.types.find(({ dataType }) => dataType === DATA_TYPE),
      );
      return known.every((type) => type?.here === 1 && type.peers.length === this.peers.length - 1) ? known : undefined;
    });
  }

  /** What all peers together have counted under a name of `notices`. */
  async counted(name: string): Promise<number> {
    const views = await this.#views();
    return views.reduce((sum, { counters }) => sum + (counters[`notices.${name}`] ?? Number.NaN), 0);
  }

  async end(): Promise<void> {
    await this.#lab.close();
  }

  #views() {
    return Promise.all(this.peers.map((peer) => peer.status()));
  }
}
