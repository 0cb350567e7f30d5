import type { OrderEvent } from "../../core/total-order.ts";
import type { Definition } from "../definition.ts";
import { type RaftSpeech, raftFraming, raftRecord } from "./message.ts";
import { Raft } from "./raft.ts";

/** Timing that suits one machine or one network of machines. */
export const RAFT_DEFAULTS = {
  active: true,
  heartbeatIntervalMs: 100,
  electionTimeoutMs: 450,
  removalMs: 60_000,
  reads: "read-index",
  snapshotBytes: 4 * 1024 * 1024,
} as const satisfies Partial<RaftSpeech["options"]>;

/** Raft as the registry holds it. */
export const raft: Definition<RaftSpeech> = {
  framing: raftFraming,
  record: raftRecord,
  routine: new Set(["entry-committed", "bound-changed"]),
  internal: new Set<OrderEvent["kind"]>([
    "proposed",
    "not-proposed",
    "readable",
    "not-readable",
    "delivered",
    "snapshot-installed",
    "snapshot-wanted",
    "order-forgotten",
  ]),
  start: (options, saved, random, now) => new Raft(options, saved, random, now),
};
