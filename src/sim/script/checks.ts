import { parseAddress } from "../../core/address.ts";
import { parsePeerId } from "../../core/peer-id.ts";
import { checkFigure, checkJob, checkVip } from "./job-checks.ts";
import { agreedLeader, lacksOfOrder, lacksOfVoters, leads, rolesOf } from "./leadership.ts";
import { checkLock } from "./lock-checks.ts";
import { type Check, type Look, MAX_TOLD } from "./look.ts";
import { checkReceived, checkSpread } from "./notice-checks.ts";
import { areListed, type Condition, type Name, type Picture, type Scene, type SceneEvent } from "./script.ts";
import type { Sight } from "./sight.ts";
import { checkHeld, checkLinearizable, checkServed, checkStoresAgree } from "./store-checks.ts";
import { eventWords } from "./told.ts";

/** Works out who is meant in a condition; it can then be looked at as often as need be. */
export function checkOf<View>(condition: Condition<View>, look: Look<View>): Check {
  switch (condition.kind) {
    case "leader":
      return checkLeader(condition, look);
    case "no-leader":
      return checkNoLeader(condition, look);
    case "converged":
    case "united":
      return checkWhole(condition, look);
    case "sees":
      return checkSees(condition, look);
    case "role":
      return checkRole(condition, look);
    case "two-leaders":
      return checkTwoLeaders(condition, look);
    case "lock":
      return checkLock(condition, look);
    case "term":
    case "epoch":
      return checkTerm(condition, look);
    case "turn":
    case "alive":
      return checkFigure(condition, look);
    case "job":
      return checkJob(condition, look);
    case "vip":
      return checkVip(condition, look);
    case "event":
      return checkEvent(condition, look);
    case "received":
      return checkReceived(condition, look);
    case "spread":
      return checkSpread(condition, look);
    case "file":
    case "value":
      return checkHeld(condition, look);
    case "stores-agree":
      return checkStoresAgree(condition, look);
    case "served":
      return checkServed(condition, look);
    case "linearizable":
      return checkLinearizable(look);
    case "holds": {
      const { test } = condition;
      const { sight } = look;
      const holds = () => test(sight.scene);
      return { holds, seen: () => (holds() ? "it holds" : "it does not hold") };
    }
  }
}

type Of<Kind extends Condition["kind"]> = Extract<Condition<unknown>, { readonly kind: Kind }>;

function checkLeader<View>({ leader, among }: Of<"leader">, { cast, sight }: Look<View>): Check {
  const wanted = leader === null ? null : cast.one(leader);
  const names = cast.many(among);
  return {
    holds: () => {
      const agreed = agreedLeader(sight.among(names));
      return agreed !== undefined && (wanted === null || agreed === wanted);
    },
    seen: () => {
      const agreed = agreedLeader(sight.among(names));
      return agreed === undefined ? sight.following(names) : `leader ${agreed}`;
    },
  };
}

function checkNoLeader<View>({ among }: Of<"no-leader">, { cast, sight }: Look<View>): Check {
  const names = cast.many(among);
  return {
    holds: () => sight.among(names).every(([, { election }]) => election.leader === null && election.role !== "leader"),
    seen: () => sight.following(names),
  };
}

function checkTwoLeaders<View>({ among }: Of<"two-leaders">, { cast, sight }: Look<View>): Check {
  const names = cast.many(among);
  return {
    holds: () => sight.among(names).filter(([, picture]) => leads(picture)).length >= 2,
    seen: () => sight.following(names),
  };
}

function checkWhole<View>({ kind, among }: Of<"converged" | "united">, { cast, sight }: Look<View>): Check {
  const names = cast.many(among);
  const wants = { voters: kind === "converged" };
  return {
    holds: () => lacks(names, sight, wants).next().done === true,
    seen: () => {
      const told = [...lacks(names, sight, wants)].slice(0, MAX_TOLD).join("; ");
      return told === "" ? `leader ${agreedLeader(sight.among(names))}` : told;
    },
  };
}

