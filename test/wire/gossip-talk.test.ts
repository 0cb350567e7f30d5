import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressOf } from "../../src/core/address.ts";
import { InvariantViolation } from "../../src/core/assert.ts";
import { GossipDecoder } from "../../src/wire/gossip-decoder.ts";
import { encodeGossip, type GossipMessage, MAX_GOSSIP_BYTES } from "../../src/wire/gossip-message.ts";
import { encodeTalk } from "../../src/wire/gossip-talk.ts";
import { ipv4Address, someBytes } from "./arbitraries.ts";

const u16 = fc.nat(0xffff);
const message: fc.Arbitrary<GossipMessage> = fc.oneof(
  fc.record({ kind: fc.constant("announce"), ttl: fc.nat(255), dataType: u16, data: someBytes(40) }),
  fc.record({ kind: fc.constant("notify"), dataType: u16 }),
  fc.record({ kind: fc.constant("notification"), messageId: u16, dataType: u16, data: someBytes(40) }),
  fc.record({ kind: fc.constant("validation"), messageId: u16, valid: fc.boolean() }),
  fc.record({ kind: fc.constant("pull"), address: ipv4Address }),
  fc.record({ kind: fc.constant("push"), address: ipv4Address, ids: fc.array(ipv4Address, { maxLength: 3 }) }),
);

describe("messages written in one go", () => {
  test("are the bytes of each, one behind the other, and come back", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), (said) => {
        const talk = encodeTalk(said);
        expect(talk).toEqual(Buffer.concat(said.map((each) => encodeGossip(each))));
        const decoder = new GossipDecoder();
        expect(decoder.push(talk)).toEqual(said);
        expect([decoder.discarded, decoder.buffered]).toEqual([0, 0]);
      }),
    );
  });

  test("may be of the longest, whose data is read without a copy", () => {
    const data = Buffer.alloc(MAX_GOSSIP_BYTES - 8, 5);
    const bytes = encodeTalk([{ kind: "announce", ttl: 1, dataType: 2, data }]);
    expect(bytes.length).toBe(MAX_GOSSIP_BYTES);
    const [read] = new GossipDecoder().push(bytes);
    if (read?.kind !== "announce") throw new Error("no ANNOUNCE");
    expect(read.data.buffer).toBe(bytes.buffer);
  });

  const address = addressOf("::1", 1);
  test.each<GossipMessage>([
    { kind: "announce", ttl: 256, dataType: 1, data: Buffer.alloc(1) },
    { kind: "announce", ttl: -1, dataType: 1, data: Buffer.alloc(1) },
    { kind: "announce", ttl: 0, dataType: 65_536, data: Buffer.alloc(1) },
    { kind: "notification", messageId: 65_536, dataType: 1, data: Buffer.alloc(1) },
    { kind: "notification", messageId: 1, dataType: 1, data: Buffer.alloc(MAX_GOSSIP_BYTES - 7) },
    { kind: "validation", messageId: -1, valid: true },
    ...(address === undefined ? [] : [{ kind: "push", address, ids: ["127.0.0.1:1" as typeof address] } as const]),
  ])("must fit: $kind", (odd) => {
    expect(() => encodeTalk([odd])).toThrow(InvariantViolation);
  });
});
