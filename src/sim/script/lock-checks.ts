import type { Check, Look } from "./look.ts";
import { portList } from "./port-list.ts";
import type { Condition, Name } from "./script.ts";

type Of<Kind extends Condition["kind"]> = Extract<Condition<unknown>, { readonly kind: Kind }>;

/** Looks whether a peer holds a lock or waits for it, or whether no peer that runs does. */
export function checkLock<View>({ peer, state, lock }: Of<"lock">, { cast, sight }: Look<View>): Check {
  const wanted = peer === null ? null : cast.one(peer);
  const those = (state: "held" | "waiting"): readonly Name[] => {
    return sight
      .running()
      .filter(([, { mutex }]) => mutex.locks.some((each) => each.name === lock && each.state === state))
      .map(([name]) => name);
  };
  return {
    holds: () => (wanted === null ? those(state).length === 0 : those(state).includes(wanted)),
    seen: () =>
      `${told(those("held"), "holds", "hold", lock)}; ${told(those("waiting"), "waits", "wait", `for ${lock}`)}`,
  };
}

function told(names: readonly Name[], one: string, several: string, lock: string): string {
  if (names.length === 0) return `nobody ${one} ${lock}`;
  return `${portList(names)} ${names.length === 1 ? one : several} ${lock}`;
}
