import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hunt, type Mutation } from "./mutant.ts";

/** Hunts these bugs, one after another. A file for each topic calls it, so that the workers of a test run share them. */
export function expectBites(topic: string, mutations: readonly Mutation[]): void {
  describe(`the swarm bites: ${topic}`, () => {
    let directory: string;
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
    });
    afterAll(() => rmSync(directory, { recursive: true }));

    test.each(mutations)(
      "$name: found within $seeds seeds",
      async (mutation) => {
        const found = await hunt(mutation, mutation.seeds, directory);
        expect(found.seed, JSON.stringify(found)).not.toBeNull();
      },
      300_000,
    );
  });
}
