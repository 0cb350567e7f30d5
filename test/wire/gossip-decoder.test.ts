import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GossipDecoder } from "../../src/wire/gossip-decoder.ts";
import { decodeGossip, MAX_GOSSIP_BYTES } from "../../src/wire/gossip-message.ts";
import { cutAt, someBytes } from "./arbitraries.ts";
import { bytesOf, vectors } from "./vectors.ts";

const pieces = vectors.gossip.map(({ hex }) => bytesOf(hex));
const stream = Buffer.concat(pieces);
const messages = pieces.map((piece) => {
  const decoded = decodeGossip(piece);
  return decoded.kind === "value" ? decoded.value : undefined;
});
const notify = bytesOf("000801f500000539");

describe("GossipDecoder", () => {
  it("gives the same messages at every split point", () => {
    for (let place = 0; place <= stream.length; place++) {
      const decoder = new GossipDecoder();
      expect([...decoder.push(stream.subarray(0, place)), ...decoder.push(stream.subarray(place))]).toEqual(messages);
      expect(decoder.buffered).toBe(0);
    }
  });

  it("gives the same messages in any chunks", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 200 }), (places) => {
        const decoder = new GossipDecoder();
        expect(cutAt(stream, places).flatMap((chunk) => decoder.push(chunk))).toEqual(messages);
        expect(decoder.discarded).toBe(0);
      }),
    );
  });

  it.each(vectors.badGossip.filter(({ hex }) => bytesOf(hex).readUInt16BE(0) >= 4))(
    "discards and counts $name, and the connection lives",
    ({ hex }) => {
      const decoder = new GossipDecoder();
      expect(decoder.push(Buffer.concat([bytesOf(hex), notify]))).toEqual([{ kind: "notify", dataType: 1337 }]);
      expect(decoder.discarded).toBe(1);
      expect(decoder.failure).toBeUndefined();
    },
  );

  it("fails for good at a size smaller than the header, which does not say where the next message begins", () => {
    const decoder = new GossipDecoder();
    expect(decoder.push(Buffer.concat([notify, bytesOf("0003")])).length).toBe(1);
    expect(decoder.failure).toBe("size");
    expect(decoder.push(notify)).toEqual([]);
    expect(decoder.discarded).toBe(0);
  });

  it("never throws and never holds more than one message, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(someBytes(300), { maxLength: 20 }), (chunks) => {
        const decoder = new GossipDecoder();
        for (const chunk of chunks) {
          decoder.push(chunk);
          expect(decoder.buffered).toBeLessThanOrEqual(MAX_GOSSIP_BYTES);
        }
      }),
    );
  });
});
