import { JOB_STATES } from "../../core/job.ts";
import { nearest } from "../../core/nearest.ts";
import { STATUSES } from "../../protocols/membership/message.ts";
import { eventKinds, isEventKind } from "./event-kinds.ts";
import { alternatives, type Line } from "./line.ts";
import { readName, readNames } from "./read-names.ts";
import type { Scope } from "./scope.ts";
import { areListed, type Condition, type Name, type Names, type Role } from "./script.ts";

const ROLES: readonly [Role, ...Role[]] = ["leader", "follower", "candidate", "pre-candidate", "learner", "observer"];

/** What stands behind peers of whom something is expected. */
const SEES = ["sees", "see"] as const;

const LAST_TERM = Number.MAX_SAFE_INTEGER;

const MAX_COUNT = 1_000_000;
const MAX_TYPE = 0xffff;

/** Reads what is expected, without the time that it has. */
export function readCondition(line: Line, scope: Scope): Condition<unknown> {
  const startsSubject = [",", "is", "received", "served", "holds", "waits", ...SEES].includes(line.second);
  if (!startsSubject) {
    if (line.accept("leader")) return readLeader(line, scope);
    if (line.accept("converged")) return { kind: "converged", among: readAmong(line, scope) };
    if (line.accept("united")) return { kind: "united", among: readAmong(line, scope) };
    if (line.accept("notices")) {
      line.demand("spread");
      return { kind: "spread", among: readAmong(line, scope) };
    }
    if (line.accept("stores")) {
      line.demand("agree");
      return { kind: "stores-agree", among: readAmong(line, scope) };
    }
    if (line.accept("linearizable")) return { kind: "linearizable" };
    if (line.next === "file" || line.next === "value") return readHeld(line, scope, "some");
    if (line.next === "term" || line.next === "epoch") return readTerm(line, scope);
    if (line.next === "turn" || line.next === "alive") return readFigure(line, scope);
    if (line.accept("job")) return readJob(line, scope);
    if (line.accept("vip")) return readVip(line, scope);
    if (line.accept("two")) {
      line.demand("leaders");
      return { kind: "two-leaders", among: readAmong(line, scope) };
    }
    if (line.accept("event")) return readEvent(line, scope, "some");
    if (line.accept("no")) return readAbsence(line, scope);
  }
  if (line.accept("nobody")) return readLock(line, null);
  return readSubject(line, scope);
}

function readLeader(line: Line, scope: Scope): Condition<unknown> {
  const said = !["", "among", "within", "for"].includes(line.next);
  return { kind: "leader", leader: said ? readName(line, scope) : null, among: readAmong(line, scope) };
}

function readAmong(line: Line, scope: Scope): Names {
  return line.accept("among") ? readNames(line, scope) : "all";
}

function readTerm(line: Line, scope: Scope): Condition<unknown> {
  const kind = line.oneOf(["term", "epoch"]);
  line.demand("of");
  const peer = readName(line, scope);
  const compare = line.oneOf(["=", ">", "<"]);
  return { kind, peer, compare, term: line.integer(kind === "term" ? "a term" : "an epoch", 0, LAST_TERM) };
}

/** `turn of 8001 > 100`, `alive of 7002 = 5`. */
function readFigure(line: Line, scope: Scope): Condition<unknown> {
  const kind = line.oneOf(["turn", "alive"]);
  line.demand("of");
  const of = readName(line, scope);
  const compare = line.oneOf(["=", ">", "<"]);
  return { kind, of, compare, count: line.integer(kind === "turn" ? "a turn" : "cells", 0, LAST_TERM) };
}

function readJob(line: Line, scope: Scope): Condition<unknown> {
  line.demand("of");
  const of = readName(line, scope);
  return { kind: "job", of, state: line.oneOf(JOB_STATES) };
}

