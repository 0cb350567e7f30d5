import type { PeerNames } from "../control/peer-names.ts";
import type { Direction, FaultRow, FaultTarget, LinkFault, PeerView } from "../peer/peer-view.ts";
import { labelOf } from "./labels.ts";

/** A link fault as far as words need it. */
export interface Told {
  readonly fault: LinkFault;
  readonly target: FaultTarget;
  readonly direction: Direction;
}

/** `drop 7002 30% both`: the line that sets the fault, which is also how the timeline tells it. */
export function settingLine({ fault, target, direction }: Told, names: PeerNames): string {
  const whom = target === "everybody" ? "all" : names.label(target);
  return [fault.kind, whom, ...settingWords(fault), direction].join(" ");
}

/** What a fault does, without whom it concerns: `cut`, `30% drop`, `latency 100ms jitter 20ms`. */
export function faultWord(fault: LinkFault): string {
  switch (fault.kind) {
    case "cut":
      return fault.reset ? "cut reset" : "cut";
    case "latency":
    case "bandwidth":
      return [fault.kind, ...settingWords(fault)].join(" ");
    default:
      return `${fault.percent}% ${fault.kind}`;
  }
}

/** `7001->7003 cut`: who holds it, which way it acts, towards whom. */
export function faultRoute({ fault, target, direction }: Told, names: PeerNames): string {
  const arrow = { out: "->", in: "<-", both: "<->" }[direction];
  const whom = target === "everybody" ? "all" : labelOf(names, target, 12);
  return `${labelOf(names, names.self, 12)}${arrow}${whom} ${faultWord(fault)}`;
}

/** A fault towards one peer in a few words: `x-> cut out`, `->x cut in`, `30% drop`. */
export function faultSign({ fault, direction }: Told): string {
  const way = direction === "both" ? "" : ` ${direction}`;
  if (fault.kind !== "cut") return `${faultWord(fault)}${way}`;
  const arrow = { out: "x->", in: "->x", both: "x--x" }[direction];
  return `${arrow} ${faultWord(fault)}${way}`;
}

/** `41 blocked`: what a fault has done so far; empty where that is nothing. */
export function countersText(counters: FaultRow["counters"]): string {
  const counted = Object.entries(counters).filter(([, value]) => value > 0);
  return counted.map(([name, value]) => `${value} ${name}`).join(", ");
}

/** The same of several faults together. */
export function sumText(faults: readonly FaultRow[]): string {
  return countersText(sumOf(faults));
}

/** `41 blocked`: what several faults have done most often. */
export function mainCounter(faults: readonly FaultRow[]): string {
  const [most] = Object.entries(sumOf(faults)).sort(([, a], [, b]) => b - a);
  return most === undefined || most[1] === 0 ? "" : `${most[1]} ${most[0]}`;
}

function sumOf(faults: readonly FaultRow[]): FaultRow["counters"] {
  const sum = { blocked: 0, dropped: 0, corrupted: 0, duplicated: 0, delayed: 0, reordered: 0 };
  for (const { counters } of faults)
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counters[name];
  return sum;
}

/** What is wrong with this peer as a whole, in capitals: `PAUSED`, `CLOCK 1.5x`, `PACE 10x`. */
export function conditionWords({ kind, skew, pace }: PeerView["condition"]): readonly string[] {
  return [
    ...(kind === "running" ? [] : [kind.toUpperCase()]),
    ...(pace === 1 ? [] : [`PACE ${rounded(pace)}x`]),
    ...(skew === 1 ? [] : [`CLOCK ${rounded(skew)}x`]),
  ];
}

/** How a rate is written: no more digits than tell it from 1. */
export function rounded(rate: number): string {
  return String(Number(rate.toPrecision(4)));
}

/** What a fault's own numbers are, as its line says them. */
export function settingWords(fault: LinkFault): readonly string[] {
  switch (fault.kind) {
    case "cut":
      return fault.reset ? ["reset"] : [];
    case "latency":
      return [`${fault.delayMs}ms`, ...(fault.jitterMs === 0 ? [] : ["jitter", `${fault.jitterMs}ms`])];
    case "bandwidth":
      return [`${fault.bytesPerSecond / 1000}KB/s`];
    default:
      return [`${fault.percent}%`];
  }
}
