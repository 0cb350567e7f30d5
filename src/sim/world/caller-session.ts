import type { SessionId } from "../../core/protocol.ts";
import type { FaultyInput } from "../../peer/machine.ts";
import type { Answers, Calls } from "../../protocols/broker/message.ts";
import { LINK_FRAME } from "../../protocols/link/message.ts";
import { finish } from "../../wire/codec.ts";
import { type Frame, FrameDecoder, HEADER_BYTES } from "../../wire/frame.ts";
import { headOfAnswer, JOB_REQUEST_TYPES, readJobRequest, writeJobAnswer } from "../../wire/job-message.ts";
import { Assembly, writeFrames } from "../../wire/more.ts";
import { Reader } from "../../wire/reader.ts";
import type { Speech } from "./speech.ts";

/** Where in a connection its HELLO says who dials: behind the two versions. */
const ROLE_AT = HEADER_BYTES + 2;
const CLIENT_ROLE = 1;

/** Who dials on a connection of frames, as far as its first bytes tell. */
export function roleIn(first: Uint8Array): "peer" | "caller" | "undecided" {
  if (first.length <= ROLE_AT) return "undecided";
  return first[ROLE_AT] === CLIENT_ROLE ? "caller" : "peer";
}

/** What programs are answered, as bytes. */
export function encodeAnswers(answers: Answers["answers"]): Buffer {
  return Buffer.concat(
    answers.map(({ requestId, answer }) =>
      writeFrames({ ...headOfAnswer(answer), requestId }, (writer) => writeJobAnswer(writer, answer)),
    ),
  );
}

/** A peer's end of a connection on which a program speaks frames: a HELLO, then what it asks of the pool. */
export class CallerSession implements Speech {
  readonly opening = "caller-up";
  readonly #decoder = new FrameDecoder();
  readonly #assembly = new Assembly();
  #calls: Calls["calls"][number][] = [];
  #isGreeted = false;
  #isReading = true;
  #failure: string | undefined;

  get failure(): string | undefined {
    return this.#failure;
  }

  push(bytes: Buffer): void {
    for (const frame of this.#decoder.push(bytes)) this.#take(frame);
    this.#failure ??= this.#decoder.failure ?? this.#assembly.failure;
  }

  read(on: boolean): void {
    this.#isReading = on;
  }

  take(session: SessionId): FaultyInput | undefined {
    if (!this.#isReading || this.#calls.length === 0) return undefined;
    const calls = this.#calls;
    this.#calls = [];
    return { kind: "calls", session, calls };
  }

  #take(frame: Frame): void {
    if (this.#failure !== undefined) return;
    const whole = this.#assembly.take(frame);
    if (whole === undefined) return;
    if (!this.#isGreeted && whole.type === LINK_FRAME.hello) this.#isGreeted = true;
    else if (this.#isGreeted && JOB_REQUEST_TYPES.includes(whole.type)) this.#call(whole);
    else this.#failure = `no request has the type 0x${whole.type.toString(16)}`;
  }

  #call(frame: Frame): void {
    const reader = new Reader(frame.payload);
    const decoded = finish(reader, readJobRequest(reader, frame));
    if (decoded.kind === "value") this.#calls.push({ requestId: frame.requestId, request: decoded.value });
    else this.#failure = decoded.kind === "malformed" ? decoded.reason : "too short";
  }
}
