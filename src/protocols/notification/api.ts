import { unreachable } from "../../core/assert.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { GossipApi } from "../../wire/gossip-api.ts";
import type { Intake } from "./intake.ts";
import type { Interests } from "./interests.ts";
import type { Parts } from "./parts.ts";
import type { Program } from "./programs.ts";

/**
 * What local programs say, and what becomes of their connections (DESIGN section 3.3; wire document, "Gossip dialect"). What
 * is refused is counted and changes nothing; a strict peer then closes the connection.
 */
export class Api {
  readonly #parts: Parts;
  readonly #intake: Intake;
  readonly #interests: Interests;

  constructor(parts: Parts, intake: Intake, interests: Interests) {
    this.#parts = parts;
    this.#intake = intake;
    this.#interests = interests;
  }

  /** A program has said something. */
  listen(session: SessionId, said: readonly GossipApi[], now: number): void {
    const program = this.#parts.audience.program(session);
    if (program === undefined) return;
    let announces = 0;
    for (const message of said) {
      // A strict peer may have closed the connection at what came before.
      if (this.#parts.audience.program(session) !== program) return;
      if (message.kind === "announce") announces += 1;
      this.#heed(program, message, now);
    }
    if (announces === 0) return;
    program.isAnnouncer = true;
    // What has come is taken; where it is too much, no more is read for a while. Its answers must still come in time.
    const paidAt = program.announces.borrow(now, announces);
    program.heldUntil = Math.min(paidAt, now + this.#parts.options.validationTimeoutMs / 2);
  }

  /** A program is gone: what it has not answered it never will. */
  gone(session: SessionId, because: string, now: number): void {
    const { audience, effects } = this.#parts;
    const program = audience.program(session);
    if (program === undefined) return;
    audience.disconnect(program);
    for (const entry of program.takeAll()) this.#intake.reject(entry, "subscriber-gone");
    let isNews = false;
    for (const dataType of program.dataTypes) {
      effects.event({ kind: "type-unsubscribed", dataType, session, because });
      isNews ||= !audience.subscribes(dataType);
    }
    if (isNews) this.#interests.changed(now);
  }

  /** Closes the connection of a program. */
  disconnect({ session }: Program, reason: string, now: number): void {
    const { effects } = this.#parts;
    effects.add({ kind: "close", session, reason });
    effects.event({ kind: "program-refused", session, reason });
    this.gone(session, reason, now);
  }

  #heed(program: Program, message: GossipApi, now: number): void {
    switch (message.kind) {
      case "announce": {
        const reason = this.#intake.announce(program.session, message, now);
        if (reason !== undefined) this.#refuse(program, reason, now);
        return;
      }
      case "notify":
        return this.#subscribe(program, message.dataType, now);
      case "validation": {
        const entry = program.answered(message.messageId);
        // It may be an answer that comes too late, which is no reason to be strict.
        if (entry === undefined) this.#parts.tally.refused += 1;
        else this.#intake.judge(entry, message.valid, now);
        return;
      }
      case "notification":
        return this.#refuse(program, "notifications are for programs to receive", now);
      default:
        return unreachable(message);
    }
  }

  #subscribe(program: Program, dataType: number, now: number): void {
    const { audience, effects } = this.#parts;
    const isNews = !audience.subscribes(dataType);
    if (program.dataTypes.has(dataType)) return;
    if (!audience.subscribe(program, dataType)) return this.#refuse(program, "too many data types", now);
    effects.event({ kind: "type-subscribed", dataType, session: program.session });
    if (isNews) this.#interests.changed(now);
  }

  #refuse(program: Program, reason: string, now: number): void {
    this.#parts.tally.refused += 1;
    if (this.#parts.options.strict) this.disconnect(program, reason, now);
  }
}
