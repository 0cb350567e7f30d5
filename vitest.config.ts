import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

/** Tests of real processes and terminals: they need a build, time, and the machine to themselves. */
const endToEnd = ["test/e2e/**/*.test.{ts,tsx}"];

export default defineConfig({
  test: {
    pool: "forks",
    // One less than there are cores would leave half of a small machine idle.
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: [...configDefaults.exclude, ...endToEnd],
          // Of the wall clock, which says nothing of the code on a machine that does other things too.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: endToEnd,
          globalSetup: "test/e2e/setup.ts",
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
