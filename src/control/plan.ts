import type { PeerId } from "../core/peer-id.ts";
import type { Direction, FaultTarget, LinkFault } from "../faults/fault.ts";
import type { FaultCommand } from "../faults/message.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { MAX_LINE_BYTES } from "../wire/control-message.ts";
import type { Peers } from "./arguments.ts";
import { type Reading, wrong } from "./grammar.ts";
import type { FaultLine } from "./verbs.ts";

/** A command that sets faults or ends them, but for `undo`, which only the desk that keeps the history can plan. */
export type PlannedLine = Exclude<FaultLine, { readonly verb: "undo" }>;

/** A line for one other peer, which names peers by their IDs. */
export interface Relayed {
  readonly peer: PeerId;
  readonly line: string;
}

/** Who does what. */
export interface Plan {
  /** What this peer does itself, in order. */
  readonly own: readonly FaultCommand[];
  readonly relayed: readonly Relayed[];
  /** Whether it takes faults back, so that whoever does not answer must hear of it later. */
  readonly heals: boolean;
  /** When all of it ends by itself, ms from now; null for never. */
  readonly forMs: number | null;
}

/** Who asks, and how far it may go. */
export interface Asked {
  /** Who asks, as it is called. */
  readonly by: string;
  /** Whether the line has travelled here: then it concerns this peer alone and goes no further. */
  readonly relayed: boolean;
}

/** What a command means for this peer and for the others; one line where it means nothing. */
export function planOf(command: PlannedLine, view: PeerView, asked: Asked): Reading<Plan> {
  const plan = draft(command, view, asked);
  if (asked.relayed && plan.own.length === 0) return wrong(`${command.verb} does not concern this peer`);
  if (plan.relayed.some(({ line }) => line.length > MAX_LINE_BYTES)) return wrong(`${command.verb}: too many peers`);
  if (plan.own.length === 0 && plan.relayed.length === 0) return wrong(`${command.verb}: no other peer is known`);
  return { ok: true, value: asked.relayed ? { ...plan, relayed: [] } : plan };
}

/**
 * The line that takes back what a peer has just done itself, as it stood before; null where none can.
 *
 * @param set the numbers of the faults that were set
 */
export function inverseOf({ own, heals }: Plan, before: PeerView, set: readonly number[]): string | null {
  const { self, condition } = before;
  if (heals) return null;
  switch (own[0]?.kind) {
    case "set":
      return set.length === 0 ? null : `remove ${set.join(",")}`;
    case "pause":
      return condition.kind === "running" ? `resume ${self.id}` : null;
    case "crash":
      return condition.kind === "crashed" ? null : `recover ${self.id}`;
    case "skew":
      return `skew ${self.id} ${condition.skew}x`;
    case "pace":
      return `pace ${condition.pace}`;
    default:
      return null;
  }
}

/** Why this peer cannot do its part; null where it can. */
export function obstacle(own: readonly FaultCommand[], { condition, faults }: PeerView): string | null {
  const kinds = own.map(({ kind }) => kind);
  if (kinds.includes("pause") && condition.kind === "crashed") return "is crashed";
  // Alone it is what was asked for; as a part of a heal it is there only where it is needed.
  if (kinds[0] === "resume" && condition.kind !== "paused") return "is not paused";
  if (kinds[0] === "recover" && condition.kind !== "crashed") return "is not crashed";
  const removed = own.flatMap((command) => (command.kind === "remove" ? [command.id] : []));
  const missing = removed.filter((removing) => !faults.some(({ id }) => id === removing));
  return missing.length > 0 && missing.length === own.length ? `holds no fault ${missing.join(",")}` : null;
}

function draft(command: PlannedLine, view: PeerView, asked: Asked): Plan {
  const { by } = asked;
  switch (command.verb) {
    case "cut":
      return link(command, { kind: "cut", reset: command.reset === true }, view, by);
    case "drop":
    case "corrupt":
    case "duplicate":
    case "reorder":
      return link(command, { kind: command.verb, percent: command.percent ?? 0 }, view, by);
    case "latency": {
      const { delay, jitter } = command;
      return link(command, { kind: "latency", delayMs: delay ?? 0, jitterMs: jitter ?? 0 }, view, by);
    }
    case "bandwidth":
      return link(command, { kind: "bandwidth", bytesPerSecond: command.rate ?? 0 }, view, by);
    case "isolate":
      return process(command, view, {
        kind: "set",
        fault: { kind: "cut", reset: false },
        targets: ["everybody"],
        direction: "both",
        by,
        forMs: command.lasting,
      });
    case "pause":
    case "crash":
      return process(command, view, { kind: command.verb, by, forMs: command.lasting });
    case "resume":
      return { ...process(command, view, { kind: "resume", by }), heals: true };
    case "recover":
      return { ...process(command, view, { kind: "recover" }), heals: true };
    case "skew": {
      const rate = command.rate ?? 1;
      return { ...process(command, view, { kind: "skew", rate, by }, `${rate}x`), heals: rate === 1 };
    }
    case "jump": {
      const aheadMs = command.ahead ?? 0;
      return process(command, view, { kind: "jump", aheadMs, by }, `${aheadMs}ms`);
    }
    case "partition":
      return partition(command.groups ?? [], command.lasting, view, by);
    case "pace": {
      const factor = command.factor ?? 1;
      const relayed = others(view).map((peer) => ({ peer, line: `pace ${factor}` }));
      return { own: [{ kind: "pace", factor, by }], relayed, heals: factor === 1, forMs: null };
    }
    case "heal":
      return heal(command.peers ?? "all", view, asked);
    case "remove": {
      const own = (command.faults ?? []).map((id): FaultCommand => ({ kind: "remove", id }));
      return { own, relayed: [], heals: true, forMs: null };
    }
  }
}

