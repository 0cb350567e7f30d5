import {
  type Answer,
  type FileOperation,
  failed,
  MAX_ATOMIC,
  MAX_DATA_BYTES,
  MAX_FILE_BYTES,
  MAX_KEY_BYTES,
} from "../core/request.ts";
import type { FilesView, Stamp } from "../core/store-view.ts";
import { text } from "../wire/codec.ts";
import type { Reader } from "../wire/reader.ts";
import type { Writer } from "../wire/writer.ts";
import { Content, type Mark } from "./content.ts";
import { listedBytes, refuseName } from "./file-name.ts";
import { type Linked, RecencyList } from "./recency-list.ts";
import { type Refusal, tooLarge } from "./refusals.ts";
import type { Room } from "./room.ts";
import { stamp } from "./stamp.ts";
import { MAX_PREVIEW, MAX_SHOWN, preview } from "./view.ts";

/** What a file takes in memory besides its name and its content. */
const FILE_OVERHEAD = 384;

const savedName = text(MAX_KEY_BYTES);
const savedContent = text(MAX_FILE_BYTES);

type Outcome = Extract<Answer, { kind: "display" }> | Refusal;

interface File extends Linked<File> {
  readonly name: string;
  readonly content: Content;
  readonly created: Stamp;
  written: Stamp;
}

/** How a name stood before an operation of an atomic list. */
interface Before {
  readonly name: string;
  /** Null where no file had it. */
  readonly was: {
    readonly file: File;
    readonly mark: Mark;
    readonly written: Stamp;
    readonly older: File | undefined;
  } | null;
}

/** Files by name. All texts are well-formed, as what is decoded from UTF-8 is. */
export class Files {
  readonly #room: Room;
  readonly #byName = new Map<string, File>();
  readonly #byChange = new RecencyList<File>();
  /** Of all contents. */
  #bytes = 0;
  /** What the list of all names takes. */
  #listedBytes = 0;
  /** The list, until a name comes or goes. */
  #list: string | undefined;

  /** @param room what files, and whoever shares it, may hold */
  constructor(room: Room) {
    this.#room = room;
  }

  /** Does what an operation asks for, or nothing where the answer is an error. */
  run(operation: FileOperation, by: Stamp): Outcome {
    switch (operation.kind) {
      case "create":
        return this.#create(operation.name, by);
      case "delete":
        return this.#delete(operation.name);
      case "append":
        return this.#append(operation.name, operation.data, by);
      case "read":
        return this.read(operation.name);
    }
  }

  /**
   * Runs all operations as one; none of them where one fails, and then the error says which. What one list reads has together
   * at most the bytes of the largest file, so that its answer has a limit.
   */
  runAll(operations: readonly FileOperation[], by: Stamp): Answer {
    if (operations.length > MAX_ATOMIC) return tooLarge("an atomic list", operations.length, MAX_ATOMIC, "operations");
    const texts: string[] = [];
    const done: Before[] = [];
    let readBytes = 0;
    for (const operation of operations) {
      if (operation.kind === "read") readBytes += this.#byName.get(operation.name)?.content.bytes ?? 0;
      done.push(this.#before(operation.name));
      const outcome =
        readBytes > MAX_FILE_BYTES ? tooLarge("reads", readBytes, MAX_FILE_BYTES) : this.run(operation, by);
      if (outcome.kind === "error") {
        for (const before of done.reverse()) this.#takeBack(before);
        const which = `operation ${done.length} of ${operations.length}, ${operation.kind}`;
        return failed(outcome.code, `${which}: ${outcome.message}`, outcome.definite);
      }
      texts.push(outcome.text);
    }
    return display(texts.join("\n"));
  }

  /** The content of a file. */
  read(name: string): Outcome {
    const file = this.#byName.get(name);
    return file === undefined ? missing(name) : display(file.content.text());
  }

  /** All names, ordered by their UTF-16 units, one a line. */
  list(): Answer {
    this.#list ??= [...this.#byName.keys()].sort().join("\n");
    return display(this.#list);
  }

  /** The files for people. */
  view(): FilesView {
    const recent = this.#byChange.latest(MAX_SHOWN).map(({ name, content, created, written }) => ({
      name,
      bytes: content.bytes,
      createdAt: created,
      writtenAt: written,
      // One unit more, so that it shows whether the text goes on.
      preview: preview(content.start(MAX_PREVIEW + 1)),
    }));
    return { count: this.#byName.size, bytes: this.#bytes, recent };
  }

