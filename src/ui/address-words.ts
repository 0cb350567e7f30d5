import type { PeerNames } from "../control/peer-names.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { age, duration } from "./format.ts";
import { labelOf } from "./labels.ts";
import { type Line, span } from "./line.ts";

const LABEL_WIDTH = 12;

/** The virtual address and its holder, part by part: `127.0.0.77:7100`, `held by 7002`, `term 5`, `for 12 s`. */
export function addressParts(view: PeerView, names: PeerNames): readonly Line[] {
  const { address, term, driver } = view.vip;
  const where: Line = address === null ? [span("dim", "no virtual address (--vip)")] : [span("strong", address)];
  const how: readonly Line[] = driver === "dry-run" && address !== null ? [[span("warn", "dry run")]] : [];
  return [where, holderLine(view, names), ...(term === 0 ? [] : [[span("dim", "term "), String(term)]]), ...how];
}

/** Who holds it, or hands work out where there is no address. */
function holderLine({ vip, self }: PeerView, names: PeerNames): Line {
  if (vip.holder === null) {
    return vip.address === null ? [span("dim", "nobody hands work out")] : [span("warn", "held by nobody")];
  }
  const isOwn = vip.holder === self.id;
  // By the order it is this peer's, which may not act before the lease of the one before has ended.
  const isPending = isOwn && vip.phase !== "in-office";
  const verb = isPending ? "taken by " : vip.address === null ? "work is handed out by " : "held by ";
  return [span("dim", verb), span("title", labelOf(names, vip.holder, LABEL_WIDTH)), isOwn ? " (you)" : ""];
}

/** How this peer stands to it: since when it holds it, or what it waits for; nothing where that is another's business. */
export function ownAddressParts({ vip }: PeerView): readonly Line[] {
  const { phase, waitMs, leaseLeftMs, sinceMs, held, address } = vip;
  switch (phase) {
    case "idle":
      return [];
    case "asking":
      return [[span("warn", "asking for it in the order")]];
    case "waiting":
      return [[span("warn", `waits ${duration(waitMs ?? 0)} for the lease before to end`)]];
    case "confirming":
      return [[span("warn", "asking a quorum whether we lead still")]];
    case "leaving":
      return [[span("warn", "letting it go")]];
    case "in-office":
      return [
        ...(sinceMs === null ? [] : [[span("dim", "for "), age(sinceMs)]]),
        ...(leaseLeftMs === null ? [] : [[span("dim", "lease "), duration(leaseLeftMs)]]),
        ...(held || address === null ? [] : [[span("warn", "taking the address")]]),
      ];
  }
}

/** The virtual address in a word or two, where there is one: `vip 7002`. */
export function vipLine({ vip }: PeerView, names: PeerNames): Line | null {
  if (vip.address === null) return null;
  const holder = vip.holder === null ? span("warn", "nobody") : span("plain", labelOf(names, vip.holder, LABEL_WIDTH));
  return [span("dim", "vip "), holder];
}
