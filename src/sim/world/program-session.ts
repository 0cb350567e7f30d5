import type { SessionId } from "../../core/protocol.ts";
import type { FaultyInput } from "../../peer/machine.ts";
import { GossipDecoder } from "../../wire/gossip-decoder.ts";
import type { GossipDialect } from "../../wire/gossip-message.ts";
import type { Speech } from "./speech.ts";

/** Bytes that may wait unread. A real program would be held up by then; in virtual time its connection breaks. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** A peer's end of a connection on which the gossip dialect is spoken. */
export class ProgramSession implements Speech {
  readonly opening = "program-up";
  readonly #decoder: GossipDecoder;
  /** What has come while the peer did not read. */
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #isReading = true;

  constructor(dialect: GossipDialect) {
    this.#decoder = new GossipDecoder(dialect);
  }

  get failure(): string | undefined {
    if (this.#decoder.failure !== undefined) return "a message whose size is less than its header";
    return this.#unreadBytes > MAX_UNREAD_BYTES ? `more than ${MAX_UNREAD_BYTES} bytes wait unread` : undefined;
  }

  push(bytes: Buffer): void {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
  }

  read(on: boolean): void {
    this.#isReading = on;
  }

  /** The messages of the oldest bytes that wait and end any. */
  take(session: SessionId): FaultyInput | undefined {
    for (let [bytes] = this.#unread; bytes !== undefined; [bytes] = this.#unread) {
      if (!this.#isReading || this.failure !== undefined) return undefined;
      this.#unread.shift();
      this.#unreadBytes -= bytes.length;
      const said = this.#decoder.push(bytes);
      if (said.length > 0) return { kind: "program", session, said };
    }
    return undefined;
  }
}
