import { portList } from "./port-list.ts";
import {
  areListed,
  type Coming,
  type Condition,
  type LinkChange,
  type Name,
  type Names,
  type Script,
  type Setting,
  type Statement,
  type Ways,
} from "./script.ts";

/** A script as the lines of a scenario file. Closures have no words: they become comments. */
export function printScript(script: Script<never>): string {
  return script.map((statement) => `${hasClosure(statement) ? "# " : ""}${printStatement(statement)}\n`).join("");
}

function hasClosure(statement: Statement<never>): boolean {
  return statement.kind === "call" || (statement.kind === "expect" && statement.condition.kind === "holds");
}

/** A statement as a line of a scenario file; in place of a closure stands what it is called. */
export function printStatement(statement: Statement<never>): string {
  switch (statement.kind) {
    case "seed":
      return `seed ${statement.seed}`;
    case "tune":
      return `tune ${setting(statement.setting)}`;
    case "start":
      return `start ${portList(statement.peers)} ${coming(statement.coming)}`;
    case "advance":
      return `advance ${time(statement.ms)}`;
    case "crash":
      return `crash ${names(statement.peers)}${statement.tear ? " torn" : ""}`;
    case "recover":
    case "pause":
    case "resume":
    case "leave":
      return `${statement.kind} ${names(statement.peers)}`;
    case "link":
      return printLink(statement.ways, statement.change);
    case "mend":
      return `mend ${ways(statement.ways)}`;
    case "partition":
      return `partition ${statement.groups.map(names).join(" | ")}`;
    case "heal":
    case "mark":
      return statement.kind;
    case "disk": {
      const { change } = statement;
      return `disk ${names(statement.peers)} ${change.kind}${change.kind === "slow" ? ` ${span(change.ms)}` : ""}`;
    }
    case "clock": {
      const { change } = statement;
      const how = change.kind === "rate" ? `rate ${change.rate}x` : `jump ${time(change.aheadMs)}`;
      return `clock ${names(statement.peers)} ${how}`;
    }
    case "worker": {
      const { peers, slowness } = statement;
      return `worker ${names(peers)} ${slowness === 1 ? "well" : `slow ${slowness}x`}`;
    }
    case "entry":
      return `${statement.peer}${statement.inVain ? " in vain" : ""}: ${oneLine(statement.text)}`;
    case "call":
      return oneLine(statement.text);
    case "let":
      return `let ${statement.name} = ${statement.peer}`;
    case "say":
      return `say ${oneLine(statement.text)}`;
    case "expect":
      return printExpectation(statement);
  }
}

function printExpectation(expectation: Extract<Statement<never>, { readonly kind: "expect" }>): string {
  const { condition, withinMs, lastingMs } = expectation;
  const within = withinMs === null ? "" : ` within ${time(withinMs)}`;
  const lasting = lastingMs === null ? "" : ` for ${time(lastingMs)}`;
  return `expect ${printCondition(condition)}${within}${lasting}`;
}

function printCondition(condition: Condition<never>): string {
  switch (condition.kind) {
    case "leader":
      return `leader${word("", condition.leader)}${among(condition.among)}`;
    case "no-leader":
      return `no leader${among(condition.among)}`;
    case "converged":
    case "united":
      return `${condition.kind}${among(condition.among)}`;
    case "sees": {
      const one = areListed(condition.by) && condition.by.length === 1;
      return `${names(condition.by)} ${one ? "sees" : "see"} ${condition.peer} ${condition.status}`;
    }
    case "role":
      return `${condition.peer} is ${condition.role}`;
    case "two-leaders":
      return `two leaders${among(condition.among)}`;
    case "lock":
      return `${condition.peer ?? "nobody"} ${condition.state === "held" ? "holds" : "waits for"} ${condition.lock}`;
    case "term":
    case "epoch":
      return `${condition.kind} of ${condition.peer} ${condition.compare} ${condition.term}`;
    case "turn":
    case "alive":
      return `${condition.kind} of ${condition.of} ${condition.compare} ${condition.count}`;
    case "job":
      return `job of ${condition.of} ${condition.state}`;
    case "vip":
      return `vip at ${condition.peer ?? "nobody"}`;
    case "event": {
      const where = word(" at", condition.at) + word(" about", condition.about);
      return `${condition.times === "none" ? "no " : ""}event ${condition.event}${where}`;
    }
    case "received":
      return `${names(condition.by)} received ${condition.count} of ${condition.dataType}`;
    case "spread":
      return `notices spread${among(condition.among)}`;
    case "file":
    case "value": {
      const { kind, name, text } = condition;
      return `${text === null ? `no ${kind} ${name}` : `${kind} ${name} is ${text}`}${among(condition.among)}`;
    }
    case "stores-agree":
      return `stores agree${among(condition.among)}`;
    case "served":
      return `${condition.client} served`;
    case "linearizable":
      return "linearizable";
    case "holds":
      return oneLine(condition.text);
  }
}

