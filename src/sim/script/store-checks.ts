import { SERVICE_DEFAULTS } from "../../protocols/service/definition.ts";
import { checkHistory } from "../linearizability/checker.ts";
import { changesNothing } from "../linearizability/history.ts";
import { type Check, type Look, MAX_TOLD } from "./look.ts";
import type { Condition, Name, Picture } from "./script.ts";

type Of<Kind extends Condition["kind"]> = Extract<Condition<unknown>, { readonly kind: Kind }>;

/** Looks whether a file, or the latest version of a value, is the same as said at all of some peers that run. */
export function checkHeld<View>(condition: Of<"file" | "value">, { cast, sight }: Look<View>): Check {
  const names = cast.many(condition.among);
  const held = (): readonly (readonly [Name, string | null])[] =>
    sight.among(names).map(([name, picture]) => [name, heldBy(picture, condition)] as const);
  return {
    holds: () => {
      const all = held();
      return all.length > 0 && all.every(([, text]) => text === condition.text);
    },
    seen: () =>
      held()
        .map(([name, text]) => `${name} has ${text ?? "none"}`)
        .join("; ") || "nobody runs",
  };
}

/** As far as it is shown: the beginning of what was changed of late. */
function heldBy({ files, values }: Picture, { kind, name }: Of<"file" | "value">): string | null {
  if (kind === "file") return files.recent.find((file) => file.name === name)?.preview ?? null;
  return values.recent.find(({ key }) => key === name)?.value ?? null;
}

/** Looks whether all of some peers that run have applied the same, and made the same of it. */
export function checkStoresAgree<View>({ among }: Of<"stores-agree">, { cast, sight }: Look<View>): Check {
  const names = cast.many(among);
  const differing = (): readonly string[] => {
    const [first, ...others] = sight.among(names);
    if (first === undefined) return ["nobody runs"];
    const [one, picture] = first;
    const state = stateOf(picture);
    return others
      .filter(([, other]) => stateOf(other) !== state)
      .map(([other, { order }]) => {
        const [mine, its] = [picture.order.lastApplied, order.lastApplied];
        return mine === its
          ? `${other} shows another store than ${one}`
          : `${one} has applied ${mine}, ${other} ${its}`;
      });
  };
  return {
    holds: () => differing().length === 0,
    seen: () => differing().slice(0, MAX_TOLD).join("; ") || "all show the same store",
  };
}

function stateOf({ order, files, values, store: { sessions, used } }: Picture): string {
  return JSON.stringify({ index: order.lastApplied, files, values, sessions, used });
}

/** Looks whether a client was answered both to a change and to a read. */
export function checkServed<View>({ client }: Of<"served">, { cast, sight }: Look<View>): Check {
  const port = Number(cast.one(client));
  const counts = (): readonly [changes: number, reads: number] => {
    const answered = sight.scene.history().filter((call) => call.client === port && call.answer !== null);
    const reads = answered.filter(changesNothing).length;
    return [answered.length - reads, reads];
  };
  return {
    holds: () => counts().every((count) => count > 0),
    seen: () => {
      const [changes, reads] = counts();
      return `${changes} changes and ${reads} reads were answered`;
    },
  };
}

/** Looks whether one thing after the other explains what all clients were answered. */
export function checkLinearizable<View>({ sight }: Look<View>): Check {
  const verdict = () => checkHistory(sight.scene.history(), SERVICE_DEFAULTS);
  return {
    holds: () => verdict().kind === "linearizable",
    seen: () => {
      const found = verdict();
      return found.kind === "linearizable" ? `${sight.scene.history().length} calls are explained` : found.report;
    },
  };
}
