import { LAMPORT_LIMIT } from "../core/lamport-clock.ts";
import { type Answer, failed, MAX_AHEAD, MAX_DATA_BYTES, MAX_KEY_BYTES, type Operation } from "../core/request.ts";
import type { Stamp, ValuesView } from "../core/store-view.ts";
import { text } from "../wire/codec.ts";
import type { Reader } from "../wire/reader.ts";
import type { Writer } from "../wire/writer.ts";
import { Numbered } from "./numbered.ts";
import { type Linked, RecencyList } from "./recency-list.ts";
import { tooLarge } from "./refusals.ts";
import type { Room } from "./room.ts";
import { stamp } from "./stamp.ts";
import { MAX_OLDER_SHOWN, MAX_SHOWN, preview } from "./view.ts";

/** No request brings the clock beyond this: from there on it goes in single steps, of which there is no end in sight. */
const LATEST_TIME = LAMPORT_LIMIT - 2 ** 40;

/** What a value takes in memory besides its key and its versions. */
const VALUE_OVERHEAD = 256;

/** What a version takes in memory besides its text. */
const VERSION_OVERHEAD = 64;

const savedKey = text(MAX_KEY_BYTES);
const savedText = text(MAX_DATA_BYTES);

interface Value extends Linked<Value> {
  readonly key: string;
  /** The texts, by when they were written; one at least. */
  readonly versions: Numbered<string>;
  /** Which command wrote the latest. */
  written: Stamp;
}

type Write = Extract<Operation, { kind: "write" }>;

/**
 * Values by key, in versions that are named by the Lamport time of their writing; each is later than all before it, whatever
 * their keys. All texts are well-formed, as what is decoded from UTF-8 is.
 */
export class Values {
  readonly #room: Room;
  readonly #byKey = new Map<string, Value>();
  readonly #byChange = new RecencyList<Value>();
  /** When the latest write was. */
  #clock = 0;
  #versions = 0;
  /** Of all versions. */
  #bytes = 0;

  /** @param room what values, and whoever shares it, may hold */
  constructor(room: Room) {
    this.#room = room;
  }

