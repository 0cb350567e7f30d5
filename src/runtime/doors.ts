import type { Socket } from "node:net";
import { encodeMessage } from "../peer/frames.ts";
import type { PeerEffect, PeerInput, Tuning } from "../peer/machine.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { CallerDoor } from "./caller-door.ts";
import { ClientDoor } from "./client-door.ts";
import { Connections } from "./connections.ts";
import type { Control } from "./control-queue.ts";
import type { Counters } from "./counters.ts";
import type { FrontDoor } from "./front-door.ts";
import { GossipDoor } from "./gossip-door.ts";
import { HttpDoor, type Steering } from "./http.ts";
import type { OnePort } from "./port.ts";
import { partByRole } from "./role.ts";
import { SessionNumbers } from "./session-numbers.ts";

/** Where others come in. */
export interface Ports {
  readonly port: OnePort;
  /** For programs alone; null for none. */
  readonly api: FrontDoor | null;
}

/** Whom the doors are for. */
export interface Household {
  give(input: PeerInput): void;
  view(): PeerView;
  /** Lines that come in frames, and lines that come by HTTP. */
  readonly control: Control;
  readonly steering: Steering;
  readonly counters: Counters;
  readonly tuning: Tuning;
}

/** What is done on connections, and with packets. */
export type DoorEffect = Extract<
  PeerEffect,
  { kind: "message" | "packet" | "program" | "client" | "answers" | "reading" | "dial" | "close" }
>;

/** All connections of one peer, each with whoever speaks its dialect, and its packets. */
export class Doors {
  readonly #give: (input: PeerInput) => void;
  readonly #ports: Ports;
  readonly #connections: Connections;
  readonly #programs: GossipDoor;
  readonly #clients: ClientDoor;
  readonly #callers: CallerDoor;
  readonly #http: HttpDoor;

  constructor(ports: Ports, { give, view, control, steering, counters, tuning }: Household) {
    const numbers = new SessionNumbers();
    const { notification, foreign } = tuning;
    this.#give = give;
    this.#ports = ports;
    this.#connections = new Connections(give, counters, numbers);
    this.#programs = new GossipDoor(give, counters, numbers, {
      strict: notification?.strict ?? false,
      dialect: foreign?.dialect ?? "classic",
    });
    this.#clients = new ClientDoor(give, counters, numbers);
    this.#callers = new CallerDoor(give, counters, numbers, control);
    this.#http = new HttpDoor(view, counters, steering);
  }

  /** Lets everybody in who has waited, and all who come from now on. */
  open(): void {
    const { port, api } = this.#ports;
    port.udp.listen((from, packet) => this.#give({ kind: "packet", from, packet }));
    port.door.open({
      peer: (socket, first) =>
        partByRole(socket, first, {
          peer: (from, said) => this.#connections.accept(from, said),
          client: (from, said) => this.#callers.accept(from, said),
        }),
      http: (socket, first) => this.#http.accept(socket, first),
      gossip: (socket, first) => this.#programs.accept(socket, first, false),
      client: (socket, first) => this.#clients.accept(socket, first),
    });
    api?.open({ gossip: (socket, first) => this.#programs.accept(socket, first, true) });
  }

  /**
   * Lets somebody in who came through the virtual address: to read, and to ask the pool. Peers and their like come in
   * elsewhere.
   *
   * @param mayWrite whether this peer may speak for the pool still
   */
  welcome(socket: Socket, mayWrite: () => boolean): void {
    this.#ports.port.door.adopt(socket, {
      peer: (from, first) => this.#callers.accept(from, first, mayWrite),
      http: (from, first) => this.#http.accept(from, first),
    });
  }

  /** Resets every connection to which nothing may be written any more. */
  resetForbidden(): void {
    this.#callers.resetForbidden();
  }

  carryOut(effect: DoorEffect): void {
    switch (effect.kind) {
      case "message":
        return this.#connections.write(effect.session, encodeMessage(effect));
      case "packet":
        return this.#ports.port.udp.send(effect.to, effect.packet);
      case "program":
        return this.#programs.write(effect.session, effect.said);
      case "client":
        return this.#clients.write(effect.session, effect.answers);
      case "answers":
        return this.#callers.write(effect.session, effect.answers);
      case "reading":
        this.#clients.read(effect.session, effect.on);
        this.#callers.read(effect.session, effect.on);
        return this.#programs.read(effect.session, effect.on);
      case "dial":
        return (effect.as === "link" ? this.#connections : this.#programs).dial(effect.session, effect.address);
      case "close":
        // Whose it is not does not know it.
        for (const door of this.#all) door.close(effect.session);
    }
  }

  /** Lets what was written leave. */
  flush(): void {
    for (const door of this.#all) door.flush();
    this.#ports.port.udp.flush();
  }

  /** Lets nobody in any more, and ends all connections in order; settles when that is done. */
  async close(): Promise<void> {
    const { port, api } = this.#ports;
    port.door.close();
    api?.close();
    this.#http.close();
    await Promise.all(this.#all.map((door) => door.closeAll()));
    port.udp.close();
  }

  get #all() {
    return [this.#connections, this.#programs, this.#clients, this.#callers] as const;
  }
}
