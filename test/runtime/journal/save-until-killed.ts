/**
 * Appends numbered records to the journal of the directory that is its first argument, prints each acknowledged token,
 * and compacts after so many records as its second one says.
 */
import { writeSync } from "node:fs";
import { lockDirectory } from "../../../src/runtime/journal/lock.ts";
import { openJournal } from "../../../src/runtime/journal/open-journal.ts";
import { highestNumber, sampleCheckpoint, sampleRecord } from "../../storage/samples.ts";

const OUTSTANDING = 20;

const [directory = "", recordsACompaction = ""] = process.argv.slice(2);
const fail = ({ message }: { readonly message: string }): never => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};

const locking = await lockDirectory(directory);
if (locking.kind !== "locked") fail(locking);
const opened = await openJournal(directory, {
  onSaved: (token) => {
    writeSync(1, `${token}\n`);
    fill(token);
  },
  onFailure: fail,
});
if (opened.kind !== "opened") throw fail(opened);
const { journal, records } = opened;
let appended = highestNumber(records) ?? fail({ message: "a record is missing" });

function fill(saved: number): void {
  while (appended < saved + OUTSTANDING) {
    appended += 1;
    journal.append([sampleRecord(appended)], appended);
    if (appended % Number(recordsACompaction) === 0) journal.compact([sampleCheckpoint(appended)]);
  }
}

fill(appended);
