import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeRecord, encodeRecord } from "../../src/peer/journal-record.ts";
import { type AnyRecord, protocolNames, protocols } from "../../src/peer/registry.ts";
import { someBytes } from "../wire/arbitraries.ts";
import { records } from "../wire/protocol-samples.ts";
import { idOf } from "./peer-bench.ts";

const samples: readonly AnyRecord[] = [
  { protocol: "peer", record: { kind: "identity", peer: idOf(5) } },
  { protocol: "peer", record: { kind: "lamport", ceiling: 2 ** 53 - 1 } },
  ...protocolNames.flatMap((protocol) => records[protocol].map((record) => ({ protocol, record }) as AnyRecord)),
];
const knownTags = new Set([0, ...protocolNames.map((name) => protocols[name].framing.types[0])]);

describe("records in the journal", () => {
  test.each(samples)("$protocol $record.kind comes back as it was saved", (record) => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  test.each(samples)("$protocol $record.kind cut short, or with a byte too many, is none", (record) => {
    const { tag, bytes } = encodeRecord(record);
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeRecord({ tag, bytes: bytes.subarray(0, length) })).toBeUndefined();
    }
    expect(decodeRecord({ tag, bytes: Buffer.concat([bytes, Buffer.of(0)]) })).toBeUndefined();
  });

  test("of an unknown owner are none", () => {
    for (let tag = 0; tag < 256; tag++) {
      if (!knownTags.has(tag)) expect(decodeRecord({ tag, bytes: Buffer.of(1, 0, 0, 0, 1) })).toBeUndefined();
    }
  });

  test("never throw, whatever their bytes", () => {
    fc.assert(
      fc.property(fc.constantFrom(...knownTags), someBytes(60), (tag = 0, bytes) => void decodeRecord({ tag, bytes })),
    );
  });

  test("have tags that stay: a journal of today is read tomorrow", () => {
    const tags = Object.fromEntries(samples.map((record) => [record.protocol, encodeRecord(record).tag]));
    expect(tags).toEqual({ peer: 0, broker: 0x2c, discovery: 0x20, membership: 0x22, raft: 0x23, zab: 0x28 });
  });
});
