import type { SessionId } from "../../core/protocol.ts";
import type { JobAnswer, JobRequest } from "../../wire/job-message.ts";
import { Call } from "./call.ts";
import type { Ground } from "./ground.ts";
import { error } from "./labour.ts";
import type { Answers, Calls } from "./message.ts";

/** The connection of a program. */
interface Program {
  /** Its requests without an answer, by ID; of those that expect none, the latest. */
  readonly calls: Map<number, Call>;
  /** Answers that leave at the end of the step. */
  answers: Answers["answers"][number][];
  /** Closed once what was answered has left. */
  isQuitting: boolean;
}

/** Programs that ask by frames, and what they are answered: in any order, all of one step together. */
export class Programs {
  readonly #ground: Ground;
  readonly #programs = new Map<SessionId, Program>();
  /** Those to whom something is to be said. */
  readonly #due = new Set<SessionId>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** How many are connected. */
  get size(): number {
    return this.#programs.size;
  }

  connect(session: SessionId): void {
    this.#programs.set(session, { calls: new Map(), answers: [], isQuitting: false });
  }

  /** A connection is gone: nobody waits for what was asked on it. */
  disconnect(session: SessionId): void {
    const program = this.#programs.get(session);
    this.#programs.delete(session);
    this.#due.delete(session);
    for (const call of program?.calls.values() ?? []) call.drop();
  }

  /** A program asks. Each request that is not refused is handed to `take`. */
  hear(session: SessionId, { calls }: Calls, take: (call: Call) => void): void {
    for (const { requestId, request } of calls) {
      const program = this.#programs.get(session);
      if (program === undefined || program.isQuitting) return;
      this.#hear(session, program, requestId, request, take);
    }
  }

  /** Says what has gathered. */
  flush(): void {
    const { effects } = this.#ground;
    for (const session of this.#due) {
      const program = this.#programs.get(session);
      if (program === undefined) continue;
      const { answers } = program;
      program.answers = [];
      if (answers.length > 0) effects.send({ session }, { kind: "answers", answers });
      if (!program.isQuitting) continue;
      this.disconnect(session);
      effects.add({ kind: "close", session, reason: "quit" });
    }
    this.#due.clear();
  }

  /** Closes all connections without another word: what was asked may have happened. */
  closeAll(reason: string): void {
    for (const session of [...this.#programs.keys()]) {
      this.disconnect(session);
      this.#ground.effects.add({ kind: "close", session, reason });
    }
  }

  #hear(
    session: SessionId,
    program: Program,
    requestId: number,
    request: JobRequest,
    take: (call: Call) => void,
  ): void {
    const answer = (answer: JobAnswer): void => this.#answer(session, program, requestId, answer);
    if (requestId !== 0 && program.calls.has(requestId)) {
      this.#ground.counts.refusedCalls += 1;
      return answer(error("malformed", `request ${requestId} has no answer yet`));
    }
    if (request.kind === "quit") program.isQuitting = true;
    const { now, options } = this.#ground;
    const call = new Call("program", request, now + options.requestTimeoutMs, answer);
    take(call);
    // What was answered at once, as most is, never waited.
    if (call.isDone) return;
    program.calls.set(requestId, call);
    call.onDone(() => {
      if (program.calls.get(requestId) === call) program.calls.delete(requestId);
    });
  }

  #answer(session: SessionId, program: Program, requestId: number, answer: JobAnswer): void {
    if (this.#programs.get(session) !== program) return;
    this.#due.add(session);
    if (requestId !== 0) program.answers.push({ requestId, answer });
  }
}
