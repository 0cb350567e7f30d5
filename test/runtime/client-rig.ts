import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Answer, Request } from "../../src/core/request.ts";
import { ClientDoor, type ClientInput } from "../../src/runtime/client-door.ts";
import type { ClientLimits } from "../../src/runtime/client-limits.ts";
import { Counters } from "../../src/runtime/counters.ts";
import { SessionNumbers } from "../../src/runtime/session-numbers.ts";
import { until, Visitor } from "./visitor.ts";

export const PING: Request = { kind: "ping" };
export const PONG: Answer = { kind: "pong", text: "alpha" };
export const PONG_LINE = '{"Pong":"alpha"}\n';

/** A client door behind a port of this machine, and all that it gives. */
export class ClientRig {
  readonly inputs: ClientInput[] = [];
  readonly counters = new Counters();
  /** The door's sides of the connections, oldest first. */
  readonly sockets: Socket[] = [];
  readonly server: Server = createServer({ allowHalfOpen: true });
  /** What the peer does. */
  onInput: (input: ClientInput) => void = () => {};
  #door: ClientDoor | undefined;

  /** A door, which takes connections as the front door hands them on: with the first bytes that they say. */
  async open(limits: Partial<ClientLimits> = {}): Promise<void> {
    const give = (input: ClientInput): void => {
      this.inputs.push(input);
      this.onInput(input);
    };
    const door = new ClientDoor(give, this.counters, new SessionNumbers(), limits);
    this.#door = door;
    this.server.on("connection", (socket: Socket) => {
      socket.on("error", () => {});
      this.sockets.push(socket);
      door.accept(socket, Buffer.alloc(0));
    });
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
  }

  get door(): ClientDoor {
    if (this.#door === undefined) throw new Error("the door is not open");
    return this.#door;
  }

  /** Ends all that was begun. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await this.#door?.closeAll();
  }

  /** A client whose connection stands; the first is session 2, the next 4. */
  async client(): Promise<Visitor> {
    const ups = this.inputs.length;
    const visitor = await Visitor.to((this.server.address() as AddressInfo).port);
    await until(() => this.inputs.length > ups, "the connection");
    return visitor;
  }

  /** Bytes come on a connection, the first being 0, in the turn of the event loop that is now. */
  say(connection: number, text: string): void {
    this.sockets[connection]?.emit("data", Buffer.from(text));
  }

  /** All that was asked. */
  requests(): readonly Request[] {
    return this.inputs.flatMap((input) =>
      input.kind === "client" ? input.asked.flatMap(({ requests }) => requests) : [],
    );
  }

  /** Which connections are over, and why. */
  downs(): readonly string[] {
    return this.inputs.flatMap((input) => (input.kind === "session-down" ? [`${input.session} ${input.reason}`] : []));
  }

  /** Lets some answers leave. */
  answer(session: number, ...answers: readonly Answer[]): void {
    this.door.write(session, answers);
    this.door.flush();
  }

  /** Answers whatever comes, at once, as a peer does. */
  answering(reply: (request: Request) => Answer = () => PONG): void {
    this.onInput = (input) => {
      if (input.kind !== "client") return;
      for (const { session, requests } of input.asked) this.door.write(session, requests.map(reply));
      queueMicrotask(() => this.door.flush());
    };
  }
}