/** What keeps peers from being one whole cluster; nothing where they are. */
function* lacks<View>(
  names: readonly Name[],
  sight: Sight<View>,
  wants: { readonly voters: boolean },
): Generator<string, void> {
  const running = sight.among(names);
  if (running.length === 0) yield "nobody runs";
  else if (agreedLeader(sight.among(names)) === undefined) yield sight.following(names);
  if (wants.voters) yield* lacksOfVoters(running);
  yield* lacksOfOrder(running, (id) => sight.nameOf(id));
  for (const [name, { peers }] of running) {
    for (const [other, { self }] of running) {
      if (other === name) continue;
      const row = peers.find(({ id }) => id === self.id);
      if (row === undefined) yield `${name} does not know ${other}`;
      else if (row.status !== "healthy") yield `${name} sees ${other} ${row.status}`;
      else if (!row.linked) yield `${name} has no link to ${other}`;
    }
  }
}

function checkSees<View>({ by, peer, status }: Of<"sees">, { cast, sight }: Look<View>): Check {
  const seen = cast.one(peer);
  const observers = cast.many(by).filter((name) => name !== seen);
  // Of all, those count that can see; who is named must.
  const all = !areListed(by);
  const held = (observer: Name) => heldOf(seen, sight.picture(observer), sight.scene);
  return {
    holds: () => {
      const counting = observers.map(held).filter((statuses) => statuses !== null || !all);
      return counting.length > 0 && counting.every((statuses) => statuses?.includes(status) === true);
    },
    seen: () =>
      observers.map((name) => `${name} ${sightOf(seen, held(name))}`).join("; ") || "nobody is there to see it",
  };
}

/**
 * What a peer holds of another; null where it does not run. Mostly one status: there are several where the other came
 * back without its disk, and so under another ID.
 */
function heldOf<View>(peer: Name, by: Picture | null, scene: Scene<View>): readonly string[] | null {
  return by?.peers.filter(({ id }) => scene.nameOf(id) === peer).map(({ status }) => status) ?? null;
}

function sightOf(peer: Name, statuses: readonly string[] | null): string {
  if (statuses === null) return "does not run";
  return statuses.length === 0 ? `does not know ${peer}` : `sees ${peer} ${statuses.join("/")}`;
}

function checkRole<View>({ peer, role }: Of<"role">, { cast, sight }: Look<View>): Check {
  const name = cast.one(peer);
  const seen = () => {
    const picture = sight.picture(name);
    return picture === null ? null : rolesOf(picture);
  };
  return {
    holds: () => seen()?.includes(role) === true,
    seen: () => {
      const roles = seen();
      return roles === null ? `${name} does not run` : `${name} is ${roles.join(" and ")}`;
    },
  };
}

function checkTerm<View>({ kind, peer, compare, term }: Of<"term" | "epoch">, { cast, sight }: Look<View>): Check {
  const name = cast.one(peer);
  const seen = () => {
    const picture = sight.picture(name);
    return kind === "term" ? picture?.raft.currentTerm : picture?.order.epoch;
  };
  return {
    holds: () => {
      const current = seen();
      if (current === undefined) return false;
      return compare === "=" ? current === term : compare === ">" ? current > term : current < term;
    },
    seen: () => (seen() === undefined ? `${name} does not run` : `${name} is in ${kind} ${seen()}`),
  };
}

function checkEvent<View>({ event, at, about, times }: Of<"event">, { cast, sight, from }: Look<View>): Check {
  const where = at === null ? null : cast.one(at);
  const whom = about === null ? null : cast.one(about);
  let next = from;
  let found: SceneEvent | undefined;
  let similar: SceneEvent | undefined;
  // Events are looked at once each, however often this is asked.
  const look = (): SceneEvent | undefined => {
    const { scene } = sight;
    for (; found === undefined && next < scene.events.length; next++) {
      const told = scene.events[next];
      if (told === undefined || told.event.kind !== event) continue;
      const fits = (where === null || told.peer === where) && (whom === null || isAbout(told.event, whom, scene));
      if (fits) found = told;
      else similar = told;
    }
    return found;
  };
  return {
    holds: () => (look() !== undefined) === (times === "some"),
    seen: () => {
      const told = look() ?? similar;
      if (told === undefined) return "none was told";
      return `${found === undefined ? "none, but " : ""}${eventWords(told, sight.scene)}`;
    },
  };
}

/** Whether a field of an event is the ID or the address of a peer. */
function isAbout<View>(event: SceneEvent["event"], peer: Name, scene: Scene<View>): boolean {
  return Object.values(event).some((field: unknown) => {
    if (typeof field !== "string") return false;
    const id = parsePeerId(field);
    const address = parseAddress(field);
    return (id !== undefined && scene.nameOf(id) === peer) || (address !== undefined && scene.nameAt(address) === peer);
  });
}
