import type { Address } from "../core/address.ts";
import type { Input, SessionId, Speech } from "../core/protocol.ts";
import type { Calls } from "../protocols/broker/message.ts";
import type { Talk } from "../protocols/notification/message.ts";
import type { GossipApi } from "../wire/gossip-api.ts";
import { type GossipMessage, isGossipApi } from "../wire/gossip-message.ts";
import type { ProtocolName } from "./registry.ts";

/** An input on its way to one protocol. */
export interface Delivery {
  readonly protocol: ProtocolName;
  readonly input: Input<Speech>;
}

/** Which protocol deals with each message that comes on a connection that was accepted. */
const DEALS_WITH: { readonly [K in GossipMessage["kind"]]: ProtocolName } = {
  announce: "notification",
  notify: "notification",
  notification: "notification",
  validation: "notification",
  pull: "gossip",
  response: "gossip",
  push: "gossip",
  send: "foreign",
};

/** Who hears of connections that were accepted in the gossip dialect: all of those. */
const GOSSIP_DEALERS: readonly ProtocolName[] = [...new Set(Object.values(DEALS_WITH))];

/** Who hears of connections of clients. */
const CLIENT_DEALERS: readonly ProtocolName[] = ["service"];

/** Who hears of connections of programs that speak frames. */
const CALL_DEALERS: readonly ProtocolName[] = ["broker"];

/**
 * The connections that are no links: on which the gossip dialect is spoken, by local programs and by peers of other
 * makes, and those of clients; and which protocol deals with what comes on each.
 */
export class Programs {
  /** By connection, the protocols that hear of it: one where it dialled. */
  readonly #open = new Map<SessionId, readonly ProtocolName[]>();

  /** Whether the dialect is spoken on a connection that is not gone. */
  has(session: SessionId): boolean {
    return this.#open.has(session);
  }

  /** A protocol dials: all that comes on that connection is its own. */
  dial(session: SessionId, protocol: ProtocolName): void {
    this.#open.set(session, [protocol]);
  }

  /** A connection stands on which the gossip dialect is spoken. */
  up(session: SessionId, address: Address): readonly Delivery[] {
    return this.#accept(session, address, GOSSIP_DEALERS);
  }

  /** The connection of a client stands. */
  clientUp(session: SessionId, address: Address): readonly Delivery[] {
    return this.#accept(session, address, CLIENT_DEALERS);
  }

  /** The connection of a program that speaks frames stands. */
  callerUp(session: SessionId, address: Address): readonly Delivery[] {
    return this.#accept(session, address, CALL_DEALERS);
  }

  /** A program that speaks frames asks something; nothing where its connection is gone. */
  called(session: SessionId, calls: Calls["calls"]): readonly Delivery[] {
    const message: Calls = { kind: "calls", calls };
    return (this.#open.get(session) ?? []).map((protocol) => ({
      protocol,
      input: { kind: "message", from: { session }, message },
    }));
  }

  #accept(session: SessionId, address: Address, dealers: readonly ProtocolName[]): readonly Delivery[] {
    if (!this.has(session)) this.#open.set(session, dealers);
    return this.#tell(session, { kind: "session", session, up: true, address });
  }

  /** Something was said on a connection; nothing where that is gone. */
  hear(session: SessionId, said: readonly GossipMessage[]): readonly Delivery[] {
    const dealers = this.#open.get(session) ?? [];
    const from = { session };
    if (dealers !== GOSSIP_DEALERS) {
      return dealers.flatMap((protocol) =>
        said.map((message) => ({ protocol, input: { kind: "message", from, message } })),
      );
    }
    return inRuns(said).map((message) => {
      const protocol = message.kind === "talk" ? DEALS_WITH.announce : DEALS_WITH[message.kind];
      return { protocol, input: { kind: "message", from, message } };
    });
  }

  /** A connection is gone; `closer`: the protocol that has closed it and need not be told. */
  down(session: SessionId, reason: string, closer?: ProtocolName): readonly Delivery[] {
    const told = this.#tell(session, { kind: "session", session, up: false, reason });
    this.#open.delete(session);
    return told.filter(({ protocol }) => protocol !== closer);
  }

  #tell(session: SessionId, input: Input<Speech>): readonly Delivery[] {
    return (this.#open.get(session) ?? []).map((protocol) => ({ protocol, input }));
  }
}

/** What a protocol says to a program, as messages of the dialect: several in one go are a talk. */
export function saidIn(message: unknown): readonly GossipMessage[] {
  // Whoever sends to a connection that is no link says one or the other.
  const said = message as Talk | GossipMessage;
  return said.kind === "talk" ? said.said : [said];
}

/** Neighbouring messages of the API in one go, as one protocol deals with all of them; the others one by one. */
function inRuns(said: readonly GossipMessage[]): readonly (Talk | Exclude<GossipMessage, GossipApi>)[] {
  const runs: (Talk | Exclude<GossipMessage, GossipApi>)[] = [];
  let run: GossipApi[] | undefined;
  for (const message of said) {
    if (!isGossipApi(message)) {
      runs.push(message);
      run = undefined;
    } else if (run === undefined) {
      run = [message];
      runs.push({ kind: "talk", said: run });
    } else run.push(message);
  }
  return runs;
}
