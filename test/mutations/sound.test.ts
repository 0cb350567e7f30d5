import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hunt } from "./mutant.ts";

test("the swarm finds nothing where there is no bug", async () => {
  const directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  expect(await hunt(null, 20, directory)).toEqual({ seed: null });
}, 120_000);
