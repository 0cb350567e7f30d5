import type { JobState } from "../../core/job.ts";
import type { Check, Look } from "./look.ts";
import { portList } from "./port-list.ts";
import type { Condition, Name } from "./script.ts";
import type { Sight } from "./sight.ts";

type Of<Kind extends Condition["kind"]> = Extract<Condition<unknown>, { readonly kind: Kind }>;

/** The latest job, as somebody knows it. */
interface Known {
  readonly turn: number;
  readonly alive: number;
  readonly state: JobState;
}

/** Looks at which turn the latest job is, or how many cells live. */
export function checkFigure<View>(condition: Of<"turn" | "alive">, { cast, sight }: Look<View>): Check {
  const { kind, compare, count } = condition;
  const name = cast.one(condition.of);
  const seen = (): number | undefined => jobOf(name, sight)?.[kind];
  return {
    holds: () => {
      const figure = seen();
      if (figure === undefined) return false;
      return compare === "=" ? figure === count : compare === ">" ? figure > count : figure < count;
    },
    seen: () => (seen() === undefined ? `${name} knows no job` : `${name} knows ${kind} ${seen()}`),
  };
}

/** Looks what the latest job does. A program believes that it is finished when it has seen the right board. */
export function checkJob<View>({ of, state }: Of<"job">, { cast, sight }: Look<View>): Check {
  const name = cast.one(of);
  return {
    holds: () => jobOf(name, sight)?.state === state && (state !== "finished" || isProven(name, sight)),
    seen: () => {
      const job = jobOf(name, sight);
      if (job === undefined) return `${name} knows no job`;
      const unproven = isProven(name, sight) ? "" : ", its board not seen";
      return `${name} knows a job that is ${job.state} at turn ${job.turn}${unproven}`;
    },
  };
}

/** Looks whether a peer holds the virtual address, or whether no peer does that runs. */
export function checkVip<View>({ peer }: Of<"vip">, { cast, sight }: Look<View>): Check {
  const wanted = peer === null ? null : cast.one(peer);
  const holders = (): readonly Name[] => sight.running().flatMap(([name, { vip }]) => (vip.held ? [name] : []));
  return {
    holds: () => (wanted === null ? holders().length === 0 : holders().includes(wanted)),
    seen: () => (holders().length === 0 ? "nobody holds it" : `it is at ${portList(holders())}`),
  };
}

/** As a peer shows it, or as a program was told. */
function jobOf<View>(name: Name, sight: Sight<View>): Known | undefined {
  return sight.picture(name)?.broker.jobs.at(-1) ?? sight.scene.followed(name) ?? undefined;
}

function isProven<View>(name: Name, sight: Sight<View>): boolean {
  return sight.scene.followed(name)?.isProven ?? true;
}
