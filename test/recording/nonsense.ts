import fc from "fast-check";
import { protocolNames } from "../../src/peer/registry.ts";
import type { Entry } from "../../src/recording/format.ts";
import { encodeFrame } from "../../src/wire/frame.ts";
import { OPTIONS } from "../peer/rig.ts";
import { someBytes } from "../wire/arbitraries.ts";

const FRAME_TYPES = [0x01, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x7f, 0x81];
const COMMANDS = "met connect disconnect redial introduce watch probe check entropy member remember consider leave";
const FAULTS = "set remove heal pause resume crash recover skew jump pace";
const FIELDS = "fault targets direction by forMs rate factor aheadMs id peer address bytes entries addresses target";

const common = { peer: fc.nat(1), at: fc.constantFrom(0, 5, 1e9) };
const json = fc.oneof(fc.json(), fc.string());
const word = (words: string): fc.Arbitrary<string> => fc.constantFrom(...words.split(" "));
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom(0, -1, 1e308, 1e-308, "everybody", OPTIONS.id, OPTIONS.address, { kind: "cut" }, { $bytes: "AAAA" }),
);

/** A command with a name that exists, and fields that exist somewhere. */
const command = (names: string): fc.Arbitrary<object> =>
  fc.tuple(word(names), fc.dictionary(word(FIELDS), value)).map(([kind, fields]) => ({ ...fields, kind }));
const protocolCommand = fc
  .tuple(fc.constantFrom(...protocolNames), command(COMMANDS))
  .map(([protocol, content]) => JSON.stringify({ protocol, command: content }));

const frame = fc
  .tuple(fc.constantFrom(...FRAME_TYPES), someBytes(40), fc.nat(2))
  .map(([type, payload, requestId]) => encodeFrame({ type, requestId, imageSize: 0 }, payload));
const said = fc.oneof(
  someBytes(20),
  fc.constantFrom("000801f500000539", "000c01f4000005396162", "000801f700000001").map((hex) => Buffer.from(hex, "hex")),
);
const packet = fc.uint8Array({ minLength: 17, maxLength: 17 });
const from = fc.constant(OPTIONS.address);
const records = fc.array(fc.record({ tag: fc.constantFrom(0, ...FRAME_TYPES), bytes: someBytes(20) }), {
  maxLength: 3,
});

/** Entries that hold together and mean nothing. */
export const nonsense: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ kind: fc.constant("started"), ...common, options: json, records }),
  fc.record({ kind: fc.constant("ended"), ...common, failure: fc.option(fc.string()) }),
  fc.record({ kind: fc.constant("message"), ...common, session: fc.nat(4), hasEnvelope: fc.boolean(), frame }),
  fc.record({
    kind: fc.constant("long-message"),
    ...common,
    session: fc.nat(4),
    hasEnvelope: fc.boolean(),
    frames: frame,
  }),
  fc.record({ kind: fc.constant("program-up"), ...common, session: fc.nat(4), address: from }),
  fc.record({ kind: fc.constant("program"), ...common, session: fc.nat(4), said }),
  fc.record({ kind: fc.constant("packet"), ...common, from, packet }),
  fc.record({ kind: fc.constantFrom("command", "faults"), ...common, command: json }),
  fc.record({ kind: fc.constant("faults"), ...common, command: command(FAULTS).map((each) => JSON.stringify(each)) }),
  fc.record({ kind: fc.constant("command"), ...common, command: protocolCommand }),
  fc.record({ kind: fc.constant("restored"), ...common, id: fc.constant(OPTIONS.id), records }),
  fc.record({ kind: fc.constant("event"), ...common, event: json }),
  fc.record({ kind: fc.constant("hash"), ...common, hash: fc.constant("0123456789abcdef") }),
);
