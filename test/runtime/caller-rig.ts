import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { CallerDoor, type CallerInput } from "../../src/runtime/caller-door.ts";
import type { CallerLimits } from "../../src/runtime/caller-limits.ts";
import { Counters } from "../../src/runtime/counters.ts";
import { SessionNumbers } from "../../src/runtime/session-numbers.ts";
import { encodeFrame } from "../../src/wire/frame.ts";
import {
  ERROR_FRAME,
  headOfRequest,
  type JobAnswer,
  type JobRequest,
  readJobAnswer,
  writeJobRequest,
} from "../../src/wire/job-message.ts";
import { MAX_JOB_BYTES, writeFrames } from "../../src/wire/more.ts";
import { Reader } from "../../src/wire/reader.ts";
import { framesIn, helloBytes } from "./stranger.ts";
import { until, Visitor } from "./visitor.ts";

export const CALLER_HELLO = helloBytes(1, { role: "client" });

export const STANDING = { term: 3, job: 7, turn: 100, alive: 5, state: "running" } as const;

/** The frames of a request. */
export function asked(requestId: number, request: JobRequest): Buffer {
  return writeFrames(
    { ...headOfRequest(request), requestId },
    (writer) => writeJobRequest(writer, request),
    MAX_JOB_BYTES,
  );
}

/** The frame of a PING. */
export function pinged(requestId: number, data = "p"): Buffer {
  return encodeFrame({ type: 0x01, requestId, imageSize: 0 }, Buffer.from(data));
}

/** The answers in these bytes, as ID and what was said; an ERROR that answers nothing has ID 0. */
export function answersIn(bytes: Buffer): readonly (readonly [number, JobAnswer])[] {
  return framesIn(bytes).map((frame) => {
    const type = frame.type === ERROR_FRAME ? 0xff : frame.type;
    return [frame.requestId, readJobAnswer(new Reader(frame.payload), { type, imageSize: frame.imageSize })];
  });
}

type CallsInput = Extract<CallerInput, { kind: "calls" }>;

/** A caller door behind a port of this machine, and all that it gives. */
export class CallerRig {
  readonly inputs: CallerInput[] = [];
  readonly counters = new Counters();
  /** The door's sides of the connections, oldest first. */
  readonly sockets: Socket[] = [];
  readonly server: Server = createServer({ allowHalfOpen: true });
  /** What the peer does. */
  onInput: (input: CallerInput) => void = () => {};
  /** Whether anything may be written; undefined where that is not asked. */
  mayWrite: (() => boolean) | undefined;
  #door: CallerDoor | undefined;

  async open(limits: Partial<CallerLimits> = {}): Promise<void> {
    const give = (input: CallerInput): void => {
      this.inputs.push(input);
      this.onInput(input);
    };
    const control = { carryOut: async () => ({ ok: true, text: "done", undo: "" }), accepts: () => true };
    const door = new CallerDoor(give, this.counters, new SessionNumbers(), control, limits);
    this.#door = door;
    this.server.on("connection", (socket: Socket) => {
      socket.on("error", () => {});
      this.sockets.push(socket);
      door.accept(socket, Buffer.alloc(0), this.mayWrite);
    });
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
  }

  get door(): CallerDoor {
    if (this.#door === undefined) throw new Error("the door is not open");
    return this.#door;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends all that was begun. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await this.#door?.closeAll();
  }

  /** A program whose connection stands; the first is session 2, the next 4. */
  async program(hello: Buffer = CALLER_HELLO): Promise<Visitor> {
    const before = this.sockets.length;
    const visitor = await Visitor.to(this.port);
    await until(() => this.sockets.length > before, "the connection");
    visitor.send(hello);
    return visitor;
  }

  /** All that was asked. */
  calls(): CallsInput["calls"] {
    return this.inputs.flatMap((input) => (input.kind === "calls" ? input.calls : []));
  }

  /** Which connections are over, and why. */
  downs(): readonly string[] {
    return this.inputs.flatMap((input) => (input.kind === "session-down" ? [`${input.session} ${input.reason}`] : []));
  }

  /** Lets some answers leave. */
  answer(session: number, ...answers: readonly (readonly [number, JobAnswer])[]): void {
    this.door.write(
      session,
      answers.map(([requestId, answer]) => ({ requestId, answer })),
    );
    this.door.flush();
  }

  /** Answers whatever comes, at once, as a peer does. */
  answering(reply: (request: JobRequest) => JobAnswer | undefined): void {
    this.onInput = (input) => {
      if (input.kind !== "calls") return;
      const answers = input.calls.flatMap(({ requestId, request }) => {
        const answer = reply(request);
        return answer === undefined ? [] : [{ requestId, answer }];
      });
      this.door.write(input.session, answers);
      queueMicrotask(() => this.door.flush());
    };
  }
}
