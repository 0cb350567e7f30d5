import { type Answer, failed } from "../core/request.ts";
import type { Once } from "../core/total-order.ts";
import { optional, u64 } from "../wire/codec.ts";
import type { Reader } from "../wire/reader.ts";
import { answer as savedAnswer } from "../wire/request.ts";
import type { Writer } from "../wire/writer.ts";
import { Numbered } from "./numbered.ts";
import { type Linked, RecencyList } from "./recency-list.ts";

/** Sessions that are known, at most. */
export const MAX_SESSIONS = 4096;

/** Answers that one session keeps, at most. */
const MAX_ANSWERS = 512;

/** Bytes of the answers that one session keeps, at most. */
const MAX_SESSION_BYTES = 2 ** 16;

/** The largest answer that is kept; of a larger one it is known only that it was given. */
const MAX_KEPT_BYTES = 2 ** 14;

/** Bytes of the answers that all sessions keep, at most. */
const MAX_BYTES = 2 ** 26;

/** What an answer takes in memory besides its text. */
const ANSWER_OVERHEAD = 64;

const savedForgotten = optional(u64);

interface Session extends Linked<Session> {
  readonly id: number;
  /** The answers to its latest requests, by sequence. */
  readonly answers: Numbered<Answer>;
  /** The highest sequence whose answer is not kept any more; null before that. */
  forgotten: number | null;
  /** Of all answers that are kept. */
  bytes: number;
}

/**
 * Sessions of clients, in which a request is applied once however often it is made (Ongaro, "Consensus: Bridging Theory and
 * Practice", section 6.3). Where there are too many sessions, or their answers are too large, the least recently used ones
 * are dropped: by the order of the commands alone, so all peers drop the same.
 */
export class Sessions {
  readonly #byId = new Map<number, Session>();
  readonly #byUse = new RecencyList<Session>();
  #bytes = 0;

  /** Sessions that are known. */
  get size(): number {
    return this.#byId.size;
  }

  /** Bytes of all answers that are kept, with what each takes besides its text. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Opens a session; its ID is the index of the command that does. */
  open(id: number): Answer {
    this.#put(newSession(id, null));
    this.#dropSurplus();
    return { kind: "session", session: id };
  }

  /** Whether a session is known; asking does not use it. */
  resume(id: number): Answer {
    return this.#byId.has(id) ? { kind: "session", session: id } : expired(id);
  }

  /** What to answer to a request without applying it; undefined where it is to be applied. It uses its session. */
  recall({ session: id, sequence }: Once): Answer | undefined {
    const session = this.#byId.get(id);
    if (session === undefined) return expired(id);
    this.#byUse.touch(session);
    const place = session.answers.placeOf(sequence);
    if (session.answers.numberAt(place) === sequence) return session.answers.itemAt(place);
    if (session.forgotten === null || sequence > session.forgotten) return undefined;
    return failed("answer-forgotten", `the answer to request ${sequence} of session ${id} is not kept any more`, false);
  }

  /** Keeps the answer to a request that was applied. */
  keep({ session: id, sequence }: Once, answer: Answer): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    this.#add(session, sequence, bytesOf(answer) > MAX_KEPT_BYTES ? TOO_LONG : answer);
    while (session.answers.length > MAX_ANSWERS || session.bytes > MAX_SESSION_BYTES) this.#forget(session);
    this.#dropSurplus();
  }

  /** Writes all sessions, the least recently used first. */
  save(writer: Writer): void {
    const saveAnswer = (sequence: number, answer: Answer): void => {
      writer.u64(sequence);
      savedAnswer.write(writer, answer);
    };
    writer.u16(this.#byId.size);
    for (let session = this.#byUse.oldest; session !== undefined; session = session.newer) {
      writer.u64(session.id);
      savedForgotten.write(writer, session.forgotten);
      writer.u16(session.answers.length);
      session.answers.forEach(saveAnswer);
    }
  }

  /** Takes sessions that were saved into what has none. Trouble is left in `reader.failure`. */
  load(reader: Reader): void {
    const count = reader.u16();
    for (let i = 0; i < count && reader.failure === undefined; i++) {
      const session = newSession(reader.u64(), savedForgotten.read(reader));
      this.#put(session);
      this.#loadAnswers(reader, session);
    }
    if (this.#byId.size !== this.#byUse.length) reader.fail("two sessions of one ID");
    if (count > MAX_SESSIONS || this.#bytes > MAX_BYTES) reader.fail("more sessions than there may be");
  }

  #loadAnswers(reader: Reader, session: Session): void {
    const count = reader.u16();
    for (let i = 0; i < count && reader.failure === undefined; i++) {
      const sequence = reader.u64();
      if (sequence <= Math.max(session.answers.highest, session.forgotten ?? -1))
        reader.fail("an answer out of its place");
      this.#add(session, sequence, savedAnswer.read(reader));
    }
    if (count > MAX_ANSWERS || session.bytes > MAX_SESSION_BYTES) reader.fail("more answers than a session keeps");
  }

  #put(session: Session): void {
    this.#byId.set(session.id, session);
    this.#byUse.add(session);
  }

  #add(session: Session, sequence: number, answer: Answer): void {
    session.answers.add(sequence, answer);
    this.#count(session, bytesOf(answer));
  }

  /** Lets the lowest sequence of a session go. */
  #forget(session: Session): void {
    const { answers } = session;
    const lowest = answers.itemAt(0);
    if (lowest === undefined) return;
    session.forgotten = answers.numberAt(0);
    answers.dropLowest();
    this.#count(session, -bytesOf(lowest));
  }

  #count(session: Session, bytes: number): void {
    session.bytes += bytes;
    this.#bytes += bytes;
  }

  #dropSurplus(): void {
    for (let session = this.#byUse.oldest; session !== undefined; session = this.#byUse.oldest) {
      if (this.#byId.size <= MAX_SESSIONS && this.#bytes <= MAX_BYTES) return;
      this.#byId.delete(session.id);
      this.#byUse.remove(session);
      this.#bytes -= session.bytes;
    }
  }
}

function newSession(id: number, forgotten: number | null): Session {
  return { id, answers: new Numbered(), forgotten, bytes: 0, older: undefined, newer: undefined };
}

/** Stands for an answer that was too long to be kept. */
const TOO_LONG = failed(
  "answer-forgotten",
  "it was done before, and what was answered then is too long to keep",
  false,
);

function expired(id: number): Answer {
  return failed(
    "session-expired",
    `session ${id} is not known any more: what was asked in it may have happened`,
    false,
  );
}

/** What an answer takes while it is kept. */
function bytesOf(answer: Answer): number {
  switch (answer.kind) {
    case "display":
    case "pong":
      return ANSWER_OVERHEAD + Buffer.byteLength(answer.text);
    case "error":
      return ANSWER_OVERHEAD + Buffer.byteLength(answer.message);
    case "value":
      return ANSWER_OVERHEAD + Buffer.byteLength(answer.found === null ? "" : answer.found.key + answer.found.value);
    case "written-at":
    case "session":
    case "locked":
    case "job":
    case "unknown":
      return ANSWER_OVERHEAD;
  }
}
