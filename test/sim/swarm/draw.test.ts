import { describe, expect, test } from "vitest";
import { parseScript } from "../../../src/sim/script/parse-script.ts";
import { printScript, printStatement } from "../../../src/sim/script/print-script.ts";
import type { Coming, Script } from "../../../src/sim/script/script.ts";
import { drawScript } from "../../../src/sim/swarm/draw.ts";
import { TOPICS } from "../../../src/sim/swarm/draw-agreement.ts";

const SEEDS = Array.from({ length: 300 }, (_, i) => i + 1);

/** A script as it comes back from a file, without its places there. */
function reread(script: Script): unknown {
  const parsed = parseScript(printScript(script), "drawn.script");
  return parsed.ok ? parsed.script.map(({ line: _line, column: _column, ...statement }) => statement) : parsed.errors;
}

function isLocking(coming: Coming): boolean {
  return coming.kind === "client" && coming.manner === "locking";
}

function isOfTheStore(coming: Coming): boolean {
  return coming.kind === "client" && !isLocking(coming);
}

/** What a script tunes, in words. */
function tunedIn(script: Script): readonly string[] {
  return script.flatMap((each) => (each.kind === "tune" ? [printStatement(each).replace("tune ", "")] : []));
}

describe("drawn scenarios", () => {
  test("can be written to a file and read back", () => {
    for (const seed of SEEDS) {
      const script = drawScript(seed, [3, 9]);
      expect(reread(script)).toEqual(script);
    }
  });

  test("are the same for the same seed, and others for another", () => {
    const drawn = SEEDS.map((seed) => JSON.stringify(drawScript(seed, [3, 9])));
    expect(SEEDS.map((seed) => JSON.stringify(drawScript(seed, [3, 9])))).toEqual(drawn);
    expect(new Set(drawn).size).toBe(SEEDS.length);
  });

  test("have as many peers as was said, and sometimes more come later", () => {
    const counts = SEEDS.map((seed) => {
      const started = drawScript(seed, [4, 4]).flatMap((each) =>
        each.kind === "start" && !["liar", "critic", "client", "life"].includes(each.coming.kind) ? each.peers : [],
      );
      return new Set(started).size;
    });
    expect(Math.min(...counts)).toBe(4);
    expect(Math.max(...counts)).toBeLessThanOrEqual(6);
    expect(counts.some((count) => count > 4)).toBe(true);
  });

  test("let clocks go wrong no further than leases bear, where there are leases", () => {
    const drawn = SEEDS.map((seed) => drawScript(seed, [3, 9]));
    const isLeased = (script: Script): boolean =>
      script.some((each) => each.kind === "tune" && "reads" in each.setting && each.setting.reads === "lease");
    const changes = (script: Script) => script.flatMap((each) => (each.kind === "clock" ? [each.change] : []));
    const leased = drawn.filter(isLeased).flatMap(changes);
    expect(leased.length).toBeGreaterThan(10);
    for (const change of leased)
      expect(change.kind === "rate" && change.rate >= 0.95 && change.rate <= 1.04).toBe(true);
    expect(
      drawn
        .filter((script) => !isLeased(script))
        .flatMap(changes)
        .some(({ kind }) => kind === "jump"),
    ).toBe(true);
  });

  test("have clients of the store come at any time, and snapshots all the time", () => {
    const counts = SEEDS.map((seed) => {
      const script = drawScript(seed, [3, 9]);
      expect(script.some((each) => each.kind === "tune" && "snapshotBytes" in each.setting)).toBe(true);
      return script.filter((each) => each.kind === "start" && isOfTheStore(each.coming)).length;
    });
    expect(Math.min(...counts)).toBe(0);
    expect(Math.max(...counts)).toBe(6);
  });

  test("know every way to agree, and half of them the usual one", () => {
    const tuned = SEEDS.map((seed) => tunedIn(drawScript(seed, [3, 9])));
    const ways = ["election raft", "election bully", "election fixed", "broadcast zab", "broadcast none"];
    const locks = ["mutex lamport", "mutex ricart-agrawala", "mutex raymond", "mutex lease"];
    expect(tuned.flat()).toEqual(expect.arrayContaining([...ways, ...locks]));
    const usual = tuned.filter((said) => !said.some((each) => /^(election|broadcast|mutex)/.test(each)));
    expect(usual.length).toBeGreaterThan(SEEDS.length * 0.4);
    expect(usual.length).toBeLessThan(SEEDS.length * 0.6);
  });

  test.each(TOPICS)("are about what is asked for: %s", (topic) => {
    for (const seed of SEEDS.slice(0, 50)) {
      const script = drawScript(seed, [3, 9], topic);
      // A pool goes by either order.
      if (topic !== "pool") expect(tunedIn(script).includes("broadcast zab")).toBe(topic === "zab");
      const programs = script.filter((each) => each.kind === "start" && each.coming.kind === "life").length;
      expect(programs).toBeGreaterThanOrEqual(topic === "pool" ? 1 : 0);
      expect(programs).toBeLessThanOrEqual(topic === "pool" ? 3 : 0);
      const lockers = script.filter((each) => each.kind === "start" && isLocking(each.coming)).length;
      expect(lockers).toBeGreaterThanOrEqual(topic === "locks" || topic === "leases" ? 1 : 0);
      expect(lockers).toBeLessThanOrEqual({ usual: 0, zab: 2, locks: 6, leases: 6, pool: 0 }[topic]);
    }
  });

  test("spare the disks of an ensemble: nobody would take the place of a member", () => {
    for (const seed of SEEDS) {
      const script = drawScript(seed, [5, 9], "zab");
      const flipped = script.flatMap((each) =>
        each.kind === "disk" && each.change.kind === "flip" ? [each.peers].flat() : [],
      );
      const [ensemble] = script.flatMap((each) =>
        each.kind === "tune" && "ensemble" in each.setting ? [each.setting.ensemble] : [],
      );
      for (const peer of flipped) expect(ensemble).not.toContain(peer);
    }
  });

  test("know every kind of trouble", () => {
    const said = new Set<string>();
    for (const seed of SEEDS) {
      for (const each of drawScript(seed, [3, 9])) {
        said.add(each.kind);
        if (each.kind === "link") for (const what of Object.keys(each.change)) said.add(what);
        if (each.kind === "disk" || each.kind === "clock") said.add(`${each.kind} ${each.change.kind}`);
        if (each.kind === "crash" && each.tear) said.add("torn");
        if (each.kind === "start") said.add(each.coming.kind);
        if (each.kind === "entry") said.add(each.text.split(" ")[0] ?? "");
      }
    }
    const network = [
      "cut",
      "lossPercent",
      "resendPercent",
      "duplicatePercent",
      "reorderPercent",
      "corruptPercent",
      "latencyMs",
    ];
    const narrow = ["bytesPerSecond", "capacity"];
    const disks = ["disk slow", "disk full", "disk flip", "disk well", "torn"];
    const peers = ["crash", "recover", "pause", "resume", "leave", "clock rate", "clock jump", "liar", "join", "found"];
    const whole = ["partition", "heal", "mend", "entry"];
    const notices = ["announce", "subscribe", "unsubscribe", "critic"];
    expect([...said]).toEqual(
      expect.arrayContaining([...network, ...narrow, ...disks, ...peers, ...whole, ...notices]),
    );
  });
});
