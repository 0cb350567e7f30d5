import { setTimeout as wait } from "node:timers/promises";
import { type Random, sample } from "../../src/core/random.ts";
import { type Lab, type PeerProcess, until } from "./processes.ts";

/** How long a trouble lasts. */
const TROUBLE_MS = [700, 1500] as const;

/** How long the peers then have for each other. */
const REST_MS = [200, 600] as const;

/** Longest wait for what must happen in the end. */
const LIMIT_MS = 20_000;

/** What it does to peers. */
export type Trouble = keyof typeof troubles;

/** Does one bad thing after the other to the peers of a lab. Each is over before the next one begins. */
export class Nemesis {
  readonly #lab: Lab;
  readonly #random: Random;
  /** With which a peer starts again. */
  readonly #flags: readonly string[];
  readonly #peers: PeerProcess[];
  /** All that ever ran. */
  readonly #all: PeerProcess[];

  constructor(lab: Lab, peers: readonly PeerProcess[], random: Random, flags: readonly string[]) {
    this.#lab = lab;
    this.#peers = [...peers];
    this.#all = [...peers];
    this.#random = random;
    this.#flags = flags;
  }

  /** The peers as they run now. */
  get peers(): readonly PeerProcess[] {
    return this.#peers;
  }

  /** The terms or epochs in which somebody came to lead the order, as far as any peer told. */
  reigns(): ReadonlySet<unknown> {
    const told = this.#all.flatMap(({ lines }) => lines);
    const reigns = told.flatMap(({ event, term, epoch }) => {
      if (event === "epoch-established") return [`epoch ${epoch}`];
      return event === "leader-elected" && term !== undefined ? [`term ${term}`] : [];
    });
    return new Set(reigns);
  }

  /** All of these in any order, with a rest and a leader behind each. */
  async run(chosen: readonly Trouble[]): Promise<void> {
    for (const trouble of sample(this.#random, chosen, chosen.length)) {
      await troubles[trouble](this);
      await this.leader();
      await wait(this.#random.between(...REST_MS));
    }
  }

  /** The peer that leads; of several that think so, the latest. */
  leader(): Promise<PeerProcess> {
    return until(LIMIT_MS, "leader", async () => {
      const ended = this.#peers.find((peer) => !peer.isRunning);
      if (ended !== undefined) throw new Error(`peer ${ended.port} ended: ${ended.stderr}`);
      const views = await Promise.all(this.#peers.map(async (peer) => ({ peer, order: (await peer.status()).order })));
      const leading = views.filter(
        ({ peer, order }) => order.role === "leader" && order.leader !== null && peer.isRunning,
      );
      return leading.sort((one, other) => other.order.currentEpoch - one.order.currentEpoch)[0]?.peer;
    });
  }

  anyone(): PeerProcess {
    const [one] = sample(this.#random, this.#peers, 1);
    if (one === undefined) throw new Error("a nemesis of nobody");
    return one;
  }

  /** Has peers carry out a line, each for itself. */
  async say(peers: readonly PeerProcess[], line: string | ((peer: PeerProcess) => string)): Promise<void> {
    for (const peer of peers) {
      const said = typeof line === "string" ? line : line(peer);
      const { ok, text } = await peer.command(said);
      if (!ok) throw new Error(`peer ${peer.port}: ${said}: ${text}`);
    }
  }

  /** Lets a trouble last. */
  async last(): Promise<void> {
    await wait(this.#random.between(...TROUBLE_MS));
  }

  /** Ends peers as a power cut does, all at once. */
  async kill(peers: readonly PeerProcess[]): Promise<void> {
    await Promise.all(peers.map((peer) => peer.kill()));
  }

  /** Starts peers again from their disks. */
  async restart(peers: readonly PeerProcess[]): Promise<void> {
    const again = peers.map((peer) => this.#lab.start(peer.port, this.#flags));
    this.#peers.splice(0, this.#peers.length, ...this.#peers.filter((peer) => !peers.includes(peer)), ...again);
    this.#all.push(...again);
    await Promise.all(again.map((peer) => peer.event("listening")));
  }

  /** Ends all that may be left of it. */
  async heal(): Promise<void> {
    for (const peer of this.#peers) peer.signal("SIGCONT");
    await this.say(this.#peers, ({ port }) => `heal ${port}`);
    await until(LIMIT_MS, "healed peers", async () => {
      const { ok } = await (await this.leader()).command("heal all");
      return ok ? true : undefined;
    });
  }
}

/** Each of them as it is done. */
const troubles = {
  "kill the leader": async (nemesis: Nemesis) => {
    const leader = await nemesis.leader();
    await nemesis.kill([leader]);
    await nemesis.last();
    await nemesis.restart([leader]);
  },
  "kill all": async (nemesis: Nemesis) => {
    const all = [...nemesis.peers];
    await nemesis.kill(all);
    await nemesis.restart(all);
  },
  "stop the leader": async (nemesis: Nemesis) => {
    const leader = await nemesis.leader();
    leader.signal("SIGSTOP");
    await nemesis.last();
    leader.signal("SIGCONT");
  },
  "isolate the leader": async (nemesis: Nemesis) => {
    const leader = await nemesis.leader();
    await nemesis.say([leader], ({ port }) => `isolate ${port}`);
    await nemesis.last();
    await nemesis.say([leader], "undo");
  },
  "let the leader hear nobody": async (nemesis: Nemesis) => {
    const leader = await nemesis.leader();
    await nemesis.say([leader], "cut all in");
    await nemesis.last();
    await nemesis.say([leader], "undo");
  },
  "let nobody hear the leader": async (nemesis: Nemesis) => {
    const leader = await nemesis.leader();
    await nemesis.say([leader], "cut all out reset");
    await nemesis.last();
    await nemesis.say([leader], "undo");
  },
  "crash the leader": async (nemesis: Nemesis) => {
    const leader = await nemesis.leader();
    await nemesis.say([leader], ({ port }) => `crash ${port}`);
    await nemesis.last();
    await nemesis.say([leader], ({ port }) => `recover ${port}`);
  },
  "slow and lossy links": async (nemesis: Nemesis) => {
    const all = [...nemesis.peers];
    await nemesis.say(all, "latency all 50ms jitter 30ms both");
    await nemesis.say(all, "drop all 5% both");
    await nemesis.last();
    for (let faults = 0; faults < 2; faults++) await nemesis.say(all, "undo");
  },
  "skew a clock": async (nemesis: Nemesis) => {
    const one = nemesis.anyone();
    await nemesis.say([one], ({ port }) => `skew ${port} 5x`);
    await nemesis.last();
    await nemesis.say([one], "undo");
  },
  // Its clock tells it late that it has lost its majority.
  "isolate a leader whose clock is slow": async (nemesis: Nemesis) => {
    const leader = await nemesis.leader();
    await nemesis.say([leader], ({ port }) => `skew ${port} 0.1x`);
    await nemesis.say([leader], ({ port }) => `isolate ${port}`);
    await nemesis.last();
    for (let faults = 0; faults < 2; faults++) await nemesis.say([leader], "undo");
  },
  "let clocks jump": async (nemesis: Nemesis) => {
    await nemesis.say([nemesis.anyone()], ({ port }) => `jump ${port} 3s`);
    await nemesis.last();
    await nemesis.say([await nemesis.leader()], ({ port }) => `jump ${port} 1s`);
  },
};
