import { isDeepStrictEqual } from "node:util";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeMessage } from "../../src/peer/frames.ts";
import { type AnyMessage, protocolNames } from "../../src/peer/registry.ts";
import { toJson } from "../../src/recording/exact-json.ts";
import { type Entry, entry } from "../../src/recording/format.ts";
import { entryOf, inputOf } from "../../src/recording/input-entry.ts";
import { decode, encode } from "../../src/wire/codec.ts";
import { ANNA, at } from "../peer/rig.ts";
import { messages } from "../wire/protocol-samples.ts";
import { actions } from "./actions.ts";
import { FACTS, recordingOf } from "./tape.ts";

const common = { peer: 0x0102, at: 1.5 };
const ANNAS = at(7002);
/** Of every entry: its peer, and 1.5 as a double. */
const COMMON = "01023ff8000000000000";
const ADDRESS = "047f0000011b5a";

describe("the bytes of an entry", () => {
  test.each<[Entry, string]>([
    [
      { kind: "started", ...common, options: "{}", records: [{ tag: 0x22, bytes: Buffer.from("ab") }] },
      `01${COMMON}000000027b7d0000000122000000026162`,
    ],
    [{ kind: "ended", ...common, failure: null }, `02${COMMON}00`],
    [{ kind: "ended", ...common, failure: "no" }, `02${COMMON}01000000026e6f`],
    [{ kind: "timeout", ...common }, `03${COMMON}`],
    [{ kind: "saved", ...common, upTo: 258 }, `04${COMMON}0000000000000102`],
    [{ kind: "resumed", ...common, gapMs: 2 }, `05${COMMON}4000000000000000`],
    [{ kind: "session-up", ...common, session: 3, address: ANNAS }, `06${COMMON}0000000000000003${ADDRESS}`],
    [{ kind: "session-down", ...common, session: 3, reason: "é" }, `07${COMMON}000000000000000300000002c3a9`],
    [
      { kind: "message", ...common, session: 3, hasEnvelope: true, frame: Buffer.of(1, 2, 3) },
      `08${COMMON}0000000000000003010003010203`,
    ],
    [
      { kind: "packet", ...common, from: ANNAS, packet: Buffer.alloc(17, 1) },
      `09${COMMON}${ADDRESS}${"01".repeat(17)}`,
    ],
    [{ kind: "command", ...common, command: "{}" }, `0a${COMMON}000000027b7d`],
    [{ kind: "faults", ...common, command: "{}" }, `0b${COMMON}000000027b7d`],
    [{ kind: "restored", ...common, id: ANNA, records: [] }, `0c${COMMON}00000000000000aa00000000`],
    [{ kind: "event", ...common, event: "{}" }, `0d${COMMON}000000027b7d`],
    [{ kind: "hash", ...common, hash: "0123456789abcdef" }, `0e${COMMON}0123456789abcdef`],
    [
      { kind: "long-message", ...common, session: 3, hasEnvelope: true, frames: Buffer.of(1, 2, 3) },
      `0f${COMMON}00000000000000030100000003010203`,
    ],
    [{ kind: "program-up", ...common, session: 3, address: ANNAS }, `10${COMMON}0000000000000003${ADDRESS}`],
    [
      { kind: "program", ...common, session: 3, said: Buffer.from("000801f500000539", "hex") },
      `11${COMMON}000000000000000300000008000801f500000539`,
    ],
  ])("%o", (value, hex) => {
    expect(encode(entry, value).toString("hex")).toBe(hex);
    expect(decode(entry, Buffer.from(hex, "hex"))).toEqual({ kind: "value", value });
  });

  test.each(["7ff0000000000000", "fff0000000000000", "7ff8000000000000"])("hold no time of %s", (double) => {
    expect(decode(entry, Buffer.from(`030102${double}`, "hex")).kind).toBe("malformed");
  });
});

test("a recording begins with its name and version, then blocks of length, checksums and content", () => {
  const bytes = recordingOf([{ kind: "timeout", ...common }]);
  const facts = JSON.stringify({ program: FACTS.program, run: FACTS.run, seed: FACTS.seed });
  expect(bytes.subarray(0, 10).toString("latin1")).toBe("p2p-rec\n\0\x01");
  let offset = 10;
  let checksum = crc32(bytes.subarray(0, 10));
  for (const content of [Buffer.from(facts), Buffer.from(`03${COMMON}`, "hex"), Buffer.alloc(0)]) {
    checksum = crc32(content, checksum);
    expect(bytes.readUInt32BE(offset)).toBe(content.length);
    expect(bytes.readUInt32BE(offset + 4)).toBe(crc32(bytes.subarray(offset, offset + 4)));
    expect(bytes.readUInt32BE(offset + 8)).toBe(checksum);
    expect(bytes.subarray(offset + 12, offset + 12 + content.length)).toEqual(content);
    offset += 12 + content.length;
  }
  expect(offset).toBe(bytes.length);
});

