import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hunt } from "./mutant.ts";
import { mutations } from "./mutations.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe("the swarm bites", () => {
  test("nothing is found where there is no bug", async () => {
    expect(await hunt(null, 20, directory)).toEqual({ seed: null });
  }, 120_000);

  test.each(mutations)(
    "$name: found within $seeds seeds",
    async (mutation) => {
      const found = await hunt(mutation, mutation.seeds, directory);
      expect(found.seed, JSON.stringify(found)).not.toBeNull();
    },
    300_000,
  );
});
