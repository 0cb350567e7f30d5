import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Disk } from "../../../src/runtime/journal/disk.ts";
import type { Journal } from "../../../src/runtime/journal/journal.ts";
import { openJournal } from "../../../src/runtime/journal/open-journal.ts";
import { SEAL_DELAY_MS } from "../../../src/storage/upkeep.ts";
import { highestNumber, range, sampleCheckpoint, sampleRecord } from "../../storage/samples.ts";
import { FilmedDisk } from "./filmed-disk.ts";
import type { UnreliableDisk } from "./unreliable-disk.ts";

/** A base of more than a piece. */
const LARGE_BYTES = 1.2 * 2 ** 20;

/** In one of so many states the next life appends: it takes as long as all the rest. */
const GOES_ON_EVERY = 5;

/** A number, and the moment of a film at which it was said. */
interface Said {
  readonly number: number;
  readonly moment: number;
}

/** Opens the journal on a disk, which must not fail. */
async function opened(disk: Disk, onSaved: (token: number) => void = () => {}) {
  const journal = await openJournal(
    "/data",
    { onSaved, onFailure: ({ message }) => expect.unreachable(message) },
    disk,
  );
  return journal.kind === "opened" ? journal : expect.unreachable(journal.message);
}

/** A disk on which processes number what they save, one after another, and what they appended and were told when. */
class Film {
  readonly disk = new FilmedDisk();
  readonly #appended: Said[] = [{ number: 0, moment: 0 }];
  readonly #acknowledged: Said[] = [{ number: 0, moment: 0 }];

  /** A life of the journal, which ends in order. */
  async live(script: (journal: Journal) => Promise<void>): Promise<void> {
    const { disk } = this;
    const { journal } = await opened(disk, (number) => this.#acknowledged.push({ number, moment: disk.moment }));
    await script(journal);
    await journal.close();
  }

  get appended(): number {
    return lastBy(this.#appended, Number.POSITIVE_INFINITY);
  }

  append(journal: Journal, count = 1): void {
    const first = this.appended + 1;
    const last = this.appended + count;
    this.#appended.push({ number: last, moment: this.disk.moment });
    journal.append(range(first, last).map(sampleRecord), last);
  }

  /** Waits until all is durable, and nothing is under way. */
  async settled(): Promise<void> {
    let moment = -1;
    while (lastBy(this.#acknowledged, this.disk.moment) < this.appended || moment < this.disk.moment) {
      moment = this.disk.moment;
      for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
    }
  }

  /** Between which numbers the last one must be that is found after a failure right after a moment. */
  boundsAt(moment: number): readonly [least: number, most: number] {
    return [lastBy(this.#acknowledged, moment), lastBy(this.#appended, moment)];
  }
}

function lastBy(said: readonly Said[], moment: number): number {
  return Math.max(...said.filter((each) => each.moment <= moment).map(({ number }) => number));
}

/** All that a journal does to a disk: batches small and large, one behind another or not, seals, compactions, openings. */
async function filmed(): Promise<Film> {
  const film = new Film();
  await film.live(async (journal) => {
    film.append(journal);
    await film.settled();
    film.append(journal, 2);
    await film.settled();
    await vi.advanceTimersByTimeAsync(SEAL_DELAY_MS);
    film.append(journal);
    await new Promise(setImmediate);
    film.append(journal, 60);
    await film.settled();
    journal.compact([sampleCheckpoint(film.appended)]);
    film.append(journal);
    await new Promise(setImmediate);
    film.append(journal, 2);
    await film.settled();
    film.append(journal);
  });
  await film.live(async (journal) => {
    film.append(journal);
    await film.settled();
    await vi.advanceTimersByTimeAsync(SEAL_DELAY_MS);
    const { tag, bytes } = sampleCheckpoint(film.appended);
    journal.compact([{ tag, bytes: Buffer.concat([bytes, Buffer.alloc(LARGE_BYTES, 0xab)]) }]);
    film.append(journal);
    await film.settled();
  });
  return film;
}

/** The number up to which the next life finds all. With `goesOn` it appends one more, for the life after it. */
async function found(remains: UnreliableDisk, goesOn: boolean): Promise<number> {
  const { journal, records } = await opened(remains);
  const highest = highestNumber(records) ?? expect.unreachable("a record is missing");
  if (!goesOn) {
    await journal.abandon();
    return highest;
  }
  journal.append([sampleRecord(highest + 1)], 1);
  await journal.close();
  const next = await opened(remains.restart("all"));
  expect(highestNumber(next.records)).toBe(highest + 1);
  await next.journal.abandon();
  return highest;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a power failure at any byte of any write, with and without each change of names that is not synced", () => {
  it("loses nothing that was acknowledged, and makes nothing up", async () => {
    const film = await filmed();
    const outcomes = new Set<number>();
    let states = 0;
    for (let moment = 0; moment <= film.disk.moment; moment++) {
      const [least, most] = film.boundsAt(moment);
      for (const remains of film.disk.remainsAt(moment)) {
        const highest = await found(remains, states % GOES_ON_EVERY === 0);
        expect(highest, `after moment ${moment}`).toBeGreaterThanOrEqual(least);
        expect(highest, `after moment ${moment}`).toBeLessThanOrEqual(most);
        outcomes.add(highest);
        states += 1;
      }
    }
    expect(states).toBeGreaterThan(1500);
    expect(outcomes.size).toBeGreaterThan(6);
  }, 60_000);
});
