import fc from "fast-check";
import { NO_CLUSTER } from "../../src/core/peer-id.ts";
import type { FaultTarget, LinkFault } from "../../src/faults/fault.ts";
import type { FaultCommand } from "../../src/faults/message.ts";
import type { FaultyInput } from "../../src/peer/machine.ts";
import { type AnyMessage, protocolNames } from "../../src/peer/registry.ts";
import type { GossipMessage } from "../../src/wire/gossip-message.ts";
import { ANNA, at, BORIS, CUT, LATE, OPTIONS, type Rig } from "../peer/rig.ts";
import { messages } from "../wire/protocol-samples.ts";

/** Something that may happen to a peer. */
export type Action =
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "link"; readonly session: number }
  | { readonly do: "recover" }
  | { readonly do: "give"; readonly input: FaultyInput };

/** Objects such as ours are: fast-check also makes some that inherit from nothing. */
function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true });
}

const contents: readonly AnyMessage[] = protocolNames.flatMap((protocol) =>
  messages[protocol].map((message) => ({ protocol, message }) as AnyMessage),
);
const session = fc.integer({ min: 1, max: 4 }).map((n) => 2 * n);
const envelope = fc.option(record({ lamport: fc.nat(10_000), sequence: fc.nat(20) }));
const nonce = fc.uint8Array({ minLength: 16, maxLength: 16 });
const time = fc.double({ min: 0.001, max: 2000, noNaN: true });
const by = fc.string({ maxLength: 8 });
const forMs = fc.option(time);

const fault: fc.Arbitrary<LinkFault> = fc.constantFrom<LinkFault>(
  CUT,
  LATE,
  { kind: "cut", reset: true },
  { kind: "drop", percent: 50 },
  { kind: "corrupt", percent: 50 },
  { kind: "duplicate", percent: 50 },
  { kind: "latency", delayMs: 20, jitterMs: 15.5 },
  { kind: "reorder", percent: 50 },
  { kind: "bandwidth", bytesPerSecond: 1000 },
);

const faultCommand: fc.Arbitrary<FaultCommand> = fc.oneof(
  record({
    kind: fc.constant("set"),
    fault,
    targets: fc.constantFrom<readonly FaultTarget[]>([ANNA], [BORIS, ANNA], ["everybody"]),
    direction: fc.constantFrom("in", "out", "both"),
    by,
    forMs,
  }),
  record({ kind: fc.constant("remove"), id: fc.nat(5) }),
  record({ kind: fc.constant("heal"), target: fc.constantFrom<FaultTarget | "all">("all", ANNA, "everybody"), by }),
  record({ kind: fc.constantFrom("pause", "crash"), by, forMs }),
  record({ kind: fc.constant("resume"), by }),
  record({ kind: fc.constant("skew"), rate: fc.double({ min: 0.5, max: 2, noNaN: true }), by }),
  record({ kind: fc.constant("pace"), factor: fc.double({ min: 0.5, max: 2, noNaN: true }), by }),
  record({ kind: fc.constant("jump"), aheadMs: time, by }),
);

const programMessage = fc.constantFrom<GossipMessage>(
  { kind: "announce", ttl: 2, dataType: 1337, data: Buffer.from("data") },
  { kind: "notify", dataType: 1337 },
  { kind: "notification", messageId: 1, dataType: 1337, data: Buffer.from("data") },
  { kind: "validation", messageId: 0, valid: true },
  { kind: "pull", address: at(9000) },
  { kind: "push", address: at(9000), ids: [at(9001)] },
);

const input: fc.Arbitrary<FaultyInput> = fc.oneof(
  record({ kind: fc.constant("message"), session, content: fc.constantFrom(...contents), envelope }),
  record({
    kind: fc.constant("packet"),
    from: fc.constantFrom(at(7002), at(7003)),
    packet: record({ kind: fc.constantFrom("syn", "ack"), nonce }),
  }),
  record({ kind: fc.constant("session-up"), session, address: fc.constant(at(40_000)) }),
  record({ kind: fc.constant("program-up"), session, address: fc.constant(at(40_001)) }),
  record({ kind: fc.constant("program"), session, said: fc.array(programMessage, { minLength: 1, maxLength: 4 }) }),
  record({ kind: fc.constant("session-down"), session, reason: fc.string({ maxLength: 20 }) }),
  record({ kind: fc.constant("resumed"), gapMs: time }),
  fc.constant<FaultyInput>({ kind: "timeout" }),
  fc.constant<FaultyInput>({ kind: "saved", upTo: 1 }),
  record({ kind: fc.constant("faults"), command: faultCommand }),
  fc.uint8Array({ maxLength: 80 }).map((bytes): FaultyInput => {
    return { kind: "command", content: { protocol: "health", command: { kind: "entropy", bytes } } };
  }),
  fc.constantFrom<FaultyInput>(
    { kind: "command", content: { protocol: "gossip", command: { kind: "exchange" } } },
    { kind: "command", content: { protocol: "raft", command: { kind: "transfer", to: null } } },
    { kind: "command", content: { protocol: "discovery", command: { kind: "consider", address: at(7002) } } },
    {
      kind: "command",
      content: { protocol: "discovery", command: { kind: "met", peer: BORIS, address: at(7003), cluster: NO_CLUSTER } },
    },
  ),
);

/** All that a peer may live through, in any order. */
export const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: record({ do: fc.constant("pass"), ms: time }) },
    { weight: 2, arbitrary: record({ do: fc.constant("link"), session }) },
    { weight: 1, arbitrary: fc.constant<Action>({ do: "recover" }) },
    { weight: 8, arbitrary: record({ do: fc.constant("give"), input }) },
  ),
  { maxLength: 40 },
);

/** Lets these things happen, one after another. */
export function live(rig: Rig, ...happening: readonly Action[]): void {
  for (const action of happening) {
    if (action.do === "pass") rig.pass(action.ms);
    else if (action.do === "link") rig.link(action.session);
    else if (action.do === "give") rig.give(action.input);
    else {
      rig.command({ kind: "recover" });
      rig.give({ kind: "restored", id: OPTIONS.id, records: rig.disk });
    }
  }
}