  /** Writes a version that is later than the clock and the request, and keeps `keepVersions` of its value, itself included. */
  write({ key, value: written, time }: Write, keepVersions: number, by: Stamp): Answer {
    const bytes = Buffer.byteLength(written);
    if (bytes > MAX_DATA_BYTES) return tooLarge("a value", bytes, MAX_DATA_BYTES);
    const writtenAt = Math.max(this.#clock, time) + 1;
    const limit = Math.min(this.#clock + MAX_AHEAD, Math.max(this.#clock, LATEST_TIME));
    if (time > limit || writtenAt >= LAMPORT_LIMIT) return this.#tooFarAhead(time, limit);
    const value = this.#byKey.get(key) ?? newValue(key, by);
    const isNew = value.versions.length === 0;
    const keyBytes = isNew ? Buffer.byteLength(key) : 0;
    if (keyBytes > MAX_KEY_BYTES) return tooLarge("a key", keyBytes, MAX_KEY_BYTES);
    const surplus = Math.min(value.versions.length, Math.max(0, value.versions.length + 1 - keepVersions));
    const textGrowth = bytes - lowestBytes(value.versions, surplus);
    const growth = textGrowth + (1 - surplus) * VERSION_OVERHEAD + (isNew ? VALUE_OVERHEAD + keyBytes : 0);
    if (!this.#room.fits(growth)) return this.#room.refuse(growth);
    for (let i = 0; i < surplus; i++) value.versions.dropLowest();
    value.versions.add(writtenAt, written);
    value.written = by;
    if (isNew) this.#put(value);
    else this.#byChange.touch(value);
    this.#clock = writtenAt;
    this.#count(1 - surplus, textGrowth, growth);
    return { kind: "written-at", time: writtenAt };
  }

  /**
   * The version with this name, or else the latest one; not after `time`, where one is given. A name is the time of the writing
   * in decimal, as it is printed: nothing else names a version.
   */
  read(key: string, version: string | null, time: number | null): Answer {
    const versions = this.#byKey.get(key)?.versions;
    if (versions === undefined) return { kind: "value", found: null };
    const place = versions.placeOf(version === null ? (time ?? this.#clock) : Number(version));
    const writtenAt = versions.numberAt(place);
    const value = versions.itemAt(place);
    const isMeant = version === null || (String(writtenAt) === version && writtenAt <= (time ?? writtenAt));
    return { kind: "value", found: value === undefined || !isMeant ? null : { key, value, writtenAt } };
  }

  /** The values for people. */
  view(): ValuesView {
    return {
      count: this.#byKey.size,
      versions: this.#versions,
      bytes: this.#bytes,
      clock: this.#clock,
      recent: this.#byChange.latest(MAX_SHOWN).map(pictureOf),
    };
  }

  /** Writes the clock and all values, the least recently changed first. */
  save(writer: Writer): void {
    const saveVersion = (writtenAt: number, value: string): void => {
      writer.u64(writtenAt);
      savedText.write(writer, value);
    };
    writer.u64(this.#clock);
    writer.u32(this.#byKey.size);
    for (let value = this.#byChange.oldest; value !== undefined; value = value.newer) {
      savedKey.write(writer, value.key);
      stamp.write(writer, value.written);
      writer.u16(value.versions.length);
      value.versions.forEach(saveVersion);
    }
  }

  /** Takes values that were saved into what has none. Trouble is left in `reader.failure`. */
  load(reader: Reader): void {
    this.#clock = reader.u64();
    if (this.#clock >= LAMPORT_LIMIT) reader.fail("a clock beyond its limit");
    const count = reader.u32();
    for (let i = 0; i < count && reader.failure === undefined; i++) {
      const value = newValue(savedKey.read(reader), stamp.read(reader));
      const bytes = this.#loadVersions(reader, value.versions);
      this.#put(value);
      const { length } = value.versions;
      this.#count(length, bytes, VALUE_OVERHEAD + Buffer.byteLength(value.key) + length * VERSION_OVERHEAD + bytes);
    }
    if (this.#byKey.size !== this.#byChange.length) reader.fail("two values of one key");
  }

  /** Takes the versions of one value; how many bytes they have. */
  #loadVersions(reader: Reader, versions: Numbered<string>): number {
    const count = reader.u16();
    if (count === 0) reader.fail("a value without a version");
    let bytes = 0;
    for (let i = 0; i < count && reader.failure === undefined; i++) {
      const writtenAt = reader.u64();
      if (writtenAt <= versions.highest || writtenAt > this.#clock) reader.fail("a version out of its time");
      const value = savedText.read(reader);
      bytes += Buffer.byteLength(value);
      versions.add(writtenAt, value);
    }
    return bytes;
  }

  #put(value: Value): void {
    this.#byKey.set(value.key, value);
    this.#byChange.add(value);
  }

  #count(versions: number, bytes: number, room: number): void {
    this.#versions += versions;
    this.#bytes += bytes;
    this.#room.take(room);
  }

  #tooFarAhead(time: number, limit: number): Answer {
    const clock = `the store's clock is at ${this.#clock}`;
    return failed("too-far-ahead", `time ${time} is too far ahead: ${clock}, and takes ${limit} at most`, true);
  }
}

function newValue(key: string, by: Stamp): Value {
  return { key, versions: new Numbered(), written: by, older: undefined, newer: undefined };
}

/** Bytes of the lowest `count` versions. */
function lowestBytes(versions: Numbered<string>, count: number): number {
  let bytes = 0;
  for (let place = 0; place < count; place++) bytes += Buffer.byteLength(versions.itemAt(place) ?? "");
  return bytes;
}

function pictureOf({ key, versions, written }: Value): ValuesView["recent"][number] {
  const latest = versions.length - 1;
  const older: number[] = [];
  for (let place = latest - 1; place >= 0 && older.length < MAX_OLDER_SHOWN; place--)
    older.push(versions.numberAt(place));
  return {
    key,
    value: preview(versions.itemAt(latest) ?? ""),
    writtenAt: versions.numberAt(latest),
    index: written.index,
    lamport: written.lamport,
    versions: versions.length,
    older,
  };
}