describe("an input", () => {
  test("comes back from its entry as it was, at its very instant", () => {
    const instant = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(actions, instant, (happening, now) => {
        for (const action of happening) {
          if (action.do !== "give") continue;
          const decoded = decode(entry, encode(entry, entryOf(7, now, action.input)));
          if (decoded.kind !== "value") throw new Error(decoded.kind);
          const { value } = decoded;
          if (value.kind === "started" || value.kind === "ended" || value.kind === "event" || value.kind === "hash") {
            throw new Error(`${value.kind} is no input`);
          }
          expect(Object.is(value.at, now) && value.peer === 7).toBe(true);
          // A view of the entry's bytes is as good as bytes of its own.
          expect(toJson(inputOf(value))).toBe(toJson(action.input));
        }
      }),
    );
  });

  test.each(protocolNames.flatMap((protocol) => messages[protocol].map((message) => ({ protocol, message }))))(
    "of $protocol $message.kind comes back with and without an envelope",
    (content) => {
      for (const envelope of [null, { lamport: 2 ** 40, sequence: 2 ** 32 - 1 }]) {
        const input = { kind: "message", session: 2 ** 40, content: content as AnyMessage, envelope } as const;
        const recorded = entryOf(0, 0, input);
        expect(recorded).toMatchObject({ frame: encodeMessage(input) });
        expect(inputOf(recorded)).toEqual(input);
      }
    },
  );

  test.each([31_000, 40_000, 900_000])("of a message with %i bytes of data comes back", (bytes) => {
    const notice = { origin: ANNA, life: 1, dataType: 1, sequence: 1, ttl: 0, hops: 0, lamport: 1 };
    const notices = Array.from({ length: bytes / 1000 }, (_, at) => {
      return { ...notice, sequence: at + 1, data: Buffer.alloc(1000, at) };
    });
    const content: AnyMessage = { protocol: "notification", message: { kind: "push", offset: 0, notices } };
    const input = { kind: "message", session: 2, content, envelope: { lamport: 1, sequence: 1 } } as const;
    const recorded = entryOf(0, 0, input);
    expect(recorded.kind).toBe(bytes > 31_000 ? "long-message" : "message");
    const decoded = decode(entry, encode(entry, recorded));
    if (decoded.kind !== "value" || decoded.value.kind !== recorded.kind) throw new Error(decoded.kind);
    expect(isDeepStrictEqual(inputOf(decoded.value as typeof recorded), input)).toBe(true);
  });

  test.each<[string, Parameters<typeof inputOf>[0], string]>([
    [
      "half a frame",
      { kind: "message", ...common, session: 1, hasEnvelope: false, frame: Buffer.of(1) },
      "bad frame: too short",
    ],
    [
      "no frame",
      { kind: "message", ...common, session: 1, hasEnvelope: false, frame: Buffer.of(2) },
      "bad frame: version",
    ],
    [
      "several frames that are none",
      { kind: "long-message", ...common, session: 1, hasEnvelope: false, frames: Buffer.alloc(40_000, 1) },
      "bad frame: length",
    ],
    ...["0003", "000801f5", "000801f500000539ff", "000901f500000539ff", "0004006400"].map(
      (hex): [string, Parameters<typeof inputOf>[0], string] => [
        `no messages of a program: ${hex}`,
        { kind: "program", ...common, session: 1, said: Buffer.from(hex, "hex") },
        "bad message of a program",
      ],
    ),
    ["another packet", { kind: "packet", ...common, from: ANNAS, packet: Buffer.alloc(17, 3) }, "bad packet"],
    ["no JSON", { kind: "command", ...common, command: "{" }, "bad command"],
    ["nobody's command", { kind: "command", ...common, command: '{"protocol":"x","command":{}}' }, "bad command"],
    ["no command", { kind: "command", ...common, command: '{"protocol":"raft","command":1}' }, "bad command"],
    ["no fault command", { kind: "faults", ...common, command: "[1]" }, "bad fault command"],
    [
      "nobody's record",
      { kind: "restored", ...common, id: ANNA, records: [{ tag: 0x7e, bytes: Buffer.alloc(0) }] },
      "bad record",
    ],
  ])("is not had from %s", (_what, recorded, reason) => {
    expect(inputOf(recorded)).toEqual({ kind: "bad", reason });
  });
});
