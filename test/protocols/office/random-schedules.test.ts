import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Mutation, sowing } from "../../mutations/mutant.ts";
import { play } from "./world/world.ts";

const SEEDS = 1_000;

const office = "src/protocols/office";

/** Bugs by which two could be in office, or hold the address, at one instant. */
const MUTATIONS: readonly Mutation[] = [
  {
    name: "the lease counts from the answer",
    file: `${office}/lease.ts`,
    find: "const until = askedAt + this.#leaseMs;",
    replace: "const until = now + this.#leaseMs;",
    seeds: SEEDS,
  },
  {
    name: "nobody waits",
    file: `${office}/tenure.ts`,
    find: "predecessor === null || predecessor.released",
    replace: "predecessor?.released !== null",
    seeds: 20,
  },
  {
    name: "the clocks are thought to be the same",
    file: `${office}/tenure.ts`,
    find: "predecessor.leaseMs * (1 + drift)",
    replace: "predecessor.leaseMs * (1 + 0 * drift)",
    seeds: SEEDS,
  },
  {
    name: "a successor goes by its own lease",
    file: `${office}/tenure.ts`,
    find: "predecessor.leaseMs * (1 + drift)",
    replace: "this.#options.leaseMs * (1 + drift)",
    seeds: 200,
  },
  {
    name: "what voters have not heard is deducted where they say that they do not know",
    file: `${office}/tenure.ts`,
    find: "(quietMs ?? 0)",
    replace: "(quietMs ?? 150)",
    seeds: 200,
  },
  {
    name: "the wait ends a little early",
    file: `${office}/tenure.ts`,
    find: "Math.max(0, predecessor.leaseMs * (1 + drift) - deductionMs)",
    replace: "Math.max(0, predecessor.leaseMs * (1 + drift) - deductionMs - 20)",
    seeds: SEEDS,
  },
  {
    name: "nobody waits for an earlier life of its own",
    file: `${office}/tenure.ts`,
    find: "predecessor === null || predecessor.released",
    replace: "predecessor === null || predecessor.released || predecessor.holder === this.#options.peer",
    seeds: SEEDS,
  },
  {
    name: "the office is released while the address is held",
    file: `${office}/office.ts`,
    find: "if (this.#departure !== null) return;\n    if (this.#owesRelease",
    replace: "if (this.#owesRelease",
    seeds: 200,
  },
  {
    name: "whoever only waited for the office releases it",
    file: `${office}/office.ts`,
    find: "if (enteredAt === null || leaseUntil === null) return;\n    this.#enteredTerm = term;\n    this.#releaseAt = this.#now;",
    replace:
      "this.#enteredTerm = term;\n    this.#releaseAt = this.#now;\n    if (enteredAt === null || leaseUntil === null) return;",
    seeds: SEEDS,
  },
  {
    name: "the order forgets for what a predecessor still waited",
    file: "src/apps/broker-table.ts",
    find: "leaseMs: Math.max(office.leaseMs, earlierMs)",
    replace: "leaseMs: Math.max(office.leaseMs, 0 * earlierMs)",
    seeds: SEEDS,
  },
];

/** The first seed that is broken; null where none of so many is. */
function firstBroken(playSeed: typeof play, seeds: number): string | null {
  for (let seed = 1; seed <= seeds; seed++) {
    const { broken } = playSeed(seed);
    if (broken !== null) return `seed ${seed}: ${broken}`;
  }
  return null;
}

describe("whatever is lost, late, stopped or started anew, with clocks that differ as much as they may", () => {
  test("no two are in office or hold the address at one instant, and afterwards somebody is", () => {
    let entries = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const played = play(seed);
      expect({ seed, ...played }).toMatchObject({ seed, broken: null, isInOffice: true });
      entries += played.entries;
    }
    expect(entries).toBeGreaterThan(10 * SEEDS);
  });

  describe("it would be found out if", () => {
    let directory: string;
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
    });
    afterAll(() => rmSync(directory, { recursive: true }));

    test.each(MUTATIONS)("$name", async (mutation) => {
      const outfile = join(directory, `${MUTATIONS.indexOf(mutation)}.mjs`);
      await build({
        entryPoints: ["test/protocols/office/world/world.ts"],
        bundle: true,
        platform: "node",
        format: "esm",
        outfile,
        logLevel: "error",
        plugins: [sowing(mutation)],
      });
      const mutant = (await import(pathToFileURL(outfile).href)) as { readonly play: typeof play };
      expect(firstBroken(mutant.play, mutation.seeds)).toMatch(/hold the (office|address) at one instant/);
    });
  });
});