function printLink(which: Ways, change: LinkChange): string {
  const at = ways(which);
  if ("cut" in change) return `cut ${at}`;
  if ("lossPercent" in change) return `loss ${at} ${change.lossPercent}%`;
  if ("resendPercent" in change) return `resend ${at} ${change.resendPercent}%`;
  if ("duplicatePercent" in change) return `duplicate ${at} ${change.duplicatePercent}%`;
  if ("reorderPercent" in change) return `reorder ${at} ${change.reorderPercent}%`;
  if ("corruptPercent" in change) return `corrupt ${at} ${change.corruptPercent}%`;
  if ("bytesPerSecond" in change) return `bandwidth ${at} ${rate(change.bytesPerSecond)}`;
  if ("capacity" in change) return `capacity ${at} ${change.capacity.things} per ${time(change.capacity.stepMs)}`;
  return `latency ${at} ${time(change.latencyMs)}${change.jitterMs === 0 ? "" : ` jitter ${time(change.jitterMs)}`}`;
}

/** `7001 -> 7002`; every link there is, both ways, is `all`. */
function ways({ from, to, both }: Ways): string {
  if (from === "all" && to === "all" && both) return "all";
  return `${names(from)} ${both ? "<->" : "->"} ${names(to)}`;
}

function coming(how: Coming): string {
  if (how.kind === "critic") return `critic of ${how.of}`;
  if (how.kind === "client") return `client of ${portList(how.of)}${MANNERS[how.manner]}`;
  if (how.kind === "life") {
    const { pattern, size, turns, at } = how;
    return `life ${pattern} size ${size} turns ${turns} at ${at === "vip" ? at : portList(at)}`;
  }
  return how.kind === "join" ? `join ${portList(how.via)}` : how.kind;
}

const MANNERS = {
  "in-session": "",
  "without-session": " without session",
  reading: " reading",
  locking: " locking",
} as const;

function setting(changed: Setting): string {
  if ("snapshotBytes" in changed) return `snapshots ${changed.snapshotBytes}`;
  if ("maxTurnsPerSecond" in changed) return `turns ${changed.maxTurnsPerSecond}`;
  if ("markIntervalMs" in changed) return `marks ${time(changed.markIntervalMs)}`;
  if ("leaseMs" in changed) return `lease ${time(changed.leaseMs)}`;
  if ("ensemble" in changed) return `ensemble ${portList(changed.ensemble)}`;
  return Object.entries(changed).flat().join(" ");
}

function among(which: Names): string {
  return which === "all" ? "" : ` among ${names(which)}`;
}

function word(before: string, name: Name | null): string {
  return name === null ? "" : `${before} ${name}`;
}

function names(which: Names): string {
  if (which === "all") return which;
  return areListed(which) ? portList(which) : `all but ${portList(which.allBut)}`;
}

function span([least, most]: readonly [number, number]): string {
  return least === most ? time(least) : `${time(least)}..${time(most)}`;
}

/** A time in the largest unit of which it is whole. */
function time(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

function rate(bytesPerSecond: number): string {
  if (bytesPerSecond % 1_000_000 === 0) return `${bytesPerSecond / 1_000_000}MB/s`;
  return bytesPerSecond % 1000 === 0 ? `${bytesPerSecond / 1000}KB/s` : `${bytesPerSecond}B/s`;
}

/** Text without marks of where a line ends: that of a typed script, or of a stage, may have several lines. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]\s*/g, " ");
}
