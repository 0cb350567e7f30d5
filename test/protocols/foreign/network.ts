import type { Address } from "../../../src/core/address.ts";
import { assert } from "../../../src/core/assert.ts";
import { DeadlineQueue } from "../../../src/core/deadline-queue.ts";
import type { Input, SessionId } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { FOREIGN_DEFAULTS } from "../../../src/protocols/foreign/definition.ts";
import { Foreign } from "../../../src/protocols/foreign/foreign.ts";
import type { Accepted, ForeignNotice, ForeignSpeech } from "../../../src/protocols/foreign/message.ts";
import { GossipDecoder } from "../../../src/wire/gossip-decoder.ts";
import { encodeGossip } from "../../../src/wire/gossip-message.ts";
import { place } from "./scene.ts";

const LATENCY_MS = 1;

/** What somebody does who is connected to. */
export type Manner = "well" | "silent" | "garbage";

interface Node {
  readonly machine: Foreign;
  readonly manner: Manner;
  readonly told: ForeignNotice[];
  /** The other end of each connection, by our number of it. */
  readonly ends: Map<SessionId, { readonly node: Node; readonly session: SessionId }>;
  readonly decoders: Map<SessionId, GossipDecoder>;
  nextAccepted: SessionId;
}

/**
 * Peers of the revised dialect: machines on a network that carries bytes. What the rest of a peer does is done for them:
 * a PULL of somebody who dialled is answered, a PUSH is considered, and what comes is accepted and spread on.
 */
export class ForeignNetwork {
  now = 0;
  /** Called for what a node is told; by default it accepts it. */
  onNotice: (node: number, notice: ForeignNotice) => void = (node, notice) => {
    this.spread(node, { ...notice, received: true });
  };
  #sends = 0;
  readonly #nodes = new Map<Address, Node>();
  readonly #due = new DeadlineQueue<() => void>();

  add(
    n: number,
    bootstrapper: number | null,
    options: Partial<ForeignSpeech["options"]> = {},
    manner: Manner = "well",
  ) {
    const own = { address: place(n), bootstrapper: bootstrapper === null ? null : place(bootstrapper) };
    const machine = new Foreign(
      { ...FOREIGN_DEFAULTS, dialect: "revised", ...own, ...options },
      seededRandom(n + 1),
      this.now,
    );
    this.#nodes.set(place(n), { machine, manner, told: [], ends: new Map(), decoders: new Map(), nextAccepted: 2 });
  }

  /** SENDs that travelled so far. */
  get sends(): number {
    return this.#sends;
  }

  told(n: number): readonly ForeignNotice[] {
    return this.#node(place(n)).told;
  }

  neighbours(n: number): Address[] {
    const { neighbours } = this.#node(place(n)).machine.view();
    return neighbours.flatMap(({ state, address }) => (state === "neighbour" ? [address] : []));
  }

  view(n: number): ForeignSpeech["view"] {
    return this.#node(place(n)).machine.view();
  }

  spread(n: number, ...notices: Accepted[]): void {
    this.#step(this.#node(place(n)), { kind: "command", command: { kind: "spread", notices } });
  }

  /** Lets a machine do something a little later. */
  later(act: () => void): void {
    this.#due.set(act, this.now + LATENCY_MS);
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (; this.now < end; this.now++) {
      for (let act = this.#due.takeDue(this.now); act !== undefined; act = this.#due.takeDue(this.now)) act();
      for (const node of this.#nodes.values()) {
        if (node.machine.deadline <= this.now) this.#step(node, { kind: "timeout" });
      }
    }
  }

  #node(address: Address): Node {
    const node = this.#nodes.get(address);
    assert(node !== undefined, `a node at ${address}`);
    return node;
  }

  #step(node: Node, input: Input<ForeignSpeech>): void {
    for (const effect of node.machine.step(input, this.now)) {
      if (effect.kind === "dial") this.#dial(node, effect.session, effect.address);
      else if (effect.kind === "close") this.#close(node, effect.session);
      else if (effect.kind === "send" && "session" in effect.to) this.#send(node, effect.to.session, effect.message);
      else if (effect.kind === "event" && effect.event.kind === "foreign-notice") {
        const { dataType, ttl, data } = effect.event;
        node.told.push({ dataType, ttl, data });
        const n = [...this.#nodes.values()].indexOf(node);
        this.later(() => this.onNotice(n, { dataType, ttl, data }));
      }
    }
  }

  #dial(node: Node, session: SessionId, address: Address): void {
    const other = this.#nodes.get(address);
    this.later(() => {
      if (other === undefined) {
        this.#step(node, { kind: "session", session, up: false, reason: "refused" });
        return;
      }
      const accepted = other.nextAccepted;
      other.nextAccepted += 2;
      node.ends.set(session, { node: other, session: accepted });
      other.ends.set(accepted, { node, session });
      this.#step(other, { kind: "session", session: accepted, up: true, address: place(9000) });
      this.#step(node, { kind: "session", session, up: true, address });
    });
  }

  #close(node: Node, session: SessionId): void {
    const end = node.ends.get(session);
    node.ends.delete(session);
    if (end === undefined) return;
    this.later(() => {
      if (end.node.ends.delete(end.session))
        this.#step(end.node, { kind: "session", session: end.session, up: false, reason: "closed" });
    });
  }

  #send(node: Node, session: SessionId, message: ForeignSpeech["message"]): void {
    const end = node.ends.get(session);
    if (end === undefined) return;
    if (message.kind === "send") this.#sends += 1;
    const bytes = encodeGossip(message, "revised");
    this.later(() => this.#arrive(end.node, end.session, bytes));
  }

  #arrive(node: Node, session: SessionId, bytes: Buffer): void {
    const decoder = node.decoders.get(session) ?? new GossipDecoder("revised");
    node.decoders.set(session, decoder);
    for (const message of decoder.push(bytes)) this.#hear(node, session, message);
  }

  #hear(node: Node, session: SessionId, message: ForeignSpeech["message"]): void {
    const wasAccepted = session % 2 === 0;
    if (wasAccepted && node.manner === "silent") return;
    if (wasAccepted && node.manner === "garbage") {
      const end = node.ends.get(session);
      // Of a type that there is, but not one ID of as many as it says.
      if (end !== undefined) this.later(() => this.#arrive(end.node, end.session, Buffer.from("000601f9ffff", "hex")));
      return;
    }
    if (wasAccepted && message.kind === "pull") {
      const { neighbours } = node.machine.view();
      const ids = neighbours.flatMap(({ state, address }) => (state === "neighbour" ? [address] : []));
      this.#send(node, session, { kind: "response", ids });
      this.#step(node, { kind: "command", command: { kind: "welcome", session, address: message.address } });
    } else if (wasAccepted && message.kind === "push") {
      this.#step(node, { kind: "command", command: { kind: "consider", address: message.address } });
    } else {
      this.#step(node, { kind: "message", from: { session }, message });
    }
  }
}
