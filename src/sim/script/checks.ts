import { parseAddress } from "../../core/address.ts";
import { type PeerId, parsePeerId } from "../../core/peer-id.ts";
import { MAX_VOTERS } from "../../protocols/raft/message.ts";
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
    case "term":
      return checkTerm(condition, look);
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
      const agreed = agreedLeader(names, sight);
      return agreed !== undefined && (wanted === null || agreed === wanted);
    },
    seen: () => {
      const agreed = agreedLeader(names, sight);
      return agreed === undefined ? sight.following(names) : `leader ${agreed}`;
    },
  };
}

function checkNoLeader<View>({ among }: Of<"no-leader">, { cast, sight }: Look<View>): Check {
  const names = cast.many(among);
  return {
    holds: () =>
      names.every((name) => {
        const raft = sight.picture(name)?.raft;
        return raft === undefined || (raft.leader === null && raft.role !== "leader");
      }),
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
      return told === "" ? `leader ${agreedLeader(names, sight)}` : told;
    },
  };
}

/** What keeps peers from being one whole cluster; nothing where they are. */
function* lacks<View>(
  names: readonly Name[],
  sight: Sight<View>,
  wants: { readonly voters: boolean },
): Generator<string, void> {
  const running: (readonly [Name, Picture])[] = [];
  for (const name of names) {
    const picture = sight.picture(name);
    if (picture !== null) running.push([name, picture]);
  }
  if (running.length === 0) yield "nobody runs";
  else if (agreedLeader(names, sight) === undefined) yield sight.following(names);
  const voters = Math.min(MAX_VOTERS, running.length - 1 + (running.length % 2));
  for (const [name, { peers, raft }] of running) {
    if (wants.voters && raft.voters.length !== voters)
      yield `${name} counts ${raft.voters.length} voters where ${voters} should vote`;
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
  const seen = () => sight.picture(name)?.raft.role;
  return {
    holds: () => seen() === role,
    seen: () => (seen() === undefined ? `${name} does not run` : `${name} is ${seen()}`),
  };
}

function checkTerm<View>({ peer, compare, term }: Of<"term">, { cast, sight }: Look<View>): Check {
  const name = cast.one(peer);
  const seen = () => sight.picture(name)?.raft.currentTerm;
  return {
    holds: () => {
      const current = seen();
      if (current === undefined) return false;
      return compare === "=" ? current === term : compare === ">" ? current > term : current < term;
    },
    seen: () => (seen() === undefined ? `${name} does not run` : `${name} is in term ${seen()}`),
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

/** The leader that all of these that run follow, if it is one of them and knows that it leads. */
function agreedLeader<View>(names: readonly Name[], sight: Sight<View>): Name | undefined {
  let followed: PeerId | undefined;
  let leader: Name | undefined;
  for (const name of names) {
    const picture = sight.picture(name);
    if (picture === null) continue;
    const { self, raft } = picture;
    if (raft.leader === null || (followed !== undefined && followed !== raft.leader)) return undefined;
    followed = raft.leader;
    if (self.id === followed && raft.role === "leader") leader = name;
  }
  return leader;
}
