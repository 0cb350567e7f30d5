import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ZabMessage, zabMessage, zabRecord } from "../../../src/protocols/zab/message.ts";
import { decode, encode } from "../../../src/wire/codec.ts";
import {
  A,
  B,
  C,
  establishedLeader,
  followerOf,
  historyOf,
  leaderOf,
  OnBench,
  records,
  type Said,
} from "./on-bench.ts";
import { zabMessages, zabRecords } from "./samples.ts";

const ABSURD = 2 ** 53 - 1;

/** Where a machine may be when somebody talks nonsense to it. */
const places: Readonly<Record<string, () => OnBench>> = {
  "one that is named nobody": () => new OnBench(records(4, 4, historyOf([1, 4]))),
  "one that asks": () => named(B),
  "one that has promised itself": () => {
    const peer = named(B);
    peer.receive(B, { kind: "new-epoch", epoch: 5 });
    peer.sync();
    return peer;
  },
  "a follower": () => followerOf(5, historyOf([1, 4])),
  "a prospective leader": () => named(A),
  "a leader that waits for a history": () => {
    const peer = named(A);
    peer.receive(B, { kind: "follower-info", acceptedEpoch: 4 });
    peer.sync();
    peer.receive(B, {
      kind: "epoch-accepted",
      epoch: 5,
      isMember: true,
      currentEpoch: 4,
      digest: [{ epoch: 4, counter: 9 }],
    });
    return peer;
  },
  "a leader without a quorum": () => leaderOf(5, historyOf([1, 4])),
  "a leader": () => establishedLeader(5, historyOf([1, 4])),
};

function named(leader: typeof A): OnBench {
  const peer = new OnBench(records(4, 4, historyOf([1, 4])));
  peer.name(leader);
  return peer;
}

const number = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 9, 40, ABSURD);
const zxids = fc.record({ epoch: number, counter: number });
const entries = fc.record({ index: number, epoch: number, counter: number, command: fc.constant(Uint8Array.of(1)) });

/** A message of any kind, most of whose numbers are wrong. */
const said = fc.constantFrom(...zabMessages).chain((message) =>
  fc
    .record({
      epoch: fc.oneof(fc.constant(5), number),
      currentEpoch: number,
      acceptedEpoch: number,
      index: number,
      commitIndex: number,
      offset: number.map((each) => each % 2 ** 32),
      total: number.map((each) => each % 2 ** 32),
      round: number,
      zxid: zxids,
      digest: fc.array(zxids, { maxLength: 3 }),
      entries: fc.array(entries, { maxLength: 3 }),
    })
    .map((wrong): Said => {
      const { sequence: _sequence, ...fields } = message;
      const changed = Object.keys(fields).map((key) => [key, { ...fields, ...wrong }[key as never]]);
      return Object.fromEntries(changed) as Said;
    }),
);

describe.each(Object.entries(places))("%s", (_name, place) => {
  test("takes whatever anybody says without harm: what it has delivered stays", () => {
    const run = fc.array(fc.tuple(fc.constantFrom(B, C), said), { maxLength: 12 });
    fc.assert(
      fc.property(run, (talk) => {
        const peer = place();
        for (const [from, each] of talk) {
          const { commitIndex, acceptedEpoch } = peer.view;
          peer.receive(from, each);
          peer.sync();
          expect(peer.view.commitIndex).toBeGreaterThanOrEqual(commitIndex);
          expect(peer.view.acceptedEpoch).toBeGreaterThanOrEqual(acceptedEpoch);
        }
        peer.wait(1_000);
        const restarted = new OnBench(peer.machine.checkpoint());
        expect(restarted.view.lastZxid).toEqual(peer.view.lastZxid);
      }),
      { numRuns: 300 },
    );
  });
});

test("a number on a link that makes no sense disorders it, and no more", () => {
  const peer = followerOf(5, historyOf([1]));
  const message: ZabMessage = { kind: "ping", sequence: ABSURD, epoch: 5, round: 1 };
  peer.give({ kind: "message", from: { peer: B }, message });
  expect(peer.view).toMatchObject({ role: "none", lastIndex: 1 });
});

describe("on the wire and on disk", () => {
  test.each(zabMessages.map((message) => [message.kind, message] as const))(
    "%s comes back as it was",
    (_kind, message) => {
      const bytes = encode(zabMessage, message);
      expect(decode(zabMessage, bytes)).toEqual({ kind: "value", value: message });
      for (let length = 0; length < bytes.length; length++)
        expect(decode(zabMessage, bytes.subarray(0, length))).toEqual({ kind: "incomplete" });
    },
  );

  test.each(zabRecords.map((record) => [record.kind, record] as const))("%s is kept as it was", (_kind, record) => {
    expect(decode(zabRecord, encode(zabRecord, record))).toEqual({ kind: "value", value: record });
  });
});
