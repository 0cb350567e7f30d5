import { describe, expect, it } from "vitest";
import { type Random, seededRandom } from "../../../src/core/random.ts";
import type { Journal } from "../../../src/runtime/journal/journal.ts";
import { openJournal } from "../../../src/runtime/journal/open-journal.ts";
import { highestNumber, range, sampleCheckpoint, sampleRecord } from "../../storage/samples.ts";
import { type Loss, UnreliableDisk } from "./unreliable-disk.ts";

/** What the outside knows of a life of the journal. */
interface Life {
  /** Up to which number records were found at its start; null when it did not come so far. */
  found: number | null;
  acknowledged: number;
  appended: number;
}

/** Opens the journal, appends and compacts for a while, and closes it; a crash of the disk may end that anywhere. */
async function live(disk: UnreliableDisk, random: Random): Promise<Life> {
  const life: Life = { found: null, acknowledged: 0, appended: 0 };
  await Promise.race([disk.stopped, work(disk, random, life)]);
  return life;
}

async function work(disk: UnreliableDisk, random: Random, life: Life): Promise<void> {
  const opened = await openJournal("/data", { onSaved, onFailure: ({ message }) => expect.unreachable(message) }, disk);
  if (opened.kind !== "opened") return expect.unreachable(JSON.stringify(opened));
  life.found = highestNumber(opened.records);
  if (life.found === null) return;
  life.appended = life.found;
  function onSaved(token: number): void {
    life.acknowledged = token;
  }
  for (let round = 0; round < 12; round++) {
    appendSome(opened.journal, random, life);
    if (random.below(4) === 0) opened.journal.compact([sampleCheckpoint(life.appended)]);
    for (let turns = random.below(8); turns > 0; turns--) await new Promise(setImmediate);
  }
  await opened.journal.close();
  expect(life.acknowledged).toBe(life.appended);
}

function appendSome(journal: Journal, random: Random, life: Life): void {
  const count = random.between(1, 3);
  const records = range(life.appended + 1, life.appended + count).map(sampleRecord);
  // Now and then a record of several sectors.
  if (random.below(3) === 0) records.push({ tag: 9, bytes: padded(life.appended + count) });
  life.appended += count;
  journal.append(records, life.appended);
}

function padded(number: number): Buffer {
  return Buffer.concat([sampleCheckpoint(number).bytes, Buffer.alloc(1500, 0xab)]);
}

const LOSSES: readonly Loss[] = ["all", "some", "none"];

describe("the journal on a disk that loses what was not synced", () => {
  it.each(LOSSES)("keeps all that was acknowledged, whichever step a crash comes at (loss: %s)", async (loss) => {
    for (const seed of [1, 2]) {
      const whole = new UnreliableDisk(seededRandom(seed));
      await live(whole, seededRandom(seed));
      expect(whole.steps).toBeGreaterThan(40);
      for (let stopAfter = 0; stopAfter <= whole.steps; stopAfter++) {
        const disk = new UnreliableDisk(seededRandom(seed), stopAfter);
        const first = await live(disk, seededRandom(seed));
        const second = await live(disk.restart(loss), seededRandom(stopAfter));
        expectKept(first, second, `seed ${seed}, crash after step ${stopAfter}`);
      }
    }
  });

  it("keeps all that was acknowledged over many crashes, some of them while it recovers from the one before", async () => {
    for (let seed = 100; seed < 130; seed++) {
      const random = seededRandom(seed);
      let disk = new UnreliableDisk(random, random.below(60));
      let known: Life = { found: 0, acknowledged: 0, appended: 0 };
      for (let crash = 0; crash < 20; crash++) {
        const life = await live(disk, random);
        if (life.found !== null) {
          expectKept(known, life, `seed ${seed}, crash ${crash}`);
          known = { ...life, acknowledged: Math.max(life.found, life.acknowledged) };
        }
        disk = disk.restart(LOSSES[random.below(3)] ?? "all", random.below(crash % 3 === 0 ? 15 : 60));
      }
    }
  });
});

/** What was acknowledged is found; nothing is found that was never appended. What was found once stays. */
function expectKept(before: Life, after: Life, label: string): void {
  expect(after.found, label).not.toBeNull();
  expect(after.found, label).toBeGreaterThanOrEqual(Math.max(before.found ?? 0, before.acknowledged));
  expect(after.found, label).toBeLessThanOrEqual(before.appended);
}
