import type { Address } from "../../core/address.ts";
import type { Effects } from "../../core/effects.ts";
import type { ClusterId, PeerId } from "../../core/peer-id.ts";
import type { Connection, Connections } from "./connections.ts";
import { dialsOf } from "./greeting.ts";
import type { Hello, LinkSpeech, LinkView } from "./message.ts";
import { Pulse } from "./pulse.ts";
import { type Contender, outranks, type Stamp } from "./survivor.ts";

/** The link to one peer. */
export interface Link {
  readonly peer: PeerId;
  /** When it came up; it may have been replaced since. */
  readonly since: number;
  connection: Connection;
  contender: Contender;
  pulse: Pulse;
  /** As the HELLO on this connection says. */
  address: Address;
  cluster: ClusterId;
}

/** The links that stand: one a pair. */
export class Pairs {
  readonly #self: PeerId;
  readonly #effects: Effects<LinkSpeech>;
  readonly #connections: Connections;
  readonly #pingIntervalMs: number;
  readonly #links = new Map<PeerId, Link>();

  constructor(self: PeerId, effects: Effects<LinkSpeech>, connections: Connections, pingIntervalMs: number) {
    this.#self = self;
    this.#effects = effects;
    this.#connections = connections;
    this.#pingIntervalMs = pingIntervalMs;
  }

  get size(): number {
    return this.#links.size;
  }

  all(): IterableIterator<Link> {
    return this.#links.values();
  }

  with(peer: PeerId): Link | undefined {
    return this.#links.get(peer);
  }

  /** The link to whoever says that it listens at this address. */
  at(address: Address): Link | undefined {
    return this.#find((link) => link.address === address);
  }

  /** The link that we dialled at this address. */
  dialledAt(address: Address): Link | undefined {
    return this.#find(({ connection }) => connection.dialledBy === "us" && connection.remote === address);
  }

  /** The link that uses this connection. */
  over(connection: Connection): Link | undefined {
    if (connection.stage !== "linked" || connection.peer === null) return undefined;
    return this.#links.get(connection.peer);
  }

  /** When the next PING is due; Infinity for never. */
  get deadline(): number {
    let earliest = Infinity;
    for (const { pulse } of this.#links.values()) earliest = Math.min(earliest, pulse.deadline);
    return earliest;
  }

  views(): LinkView[] {
    return [...this.#links.values()].map(({ peer, address, connection, since }) => {
      return { peer, address, session: connection.session, dialledBy: connection.dialledBy, since };
    });
  }

  /** Both HELLOs were said on a connection: it becomes the link, replaces it, or is a duplicate. */
  settle(connection: Connection, hello: Hello, ours: Stamp, now: number): void {
    const { peer, address, cluster, incarnation } = hello;
    const theirs = { incarnation, dials: dialsOf(hello) };
    const contender = { dialledBy: connection.dialledBy, ours, theirs };
    const link = this.#links.get(peer);
    connection.peer = peer;
    if (link !== undefined && !this.#survives(contender, link)) {
      this.#effects.event({ kind: "link-duplicated", peer, session: connection.session });
      this.#connections.retire(connection, now);
      return;
    }
    const loser = link?.connection;
    const pulse = new Pulse(this.#pingIntervalMs, now);
    this.#links.set(peer, { peer, since: link?.since ?? now, connection, contender, pulse, address, cluster });
    connection.stage = "linked";
    connection.deadline = Infinity;
    this.#tell(loser === undefined ? "link-established" : "link-replaced", connection, hello);
    if (loser !== undefined) this.#connections.retire(loser, now);
  }

  /** The link and every connection of its peer are gone. */
  drop(link: Link, reason: string, goodbye: "leaving" | "stopping" | null): void {
    const { peer, address } = link;
    this.#links.delete(peer);
    this.#connections.closeAllOf(peer, reason);
    this.#effects.event({ kind: "link-lost", peer, address, reason, goodbye });
  }

  #find(test: (link: Link) => boolean): Link | undefined {
    for (const link of this.#links.values()) if (test(link)) return link;
    return undefined;
  }

  #survives(newcomer: Contender, link: Link): boolean {
    // The other side uses an abandoned one no more, so whatever comes is better.
    return link.connection.abandoned || outranks(newcomer, link.contender, this.#self < link.peer);
  }

  #tell(kind: "link-established" | "link-replaced", connection: Connection, hello: Hello): void {
    const { peer, address, name, incarnation, cluster } = hello;
    const { session, dialledBy } = connection;
    this.#effects.event({ kind, peer, session, address, name, incarnation, cluster, dialledBy });
  }
}
