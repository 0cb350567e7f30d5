import type { Address } from "../../src/core/address.ts";
import type { Modes } from "../../src/core/modes.ts";
import type { PeerId } from "../../src/core/peer-id.ts";
import type { ElectionPicture, MutexPicture, OrderPicture } from "../../src/peer/agreement-view.ts";
import { at, id } from "./pictures.ts";

/** Three of the five peers decide by ZAB, and Bully says who leads. */
export const BULLY_ZAB: Modes = {
  election: "bully",
  broadcast: "zab",
  mutex: "ricart-agrawala",
  ensemble: [at(1), at(2), at(3)],
  leader: null,
};

/** Bully alone: there is a leader, and nothing to keep in order. */
export const BULLY_ALONE: Modes = { ...BULLY_ZAB, broadcast: "none", ensemble: [] };

/** A leader that is named beforehand, which keeps the order by ZAB. */
export const FIXED_ZAB: Modes = { ...BULLY_ZAB, election: "fixed", mutex: "lease", leader: at(3) };

const message = (
  ms: number,
  from: number,
  to: number,
  kind: string,
  text = "",
): ElectionPicture["messages"][number] => ({
  ageMs: 12_300 - ms,
  from: id(from),
  to: id(to),
  kind,
  text,
});

/** The first peer stood, was outranked by nobody who answered, and leads. */
export const BULLY: ElectionPicture = {
  kind: "bully",
  role: "leader",
  leader: id(1),
  leaderAgeMs: 12_200,
  rivals: [],
  priority: 9,
  participants: [
    { peer: id(2), priority: 2 },
    { peer: id(3), priority: null },
  ],
  holdMs: null,
  named: null,
  messages: [
    message(0, 1, 3, "election", "priority 9"),
    message(0.4, 2, 1, "election", "priority 2"),
    message(0.9, 1, 2, "answer", "priority 9, objects"),
    message(100, 1, 2, "coordinator", "priority 9"),
    message(100.2, 1, 3, "coordinator", "priority 9"),
  ],
};

/** The second peer leads, which ranks lower, for this one came and went. */
export const HELD_DOWN: ElectionPicture = {
  ...BULLY,
  role: "follower",
  leader: id(2),
  holdMs: 18_400,
};

/** Nobody but the third peer leads. */
export const FIXED: ElectionPicture = {
  ...BULLY,
  kind: "fixed",
  role: "follower",
  leader: id(3),
  priority: null,
  participants: [],
  named: at(3),
  messages: [],
};

const entry = (
  counter: number,
  epoch = 4,
  text = `append notes ${counter} characters`,
): OrderPicture["tail"][number] => ({
  index: 20 + counter,
  id: [epoch, counter],
  isCommitted: counter <= 3,
  lamport: 140 + counter,
  text,
});

const follower = (
  n: number,
  changed: Partial<OrderPicture["progress"][number]> = {},
): OrderPicture["progress"][number] => ({
  peer: id(n),
  isMember: true,
  state: "broadcast",
  ackedIndex: 25,
  sentIndex: 25,
  snapshotPart: null,
  responseMs: 0.4,
  heardAgeMs: 30,
  ...changed,
});

/** The first peer leads by ZAB; the third slot is empty, the fourth and fifth peer observe. */
export const ZAB: OrderPicture = {
  kind: "zab",
  role: "leader",
  phase: "broadcast",
  leader: id(1),
  epoch: 4,
  currentEpoch: 4,
  last: [4, 5],
  committed: [4, 3],
  firstIndex: 8,
  lastIndex: 25,
  commitIndex: 23,
  lastApplied: 22,
  snapshotIndex: 7,
  snapshotBytes: 1234,
  members: [
    { address: at(1), peer: id(1), isUp: true },
    { address: at(2), peer: id(2), isUp: true },
    { address: at(3), peer: null, isUp: false },
  ],
  quorum: { needed: 2, up: 2 },
  progress: [
    follower(2, { ackedIndex: 23 }),
    follower(4, { isMember: false, state: "synchronization", ackedIndex: 0, sentIndex: 0, snapshotPart: 0.304 }),
    follower(5, { isMember: false, ackedIndex: 18 }),
  ],
  tail: [
    { index: 20, id: [3, 9], isCommitted: true, lamport: null, text: "epoch 3 begins" },
    ...[1, 2, 3, 4, 5].map((counter) => entry(counter)),
  ],
};

