/**
 * The typed form of a script, for tests: functions that make statements. What has no function here is written as the
 * object that it is.
 */
import type { PeerView } from "../../peer/peer-view.ts";
import type { Condition, Delivery, Name, Names, Scene, Statement } from "./script.ts";

/** A peer that founds a cluster. */
export function found(peer: Name): Statement<unknown> {
  return { kind: "start", peers: [peer], coming: { kind: "found" } };
}

/** Peers that are told of another. */
export function join(peers: readonly Name[], via: Name): Statement<unknown> {
  return { kind: "start", peers, coming: { kind: "join", via: [via] } };
}

/** Simulated time passes, ms. */
export function advanceTime(ms: number): Statement<unknown> {
  return { kind: "advance", ms };
}

/** From one peer to another, no more things pass in each step of time, ms, than so many. */
export function restrictPerTimeStepChannelCapacity(
  from: Name,
  to: Name,
  things: number,
  stepMs: number,
): Statement<unknown> {
  return {
    kind: "link",
    ways: { from: [from], to: [to], both: false },
    change: { capacity: { things, stepMs } },
  };
}

/** The processes are gone at once, and what was not on disk with them. */
export function crash(...peers: readonly Name[]): Statement<unknown> {
  return { kind: "crash", peers, tear: false };
}

/** Crashed peers start again from their disks. */
export function recover(...peers: readonly Name[]): Statement<unknown> {
  return { kind: "recover", peers };
}

/** Nothing passes from some peers to others any more. */
export function cut(from: Names, to: Names): Statement<unknown> {
  return { kind: "link", ways: { from, to, both: false }, change: { cut: true } };
}

/** Nothing passes between groups any more. */
export function partition(...groups: readonly Names[]): Statement<unknown> {
  return { kind: "partition", groups };
}

/** Every link is as it was at first. */
export function heal(): Statement<unknown> {
  return { kind: "heal" };
}

/**
 * The escape hatch: a closure that looks at all states and answers with what is handed to whom, inputs of the machines
 * or commands for them.
 *
 * @param text what the story calls it
 */
export function protocolSpecificEntry<View = PeerView>(
  text: string,
  call: (scene: Scene<View>) => readonly Delivery[],
): Statement<View> {
  return { kind: "call", text, call };
}

/** A condition of one's own. */
export function holds<View = PeerView>(text: string, test: (scene: Scene<View>) => boolean): Condition<View> {
  return { kind: "holds", text, test };
}

/** How long an expectation has to come true, and how long it must stay so, ms. */
interface Limits {
  readonly within?: number;
  readonly lasting?: number;
}

/** A condition must hold: within a time, for a time, or now. */
export function expectThat<View = PeerView>(
  condition: Condition<View>,
  { within, lasting }: Limits = {},
): Statement<View> {
  return { kind: "expect", condition, withinMs: within ?? null, lastingMs: lasting ?? null };
}
