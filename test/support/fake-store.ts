import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type Answer, type FileOperation, failed, type Request } from "../../src/core/request.ts";
import { lineOf } from "../../src/wire/client-answer.ts";
import { requestOf } from "../../src/wire/client-line.ts";
import { LineSplitter } from "../../src/wire/lines.ts";

/** What fake peers of one cluster hold in common: files, values and sessions, as simple as can be. */
export class FakeState {
  readonly files = new Map<string, string>();
  readonly values = new Map<string, { value: string; writtenAt: number }[]>();
  /** The answers of each session, by sequence. */
  readonly sessions = new Map<number, Map<number, Answer>>();
  /** Changes that were applied, in order. */
  readonly applied: string[] = [];
  #time = 0;

  answer(request: Request, session: number | undefined): Answer {
    switch (request.kind) {
      case "do":
        return this.#once(request, session);
      case "open-session": {
        const id = this.sessions.size + 1;
        this.sessions.set(id, new Map());
        return { kind: "session", session: id };
      }
      case "resume-session":
        return this.sessions.has(request.session) ? { kind: "session", session: request.session } : EXPIRED;
      case "list":
        return display([...this.files.keys()].sort().join("\n"));
      case "atomic":
        return this.#atomic(request.operations);
      case "write": {
        this.#time = Math.max(this.#time, request.time) + 1;
        const versions = this.values.get(request.key) ?? [];
        this.values.set(request.key, [...versions, { value: request.value, writtenAt: this.#time }]);
        return { kind: "written-at", time: this.#time };
      }
      case "read-value": {
        const { key, version, time } = request;
        const fits = (at: number): boolean => (version === null || `${at}` === version) && at <= (time ?? at);
        const found = this.values.get(key)?.findLast(({ writtenAt }) => fits(writtenAt));
        return { kind: "value", found: found === undefined ? null : { key, ...found } };
      }
      case "ping":
        return { kind: "pong", text: "fake" };
      case "exit":
        return display("goodbye");
      case "lock":
        return { kind: "locked", name: request.name, token: 7 };
      case "unlock":
        return display(`unlocked ${request.name}`);
      case "unknown":
        return request;
      case "malformed":
        return failed("malformed", request.reason, true);
      default:
        return this.#file(request);
    }
  }

  #once({ sequence, request }: Request & { kind: "do" }, session: number | undefined): Answer {
    if (session === undefined) return failed("no-session", "Do is for sessions", true);
    const answers = this.sessions.get(session);
    if (answers === undefined) return EXPIRED;
    const known = answers.get(sequence);
    if (known !== undefined) return known;
    const answer = this.answer(request, session);
    answers.set(sequence, answer);
    this.applied.push(`${request.kind} ${"name" in request ? request.name : "key" in request ? request.key : ""}`);
    return answer;
  }

  #atomic(operations: readonly FileOperation[]): Answer {
    const before = new Map(this.files);
    const texts: string[] = [];
    for (const operation of operations) {
      const answer = this.#file(operation);
      if (answer.kind === "display") texts.push(answer.text);
      else {
        this.files.clear();
        for (const [name, content] of before) this.files.set(name, content);
        return answer;
      }
    }
    return display(texts.join("\n"));
  }

  #file(operation: FileOperation): Answer {
    const { kind, name } = operation;
    const content = this.files.get(name);
    if (kind === "create") {
      if (content !== undefined) return failed("exists", `there is a file ${name}`, true);
      this.files.set(name, "");
      return display(`created ${name}`);
    }
    if (content === undefined) return failed("not-found", `there is no file ${name}`, true);
    if (kind === "read") return display(content);
    if (kind === "delete") {
      this.files.delete(name);
      return display(`deleted ${name}`);
    }
    this.files.set(name, content + operation.data);
    return display(`appended ${Buffer.byteLength(operation.data)} bytes to ${name}`);
  }
}

export const EXPIRED = failed("session-expired", "the session is not known any more", false);

function display(text: string): Answer {
  return { kind: "display", text };
}

/** One connection of a fake peer. */
export interface FakeConnection {
  readonly socket: Socket;
  /** The session that was opened or resumed on it. */
  session: number | undefined;
}

/**
 * What a fake peer answers to a request; undefined for nothing at all, which leaves the client waiting, for itself and for
 * all that it asks later, unless the connection is broken.
 */
export type FakeManner = (request: Request, connection: FakeConnection) => Answer | undefined;

/** Listens like a peer with a store, and answers as it is told to. */
export class FakeStore {
  readonly state: FakeState;
  /** The lines that were heard, on whichever connection. */
  readonly heard: string[] = [];
  /** How many connections there were. */
  visits = 0;
  /** How it answers from now on. */
  manner: FakeManner;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, state: FakeState, manner: FakeManner | undefined) {
    this.#server = server;
    this.state = state;
    this.manner = manner ?? ((request, { session }) => state.answer(request, session));
    server.on("connection", (socket) => this.#serve(socket));
  }

  /** @param manner answers in the place of the state */
  static async listen(state = new FakeState(), manner?: FakeManner): Promise<FakeStore> {
    const server = createServer({ allowHalfOpen: true });
    const peer = new FakeStore(server, state, manner);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return peer;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resets all connections and takes no more, as a process that is killed. */
  async kill(): Promise<void> {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Says a line on every connection, asked for or not. */
  say(line: string): void {
    for (const socket of this.#sockets) socket.write(line);
  }

  #serve(socket: Socket): void {
    this.visits += 1;
    this.#sockets.add(socket);
    const connection: FakeConnection = { socket, session: undefined };
    const lines = new LineSplitter(1_048_576);
    let isSilent = false;
    socket.on("data", (chunk: Buffer) => {
      lines.push(chunk);
      for (let line = lines.next(); line !== undefined; line = lines.next()) {
        this.heard.push(String(line));
        const answer = isSilent ? undefined : this.manner(requestOf(String(line)), connection);
        if (answer?.kind === "session") connection.session = answer.session;
        isSilent ||= answer === undefined;
        if (answer !== undefined) socket.write(lineOf(answer));
      }
    });
    socket.on("end", () => socket.end());
    // A client may end as rudely as it likes.
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