/** A follower that takes over its leader's history. */
export const SYNCHRONIZING: OrderPicture = {
  ...ZAB,
  role: "follower",
  phase: "synchronization",
  leader: null,
  epoch: 5,
  progress: [],
};

/** Nothing is kept in order. */
export const NO_ORDER: OrderPicture = {
  ...ZAB,
  kind: "none",
  role: "none",
  phase: "election",
  leader: null,
  members: [],
  quorum: { needed: 0, up: 0 },
  progress: [],
  tail: [],
};

/** A lock that nobody holds or wants, but for what is said. */
export function lock(
  name: string,
  changed: Partial<MutexPicture["locks"][number]> = {},
): MutexPicture["locks"][number] {
  return {
    name,
    state: "idle",
    holder: null,
    token: null,
    queue: [],
    repliesOutstanding: [],
    blockedBy: [],
    waitingHere: 0,
    heldMs: null,
    tokenAt: null,
    leaseMs: null,
    ...changed,
  };
}

/** One lock that is held here, one that is waited for, one that is blocked, and one with a hostile name. */
export const LOCKS: MutexPicture = {
  kind: "ricart-agrawala",
  participants: [id(1), id(2), id(3), id(4), id(5)],
  counts: { requests: 4, entries: 3, sent: 24, received: 22, disordered: 0 },
  locks: [
    lock("printer", {
      state: "held",
      holder: id(1),
      token: 7,
      heldMs: 12_300,
      queue: [
        { peer: id(1), timestamp: 120 },
        { peer: id(3), timestamp: 123 },
        { peer: id(2), timestamp: 125 },
      ],
      waitingHere: 1,
    }),
    lock("scanner", {
      state: "waiting",
      queue: [{ peer: id(1), timestamp: 131 }],
      repliesOutstanding: [id(3), id(4)],
      blockedBy: [id(3)],
      waitingHere: 1,
    }),
    lock("\u{202e}evil lock", { holder: id(2), token: 3 }),
  ],
};

/** As many locks as there can be, each wanted by many. */
export const LOCK_FLOOD: MutexPicture = {
  ...LOCKS,
  kind: "raymond",
  locks: Array.from({ length: 256 }, (_, n) =>
    lock(`${"n".repeat(60)}${n}`, {
      state: "waiting",
      holder: id(2),
      token: 2 ** 52,
      heldMs: 1,
      queue: Array.from({ length: 64 }, (__, m) => ({ peer: id(m), timestamp: 2 ** 52 + m })),
      repliesOutstanding: Array.from({ length: 64 }, (__, m) => id(m)),
      blockedBy: [id(2), id(3), id(99)],
      waitingHere: 256,
      tokenAt: id(4),
      leaseMs: 9_999,
    }),
  ),
};

/** An election that says all it can, by whoever means harm. */
export const HOSTILE_ELECTION: ElectionPicture = {
  ...BULLY,
  leader: id(2),
  rivals: [id(3), id(4), id(5), "3f2ae1d200000000" as PeerId],
  named: "127.0.0.1:7003" as Address,
  messages: Array.from({ length: 32 }, (_, n) => ({
    ageMs: 1e9 - n,
    from: id(1 + (n % 5)),
    to: id(1 + ((n + 1 + (n % 3)) % 5)),
    kind: "\x1b[2Jcoordinator\u{202e}",
    text: "\x07\x1b]0;owned\x07".repeat(20),
  })),
};
