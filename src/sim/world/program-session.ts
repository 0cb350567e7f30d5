import { GossipDecoder } from "../../wire/gossip-decoder.ts";
import type { GossipDialect, GossipMessage } from "../../wire/gossip-message.ts";

/** Bytes that may wait unread. A real program would be held up by then; in virtual time its connection breaks. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** A peer's end of a connection on which the gossip dialect is spoken. */
export class ProgramSession {
  readonly #decoder: GossipDecoder;
  /** What has come while the peer did not read. */
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #isReading = true;

  constructor(dialect: GossipDialect) {
    this.#decoder = new GossipDecoder(dialect);
  }

  /** Why the connection is closed; undefined while all is well. */
  get failure(): string | undefined {
    if (this.#decoder.failure !== undefined) return "a message whose size is less than its header";
    return this.#unreadBytes > MAX_UNREAD_BYTES ? `more than ${MAX_UNREAD_BYTES} bytes wait unread` : undefined;
  }

  /** Bytes have come: they wait until they are taken. */
  push(bytes: Buffer): void {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
  }

  /** Lets what comes wait, or no more. */
  read(on: boolean): void {
    this.#isReading = on;
  }

  /** The messages of the oldest bytes that wait, none where they end none; undefined where none are to be read. */
  take(): readonly GossipMessage[] | undefined {
    const [bytes] = this.#unread;
    if (bytes === undefined || !this.#isReading || this.failure !== undefined) return undefined;
    this.#unread.shift();
    this.#unreadBytes -= bytes.length;
    return this.#decoder.push(bytes);
  }
}
