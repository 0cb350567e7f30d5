import type { Notice } from "../../protocols/notification/notice.ts";
import { type Check, type Look, MAX_TOLD } from "./look.ts";
import type { Condition, Name, SceneEvent } from "./script.ts";

type Of<Kind extends Condition["kind"]> = Extract<Condition<unknown>, { readonly kind: Kind }>;

/** Looks whether each of some peers has received so many notices of a type. */
export function checkReceived<View>({ by, count, dataType }: Of<"received">, { cast, sight, from }: Look<View>): Check {
  const names = cast.many(by);
  const received = new Map<Name, number>(names.map((name) => [name, 0]));
  let next = from;
  // Events are looked at once each, however often this is asked.
  const look = (): void => {
    const { events } = sight.scene;
    for (; next < events.length; next++) {
      const { peer, event } = events[next] as SceneEvent;
      const earlier = received.get(peer);
      if (earlier === undefined || event.kind !== "notices-received") continue;
      received.set(peer, earlier + event.notices.filter((notice) => notice.dataType === dataType).length);
    }
  };
  return {
    holds: () => {
      look();
      return names.every((name) => received.get(name) === count);
    },
    seen: () => {
      look();
      return names.map((name) => `${name} received ${received.get(name)}`).join("; ");
    },
  };
}

/** What one peer has told of notices since it started last. */
interface Told {
  readonly subscribed: Map<number, Set<number | null>>;
  /** All that it has announced or received. */
  readonly known: Set<string>;
  /** What it has accepted and may be passed on for ever. */
  readonly accepted: Map<string, Notice>;
}

/** Looks whether all of some peers that run and subscribe a type have what one of them has accepted of it. */
export function checkSpread<View>({ among }: Of<"spread">, { cast, sight }: Look<View>): Check {
  const names = cast.many(among);
  const told = new Map<Name, Told>();
  let next = 0;
  const lacks = (): readonly string[] => {
    const { events } = sight.scene;
    for (; next < events.length; next++) note(events[next] as SceneEvent, told);
    const running = names.filter((name) => sight.picture(name) !== null);
    return [...lacksOf(running, told)];
  };
  return {
    holds: () => lacks().length === 0,
    seen: () => {
      const all = lacks();
      return all.length === 0 ? "all have what they subscribe" : all.slice(0, MAX_TOLD).join("; ");
    },
  };
}

function note({ peer, event }: SceneEvent, told: Map<Name, Told>): void {
  const life = told.get(peer);
  if (life === undefined || event.kind === "started") {
    told.set(peer, { subscribed: new Map(), known: new Set(), accepted: new Map() });
    return;
  }
  switch (event.kind) {
    case "type-subscribed":
      life.subscribed.set(event.dataType, (life.subscribed.get(event.dataType) ?? new Set()).add(event.session));
      return;
    case "type-unsubscribed":
      life.subscribed.get(event.dataType)?.delete(event.session);
      return;
    case "notices-announced":
    case "notices-received":
      for (const notice of event.notices) life.known.add(keyOf(notice));
      return;
    case "notices-accepted":
      for (const notice of event.notices) if (notice.ttl === 0) life.accepted.set(keyOf(notice), notice);
      return;
  }
}

/** What each of some peers lacks of what each other one has accepted. */
function* lacksOf(names: readonly Name[], told: ReadonlyMap<Name, Told>): Generator<string, void> {
  for (const name of names) {
    const own = told.get(name);
    if (own === undefined) continue;
    for (const other of names) {
      if (other === name) continue;
      for (const [key, { dataType, sequence }] of told.get(other)?.accepted ?? []) {
        if (own.known.has(key) || (own.subscribed.get(dataType)?.size ?? 0) === 0) continue;
        yield `${name} lacks number ${sequence} of type ${dataType}, which ${other} has accepted`;
      }
    }
  }
}

function keyOf({ origin, life, dataType, sequence }: Notice): string {
  return `${origin} ${life} ${dataType} ${sequence}`;
}
