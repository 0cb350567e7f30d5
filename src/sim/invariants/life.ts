import { type Address, portOf } from "../../core/address.ts";
import { type ClusterId, NO_CLUSTER, type PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { FaultyEffect, FaultyInput } from "../../peer/machine.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { AnyMessage, AnyRecord } from "../../peer/registry.ts";

/** Digits of a simulated peer's ID that are its port. */
const PORT_DIGITS = 8;

/** One life of a peer, from the start of a process or an injected recovery to the next crash: what all watches ask of it. */
export class Life {
  readonly id: PeerId;
  readonly address: Address;
  readonly port: number;
  /** Where it belongs; zero while it seeks a cluster. */
  cluster: ClusterId;
  /**
   * Link faults in force between it and its transport. While there are some, what it says may leave late and twice, and
   * what is heard may reach it so. They outlive an injected crash.
   */
  faults: number;
  /** Whether a fault holds it still: what comes is kept for later. */
  isPaused = false;
  readonly #others = new Map<SessionId, PeerId>();

  constructor(id: PeerId, address: Address, records: readonly AnyRecord[], faults: number) {
    this.id = id;
    this.address = address;
    this.port = portOf(address);
    this.cluster = clusterIn(records) ?? NO_CLUSTER;
    this.faults = faults;
  }

  /** Who said HELLO on a connection; undefined before that, and once the connection is gone. */
  peerOn(session: SessionId): PeerId | undefined {
    return this.#others.get(session);
  }

  /** Takes note of what has come. */
  noteInput(input: FaultyInput): void {
    if (input.kind === "session-down") this.#others.delete(input.session);
    else if (input.kind === "message" && input.content.protocol === "link") this.#meet(input.session, input.content);
  }

  /** Takes note of what it saves, which comes before all that it tells of the same step. */
  noteSave(records: readonly AnyRecord[]): void {
    this.cluster = clusterIn(records) ?? this.cluster;
  }

  /** Takes note of what it tells. */
  noteEvent({ event }: PeerEvent): void {
    if (event.kind === "fault-set") this.faults += 1;
    else if (event.kind === "fault-ended") this.faults -= 1;
    else if (event.kind === "peer-paused") this.isPaused = true;
    else if (event.kind === "peer-unpaused") this.isPaused = false;
  }

  /** Takes note of a connection that it closes. */
  noteClose({ session }: Extract<FaultyEffect, { kind: "close" }>): void {
    this.#others.delete(session);
  }

  #meet(session: SessionId, { message }: Extract<AnyMessage, { protocol: "link" }>): void {
    if (message.kind === "hello") this.#others.set(session, message.peer);
  }
}

/** Something kept for each life, made when it is first asked for. */
export class PerLife<T extends object> {
  readonly #make: (life: Life) => T;
  readonly #kept = new WeakMap<Life, T>();

  constructor(make: (life: Life) => T) {
    this.#make = make;
  }

  of(life: Life): T {
    const known = this.#kept.get(life);
    if (known !== undefined) return known;
    const made = this.#make(life);
    this.#kept.set(life, made);
    return made;
  }
}

/** A peer by its port, where its ID tells that, as in every world. */
export function nameOf(id: PeerId): string {
  const port = id.slice(0, PORT_DIGITS);
  return /^0{3,7}[1-9]\d*$/.test(port) ? `${Number(port)}` : id;
}

/** The cluster of the last word that records have on that; undefined where they say nothing. */
function clusterIn(records: readonly AnyRecord[]): ClusterId | undefined {
  let cluster: ClusterId | undefined;
  for (const { protocol, record } of records) {
    if (protocol !== "discovery" || record.kind === "remembered") continue;
    cluster = record.kind === "yielded" ? record.to : record.cluster;
  }
  return cluster;
}