/** A fault between this peer and others; on this peer itself it means everybody. */
function link(
  said: { readonly peers: Peers | null; readonly direction: Direction | null; readonly lasting: number | null },
  fault: LinkFault,
  view: PeerView,
  by: string,
): Plan {
  const named = said.peers ?? "all";
  const all = named === "all" || named.includes(view.self.id);
  const targets: readonly FaultTarget[] = all ? ["everybody"] : named;
  const forMs = said.lasting;
  const own: FaultCommand = { kind: "set", fault, targets, direction: said.direction ?? "both", by, forMs };
  return { own: [own], relayed: [], heals: false, forMs };
}

/** A fault of the peers themselves: each is told, by the same verb and value. */
function process(
  said: { readonly verb: string; readonly peers: Peers | null; readonly lasting?: number | null },
  view: PeerView,
  own: FaultCommand,
  value = "",
): Plan {
  const forMs = said.lasting ?? null;
  const named = said.peers ?? "all";
  const concerned = named === "all" ? [view.self.id, ...others(view)] : named;
  const line = (peer: PeerId): string => words(said.verb, peer, value, forText(forMs));
  return {
    own: concerned.includes(view.self.id) ? [own] : [],
    relayed: concerned.filter((peer) => peer !== view.self.id).map((peer) => ({ peer, line: line(peer) })),
    heals: false,
    forMs,
  };
}

/** Every peer of a group cuts all those of the other groups. */
function partition(groups: readonly (readonly PeerId[])[], forMs: number | null, view: PeerView, by: string): Plan {
  const own: FaultCommand[] = [];
  const relayed: Relayed[] = [];
  for (const group of groups) {
    const targets = groups.filter((other) => other !== group).flat();
    for (const peer of group) {
      if (peer !== view.self.id) {
        relayed.push({ peer, line: words("cut", targets.join(","), "both", forText(forMs)) });
      } else {
        own.push({ kind: "set", fault: { kind: "cut", reset: false }, targets, direction: "both", by, forMs });
      }
    }
  }
  return { own, relayed, heals: false, forMs };
}

/**
 * Ends what this peer and the others do to each other, and what the others do to themselves. Of all, everything
 * everywhere.
 */
function heal(named: Peers, view: PeerView, { by, relayed: isRelayed }: Asked): Plan {
  const me = view.self.id;
  const done = { heals: true, forMs: null };
  if (named === "all") {
    const relayed = others(view).map((peer) => ({ peer, line: "heal all" }));
    return { ...done, own: [{ kind: "heal", target: "all", by }], relayed };
  }
  const own = named.filter((peer) => peer !== me).map((target): FaultCommand => ({ kind: "heal", target, by }));
  if (isRelayed) return { ...done, own: named.includes(me) ? [...own, ...recovery(view, by)] : own, relayed: [] };
  if (!named.includes(me)) {
    return { ...done, own, relayed: named.map((peer) => ({ peer, line: `heal ${me},${peer}` })) };
  }
  // On ourselves: all that we hold, and all that the others hold against us.
  const held = view.faults.map(({ id }): FaultCommand => ({ kind: "remove", id }));
  const relayed = others(view).map((peer) => ({
    peer,
    line: named.includes(peer) ? `heal ${me},${peer}` : `heal ${me}`,
  }));
  return { ...done, own: [...held, ...recovery(view, by)], relayed };
}

/** What ends what a peer does to itself: the cut from everybody, a wrong clock, pause and crash; never the pace. */
function recovery({ condition }: PeerView, by: string): readonly FaultCommand[] {
  return [
    { kind: "heal", target: "everybody", by },
    ...(condition.skew === 1 ? [] : [{ kind: "skew", rate: 1, by } as const]),
    ...(condition.kind === "paused" ? [{ kind: "resume", by } as const] : []),
    ...(condition.kind === "crashed" ? [{ kind: "recover" } as const] : []),
  ];
}

function others(view: PeerView): readonly PeerId[] {
  return view.peers.filter(({ status }) => status !== "left").map(({ id }) => id);
}

function forText(forMs: number | null): string {
  return forMs === null ? "" : `for ${forMs}ms`;
}

function words(...said: readonly string[]): string {
  return said.filter((word) => word !== "").join(" ");
}