  /** Writes all files, the least recently changed first. */
  save(writer: Writer): void {
    writer.u32(this.#byName.size);
    for (let file = this.#byChange.oldest; file !== undefined; file = file.newer) {
      savedName.write(writer, file.name);
      stamp.write(writer, file.created);
      stamp.write(writer, file.written);
      savedContent.write(writer, file.content.text());
    }
  }

  /** Takes files that were saved into what has none. Trouble is left in `reader.failure`. */
  load(reader: Reader): void {
    const count = reader.u32();
    for (let i = 0; i < count && reader.failure === undefined; i++) {
      const name = savedName.read(reader);
      const file = newFile(name, stamp.read(reader));
      file.written = stamp.read(reader);
      const content = savedContent.read(reader);
      file.content.append(content, Buffer.byteLength(content));
      if (refuseName(name) !== undefined) reader.fail("a name that no file may have");
      this.#put(file, this.#byChange.newest);
    }
    if (this.#byName.size !== this.#byChange.length) reader.fail("two files of one name");
    if (this.#listedBytes > MAX_FILE_BYTES) reader.fail("more names than a list holds");
  }

  #create(name: string, by: Stamp): Outcome {
    if (this.#byName.has(name)) return failed("exists", `there is a file ${name} already`, true);
    const refusal = refuseName(name);
    if (refusal !== undefined) return refusal;
    const listed = listedBytes(name);
    if (this.#listedBytes + listed > MAX_FILE_BYTES) {
      return failed("full", `all names together may have ${MAX_FILE_BYTES} bytes, so that a list holds them`, true);
    }
    if (!this.#room.fits(FILE_OVERHEAD + listed)) return this.#room.refuse(FILE_OVERHEAD + listed);
    this.#put(newFile(name, by), this.#byChange.newest);
    return display(`created ${name}`);
  }

  #delete(name: string): Outcome {
    const file = this.#byName.get(name);
    if (file === undefined) return missing(name);
    this.#drop(file);
    return display(`deleted ${name}`);
  }

  #append(name: string, data: string, by: Stamp): Outcome {
    const file = this.#byName.get(name);
    if (file === undefined) return missing(name);
    const bytes = Buffer.byteLength(data);
    if (bytes > MAX_DATA_BYTES) return tooLarge("data", bytes, MAX_DATA_BYTES);
    const grown = file.content.bytes + bytes;
    if (grown > MAX_FILE_BYTES) return tooLarge(`${name} would be a file`, grown, MAX_FILE_BYTES);
    if (!this.#room.fits(bytes)) return this.#room.refuse(bytes);
    file.content.append(data, bytes);
    file.written = by;
    this.#byChange.touch(file);
    this.#bytes += bytes;
    this.#room.take(bytes);
    return display(`appended ${bytes} bytes to ${name}`);
  }

  #before(name: string): Before {
    const file = this.#byName.get(name);
    if (file === undefined) return { name, was: null };
    return { name, was: { file, mark: file.content.mark(), written: file.written, older: file.older } };
  }

  /** Puts a name back to how it stood, when all that was done after that is taken back. */
  #takeBack({ name, was }: Before): void {
    const file = this.#byName.get(name);
    if (file !== undefined) this.#drop(file);
    if (was === null) return;
    was.file.content.back(was.mark);
    was.file.written = was.written;
    this.#put(was.file, was.older);
  }

  #put(file: File, older: File | undefined): void {
    this.#byName.set(file.name, file);
    this.#byChange.insert(file, older);
    this.#count(file, 1);
  }

  #drop(file: File): void {
    this.#byName.delete(file.name);
    this.#byChange.remove(file);
    this.#count(file, -1);
  }

  /** Counts a file that has come, or one that has gone. */
  #count({ name, content }: File, sign: 1 | -1): void {
    const listed = listedBytes(name);
    this.#listedBytes += sign * listed;
    this.#bytes += sign * content.bytes;
    this.#room.take(sign * (FILE_OVERHEAD + listed + content.bytes));
    this.#list = undefined;
  }
}

function newFile(name: string, by: Stamp): File {
  return { name, content: new Content(), created: by, written: by, older: undefined, newer: undefined };
}

function display(text: string): Outcome {
  return { kind: "display", text };
}

function missing(name: string): Refusal {
  return refuseName(name) ?? failed("not-found", `there is no file ${name}`, true);
}
