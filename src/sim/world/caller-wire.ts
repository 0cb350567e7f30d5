import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { NO_CLUSTER, type PeerId } from "../../core/peer-id.ts";
import { encodeMessage } from "../../peer/frames.ts";
import { PROTOCOL_VERSION } from "../../protocols/link/message.ts";
import { finish } from "../../wire/codec.ts";
import { type Frame, FrameDecoder } from "../../wire/frame.ts";
import {
  headOfRequest,
  type JobAnswer,
  type JobRequest,
  readJobAnswer,
  writeJobRequest,
} from "../../wire/job-message.ts";
import { Assembly, writeFrames } from "../../wire/more.ts";
import { Reader } from "../../wire/reader.ts";

/** Largest number of a request. */
const LAST_ID = 0xffff;

/** A program's end of a connection on which it speaks frames, one request at a time. */
export class CallerWire {
  readonly #decoder = new FrameDecoder();
  readonly #assembly = new Assembly();
  #lastId = 0;
  #isWaiting = false;

  /** What a connection begins with. */
  static hello(peer: PeerId, address: Address): Buffer {
    const message = {
      kind: "hello",
      leastVersion: PROTOCOL_VERSION,
      mostVersion: PROTOCOL_VERSION,
      role: "client",
      cluster: NO_CLUSTER,
      peer,
      incarnation: 0,
      address,
      name: "",
      election: "raft",
      broadcast: "raft",
      reads: "read-index",
      security: "none",
      tagged: [],
    } as const;
    return encodeMessage({ kind: "message", session: 0, content: { protocol: "link", message }, envelope: null });
  }

  /** The bytes of the next request. */
  ask(request: JobRequest): Buffer {
    this.#isWaiting = true;
    this.#lastId = (this.#lastId % LAST_ID) + 1;
    const header = { ...headOfRequest(request), requestId: this.#lastId };
    return writeFrames(header, (writer) => writeJobRequest(writer, request));
  }

  /**
   * The answer to the request that waits, where the next bytes end it; undefined before that. Bytes that a fault has damaged
   * are nothing: then there is no answer for ever.
   *
   * @throws InvariantViolation where there is an answer to nothing
   */
  push(bytes: Buffer): JobAnswer | undefined {
    let answer: JobAnswer | undefined;
    for (const frame of this.#decoder.push(bytes)) {
      const whole = this.#assembly.take(frame);
      if (whole !== undefined) answer = this.#take(whole);
    }
    return answer;
  }

  #take(frame: Frame): JobAnswer {
    assert(this.#isWaiting && frame.requestId === this.#lastId, "a program was answered what it had not asked");
    this.#isWaiting = false;
    const reader = new Reader(frame.payload);
    const decoded = finish(reader, readJobAnswer(reader, frame));
    assert(decoded.kind === "value", "a program was told what is no answer");
    return decoded.value;
  }
}
