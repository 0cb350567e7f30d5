import { readApi } from "./gossip-api.ts";
import { decodeGossip, GOSSIP_HEADER_BYTES, type GossipDialect, type GossipMessage } from "./gossip-message.ts";
import { NO_SIZE, Splitter, UNKNOWN_SIZE } from "./stream.ts";

const SIZE_BYTES = 2;
const TYPE_AT = 2;

/**
 * Finds the messages of the gossip dialect in a stream that comes in chunks of any size. What is malformed is counted and
 * skipped, for its size says where the next one begins. Only a size smaller than the header says nothing: then the
 * decoder has failed, accepts nothing more, and the connection is to be closed. Holds at most one message.
 */
export class GossipDecoder {
  readonly #splitter = new Splitter(SIZE_BYTES, measure);
  readonly #dialect: GossipDialect;
  #discarded = 0;

  constructor(dialect: GossipDialect = "classic") {
    this.#dialect = dialect;
  }

  /** Why nothing more is accepted; undefined while all is well. */
  get failure(): "size" | undefined {
    return this.#splitter.broken ? "size" : undefined;
  }

  /** Malformed messages so far. */
  get discarded(): number {
    return this.#discarded;
  }

  /** Bytes held of a message that has not ended. */
  get buffered(): number {
    return this.#splitter.buffered;
  }

  /** Takes the next bytes of the stream; the well-formed messages that end in them, in order. Never throws. */
  push(chunk: Uint8Array): readonly GossipMessage[] {
    const messages: GossipMessage[] = [];
    for (const piece of this.#splitter.push(chunk)) {
      const message = messageOf(piece, this.#dialect);
      if (message === undefined) this.#discarded += 1;
      else messages.push(message);
    }
    return messages;
  }
}

/** The message that a piece is, those of the API by a shorter way; undefined where it is none. */
function messageOf(piece: Buffer, dialect: GossipDialect): GossipMessage | undefined {
  const api = readApi(piece.readUInt16BE(TYPE_AT), piece, GOSSIP_HEADER_BYTES);
  if (api !== undefined) return api;
  const decoded = decodeGossip(piece, dialect);
  return decoded.kind === "value" ? decoded.value : undefined;
}

function measure(bytes: Buffer, start: number, end: number): number {
  if (end - start < SIZE_BYTES) return UNKNOWN_SIZE;
  const size = bytes.readUInt16BE(start);
  return size < GOSSIP_HEADER_BYTES ? NO_SIZE : size;
}
