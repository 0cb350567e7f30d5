import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../../src/core/assert.ts";
import { type Modes, USUAL_MODES } from "../../../src/core/modes.ts";
import { type ClusterId, NO_CLUSTER, type PeerId, parseClusterId } from "../../../src/core/peer-id.ts";
import type { FaultyEffect, FaultyInput } from "../../../src/peer/machine.ts";
import type { PeerEvent } from "../../../src/peer/peer-event.ts";
import type { AnyMessage, AnyRecord } from "../../../src/peer/registry.ts";
import type { RaftMessage } from "../../../src/protocols/raft/message.ts";
import { invariants } from "../../../src/sim/invariants/registry.ts";
import { Spectator } from "../../../src/sim/invariants/spectator.ts";
import type { Network } from "../../../src/sim/network/network.ts";
import type { SimulatedPeer } from "../../../src/sim/world/simulated-peer.ts";
import { World } from "../../../src/sim/world/world.ts";
import { OPTIONS } from "../../peer/rig.ts";

export const [A, B, C] = [7001, 7002, 7003] as const;

export const CLUSTER = clusterId("00000000000000c1");
export const OTHER_CLUSTER = clusterId("00000000000000c2");

type Message = Extract<FaultyEffect, { kind: "message" }>;

/**
 * Three peers that only do what a test says, in front of one invariant. Each has had a HELLO from each other one, on the
 * connection with that one's port as its number, and all belong to one cluster.
 */
export class Stage {
  readonly spectator: Spectator;
  readonly #world: World;
  #lastToken = 0;

  /** `name`: of an invariant in the registry; `modes`: how the peers agree, if not as usually. */
  constructor(name: string, modes: Partial<Modes> = {}) {
    this.#world = new World({ keep: "none", modes: { ...USUAL_MODES, ...modes } });
    const invariant = invariants.find((each) => each.name === name);
    if (invariant === undefined) throw new Error(`no invariant is called ${name}`);
    this.spectator = new Spectator(invariant.watch(this.#world));
    for (const port of [A, B, C]) this.#world.start(port);
    for (const port of [A, B, C]) this.begin(port, inCluster());
  }

  peer(port: number): SimulatedPeer {
    return this.#world.peer(port);
  }

  /** Somebody of whom nothing was ever seen. */
  get stranger(): SimulatedPeer {
    return this.#world.start(7999);
  }

  get network(): Network {
    return this.#world.network;
  }

  id(port: number): PeerId {
    return this.peer(port).id;
  }

  /** A process begins. */
  begin(port: number, records: readonly AnyRecord[] = []): void {
    this.spectator.started(this.peer(port), OPTIONS, records);
    this.#greet(port);
  }

  /** A crash that is injected, and the recovery on these records. */
  crash(port: number, records: readonly AnyRecord[]): void {
    this.step(port, { kind: "faults", command: { kind: "crash", by: "test", forMs: null } }, { kind: "crash" });
    this.step(port, { kind: "restored", id: this.id(port), records });
    this.#greet(port);
  }

  /** Something happens to a peer, and it asks for this. */
  step(port: number, input: FaultyInput, ...effects: readonly FaultyEffect[]): void {
    this.spectator.stepped(this.peer(port), input, 0, effects);
  }

  /** A peer asks for something of its own accord. */
  does(port: number, ...effects: readonly FaultyEffect[]): void {
    this.step(port, { kind: "timeout" }, ...effects);
  }

  /** A peer hands records to its disk, and they are there. */
  saves(port: number, ...records: readonly AnyRecord[]): void {
    this.hands(port, ...records);
    this.step(port, { kind: "saved", upTo: this.#lastToken });
  }

  /** A peer hands records to its disk. */
  hands(port: number, ...records: readonly AnyRecord[]): void {
    this.#lastToken += 1;
    this.does(port, { kind: "save", records, token: this.#lastToken });
  }

  hears(port: number, from: number, content: AnyMessage, ...effects: readonly FaultyEffect[]): void {
    this.step(port, { kind: "message", session: from, content, envelope: null }, ...effects);
  }

  #greet(port: number): void {
    for (const other of [A, B, C]) if (other !== port) this.hears(port, other, hello(this.peer(other)));
  }
}

/** Something that peers do. */
export type Play = (stage: Stage) => void;

/** Tests an invariant of the registry: plays that break it, each with what the violation says, and plays that do not. */
export function rule(
  name: string,
  plays: {
    readonly breaks: Readonly<Record<string, readonly [Play, RegExp]>>;
    readonly holds: Readonly<Record<string, Play>>;
  },
  modes: Partial<Modes> = {},
): void {
  describe(name, () => {
    test.each(Object.entries(plays.breaks))("is broken: %s", (_title, [play, says]) => {
      const act = (): void => play(new Stage(name, modes));
      expect(act).toThrow(InvariantViolation);
      expect(act).toThrow(says);
      expect(act).toThrow(name);
    });

    test.each(Object.entries(plays.holds))("holds: %s", (_title, play) => {
      play(new Stage(name, modes));
    });
  });
}

/** What a peer says to another. */
export function says(to: number, content: AnyMessage, more: Partial<Message> = {}): Message {
  return { kind: "message", session: to, content, envelope: null, ...more };
}

export function tells(event: PeerEvent["event"], lamport = 0): FaultyEffect {
  return { kind: "event", event: { now: 0, lamport, routine: false, event } };
}

export function raft(message: RaftMessage): AnyMessage {
  return { protocol: "raft", message };
}

export function inCluster(cluster: ClusterId = CLUSTER): readonly AnyRecord[] {
  return [{ protocol: "discovery", record: { kind: "joined", cluster } }];
}

export function hardState(currentTerm: number, votedFor: PeerId | null = null): AnyRecord {
  return { protocol: "raft", record: { kind: "hard-state", currentTerm, votedFor } };
}

export const FORGET: AnyRecord = { protocol: "raft", record: { kind: "forget" } };

/** A SYN to a peer, with a nonce of this one number. */
export function syn(stage: Stage, to: number, nonce: number): FaultyEffect {
  return { kind: "packet", to: stage.peer(to).address, packet: { kind: "syn", nonce: Buffer.alloc(16, nonce) } };
}

/** The ACK of that SYN comes from a peer. */
export function ack(stage: Stage, from: number, nonce: number): FaultyInput {
  return { kind: "packet", from: stage.peer(from).address, packet: { kind: "ack", nonce: Buffer.alloc(16, nonce) } };
}

/** A fault that makes what is sent late, or the end of one. */
export function latency(kind: "fault-set" | "fault-ended", lamport = 0): FaultyEffect {
  const fault = { kind: "latency", delayMs: 1000, jitterMs: 0 } as const;
  return tells({ kind, id: 1, fault, target: "everybody", direction: "both", by: "test" }, lamport);
}

export function hello(
  { id, address }: SimulatedPeer,
  { incarnation = 0, cluster = NO_CLUSTER }: { incarnation?: number; cluster?: ClusterId } = {},
): AnyMessage {
  const modes = { election: "raft", broadcast: "raft", reads: "read-index", security: "none" } as const;
  const versions = { leastVersion: 1, mostVersion: 1, role: "peer" } as const;
  return {
    protocol: "link",
    message: { kind: "hello", ...versions, cluster, peer: id, incarnation, address, name: "", ...modes, tagged: [] },
  };
}

function clusterId(text: string): ClusterId {
  const id = parseClusterId(text);
  if (id === undefined) throw new Error(`${text} is no cluster ID`);
  return id;
}
