/*
 * What the scenarios in demo/ expect holds by the protocols and not by the luck of their seeds.
 */
import { describe, expect, test } from "vitest";
import { demoScripts, PLAY_TIMEOUT_MS, play } from "./demo-scripts.ts";

const OTHER_SEEDS = [2, 3, 5, 8, 13];

describe.each(demoScripts)("%s", (name) => {
  test.each(OTHER_SEEDS)(
    "comes as it says with seed %i too",
    async (seed) => {
      const { failures } = await play(name, { seed });
      expect(failures).toEqual([]);
    },
    PLAY_TIMEOUT_MS,
  );
});
