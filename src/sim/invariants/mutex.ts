import type { MutexKind } from "../../core/lock.ts";
import type { ClusterId } from "../../core/peer-id.ts";
import type { World } from "../world/world.ts";
import { Firsts } from "./firsts.ts";
import { type Invariant, invariant, type Watch } from "./invariant.ts";
import { type Life, nameOf, PerLife } from "./life.ts";
import { RightClocks } from "./right-clocks.ts";

/** What a life holds. */
type Held = Map<string, { readonly token: number }>;

/** The locks that peers hold, by what they tell. A watch to put before those that ask it. */
class Holders implements Watch {
  readonly #lives = new Map<ClusterId, Set<Life>>();
  readonly #held = new PerLife<Held>(() => new Map());

  told(life: Life, { event }: Parameters<NonNullable<Watch["told"]>>[1]): void {
    if (event.kind === "lock-acquired" && event.peer === life.id) {
      this.#held.of(life).set(event.name, { token: event.token });
      const lives = this.#lives.get(life.cluster) ?? new Set<Life>();
      this.#lives.set(life.cluster, lives.add(life));
    }
    if (event.kind === "lock-released" || event.kind === "lock-lost") this.#held.of(life).delete(event.name);
  }

  ended(life: Life): void {
    this.#held.of(life).clear();
    this.#lives.get(life.cluster)?.delete(life);
  }

  /** Every lock of a cluster that a life of it holds. */
  *of(cluster: ClusterId): Generator<{ readonly life: Life; readonly name: string; readonly token: number }, void> {
    for (const life of this.#lives.get(cluster) ?? [])
      for (const [name, { token }] of this.#held.of(life)) yield { life, name, token };
  }
}

/**
 * Looked at when all of a step was seen. With leases whoever stands still does nothing with what it holds; and nothing is
 * promised where clocks are wrong.
 */
const oneHolderAtATime = invariant({
  name: "one-holder-at-a-time",
  source:
    "Lamport 1978, page 561, condition I; Ricart, Agrawala 1981, section 3; Raymond 1989, section 4; the head of lease.ts",
  text: "Of one name no two locks are held at one instant.",
  watch: (broken, world) => {
    const holders = new Holders();
    const isLease = world.options.modes.mutex === "lease";
    const clocks = new RightClocks();
    let hasChanged = false;
    return [
      holders,
      clocks,
      {
        told: (_life, { event }) => {
          if (event.kind === "lock-acquired" || event.kind === "peer-unpaused") hasChanged = true;
        },
        settled: ({ cluster }) => {
          if (!hasChanged) return;
          hasChanged = false;
          if (isLease && !clocks.areRight) return;
          const byName = new Map<string, Life>();
          for (const { life, name } of holders.of(cluster)) {
            if (isLease && life.isPaused) continue;
            const other = byName.get(name);
            if (other !== undefined) broken(`peers ${other.port} and ${life.port} both hold ${name}`);
            byName.set(name, life);
          }
        },
      },
    ];
  },
});

/** Tokens by what peers tell when they come to hold a lock. */
const tokensGrow = invariant({
  name: "tokens-grow",
  source: "the head of mutex.ts, tokens: what guards a store against a holder of old",
  text: "The token of whoever comes to hold a lock is greater than that of every holder before.",
  watch: (broken) => {
    const latest = new Firsts<string, { token: number; port: number }>();
    return [
      {
        told: (life, { event }) => {
          if (event.kind !== "lock-acquired" || event.peer !== life.id) return;
          const { name, token } = event;
          const before = latest.note(life.cluster, name, { token: 0, port: life.port });
          if (token <= before.token)
            broken(
              `peer ${life.port} holds ${name} with token ${token}, after peer ${before.port} with ${before.token}`,
            );
          Object.assign(before, { token, port: life.port });
        },
      },
    ];
  },
});

/** Kinds in which an earlier request goes first, whatever becomes of links. */
const ORDERED: ReadonlySet<MutexKind> = new Set(["lamport", "ricart-agrawala"]);

/** Requests by what peers show at the instant of an entry; those of peers that do not know each other yet do not count. */
const earlierRequestsGoFirst = invariant({
  name: "earlier-requests-go-first",
  source: "Lamport 1978, page 561, condition II; Ricart, Agrawala 1981, section 3.3",
  text: "Nobody comes to hold a lock while an earlier request for it waits, by Lamport time and then by ID.",
  watch: (broken, world) => {
    if (!ORDERED.has(world.options.modes.mutex)) return [];
    const requested = new PerLife<Map<string, number>>(() => new Map());
    return [
      {
        told: (life, { event }) => {
          if (event.kind === "lock-requested") requested.of(life).set(event.name, event.timestamp);
          if (event.kind !== "lock-acquired" || event.peer !== life.id) return;
          const timestamp = requested.of(life).get(event.name) ?? 0;
          for (const waiting of waitingFor(event.name, life, world)) {
            const isEarlier = waiting.timestamp - timestamp || (waiting.id < life.id ? -1 : 1);
            if (isEarlier < 0)
              broken(
                `peer ${life.port} holds ${event.name}, asked for at ${timestamp}, and peer ${nameOf(waiting.id)} has waited ` +
                  `since ${waiting.timestamp}`,
              );
          }
        },
      },
    ];
  },
});

/** What must hold of locks. */
export const mutexInvariants: readonly Invariant[] = [oneHolderAtATime, tokensGrow, earlierRequestsGoFirst];

/** Who else waits for a lock, of those that one peer knows and that know it; and since when. */
function* waitingFor(name: string, { id, port }: Life, world: World) {
  const own = world.peer(port);
  // An injected crash leaves a machine that shows what was.
  if (!own.isUp || own.machine.condition === "crashed") return;
  const known = own.machine.peer.view("mutex").participants;
  for (const other of world.peers) {
    if (other.id === id || !other.isUp || other.machine.condition === "crashed" || !known.includes(other.id)) continue;
    const { locks, participants } = other.machine.peer.view("mutex");
    const lock = locks.find((each) => each.name === name && each.state === "waiting");
    const request = lock?.queue.find(({ peer }) => peer === other.id);
    if (request !== undefined && participants.includes(id)) yield { id: other.id, timestamp: request.timestamp };
  }
}
