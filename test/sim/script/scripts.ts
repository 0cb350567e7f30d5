import fc from "fast-check";
import { MAX_BOARD_SIZE, MIN_BOARD_SIZE } from "../../../src/core/board.ts";
import { JOB_STATES } from "../../../src/core/job.ts";
import { STATUSES } from "../../../src/protocols/membership/message.ts";
import { PATTERNS } from "../../../src/sim/life/patterns.ts";
import type {
  ClockChange,
  Coming,
  Condition,
  DiskChange,
  LinkChange,
  Name,
  Names,
  Script,
  Statement,
} from "../../../src/sim/script/script.ts";

const PORTS: readonly Name[] = ["7001", "7002", "7003", "7004", "7005", "7010", "443", "65535"];
const SPOKEN: readonly Name[] = ["leader", "follower", "old", "the-2nd"];

const name = fc.constantFrom(...PORTS, ...SPOKEN);
const list = fc.uniqueArray(name, { minLength: 1, maxLength: 6 });
const names: fc.Arbitrary<Names> = fc.oneof(list, fc.constant("all" as const), fc.record({ allBut: list }));
const ms = fc.oneof(
  fc.integer({ min: 1, max: 86_400_000 }),
  fc.integer({ min: 1, max: 1440 }).map((m) => m * 60_000),
);
const percent = fc.integer({ min: 1, max: 1000 }).map((tenths) => tenths / 10);
const anyMs = fc.option(ms);
const whole = fc.nat(1_000_000);

const condition: fc.Arbitrary<Condition<unknown>> = fc.oneof(
  fc.record({ kind: fc.constant("leader" as const), leader: fc.option(name), among: names }),
  fc.record({
    kind: fc.constantFrom("no-leader", "two-leaders", "converged", "united", "spread", "stores-agree"),
    among: names,
  }),
  fc.record({
    kind: fc.constantFrom("file" as const, "value" as const),
    name: fc.constantFrom("notes", "k1", "all"),
    text: fc.option(fc.constantFrom("hello", "is", "1;2;")),
    among: names,
  }),
  fc.record({ kind: fc.constant("served" as const), client: name }),
  fc.record({ kind: fc.constant("linearizable" as const) }),
  fc.record({
    kind: fc.constant("lock" as const),
    peer: fc.option(name),
    state: fc.constantFrom("held" as const, "waiting" as const),
    lock: fc.constantFrom("door", "for", "within"),
  }),
  fc.record({
    kind: fc.constant("received" as const),
    by: names,
    count: whole,
    dataType: fc.nat(0xffff),
  }),
  fc.record({ kind: fc.constant("sees" as const), by: names, peer: name, status: fc.constantFrom(...STATUSES) }),
  fc.record({
    kind: fc.constant("role" as const),
    peer: name,
    role: fc.constantFrom("follower", "pre-candidate", "candidate", "leader", "learner", "observer"),
  }),
  fc.record({
    kind: fc.constantFrom("term" as const, "epoch" as const),
    peer: name,
    compare: fc.constantFrom("=" as const, ">" as const, "<" as const),
    term: whole,
  }),
  fc.record({
    kind: fc.constantFrom("turn" as const, "alive" as const),
    of: name,
    compare: fc.constantFrom("=" as const, ">" as const, "<" as const),
    count: whole,
  }),
  fc.record({ kind: fc.constant("job" as const), of: name, state: fc.constantFrom(...JOB_STATES) }),
  fc.record({ kind: fc.constant("vip" as const), peer: fc.option(name) }),
  fc.record({
    kind: fc.constant("event" as const),
    event: fc.constantFrom("leader-elected", "started", "member-unhealthy", "fault-set"),
    at: fc.option(name),
    about: fc.option(name),
    times: fc.constantFrom("some" as const, "none" as const),
  }),
);

const linkChange: fc.Arbitrary<LinkChange> = fc.oneof(
  fc.constant({ cut: true as const }),
  fc.record({ lossPercent: percent }),
  fc.record({ resendPercent: percent }),
  fc.record({ duplicatePercent: percent }),
  fc.record({ reorderPercent: percent }),
  fc.record({ corruptPercent: percent }),
  fc.record({ latencyMs: ms, jitterMs: fc.oneof(fc.constant(0), ms) }),
  fc.record({ bytesPerSecond: fc.oneof(fc.integer({ min: 1, max: 999_999 }), fc.constantFrom(5000, 3_000_000)) }),
  fc.record({ capacity: fc.record({ things: fc.integer({ min: 1, max: 1_000_000 }), stepMs: ms }) }),
);

