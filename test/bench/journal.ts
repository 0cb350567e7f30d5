import { constants } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "../../src/runtime/journal/open-journal.ts";
import type { Row } from "./figure.ts";
import type { Group } from "./group.ts";

const ENTRY_BYTES = 200;
const RUN_MS = 600;
const RUNS = 3;
const OUTSTANDING = [1, 10, 100, 1000];

type Way = (directory: string, outstanding: number) => Promise<number>;

/** Three bare ways to make the same bytes durable. */
const bareWays: readonly (readonly [string, Way])[] = [
  ["write, then fdatasync, growing file", (directory, count) => bare(directory, count, 0, 0)],
  ["O_DSYNC write, growing file", (directory, count) => bare(directory, count, constants.O_DSYNC, 0)],
  ["O_DSYNC write, file with room", (directory, count) => bare(directory, count, constants.O_DSYNC, 2 ** 24)],
];

/** How many records of 200 B the journal makes durable a second, beside bare ways to write as many bytes at a time. */
export const journal: Group = {
  about: "records of 200 B made durable a second",
  takes: "35 s",
  measure: async ({ reps, onEnd }) => {
    const directory = await mkdtemp(join(tmpdir(), "p2p-node-bench-"));
    onEnd(() => rm(directory, { recursive: true, force: true }));
    const rows: Row[] = [];
    for (const outstanding of OUTSTANDING) rows.push(...(await figuresOf(directory, outstanding, reps ?? RUNS)));
    return rows;
  },
};

/** The ways take turns, so that a busy moment of the disk touches all of them. */
async function figuresOf(directory: string, outstanding: number, runs: number): Promise<Row[]> {
  const samples: number[] = [];
  const beside = bareWays.map(([name, way]) => ({ name, way, samples: [] as number[] }));
  for (let run = 0; run < runs; run++) {
    samples.push(await journaled(directory, outstanding));
    for (const other of beside) other.samples.push(await other.way(directory, outstanding));
  }
  return beside.map((other) => ({ name: `journal, ${outstanding} outstanding`, unit: "/s", samples, beside: other }));
}

/** Appends a record for each that was saved; the rate. */
async function journaled(parent: string, outstanding: number): Promise<number> {
  const directory = await mkdtemp(join(parent, "run-"));
  const record = { tag: 1, bytes: Buffer.alloc(ENTRY_BYTES, 0x5a) };
  let appended = 0;
  let saved = 0;
  let started = performance.now();
  let finish: (rate: number) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const finished = new Promise<number>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const opened = await openJournal(directory, {
    onSaved: (token) => {
      saved = token;
      const elapsedMs = performance.now() - started;
      if (elapsedMs > RUN_MS) finish((saved / elapsedMs) * 1000);
      else fill();
    },
    onFailure: ({ message }) => fail(new Error(message)),
  });
  if (opened.kind !== "opened") throw new Error(opened.message);
  const fill = (): void => {
    while (appended < saved + outstanding) opened.journal.append([record], ++appended);
  };
  started = performance.now();
  fill();
  const rate = await finished;
  await opened.journal.close();
  return rate;
}

/** Makes as many entries durable with each write as would be outstanding; the rate. */
async function bare(parent: string, outstanding: number, flags: number, room: number): Promise<number> {
  const directory = await mkdtemp(join(parent, "run-"));
  const file = await open(join(directory, "bare"), constants.O_CREAT | constants.O_RDWR | flags, 0o600);
  if (room > 0) await file.write(Buffer.alloc(room), 0, room, 0);
  await file.sync();
  const bytes = Buffer.alloc(ENTRY_BYTES * outstanding, 0x5a);
  const started = performance.now();
  let writes = 0;
  for (let offset = 0; performance.now() - started < RUN_MS; offset += bytes.length) {
    if (room > 0 && offset + bytes.length > room) offset = 0;
    await file.write(bytes, 0, bytes.length, offset);
    if (flags === 0) await file.datasync();
    writes++;
  }
  const rate = ((writes * outstanding) / (performance.now() - started)) * 1000;
  await file.close();
  return rate;
}
