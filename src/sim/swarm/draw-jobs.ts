import type { Random } from "../../core/random.ts";
import { PATTERNS } from "../life/patterns.ts";
import type { Name, Statement } from "../script/script.ts";
import type { Topic } from "./draw-agreement.ts";

/** Programs that have boards computed stand on ports from here up. */
const FIRST_PROGRAM = 8301;

/** Such programs of one run, at least and at most, where it is about a pool. */
const PROGRAMS = [1, 3] as const;

/** Behind one of so many troubles one comes, or somebody becomes slow. */
const COMES_EVERY = 5;
const SLOW_EVERY = 8;

/** Behind one of so many somebody loses his links at once, so that others elect at once, or a part of what is said on them. */
const BREAKS_EVERY = 3;
const BREAKS = ["cut all both reset for 500ms", "drop all 30% both for 1s"] as const;

/** How slow somebody becomes, mostly by little. */
const SLOWNESS = [1, 3, 100, 10_000] as const;

/** Boards are small, so that thousands of turns are quick to prove. */
const SIZES = [16, 48] as const;
const TURNS = [1, 150] as const;

/** Who wants boards computed while other things go wrong. It draws from chances of its own, as the others do. */
export class JobsByChance {
  readonly #random: Random;
  readonly #isOfPool: boolean;
  #toCome: number;
  #started = 0;

  constructor(random: Random, topic: Topic) {
    this.#random = random;
    this.#isOfPool = topic === "pool";
    this.#toCome = this.#isOfPool ? random.between(...PROGRAMS) : 0;
  }

  /** Who is there from the beginning. */
  begin(): readonly Statement[] {
    return this.#isOfPool ? [this.#come("vip")] : [];
  }

  /** What happens between two troubles; often nothing. */
  draw(peers: readonly Name[]): readonly Statement[] {
    if (!this.#isOfPool || peers.length === 0) return [];
    if (this.#random.below(SLOW_EVERY) === 0) return [this.#slow(peers)];
    if (this.#random.below(BREAKS_EVERY) === 0) return [this.#break(peers)];
    if (this.#toCome === 0 || this.#random.below(COMES_EVERY) > 0) return [];
    return [this.#come(this.#random.below(2) === 0 ? "vip" : [...peers])];
  }

  #come(at: readonly Name[] | "vip"): Statement {
    const random = this.#random;
    this.#toCome -= 1;
    this.#started += 1;
    const pattern = PATTERNS[random.below(PATTERNS.length)] ?? "soup";
    const [size, turns] = [random.between(...SIZES), random.between(...TURNS)];
    const name = String(FIRST_PROGRAM + this.#started - 1);
    return { kind: "start", peers: [name], coming: { kind: "life", pattern, size, turns, at } };
  }

  #break(peers: readonly Name[]): Statement {
    const peer = peers[this.#random.below(peers.length)] ?? "";
    return { kind: "entry", peer, text: BREAKS[this.#random.below(BREAKS.length)] ?? BREAKS[0] };
  }

  #slow(peers: readonly Name[]): Statement {
    const peer = peers[this.#random.below(peers.length)] ?? "";
    const slowness = SLOWNESS[this.#random.below(SLOWNESS.length)] ?? 1;
    return { kind: "worker", peers: [peer], slowness };
  }
}
