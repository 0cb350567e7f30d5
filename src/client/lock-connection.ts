import { connect, type Socket } from "node:net";
import { type Address, hostOf, portOf } from "../core/address.ts";
import { type Answer, failed } from "../core/request.ts";
import { answerOf, MAX_ANSWER_LINE_BYTES } from "../wire/client-answer.ts";
import { lineOfRequest } from "../wire/client-line.ts";
import { LineSplitter } from "../wire/lines.ts";
import { StoreError } from "./store-error.ts";

/** A peer that is dialled, and is to say that it is one, has so long, ms. */
const GREETING_MS = 5000;

/** While a lock is held its peer is asked so often whether it is there, ms. */
const PING_MS = 1000;

/** A peer that says nothing for so long while a lock of its is held is taken for dead, and the lock for lost, ms. */
const SILENCE_MS = 5000;

/** How long to wait for the answer to an unlock, ms: the end of the connection lets go of the lock as well. */
const FAREWELL_MS = 2000;

/** A connection that is asked whether its other end is there still while a lock is waited for. */
const KEEP_ALIVE_MS = 10_000;

/** How a try to get a lock ended. */
export type Outcome =
  | { readonly kind: "locked"; readonly token: number }
  /** A peer answers, but not with the lock. */
  | { readonly kind: "refused"; readonly error: Extract<Answer, { kind: "error" }> }
  /** It is no peer that answers, or none, or no more. */
  | { readonly kind: "broken"; readonly reason: string; readonly wasPeer: boolean };

type Stage = "greeting" | "waiting" | "held" | "leaving" | "over";

/** A connection for one lock: it is asked for, held, and let go of with the connection. */
export class LockConnection {
  readonly #name: string;
  readonly #socket: Socket;
  readonly #lines = new LineSplitter(MAX_ANSWER_LINE_BYTES);
  readonly #lost = new AbortController();
  readonly #settled: (outcome: Outcome) => void;
  /** How the try ended. */
  readonly outcome: Promise<Outcome>;
  #stage: Stage = "greeting";
  #heardAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #released: (() => void) | undefined;

  constructor(address: Address, name: string) {
    this.#name = name;
    let settled: (outcome: Outcome) => void = () => {};
    this.outcome = new Promise((resolve) => {
      settled = resolve;
    });
    this.#settled = settled;
    this.#socket = connect({ host: hostOf(address), port: portOf(address), noDelay: true });
    this.#socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on("end", () => this.#break("the peer ended the connection"));
    this.#socket.on("error", ({ message }) => this.#break(message));
    this.#socket.on("close", () => this.#break("the connection is closed"));
    this.#socket.write(lineOfRequest({ kind: "ping" }));
    this.#timer = setTimeout(() => this.#break(`no answer for ${GREETING_MS} ms`), GREETING_MS);
  }

  /** Aborted when the lock was held and is lost; the reason is a StoreError. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Lets go of the lock, or does not wait for it any longer; never rejects. */
  async release(): Promise<void> {
    if (this.#stage !== "held") return this.#break("it is wanted no more");
    this.#stop("leaving");
    await new Promise<void>((resolve) => {
      this.#released = resolve;
      this.#timer = setTimeout(resolve, FAREWELL_MS);
      this.#socket.write(lineOfRequest({ kind: "unlock", name: this.#name }));
    });
    this.#break("it was released");
  }

  #receive(chunk: Buffer): void {
    this.#heardAt = performance.now();
    this.#lines.push(chunk);
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const answer = line === "too-long" ? undefined : answerOf(line);
      this.#hear(answer ?? failed("malformed", "what answers there is no peer's store", false));
    }
  }

  #hear(answer: Answer): void {
    switch (this.#stage) {
      case "greeting":
        if (answer.kind !== "pong") return this.#break("what answers there is no peer's store");
        this.#stop("waiting");
        this.#socket.write(lineOfRequest({ kind: "lock", name: this.#name }));
        return;
      case "waiting":
        if (answer.kind === "locked") return this.#hold(answer.token);
        if (answer.kind !== "error") return this.#break("it knows no locks");
        this.#stop("over");
        this.#settled({ kind: "refused", error: answer });
        this.#socket.destroy();
        return;
      case "held":
        if (answer.kind === "error") this.#break(answer.message);
        return;
      case "leaving":
        // A pong may be on its way still.
        if (answer.kind !== "pong") this.#released?.();
        return;
      case "over":
    }
  }

  #hold(token: number): void {
    this.#stop("held");
    this.#settled({ kind: "locked", token });
    this.#timer = setInterval(() => this.#watch(), PING_MS);
  }

  /** What has come while this process was busy is read first. */
  #watch(): void {
    setImmediate(() => {
      if (this.#stage !== "held") return;
      const silentMs = performance.now() - this.#heardAt;
      if (silentMs >= SILENCE_MS) this.#break(`the peer says nothing for ${Math.round(silentMs)} ms`);
      else this.#socket.write(lineOfRequest({ kind: "ping" }));
    });
  }

  /** Nothing more comes of it. */
  #break(reason: string): void {
    const stage = this.#stage;
    if (stage === "over") return;
    this.#stop("over");
    // Whoever ends its side in order is still owed an answer: the peer would wait for the lock all the same.
    if (stage === "waiting") this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    this.#released?.();
    this.#settled({ kind: "broken", reason, wasPeer: stage !== "greeting" });
    if (stage === "held") this.#lost.abort(new StoreError("lock-lost", reason, true));
  }

  #stop(next: Stage): void {
    this.#stage = next;
    clearTimeout(this.#timer);
    clearInterval(this.#timer);
  }
}
