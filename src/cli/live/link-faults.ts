import type { FaultTarget, LinkFault } from "../../faults/fault.ts";
import type { Conditions } from "../../sim/network/conditions.ts";
import { settingWords } from "../../ui/fault-words.ts";

/** What a link is like, in faults of the peer that sends along it. What no fault can do is left out. */
export function linkFaults(conditions: Partial<Conditions>): readonly LinkFault[] {
  const { cut = false, latencyMs = 0, jitterMs = 0, bytesPerSecond = null } = conditions;
  const { lossPercent = 0, duplicatePercent = 0, reorderPercent = 0, corruptPercent = 0 } = conditions;
  // A fault's jitter is up to so much more or less; a link's is up to so much more.
  const delayMs = Math.round(latencyMs + jitterMs / 2);
  const faults: readonly (LinkFault | null)[] = [
    cut ? { kind: "cut", reset: false } : null,
    share("drop", lossPercent),
    share("duplicate", duplicatePercent),
    share("reorder", reorderPercent),
    share("corrupt", corruptPercent),
    delayMs > 0 ? { kind: "latency", delayMs, jitterMs: Math.round(jitterMs / 2) } : null,
    bytesPerSecond === null ? null : { kind: "bandwidth", bytesPerSecond },
  ];
  return faults.filter((fault) => fault !== null);
}

/** The line by which a peer sets a fault on all that it sends to another: `drop 6f00c1a2b3d4e5f6 30% out`. */
export function outLine(fault: LinkFault, target: FaultTarget): string {
  return [fault.kind, target, ...settingWords(fault), "out"].join(" ");
}

function share(kind: "drop" | "duplicate" | "reorder" | "corrupt", percent: number): LinkFault | null {
  return percent > 0 ? { kind, percent } : null;
}
