import { type Address, addressOf } from "../../src/core/address.ts";
import { type Random, sample, seededRandom } from "../../src/core/random.ts";
import { addressAt } from "../../src/sim/network/address-at.ts";
import type { World } from "../../src/sim/world/world.ts";
import { WorldStage } from "../../src/sim/world/world-stage.ts";
import { agreedLeader, cluster, THREE, without } from "./cluster.ts";

const VIP = addressOf("127.0.0.77", 7100) as Address;

/** The program that has a job computed while whoever is in office comes and goes. */
const PROGRAM = "8001";

/** A job that lasts about as long as ten failovers, and the time that it has when they are over, virtual ms. */
const JOB = { pattern: "soup", size: 16, turns: 100 } as const;
const TURNS_PER_SECOND = 10;
const FINISHED_WITHIN_MS = 30_000;

/** Somebody else holds the address by then, and all follow one leader again; virtual ms. */
const TAKEN_OVER_WITHIN_MS = 5000;
const REPAIRED_WITHIN_MS = 10_000;

/** Rates of clocks, in hundredths: they differ by as much as leases bear. */
const RATES = [95, 105] as const;

/** What ends an office. */
export const FAILOVERS = ["kill", "pause", "cut", "break", "transfer"] as const;

/** One of those. */
export type FailoverKind = (typeof FAILOVERS)[number];

/** How long one took, virtual ms. */
export interface Failover {
  readonly kind: FailoverKind;
  /** From what ended the office to the next holder of the address. */
  readonly tookMs: number;
  /** For how long of that nobody held it. */
  readonly vacantMs: number;
}

/** Three peers of which whoever holds the address is killed, stopped, cut off or asked to hand over, again and again. */
export class FailoverWorld {
  readonly #world: World;
  readonly #stage: WorldStage;
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    const tuning = { office: { address: VIP }, broker: { maxTurnsPerSecond: TURNS_PER_SECOND } };
    this.#world = cluster(THREE, { seed, keep: "none", diskMs: [1, this.#random.between(1, 10)], tuning });
    for (const port of THREE) this.#world.fault(port, { kind: "skew", rate: this.#random.between(...RATES) / 100, by });
    this.#stage = new WorldStage(this.#world);
    this.#stage.start(PROGRAM, { kind: "life", at: "vip", ...JOB });
  }

  /** Ends the office of whoever is in it, waits for the next one, and repairs what was broken. */
  failOver(): Failover {
    const kind = FAILOVERS[this.#random.below(FAILOVERS.length)] ?? "kill";
    const world = this.#world;
    const holder = this.#await("a holder", () => this.#holder(), TAKEN_OVER_WITHIN_MS, 1);
    // Not always when all is at rest.
    world.run(this.#random.between(0, 200));
    const begunAt = world.now;
    const repair = this.#inflict(kind, holder);
    let vacantSince: number | null = null;
    const next = (): number | undefined => {
      const now = this.#holder();
      if (now === undefined) vacantSince ??= world.now;
      return now === holder ? undefined : now;
    };
    this.#await(`another holder after ${kind}`, next, TAKEN_OVER_WITHIN_MS, 1);
    const failover = { kind, tookMs: world.now - begunAt, vacantMs: world.now - (vacantSince ?? world.now) };
    repair();
    this.#await("a leader of all", () => agreedLeader(world, THREE), REPAIRED_WITHIN_MS, 50);
    return failover;
  }

  /** Lets the job come to its end, which the program finds right or fails. */
  finish(): void {
    const isProven = (): true | undefined => (this.#stage.scene().followed(PROGRAM)?.isProven ? true : undefined);
    this.#await("the end of the job", isProven, FINISHED_WITHIN_MS, 100);
  }

  /** Lets an office end in one way; what makes all well again. */
  #inflict(kind: FailoverKind, holder: number): () => void {
    const world = this.#world;
    switch (kind) {
      case "kill":
        world.crash(holder);
        return () => world.restart(holder);
      case "pause":
        world.fault(holder, { kind: "pause", by, forMs: null });
        return () => world.fault(holder, { kind: "resume", by });
      case "cut":
        world.partition([holder], without(THREE, holder));
        return () => world.heal();
      case "break":
        // Others notice at once, and elect, while whoever holds the address knows of nothing but its silence.
        world.fault(holder, {
          ...{ kind: "set", fault: { kind: "cut", reset: true }, targets: ["everybody"], direction: "both" },
          ...{ by, forMs: null },
        });
        return () => world.fault(holder, { kind: "heal", target: "everybody", by });
      case "transfer": {
        const [heir] = sample(this.#random, without(THREE, holder), 1);
        const to = heir === undefined ? null : world.peer(heir).id;
        world.peer(holder).command({ protocol: "raft", command: { kind: "transfer", to } });
        return () => {};
      }
    }
  }

  /** Whom a program reaches at the address. */
  #holder(): number | undefined {
    const station = this.#world.network.at(VIP);
    return THREE.find((port) => station !== undefined && "home" in station && station.home === addressAt(port));
  }

  /** Looks again and again whether something is there. */
  #await<T>(what: string, look: () => T | undefined, limitMs: number, everyMs: number): T {
    const end = this.#world.now + limitMs;
    for (let seen = look(); ; seen = look()) {
      if (seen !== undefined) return seen;
      if (this.#world.now >= end) throw new Error(`there is not ${what} within ${limitMs} ms`);
      this.#world.run(everyMs);
    }
  }
}

const by = "test";
