/**
 * A process of the bare ring: a log of entries of equal size that is durable on a majority before its leader answers, and
 * nothing else: no elections, no terms, no way back. Whatever came meanwhile is made durable by one write, and nobody waits
 * for anybody with sending. Tells its port in a line.
 * Arguments: the file of the log, bytes of an entry, bytes of an answer; for the leader the ports of the others.
 */
import { closeSync, constants, openSync, write, writeSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** The log has its room from the start, so that a write changes nothing but its bytes; then it begins anew. */
const ROOM_BYTES = 2 ** 26;

const COUNT_BYTES = 8;

const [path = "", entryWord, answerWord, ...others] = process.argv.slice(2);
const entryBytes = Number(entryWord);
const answerBytes = Number(answerWord);

/** Makes entries durable, as many at a time as have come. */
class SyncedLog {
  readonly #file: number;
  readonly #onDurable: (count: number) => void;
  #pending: Buffer[] = [];
  #isWriting = false;
  #offset = 0;
  #durable = 0;

  constructor(path: string, onDurable: (count: number) => void) {
    this.#onDurable = onDurable;
    const room = openSync(path, "w");
    writeSync(room, Buffer.alloc(ROOM_BYTES));
    closeSync(room);
    this.#file = openSync(path, constants.O_WRONLY | constants.O_DSYNC);
  }

  append(entries: Buffer): void {
    this.#pending.push(entries);
    if (this.#isWriting) return;
    this.#isWriting = true;
    queueMicrotask(() => this.#write());
  }

  #write(): void {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    if (this.#offset + bytes.length > ROOM_BYTES) this.#offset = 0;
    write(this.#file, bytes, 0, bytes.length, this.#offset, (error, written) => {
      if (error !== null || written !== bytes.length) throw error ?? new Error("a write stopped short");
      this.#offset += bytes.length;
      this.#durable += bytes.length / entryBytes;
      this.#onDurable(this.#durable);
      if (this.#pending.length > 0) this.#write();
      else this.#isWriting = false;
    });
  }
}

/** Gives what comes on a socket in whole pieces of so many bytes. */
function inPieces(socket: Socket, size: number, take: (pieces: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % size);
    rest = bytes.subarray(whole);
    if (whole > 0) take(bytes.subarray(0, whole));
  });
}

function follow(): void {
  let leader: Socket | undefined;
  const log = new SyncedLog(path, (durable) => {
    const count = Buffer.alloc(COUNT_BYTES);
    count.writeDoubleBE(durable);
    leader?.write(count);
  });
  listen((socket) => {
    leader = socket;
    inPieces(socket, entryBytes, (entries) => log.append(entries));
  });
}

function lead(ports: readonly number[]): void {
  /** How many entries each one has on disk, this process first. */
  const durable = [0, ...ports.map(() => 0)];
  /** Whom to answer, for how many entries, in the order of the log. */
  const owed: { readonly socket: Socket; count: number }[] = [];
  let answered = 0;
  const advance = (at: number, count: number): void => {
    durable[at] = count;
    const onMajority = durable.toSorted((a, b) => b - a)[durable.length >> 1] ?? 0;
    while (answered < onMajority) {
      const next = owed[0];
      if (next === undefined) throw new Error("more is durable than was asked for");
      const now = Math.min(next.count, onMajority - answered);
      answered += now;
      next.count -= now;
      next.socket.write(Buffer.alloc(now * answerBytes, "a"));
      if (next.count === 0) owed.shift();
    }
  };
  const log = new SyncedLog(path, (count) => advance(0, count));
  const followers = ports.map((port, at) => {
    const socket = connect(port, "127.0.0.1");
    inPieces(socket, COUNT_BYTES, (counts) => advance(at + 1, counts.readDoubleBE(counts.length - COUNT_BYTES)));
    return socket;
  });
  listen((socket) => {
    inPieces(socket, entryBytes, (entries) => {
      owed.push({ socket, count: entries.length / entryBytes });
      for (const follower of followers) follower.write(entries);
      log.append(entries);
    });
  });
}

function listen(accept: (socket: Socket) => void): void {
  const server = createServer(accept);
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

process.stdin.resume().on("end", () => process.exit());
if (others.length > 0) lead(others.map(Number));
else follow();