const diskChange: fc.Arbitrary<DiskChange> = fc.oneof(
  fc.record({ kind: fc.constantFrom("full" as const, "flip" as const, "well" as const) }),
  fc.record({
    kind: fc.constant("slow" as const),
    ms: fc.tuple(ms, ms).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]),
  }),
);

const clockChange: fc.Arbitrary<ClockChange> = fc.oneof(
  fc.record({ kind: fc.constant("rate" as const), rate: fc.integer({ min: 1, max: 10_000 }).map((n) => n / 100) }),
  fc.record({ kind: fc.constant("jump" as const), aheadMs: ms }),
);

/** Peers that are started cannot join themselves, so these join one that nothing else starts. */
const coming: fc.Arbitrary<Coming> = fc.oneof(
  fc.record({ kind: fc.constantFrom("found" as const, "look" as const, "liar" as const) }),
  fc.record({ kind: fc.constant("join" as const), via: fc.constant(["443"]) }),
  fc.record({ kind: fc.constant("critic" as const), of: fc.constant("443") }),
  fc.record({
    kind: fc.constant("life" as const),
    pattern: fc.constantFrom(...PATTERNS),
    size: fc.integer({ min: MIN_BOARD_SIZE, max: MAX_BOARD_SIZE }),
    turns: fc.integer({ min: 1, max: 1_000_000 }),
    at: fc.constantFrom("vip" as const, ["443"]),
  }),
  fc.record({
    kind: fc.constant("client" as const),
    of: fc.constant(["443"]),
    manner: fc.constantFrom("in-session" as const, "without-session" as const, "reading" as const, "locking" as const),
  }),
);

const ways = fc.record({ from: names, to: names, both: fc.boolean() });
const newPeers = fc.uniqueArray(fc.integer({ min: 8000, max: 8009 }).map(String), { minLength: 1, maxLength: 10 });
const text = fc
  .string({ unit: "binary", minLength: 1, maxLength: 200 })
  .map((said) => said.replace(/[\r\n]/g, "").trim())
  .filter((said) => said !== "");

const statement: fc.Arbitrary<Statement<unknown>> = fc.oneof(
  fc.record({ kind: fc.constant("start" as const), peers: newPeers, coming }),
  fc.record({ kind: fc.constant("advance" as const), ms }),
  fc.record({ kind: fc.constant("crash" as const), peers: names, tear: fc.boolean() }),
  fc.record({
    kind: fc.constantFrom("recover" as const, "pause" as const, "resume" as const, "leave" as const),
    peers: names,
  }),
  fc.record({ kind: fc.constant("link" as const), ways, change: linkChange }),
  fc.record({ kind: fc.constant("mend" as const), ways }),
  fc.record({ kind: fc.constant("partition" as const), groups: fc.array(names, { minLength: 2, maxLength: 4 }) }),
  fc.record({ kind: fc.constantFrom("heal" as const, "mark" as const) }),
  fc.record({ kind: fc.constant("disk" as const), peers: names, change: diskChange }),
  fc.record({ kind: fc.constant("clock" as const), peers: names, change: clockChange }),
  fc.record({
    kind: fc.constant("worker" as const),
    peers: names,
    slowness: fc.integer({ min: 1, max: 1_000_000 }),
  }),
  fc.record({
    kind: fc.constant("entry" as const),
    peer: name,
    text: fc.constantFrom(
      "transfer",
      "transfer 7010",
      "drop all 30% both for 30s",
      "remove #4",
      "partition old|the-2nd",
    ),
  }),
  fc.record({
    kind: fc.constant("let" as const),
    name: fc.constantFrom("old", "x", "a-long-name-of-this"),
    peer: name,
  }),
  fc.record({ kind: fc.constant("say" as const), text }),
  fc.record({ kind: fc.constant("expect" as const), condition, withinMs: anyMs, lastingMs: anyMs }),
);

/** Scripts of everything that can be said, in which every name is known. */
export const scripts: fc.Arbitrary<Script<unknown>> = fc
  .tuple(fc.option(fc.nat(0xffff_ffff)), fc.array(statement, { maxLength: 20 }))
  .map(([seed, statements]) => [
    ...(seed === null ? [] : [{ kind: "seed" as const, seed }]),
    { kind: "start", peers: PORTS, coming: { kind: "look" } },
    { kind: "let", name: "old", peer: "7001" },
    { kind: "let", name: "the-2nd", peer: "leader" },
    ...statements,
  ]);
