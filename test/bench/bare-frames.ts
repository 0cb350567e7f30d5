import type { Socket } from "node:net";

const HEADER_BYTES = 11;
const LENGTH_AT = 6;
const MAX_ID = 65_535;

/**
 * A script that prints its port and answers each frame of a connection with the same bytes, of each chunk together: it only
 * looks for where frames end, and sets the bit that answers have.
 */
export const ECHO =
  "const server = require('node:net').createServer({ noDelay: true }, (socket) => {" +
  "  let rest = Buffer.alloc(0);" +
  "  socket.on('error', () => {}).on('data', (chunk) => {" +
  "    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;" +
  "    let at = 0;" +
  `    while (bytes.length - at >= ${HEADER_BYTES}) {` +
  `      const end = at + ${HEADER_BYTES} + bytes.readUIntBE(at + ${LENGTH_AT}, 3);` +
  "      if (end > bytes.length) break;" +
  "      bytes[at + 1] |= 0x80;" +
  "      at = end;" +
  "    }" +
  "    rest = bytes.subarray(at);" +
  "    if (at > 0) socket.write(bytes.subarray(0, at));" +
  "  });" +
  "});" +
  "server.listen(0, '127.0.0.1', () => console.log(server.address().port));";

/**
 * Requests by bare TCP, to stand beside a client of frames: the same bytes but for a checksum of zero, which nobody computes or
 * checks, and answers that are taken in the order of the requests, without a look at their IDs. What is asked in one turn of the
 * event loop leaves in one write.
 */
export class BareFrames {
  readonly #socket: Socket;
  #waiting: ((payload: Buffer) => void)[] = [];
  #first = 0;
  #out: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #lastId = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
  }

  /** Sends a payload; what comes back. */
  ask(payload: Buffer): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#out.length === 0) setImmediate(() => this.#flush());
      this.#out.push(this.#frameOf(payload));
    });
  }

  #frameOf(payload: Buffer): Buffer {
    this.#lastId = (this.#lastId % MAX_ID) + 1;
    const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length).fill(0, 0, HEADER_BYTES);
    frame[0] = 1;
    frame[1] = 1;
    frame[2] = this.#lastId >> 8;
    frame[3] = this.#lastId & 0xff;
    frame[LENGTH_AT + 1] = payload.length >> 8;
    frame[LENGTH_AT + 2] = payload.length & 0xff;
    frame.set(payload, HEADER_BYTES);
    return frame;
  }

  #flush(): void {
    const frames = this.#out;
    this.#out = [];
    this.#socket.write(Buffer.concat(frames));
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + bytes.readUIntBE(at + LENGTH_AT, 3);
      if (end > bytes.length) break;
      this.#next()?.(bytes.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }

  #next(): ((payload: Buffer) => void) | undefined {
    const resolve = this.#waiting[this.#first];
    this.#first += 1;
    if (this.#first < 4096) return resolve;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
    return resolve;
  }
}
