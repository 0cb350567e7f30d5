import { type Address, addressOf } from "../../src/core/address.ts";
import { type PeerId, parsePeerId } from "../../src/core/peer-id.ts";
import type { Direction, FaultTarget, LinkFault } from "../../src/faults/fault.ts";
import type { FaultCommand } from "../../src/faults/message.ts";
import { FaultyPeer } from "../../src/peer/faulty-peer.ts";
import type { FaultyEffect, FaultyInput, PeerInput, PeerOptions } from "../../src/peer/machine.ts";
import type { AnyRecord } from "../../src/peer/registry.ts";

export const ANNA = peerId("00000000000000aa");
export const BORIS = peerId("00000000000000bb");

function peerId(text: string): PeerId {
  const id = parsePeerId(text);
  if (id === undefined) throw new Error(`${text} is no peer ID`);
  return id;
}

export function at(port: number): Address {
  const address = addressOf("127.0.0.1", port);
  if (address === undefined) throw new Error(`${port} is no port`);
  return address;
}

export const OPTIONS: PeerOptions = {
  id: peerId("0000000000000001"),
  name: "",
  address: at(7001),
  seed: 1,
  found: true,
  seeds: [],
  scan: [],
};

export const CUT: LinkFault = { kind: "cut", reset: false };
export const LATE: LinkFault = { kind: "latency", delayMs: 100, jitterMs: 0 };

type Hello = Extract<PeerInput, { kind: "message" }>["content"] & { protocol: "link" };

/** Who looks on while a rig drives its peer: at the peer as it is made, then at each step before what follows from it. */
export interface Onlooker {
  made(peer: FaultyPeer): void;
  stepped(input: FaultyInput, now: number, effects: readonly FaultyEffect[]): void;
}

/** A founder on a disk that is always ready, whose every input and effect a test sees. */
export class Rig {
  readonly peer = new FaultyPeer(OPTIONS, [], 0);
  readonly disk: AnyRecord[] = [];
  /** All that it was given. */
  readonly inputs: FaultyInput[] = [];
  now = 0;
  #sequence = new Map<number, number>();
  readonly #onlooker: Onlooker | undefined;

  constructor(onlooker?: Onlooker) {
    this.#onlooker = onlooker;
    onlooker?.made(this.peer);
    this.give({ kind: "timeout" });
  }

  /** Lets one thing happen now; what the peer asks for, saves aside, which are done at once. */
  give(input: FaultyInput): FaultyEffect[] {
    this.inputs.push(input);
    const effects: FaultyEffect[] = [];
    const asked = this.peer.step(input, this.now);
    this.#onlooker?.stepped(input, this.now, asked);
    for (const effect of asked) {
      effects.push(effect);
      if (effect.kind !== "save") continue;
      this.disk.push(...effect.records);
      effects.push(...this.give({ kind: "saved", upTo: effect.token }));
    }
    return effects.filter(({ kind }) => kind !== "save");
  }

  command(command: FaultCommand): FaultyEffect[] {
    return this.give({ kind: "faults", command });
  }

  /** Sets a fault on Anna, unless said otherwise. */
  set(fault: LinkFault, on: { target?: FaultTarget; direction?: Direction; forMs?: number } = {}): FaultyEffect[] {
    const { target = ANNA, direction = "both", forMs = null } = on;
    return this.command({ kind: "set", fault, targets: [target], direction, by: "test", forMs });
  }

  heal(target: FaultTarget | "all" = "all"): FaultyEffect[] {
    return this.command({ kind: "heal", target, by: "test" });
  }

  /** Lets time pass, waking the peer whenever it is due. */
  pass(ms: number): FaultyEffect[] {
    const end = this.now + ms;
    const effects: FaultyEffect[] = [];
    for (let due = this.peer.deadline; due <= end; due = this.peer.deadline) {
      this.now = Math.max(this.now, due);
      effects.push(...this.give({ kind: "timeout" }));
    }
    this.now = end;
    return effects;
  }

  /** Accepts a connection on which a peer of the same cluster says HELLO. */
  link(session: number, peer = ANNA, address = at(7002)): FaultyEffect[] {
    return [
      ...this.give({ kind: "session-up", session, address: at(40_000 + session) }),
      ...this.hello(session, peer, address),
    ];
  }

  hello(session: number, peer = ANNA, address = at(7002)): FaultyEffect[] {
    const { cluster } = this.peer.peer.view("discovery");
    const modes = { election: "raft", broadcast: "raft", reads: "read-index", security: "none" } as const;
    const content: Hello = {
      protocol: "link",
      message: {
        kind: "hello",
        leastVersion: 1,
        mostVersion: 1,
        role: "peer",
        cluster,
        peer,
        incarnation: 1,
        address,
        name: "",
        ...modes,
        tagged: [],
      },
    };
    return this.give({ kind: "message", session, content, envelope: null });
  }

  /** A PING comes, which is answered by a PONG of the same number. */
  ping(session: number, requestId = 1): FaultyEffect[] {
    const sequence = (this.#sequence.get(session) ?? 0) + 1;
    this.#sequence.set(session, sequence);
    const content = { protocol: "link", message: { kind: "ping", requestId } } as const;
    return this.give({ kind: "message", session, content, envelope: { lamport: 1, sequence } });
  }

  /** A health check comes, which is answered by an ACK. */
  syn(port = 7002): FaultyEffect[] {
    return this.give({ kind: "packet", from: at(port), packet: { kind: "syn", nonce: new Uint8Array(16) } });
  }
}

/** The request IDs of the PONGs among effects, in order. */
export function pongs(effects: readonly FaultyEffect[]): number[] {
  return effects.flatMap((effect) => {
    const isPong =
      effect.kind === "message" && effect.content.protocol === "link" && effect.content.message.kind === "pong";
    return isPong && "requestId" in effect.content.message ? [effect.content.message.requestId] : [];
  });
}

/** What the peer has told, by kind. */
export function told(effects: readonly FaultyEffect[]): string[] {
  return effects.flatMap((effect) => (effect.kind === "event" ? [effect.event.event.kind] : []));
}

/** What was asked of the transport about connections: `dial 1`, `hello 1`, `error 2`, `close 2`. */
export function onConnections(effects: readonly FaultyEffect[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.kind === "dial" || effect.kind === "close") return [`${effect.kind} ${effect.session}`];
    if (effect.kind !== "message" || effect.content.protocol !== "link") return [];
    const { kind } = effect.content.message;
    return kind === "hello" || kind === "error" ? [`${kind} ${effect.session}`] : [];
  });
}

/** A rig with a link to Anna on session 2. */
export function linked(): Rig {
  const rig = new Rig();
  rig.link(2);
  return rig;
}

/** How many health checks are answered. */
export function acks(effects: readonly FaultyEffect[]): number {
  return effects.filter((effect) => effect.kind === "packet" && effect.packet.kind === "ack").length;
}

/** The reason that the first event of a kind gives. */
export function reasonOf(effects: readonly FaultyEffect[], kind: string): string | undefined {
  for (const effect of effects) {
    if (effect.kind === "event" && effect.event.event.kind === kind && "reason" in effect.event.event)
      return effect.event.event.reason;
  }
  return undefined;
}
