import { isEnded } from "../../core/job.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { vipLine } from "../address-words.ts";
import { age } from "../format.ts";
import { turnWords } from "../job-words.ts";
import { labelOf } from "../labels.ts";
import { joined, type Line, span } from "../line.ts";
import type { Model } from "../model.ts";
import { entryName } from "./order.ts";

/** One line for the panels that have no room: IDs, the last exchange, the last election, how far the order is. */
export function summaryLine({ view, names }: Model): Line {
  const { gossip, raft, modes } = view;
  const parts: Line[] = [[span("dim", "ids "), String(gossip.ids.length)]];
  const last = gossip.exchanges.at(-1);
  if (last !== undefined) {
    const arrow = last.direction === "out" ? "->" : "<-";
    parts.push([span("dim", "last "), `${last.kind}${arrow}${labelOf(names, last.peer, 8)}`]);
  }
  const vip = vipLine(view, names);
  if (vip !== null) parts.splice(1, 0, vip);
  const job = view.broker.jobs.findLast((each) => !isEnded(each));
  if (job !== undefined) parts.splice(1, 0, [span("dim", `job ${job.id} `), turnWords(job)]);
  if (modes.election !== "raft") parts.push(leaderWords(view));
  else if (raft.election === null) parts.push([span("dim", "no election yet")]);
  else
    parts.push([
      span("dim", deed(raft.election.outcome)),
      `${age(raft.election.ageMs)} ago`,
      because(raft.election.because),
    ]);
  if (modes.broadcast === "zab") parts.push([span("dim", "committed "), entryName("zab", view.order.committed)]);
  return [" ", ...joined(parts, "  ")];

  function deed(outcome: NonNullable<typeof raft.election>["outcome"]): string {
    return outcome === "running" || outcome === "lost" ? "no winner " : "elected ";
  }

  function because(cause: NonNullable<typeof raft.election>["because"]): string {
    if (cause === null) return "";
    if (cause.kind === "founding") return ": founded";
    const leader = cause.leader === null ? "" : ` ${labelOf(names, cause.leader, 8)}`;
    return cause.kind === "transfer" ? `: handed over by${leader}` : `: lost${leader}`;
  }
}

/** Since when somebody leads where leaders are not voted for. */
function leaderWords({ election }: PeerView): Line {
  const { kind, leaderAgeMs } = election;
  if (leaderAgeMs === null) return [span("warn", "no leader")];
  return [
    span("dim", kind === "fixed" ? "leader here for " : "elected "),
    age(leaderAgeMs),
    kind === "fixed" ? "" : " ago",
  ];
}
