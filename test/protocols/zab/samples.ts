import type { ZabMessage, ZabRecord } from "./on-bench.ts";
import { A, addressOf, B, entry, zxid } from "./on-bench.ts";

const fifo = { sequence: 7 };

/** A message of every kind. */
export const zabMessages: readonly ZabMessage[] = [
  { kind: "follower-info", ...fifo, acceptedEpoch: 3 },
  { kind: "new-epoch", ...fifo, epoch: 4 },
  { kind: "epoch-accepted", ...fifo, epoch: 4, isMember: true, currentEpoch: 2, digest: [zxid(1, 9), zxid(2, 1)] },
  { kind: "history-wanted", ...fifo, epoch: 4, digest: [] },
  { kind: "difference", ...fifo, epoch: 4, index: 9, zxid: zxid(1, 9) },
  { kind: "snapshot", ...fifo, epoch: 4, index: 9, zxid: zxid(1, 9), total: 5, offset: 2, data: Buffer.from("abc") },
  {
    kind: "entries",
    ...fifo,
    epoch: 4,
    commitIndex: 9,
    entries: [entry(10, 4, 1), { index: 11, epoch: 4, counter: 2, command: Buffer.of(1) }],
  },
  { kind: "received", ...fifo, epoch: 4, index: 9, offset: 5 },
  { kind: "new-leader", ...fifo, epoch: 4, index: 9, zxid: zxid(1, 9), members: [{ address: addressOf(A), peer: A }] },
  { kind: "accepted", ...fifo, epoch: 4, index: 10 },
  { kind: "up-to-date", ...fifo, epoch: 4, commitIndex: 9 },
  { kind: "ping", ...fifo, epoch: 4, round: 12 },
  { kind: "pong", ...fifo, epoch: 4, round: 12 },
  { kind: "resigned", ...fifo, epoch: 4 },
  { kind: "impostor", ...fifo, epoch: 4, members: [{ address: addressOf(A), peer: A }] },
];

/** A record of every kind. */
export const zabRecords: readonly ZabRecord[] = [
  { kind: "accepted-epoch", epoch: 4 },
  { kind: "current-epoch", epoch: 4 },
  { kind: "append", entries: [entry(1, 4, 1), { index: 2, epoch: 4, counter: 2, command: Buffer.of(1) }] },
  { kind: "truncate", index: 1 },
  { kind: "snapshot", index: 9, zxid: zxid(1, 9), data: Buffer.from("abc") },
  { kind: "member", address: addressOf(B), peer: B },
  { kind: "forget" },
];
