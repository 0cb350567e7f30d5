import { type Address, parseAddress } from "../../../src/core/address.ts";
import { type PeerId, parsePeerId } from "../../../src/core/peer-id.ts";
import type { Effect, Protocol, Speech } from "../../../src/core/protocol.ts";
import type { Rumour, Status } from "../../../src/protocols/membership/message.ts";

/** The ID of the nth peer: text order is the order of the numbers. */
export function id(n: number): PeerId {
  const parsed = parsePeerId(n.toString(16).padStart(16, "0"));
  if (parsed === undefined) throw new Error(`no peer ${n}`);
  return parsed;
}

/** Where the nth peer listens. */
export function at(n: number): Address {
  const parsed = parseAddress(`127.0.0.1:${7000 + n}`);
  if (parsed === undefined) throw new Error(`no address ${n}`);
  return parsed;
}

/** What is said of the nth peer. */
export function said(n: number, incarnation: number, status: Status = "healthy"): Rumour {
  return { peer: id(n), address: at(n), name: `peer ${n}`, incarnation, status };
}

type EventOf<S extends Speech> = S["event"];

/** The events among effects. */
export function eventsOf<S extends Speech>(effects: readonly Effect<S>[]): EventOf<S>[] {
  return effects.flatMap((effect) => (effect.kind === "event" ? [effect.event] : []));
}

/** The kinds of the events among effects. */
export function kindsOf<S extends Speech>(effects: readonly Effect<S>[]): string[] {
  return eventsOf(effects).map(({ kind }) => kind);
}

/** The messages among effects, with whom they go to. */
export function sentOf<S extends Speech>(effects: readonly Effect<S>[]): [PeerId, S["message"]][] {
  return effects.flatMap((effect) =>
    effect.kind === "send" && "peer" in effect.to ? [[effect.to.peer, effect.message] as [PeerId, S["message"]]] : [],
  );
}

/** The records among effects. */
export function savedOf<S extends Speech>(effects: readonly Effect<S>[]): S["record"][] {
  return effects.flatMap((effect) => (effect.kind === "save" ? effect.records : []));
}

/** Fires whatever is due, as the composition would. */
export function tick<S extends Speech>(machine: Protocol<S>, now: number): readonly Effect<S>[] {
  return machine.deadline <= now ? machine.step({ kind: "timeout" }, now) : [];
}
