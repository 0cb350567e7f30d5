import type { FaultKey, Verb } from "../control/grammar.ts";
import type { PeerNames } from "../control/peer-names.ts";
import { verbs } from "../control/verbs.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { Model, Stopped } from "./model.ts";

/** What a peer that stands still was asked to do, by the verb that asked for it. */
const STOPS: Readonly<Record<string, Stopped["kind"]>> = { pause: "paused", crash: "crashed" };

/** Until a peer that was asked to stand still has fallen silent: what it had sent before may still come. */
const FALLS_SILENT_MS = 1_000;

/** A key that means something after `f`, with the verb that it belongs to. */
export interface FaultBinding extends FaultKey {
  readonly verb: string;
  readonly help: string;
  /** Whether it acts between this peer and others, so that on this peer itself it means everybody. */
  readonly onLinks: boolean;
}

/** All of them, from the table of verbs. Two have the same key where one takes the other back. */
export const FAULT_BINDINGS: readonly FaultBinding[] = Object.entries<Verb>(verbs).flatMap(([verb, entry]) =>
  entry.faultKeys.map((key) => ({
    ...key,
    verb,
    help: entry.help,
    onLinks: Object.hasOwn(entry.arguments, "direction"),
  })),
);

/** The line that a key stands for on these peers. */
export function faultLineOf(binding: FaultBinding, targets: readonly PeerId[], names: PeerNames): string {
  const concerned = binding.onLinks ? targets.filter((peer) => peer !== names.self) : targets;
  const words = concerned.length === 0 ? "all" : concerned.map((peer) => names.label(peer)).join(",");
  return binding.line.replace("{target}", words);
}

/** What a key after `f` stands for: of two verbs with that key the one that fits how the targets are. */
export function faultBindingOf(model: Model, key: string, on: readonly PeerId[]): FaultBinding | undefined {
  const bindings = FAULT_BINDINGS.filter((binding) => binding.key === key);
  const [first, takesBack] = bindings;
  const stop = STOPS[first?.verb ?? ""];
  const stopped = stop !== undefined && on.length > 0 && on.every((peer) => conditionOf(model, peer) === stop);
  return stopped ? (takesBack ?? first) : first;
}

/** The peers that stand still as far as is known once this was asked of some, at `now`. */
export function stoppedAfter(model: Model, verb: string, on: readonly PeerId[]): Model["state"]["stopped"] {
  const kind = STOPS[verb];
  const others = on.filter((peer) => peer !== model.view.self.id);
  if (kind !== undefined)
    return { ...model.state.stopped, ...Object.fromEntries(others.map((peer) => [peer, { kind, at: model.now }])) };
  if (!TAKES_BACK.has(verb)) return model.state.stopped;
  // The peers of the record are peer IDs: it was made of them.
  const kept = Object.entries(model.state.stopped).filter(([peer]) => !on.includes(peer as PeerId));
  return Object.fromEntries(kept);
}

const TAKES_BACK: ReadonlySet<string> = new Set(["resume", "recover", "heal"]);

/**
 * Whether a peer runs, as far as is known here: of another only what was asked of it, until it is heard again. Whoever
 * simulates them knows it of all.
 */
function conditionOf({ view, state, now, simulation }: Model, peer: PeerId): "running" | Stopped["kind"] {
  const simulated = simulation?.peers.find(({ id }) => id === peer);
  if (simulated !== undefined) return simulated.condition === "down" ? "crashed" : simulated.condition;
  if (peer === view.self.id) return view.condition.kind;
  const asked = state.stopped[peer];
  if (asked === undefined) return "running";
  const silentMs = view.peers.find((row) => row.id === peer)?.heartbeatAgeMs ?? Number.POSITIVE_INFINITY;
  return now - silentMs > asked.at + FALLS_SILENT_MS ? "running" : asked.kind;
}
