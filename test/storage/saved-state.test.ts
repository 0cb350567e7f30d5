import { describe, expect, it } from "vitest";
import { encodeRecord } from "../../src/peer/journal-record.ts";
import type { AnyRecord } from "../../src/peer/registry.ts";
import { decodeRecords, identityIn } from "../../src/storage/saved-state.ts";
import { idOf } from "../peer/peer-bench.ts";

const identity: AnyRecord = { protocol: "peer", record: { kind: "identity", peer: idOf(5) } };
const lamport: AnyRecord = { protocol: "peer", record: { kind: "lamport", ceiling: 1000 } };
const vote: AnyRecord = { protocol: "raft", record: { kind: "hard-state", currentTerm: 3, votedFor: idOf(5) } };

describe("the saved state in a journal", () => {
  it("is its records, in order", () => {
    expect(decodeRecords([lamport, identity, vote, lamport].map(encodeRecord))).toEqual([
      lamport,
      identity,
      vote,
      lamport,
    ]);
  });

  it("is none where a single record stands for nothing", () => {
    const good = encodeRecord(lamport);
    expect(decodeRecords([good, { tag: 0xff, bytes: good.bytes }, good])).toBeUndefined();
    expect(decodeRecords([good, { tag: good.tag, bytes: good.bytes.subarray(1) }])).toBeUndefined();
  });

  it("says whose it is, wherever that stands", () => {
    expect(identityIn([lamport, vote, identity])).toBe(idOf(5));
    expect(identityIn([lamport, vote])).toBeUndefined();
    expect(identityIn([])).toBeUndefined();
  });
});