function readVip(line: Line, scope: Scope): Condition<unknown> {
  line.demand("at");
  return { kind: "vip", peer: line.accept("nobody") ? null : readName(line, scope) };
}

function readAbsence(line: Line, scope: Scope): Condition<unknown> {
  if (line.accept("event")) return readEvent(line, scope, "none");
  if (line.next === "file" || line.next === "value") return readHeld(line, scope, "none");
  line.demand("leader", "leader, event, file or value");
  return { kind: "no-leader", among: readAmong(line, scope) };
}

function readEvent(line: Line, scope: Scope, times: "some" | "none"): Condition<unknown> {
  const word = line.take();
  const { text: event } = word;
  // Where the kind is wrong the line is never played, so that any will do.
  if (!isEventKind(event))
    line.expected(`a kind of event such as ${nearest(event, eventKinds) ?? "leader-elected"}`, word);
  const at = line.accept("at") ? readName(line, scope) : null;
  const about = line.accept("about") ? readName(line, scope) : null;
  return { kind: "event", event: isEventKind(event) ? event : "started", at, about, times };
}

/** `file notes is hello`, `value k is v among 7001,7002`; of what there is none, only the name. */
function readHeld(line: Line, scope: Scope, times: "some" | "none"): Condition<unknown> {
  const kind = line.oneOf(["file", "value"]);
  const name = readWord(line, kind === "file" ? "the name of a file" : "a key");
  if (times === "some") line.demand("is");
  const text = times === "some" ? readWord(line, "what it is, in one word") : null;
  return { kind, name, text, among: readAmong(line, scope) };
}

function readWord(line: Line, what: string): string {
  if (line.next === "") line.expected(what);
  return line.take().text;
}

/** `holds door`, `waits for door`. */
function readLock(line: Line, peer: Name | null): Condition<unknown> {
  const state = line.oneOf(["holds", "waits"]) === "holds" ? "held" : "waiting";
  if (state === "waiting") line.demand("for");
  return { kind: "lock", peer, state, lock: readWord(line, "the name of a lock") };
}

/** `7001 sees 7002 unhealthy`, `all see 7002 left`, `7001 is leader`, `7002,7003 received 2 of 1337`. */
function readSubject(line: Line, scope: Scope): Condition<unknown> {
  if (line.next !== "all" && !scope.knows(line.next)) {
    line.expected(
      `what is so: leader, no leader, converged, united, notices, event, no event, term, epoch, file, value, stores, ` +
        `nobody, two leaders, linearizable, job, turn, alive, vip, or ${scope.choices()}`,
    );
  }
  const { column } = line;
  const by = readNames(line, scope);
  if (line.accept("is")) {
    const peer = onlyOne(by);
    if (peer === null) line.refuse(column, "expected one peer before is, found more");
    return { kind: "role", peer: peer ?? "", role: line.oneOf(ROLES, `a role: ${alternatives(ROLES)}`) };
  }
  if (line.accept("received")) {
    const count = line.integer("how many", 0, MAX_COUNT);
    line.demand("of");
    return { kind: "received", by, count, dataType: line.integer("a data type", 0, MAX_TYPE) };
  }
  if (line.accept("served")) {
    const client = onlyOne(by);
    if (client === null) line.refuse(column, "expected one client before served, found more");
    return { kind: "served", client: client ?? "" };
  }
  if (line.next === "holds" || line.next === "waits") {
    const peer = onlyOne(by);
    if (peer === null) line.refuse(column, `expected one peer before ${line.next}, found more`);
    return readLock(line, peer ?? "");
  }
  line.oneOf(SEES, "sees, received, served, holds, waits or is");
  const peer = readName(line, scope);
  return { kind: "sees", by, peer, status: line.oneOf(STATUSES, `a status: ${alternatives(STATUSES)}`) };
}

function onlyOne(names: Names): Name | null {
  const [only, ...others] = areListed(names) ? names : [];
  return only !== undefined && others.length === 0 ? only : null;
}
