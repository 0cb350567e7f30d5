import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Effect, Input } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { BULLY_DEFAULTS, bully } from "../../../src/protocols/bully/definition.ts";
import type { BullyMessage, BullySpeech } from "../../../src/protocols/bully/message.ts";

export type BullyEffect = Effect<BullySpeech>;
export type BullyEvent = BullySpeech["event"];

/** A peer ID that ends in `digits`. */
export function id(digits: string): PeerId {
  return digits.padStart(16, "0") as PeerId;
}

export const A = id("a");
export const B = id("b");
export const C = id("c");
export const D = id("d");
export const E = id("e");

export const {
  heartbeatIntervalMs: HEARTBEAT_MS,
  leaderTimeoutMs: LEADER_TIMEOUT_MS,
  answerTimeoutMs: ANSWER_TIMEOUT_MS,
} = BULLY_DEFAULTS;
export const HOLD_MS = 1_000;
export const MAX_HOLD_MS = 16_000;
export const CALM_MS = 60_000;

export type BullyOptions = Partial<Omit<BullySpeech["options"], "peer">>;

export function optionsOf(peer: PeerId, options: BullyOptions = {}): BullySpeech["options"] {
  return {
    peer,
    active: true,
    mayLead: true,
    ...BULLY_DEFAULTS,
    holdMs: HOLD_MS,
    maxHoldMs: MAX_HOLD_MS,
    calmMs: CALM_MS,
    ...options,
  };
}

/** One machine on the bench: inputs go in by hand, effects come out. */
export class OnBench {
  readonly machine;
  now = 10_000;

  constructor(peer = C, options: BullyOptions = {}) {
    this.machine = bully.start(optionsOf(peer, options), [], seededRandom(1), this.now);
  }

  get view(): BullySpeech["view"] {
    return this.machine.view();
  }

  give(input: Input<BullySpeech>): readonly BullyEffect[] {
    return this.machine.step(input, this.now);
  }

  command(command: BullySpeech["command"]): readonly BullyEffect[] {
    return this.give({ kind: "command", command });
  }

  member(peer: PeerId, status: "healthy" | "doubted" | "unhealthy" | "left", mayLead = true): readonly BullyEffect[] {
    return this.command({ kind: "member", peer, status, mayLead });
  }

  link(peer: PeerId, up: boolean): readonly BullyEffect[] {
    return this.give({ kind: "link", peer, up });
  }

  receive(from: PeerId, message: BullyMessage): readonly BullyEffect[] {
    return this.give({ kind: "message", from: { peer: from }, message });
  }

  /** Time jumps to the deadline. */
  expire(): readonly BullyEffect[] {
    this.now = Math.max(this.now, this.machine.deadline);
    return this.give({ kind: "timeout" });
  }

  /** Time passes, and timeouts that fall due are given. */
  wait(ms: number): BullyEffect[] {
    const end = this.now + ms;
    const effects: BullyEffect[] = [];
    while (this.machine.deadline <= end) effects.push(...this.expire());
    this.now = end;
    return effects;
  }
}

/** A peer that has begun and knows these others: healthy, linked, of priority 0. */
export function among(others: readonly PeerId[], peer = C, options: BullyOptions = {}): OnBench {
  const bench = new OnBench(peer, options);
  for (const other of others) {
    bench.member(other, "healthy");
    bench.link(other, true);
  }
  bench.command({ kind: "begin" });
  // Nobody objects to a question of whoever ranks lower, so this only tells the priority.
  for (const other of others) bench.receive(other, answer(false));
  return bench;
}

/** The same, following a leader that it has just heard. */
export function following(leader: PeerId, others: readonly PeerId[], peer = C, options: BullyOptions = {}): OnBench {
  const bench = among(others, peer, options);
  bench.receive(leader, heartbeat());
  return bench;
}

/** The same, leading over all these others since a while. */
export function leading(others: readonly PeerId[], peer = C, options: BullyOptions = {}): OnBench {
  const bench = among(others, peer, options);
  bench.wait(2 * LEADER_TIMEOUT_MS);
  return bench;
}

export function election(priority = 0): BullyMessage {
  return { kind: "election", priority };
}

export function answer(objects: boolean, priority = 0): BullyMessage {
  return { kind: "answer", priority, objects };
}

interface ClaimFields {
  readonly priority?: number;
  readonly over?: PeerId | null;
  readonly holdMs?: number;
}

export function coordinator(fields: ClaimFields = {}): BullyMessage {
  return { kind: "coordinator", priority: 0, over: null, holdMs: 0, ...fields };
}

export function heartbeat(fields: ClaimFields = {}): BullyMessage {
  return { kind: "heartbeat", priority: 0, over: null, holdMs: 0, ...fields };
}

export function send(to: PeerId, message: BullyMessage): BullyEffect {
  return { kind: "send", to: { peer: to }, message, after: 0 };
}

export function event(told: BullyEvent): BullyEffect {
  return { kind: "event", event: told };
}

export function eventsOf(effects: readonly BullyEffect[]): BullyEvent[] {
  return effects.flatMap((effect) => (effect.kind === "event" ? [effect.event] : []));
}

/** Messages among effects, with whom they go to. */
export function sendsOf(effects: readonly BullyEffect[]) {
  return effects.flatMap((effect) =>
    effect.kind === "send" && "peer" in effect.to ? [{ to: effect.to.peer, message: effect.message }] : [],
  );
}
