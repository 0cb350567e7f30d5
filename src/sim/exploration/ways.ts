import type { PeerId } from "../../core/peer-id.ts";
import type { Input, Speech } from "../../core/protocol.ts";
import type { Framing } from "../../protocols/definition.ts";
import { fromBytes, toBytes } from "../network/as-bytes.ts";

/** Something on its way to a peer. What is equal is the same object. */
export interface Parcel<S extends Speech> {
  readonly id: number;
  readonly input: Input<S>;
}

/** All that is on its way from one peer to another, the oldest first. What is equal is the same object. */
export interface Way<S extends Speech> {
  readonly id: number;
  readonly parcels: readonly Parcel<S>[];
}

/** Keeps one of each parcel and of each way, so that to compare states is to compare numbers. */
export class Ways<S extends Speech> {
  readonly empty: Way<S>;
  readonly #framing: Framing<S["message"]>;
  readonly #parcels = new Map<string, Parcel<S>>();
  readonly #ways = new Map<string, Way<S>>();

  constructor(framing: Framing<S["message"]>) {
    this.#framing = framing;
    this.empty = this.#way([]);
  }

  /** A message of a peer. It travels as bytes, so that no two peers share anything. */
  message(from: PeerId, message: S["message"]): Parcel<S> {
    const bytes = toBytes(this.#framing, message);
    return this.#parcel(`${from} ${bytes.toString("latin1")}`, () => ({
      kind: "message",
      from: { peer: from },
      message: fromBytes(this.#framing, bytes),
    }));
  }

  /** The news that the link to a peer came up or broke. */
  link(peer: PeerId, up: boolean): Parcel<S> {
    return this.#parcel(`${peer} ${up ? "up" : "down"}`, () => ({ kind: "link", peer, up }));
  }

  /** A way with one thing more. */
  with({ parcels }: Way<S>, parcel: Parcel<S>): Way<S> {
    return this.#way([...parcels, parcel]);
  }

  /** A way whose oldest parcel has arrived. */
  rest({ parcels }: Way<S>): Way<S> {
    return this.#way(parcels.slice(1));
  }

  #parcel(key: string, input: () => Input<S>): Parcel<S> {
    const known = this.#parcels.get(key);
    if (known !== undefined) return known;
    const parcel = { id: this.#parcels.size, input: input() };
    this.#parcels.set(key, parcel);
    return parcel;
  }

  #way(parcels: readonly Parcel<S>[]): Way<S> {
    const key = parcels.map(({ id }) => id).join(" ");
    const known = this.#ways.get(key);
    if (known !== undefined) return known;
    const way = { id: this.#ways.size, parcels };
    this.#ways.set(key, way);
    return way;
  }
}
