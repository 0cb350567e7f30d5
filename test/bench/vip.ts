import { connect, type Pool } from "../../src/client/connect.ts";
import { OFFICE_DEFAULTS } from "../../src/protocols/office/definition.ts";
import { freePorts } from "../support/free-ports.ts";
import { gliderBoard } from "../support/glider.ts";
import { Lab, type PeerProcess, settled, until } from "../support/processes.ts";
import { atMost, type Row } from "./figure.ts";
import type { Bench, Group } from "./group.ts";

const PEERS = 3;
const REPS = 20;
const TIMEOUT_MS = 20_000;

/** The board moves so many turns a second: what is measured is not how busy the machine is with it. */
const PACE = 100;

/** How soon whoever knows the address alone is answered again, and sees its board go on. */
export const vip: Group = {
  about: "three headless peers behind one address; from the signal that ends its holder",
  takes: "2 minutes",
  measure: async (bench) => {
    const scene = await Scene.open(bench);
    const [killed, stopped] = [new Ends(), new Ends()];
    const reps = bench.reps ?? REPS;
    for (let rep = 1; rep <= reps; rep++) {
      bench.note(`failover ${rep} of ${reps}`);
      await scene.end("SIGKILL", killed);
      await scene.end("SIGSTOP", stopped);
    }
    const lease = { name: "the lease", samples: [OFFICE_DEFAULTS.leaseMs] };
    return [
      { name: "holder killed, first answer", unit: "ms", samples: killed.answered, beside: lease, goal: atMost(300) },
      { name: "holder killed, the board moves", unit: "ms", samples: killed.moved, beside: lease, goal: atMost(500) },
      { name: "holder stopped, first answer", unit: "ms", samples: stopped.answered, beside: lease },
      { name: "holder stopped, the board moves", unit: "ms", samples: stopped.moved, beside: lease },
    ] satisfies Row[];
  },
};

/** What came of one way to end a holder, ms each. */
class Ends {
  readonly answered: number[] = [];
  readonly moved: number[] = [];
}

/** A cluster with an address and a job, and programs that know the address. */
class Scene {
  readonly #lab: Lab;
  readonly #vip: string;
  readonly #asker: Pool;
  readonly #viewer: Pool;
  readonly #job: number;
  peers: readonly PeerProcess[];

  static async open(bench: Bench): Promise<Scene> {
    const lab = new Lab();
    bench.onEnd(() => lab.close());
    const [port] = await freePorts(1);
    const address = `127.0.0.1:${port}`;
    const peers = await lab.cluster(PEERS, ["--vip", address]);
    const open = (): Promise<Pool> =>
      until(TIMEOUT_MS, "an answer", () => connect(address, { timeoutMs: TIMEOUT_MS }).catch(() => undefined));
    const [asker, viewer] = [await open(), await open()];
    bench.onEnd(() => {
      asker.close();
      viewer.close();
    });
    const job = await asker.begin({ board: gliderBoard(64), pace: PACE });
    return new Scene(lab, address, peers, asker, viewer, job);
  }

  private constructor(
    lab: Lab,
    address: string,
    peers: readonly PeerProcess[],
    asker: Pool,
    viewer: Pool,
    job: number,
  ) {
    this.#lab = lab;
    this.#vip = address;
    this.peers = peers;
    this.#asker = asker;
    this.#viewer = viewer;
    this.#job = job;
  }

  /** Ends whoever holds the address, waits until all that is measured has come, and makes the cluster whole again. */
  async end(signal: "SIGKILL" | "SIGSTOP", ends: Ends): Promise<void> {
    const holder = await this.#holder();
    const { turn } = await this.#viewer.countAlive({ job: this.#job });
    const since = performance.now();
    holder.signal(signal);
    const [answered, moved] = await Promise.all([
      this.#asker.countAlive({ job: this.#job }).then(() => performance.now() - since),
      this.#viewer.countAlive({ job: this.#job, since: turn + PACE / 10 }).then(() => performance.now() - since),
    ]);
    ends.answered.push(answered);
    ends.moved.push(moved);
    await this.#bringBack(holder, signal);
  }

  #holder(): Promise<PeerProcess> {
    return until(TIMEOUT_MS, "a holder", async () => {
      const views = await Promise.all(this.peers.map((peer) => peer.status()));
      return this.peers[views.findIndex(({ vip: { held } }) => held)];
    });
  }

  async #bringBack(victim: PeerProcess, signal: "SIGKILL" | "SIGSTOP"): Promise<void> {
    if (signal === "SIGSTOP") victim.signal("SIGCONT");
    else {
      await victim.exited;
      const again = this.#lab.start(victim.port, ["--vip", this.#vip]);
      await again.event("listening");
      this.peers = this.peers.map((peer) => (peer === victim ? again : peer));
    }
    await settled(this.peers);
  }
}
