import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { ControlAnswer, ControlRequest } from "../../wire/control-message.ts";
import type { Relayed } from "../plan.ts";

/** Peers for which lines are kept, and lines for each; the oldest give way. */
const MAX_KEPT_PEERS = 64;
const MAX_KEPT_LINES = 8;

/** Lines for one peer that may wait for those before. */
const MAX_WAITING = 32;

/** How one peer's part of a command went. */
export interface Part {
  readonly peer: PeerId;
  readonly ok: boolean;
  /** Why not, said of the peer: `does not answer`. */
  readonly text: string;
  /** The line by which that peer takes it back; empty where there is none. */
  readonly undo: string;
}

/** What a courier travels with. */
export interface Roads {
  addressOf(peer: PeerId): Address | undefined;
  /** Rejects when there is no answer in time. */
  ask(address: Address, request: ControlRequest): Promise<ControlAnswer>;
}

interface Letter {
  readonly by: string;
  readonly line: string;
}

/**
 * Takes lines to other peers: to each one after another, in the order in which they were given, so that a heal never
 * overtakes the fault that it heals. Lines that must arrive are kept for whoever does not answer.
 */
export class ControlCourier {
  readonly #roads: Roads;
  /** Oldest first. */
  readonly #kept = new Map<PeerId, readonly Letter[]>();
  readonly #lanes = new Map<PeerId, { waiting: number; last: Promise<unknown> }>();

  constructor(roads: Roads) {
    this.#roads = roads;
  }

  /** Takes a line there, behind those that are kept for that peer. Never rejects. */
  send({ peer, line }: Relayed, by: string, mustArrive: boolean): Promise<Part> {
    return this.#inTurn(peer, async () => {
      const reached = await this.#deliverKept(peer);
      const answer = reached ? await this.#ask(peer, { by, line }) : null;
      if (answer !== null) return { peer, ...answer };
      if (mustArrive) this.#keep(peer, { by, line });
      const text = mustArrive ? "does not answer; it will hear of it" : "does not answer";
      return { peer, ok: false, text, undo: "" };
    });
  }

  /** A peer was heard of again: it gets what was kept for it. */
  heard(peer: PeerId): void {
    if (this.#kept.has(peer)) void this.#inTurn(peer, () => this.#deliverKept(peer).then(() => failed(peer, "")));
  }

  #inTurn(peer: PeerId, act: () => Promise<Part>): Promise<Part> {
    const lane = this.#lanes.get(peer) ?? { waiting: 0, last: Promise.resolve() };
    if (lane.waiting >= MAX_WAITING) return Promise.resolve(failed(peer, "has not answered to earlier commands"));
    lane.waiting += 1;
    const done = lane.last.then(act).finally(() => {
      lane.waiting -= 1;
      if (lane.waiting === 0) this.#lanes.delete(peer);
    });
    lane.last = done;
    this.#lanes.set(peer, lane);
    return done;
  }

  /** Whether nothing is left to deliver. */
  async #deliverKept(peer: PeerId): Promise<boolean> {
    for (;;) {
      const [first, ...rest] = this.#kept.get(peer) ?? [];
      if (first === undefined) return true;
      if ((await this.#ask(peer, first)) === null) return false;
      if (rest.length > 0) this.#kept.set(peer, rest);
      else this.#kept.delete(peer);
    }
  }

  #keep(peer: PeerId, letter: Letter): void {
    const letters = this.#kept.get(peer) ?? [];
    this.#kept.delete(peer);
    this.#kept.set(peer, [...letters, letter].slice(-MAX_KEPT_LINES));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT_PEERS && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** Null where nobody answers. */
  async #ask(peer: PeerId, { by, line }: Letter): Promise<ControlAnswer | null> {
    const address = this.#roads.addressOf(peer);
    if (address === undefined) return failed(peer, "is not known here");
    try {
      return await this.#roads.ask(address, { to: peer, by, line });
    } catch {
      return null;
    }
  }
}

function failed(peer: PeerId, text: string): Part {
  return { peer, ok: false, text, undo: "" };
}
