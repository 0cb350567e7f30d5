import { constants } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "../../src/runtime/journal/open-journal.ts";
import type { Row } from "./frame.ts";

const ENTRY_BYTES = 200;
const SAMPLE_MS = 250;
const SAMPLES = 5;
const OUTSTANDING = [1, 10, 100];
const ROOM_BYTES = 2 ** 24;

/** Entries of 200 B that are made durable a second, so many at a time, in a new directory of `parent`. */
type Way = (parent: string, outstanding: number) => Promise<number>;

const BARE_WAYS: readonly (readonly [string, Way])[] = [
  ["bare O_DSYNC writes into room", (parent, n) => bare(parent, n, constants.O_DSYNC, ROOM_BYTES)],
  ["bare O_DSYNC writes, growing", (parent, n) => bare(parent, n, constants.O_DSYNC, 0)],
  ["bare write and fdatasync, growing", (parent, n) => bare(parent, n, 0, 0)],
];

/** How many records the journal makes durable a second, beside the bare ways to make as many bytes durable. */
export async function journalFigures(): Promise<Row[]> {
  const directory = await mkdtemp(join(tmpdir(), "journal-bench-"));
  try {
    const rows: Row[] = [];
    for (const outstanding of OUTSTANDING) rows.push(...(await rowsOf(directory, outstanding)));
    return rows;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The ways take turns, so that a busy moment of the disk touches all of them. */
async function rowsOf(directory: string, outstanding: number): Promise<Row[]> {
  const samples: number[] = [];
  const limits = BARE_WAYS.map(([name, way]) => ({ name, way, samples: [] as number[] }));
  for (let round = 0; round < SAMPLES; round++) {
    samples.push(await journal(directory, outstanding));
    for (const limit of limits) limit.samples.push(await limit.way(directory, outstanding));
  }
  const name = `journal, ${ENTRY_BYTES} B, ${outstanding} outstanding`;
  return limits.map((limit) => ({
    name,
    unit: "entries/s",
    samples,
    limit: { name: limit.name, samples: limit.samples },
  }));
}

/** Appends a record for each that was saved; the rate. */
async function journal(parent: string, outstanding: number): Promise<number> {
  const directory = await mkdtemp(join(parent, "run-"));
  const record = { tag: 1, bytes: Buffer.alloc(ENTRY_BYTES, 0x5a) };
  let appended = 0;
  let saved = 0;
  const started = performance.now();
  let finish: (rate: number) => void = () => {};
  const finished = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const opened = await openJournal(directory, {
    onSaved: (token) => {
      saved = token;
      const elapsedMs = performance.now() - started;
      if (elapsedMs > SAMPLE_MS) finish((saved / elapsedMs) * 1000);
      else fill();
    },
    onFailure: ({ message }) => {
      throw new Error(message);
    },
  });
  if (opened.kind !== "opened") throw new Error(opened.message);
  const fill = (): void => {
    while (appended < saved + outstanding) opened.journal.append([record], ++appended);
  };
  fill();
  const rate = await finished;
  await opened.journal.close();
  return rate;
}

/** Makes as many entries durable with each write as would be outstanding; the rate. */
async function bare(parent: string, outstanding: number, flags: number, room: number): Promise<number> {
  const directory = await mkdtemp(join(parent, "run-"));
  const file = await open(join(directory, "bare"), constants.O_RDWR | constants.O_CREAT | flags, 0o600);
  if (room > 0) await file.write(Buffer.alloc(room), 0, room, 0);
  await file.sync();
  const bytes = Buffer.alloc(ENTRY_BYTES * outstanding, 0x5a);
  const started = performance.now();
  let writes = 0;
  for (let offset = 0; performance.now() - started < SAMPLE_MS; offset += bytes.length) {
    if (room > 0 && offset + bytes.length > room) offset = 0;
    await file.write(bytes, 0, bytes.length, offset);
    if (flags === 0) await file.datasync();
    writes++;
  }
  const rate = ((writes * outstanding) / (performance.now() - started)) * 1000;
  await file.close();
  return rate;
}
