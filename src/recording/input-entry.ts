import { parseAddress } from "../core/address.ts";
import { MAX_NAME_BYTES } from "../core/limits.ts";
import { parsePeerId } from "../core/peer-id.ts";
import type { Asked } from "../core/request.ts";
import type { FaultCommand } from "../faults/message.ts";
import { decodeMessage, encodeMessage } from "../peer/frames.ts";
import { decodeRecord, encodeRecord, type JournalRecord } from "../peer/journal-record.ts";
import type { FaultyInput, PeerOptions } from "../peer/machine.ts";
import { type AnyCommand, type AnyRecord, protocolNames } from "../peer/registry.ts";
import type { Calls } from "../protocols/broker/message.ts";
import { type Decoded, decode, encode } from "../wire/codec.ts";
import { decodeFrame, type Frame, MAX_FRAME_BYTES } from "../wire/frame.ts";
import { GossipDecoder } from "../wire/gossip-decoder.ts";
import { encodeTalk } from "../wire/gossip-talk.ts";
import { healthPacket } from "../wire/health-packet.ts";
import { decodeFrames } from "../wire/more.ts";
import { fromJson, toJson } from "./exact-json.ts";
import type { Entry, InputEntry } from "./format.ts";

/** Why an entry stands for nothing. */
export interface Bad {
  readonly kind: "bad";
  readonly reason: string;
}

/** An input as an entry. */
export function entryOf(peer: number, at: number, input: FaultyInput): InputEntry {
  switch (input.kind) {
    case "message":
      return messageEntry(peer, at, input);
    case "program":
      return { kind: "program", peer, at, session: input.session, said: encodeTalk(input.said) };
    case "client":
      return { kind: "client", peer, at, asked: toJson(input.asked) };
    case "calls":
      return { kind: "calls", peer, at, session: input.session, calls: toJson(input.calls) };
    case "packet":
      return { kind: "packet", peer, at, from: input.from, packet: encode(healthPacket, input.packet) };
    case "command":
      return { kind: "command", peer, at, command: toJson(input.content) };
    case "faults":
      return { kind: "faults", peer, at, command: toJson(input.command) };
    case "restored":
      return { kind: "restored", peer, at, id: input.id, records: input.records.map(encodeRecord) };
    default:
      return { ...input, peer, at };
  }
}

/** The input that an entry stands for, with the same effect on a peer, or why it stands for none. Never throws. */
export function inputOf(entry: InputEntry): FaultyInput | Bad {
  switch (entry.kind) {
    case "message":
      return messageOf(entry, decodeFrame(entry.frame));
    case "long-message":
      return messageOf(entry, decodeFrames(entry.frames));
    case "program": {
      const decoder = new GossipDecoder();
      const said = decoder.push(entry.said);
      const isWhole = decoder.discarded === 0 && decoder.failure === undefined && decoder.buffered === 0;
      return isWhole ? { kind: "program", session: entry.session, said } : bad("bad message of a program");
    }
    case "client": {
      const asked = fromJson(entry.asked);
      return asked.kind === "value" && isAsked(asked.value)
        ? { kind: "client", asked: asked.value }
        : bad("bad requests of a client");
    }
    case "calls": {
      const calls = fromJson(entry.calls);
      return calls.kind === "value" && isCalls(calls.value)
        ? { kind: "calls", session: entry.session, calls: calls.value }
        : bad("bad requests of a program");
    }
    case "packet": {
      const packet = decode(healthPacket, entry.packet);
      return packet.kind === "value" ? { kind: "packet", from: entry.from, packet: packet.value } : bad("bad packet");
    }
    case "command": {
      const command = fromJson(entry.command);
      return command.kind === "value" && isCommand(command.value)
        ? { kind: "command", content: command.value }
        : bad("bad command");
    }
    case "faults": {
      const command = fromJson(entry.command);
      return command.kind === "value" && isFaultCommand(command.value)
        ? { kind: "faults", command: command.value }
        : bad("bad fault command");
    }
    case "restored": {
      const records = recordsOf(entry.records);
      return records === undefined ? bad("bad record") : { kind: "restored", id: entry.id, records };
    }
    default: {
      const { peer: _peer, at: _at, ...input } = entry;
      return input;
    }
  }
}

type MessageEntry = Extract<InputEntry, { kind: "message" | "long-message" }>;

function messageEntry(peer: number, at: number, input: Extract<FaultyInput, { kind: "message" }>): MessageEntry {
  const frames = encodeMessage(input);
  const common = { peer, at, session: input.session, hasEnvelope: input.envelope !== null };
  return frames.length <= MAX_FRAME_BYTES
    ? { kind: "message", ...common, frame: frames }
    : { kind: "long-message", ...common, frames };
}

function messageOf({ session, hasEnvelope }: MessageEntry, frame: Decoded<Frame>): FaultyInput | Bad {
  if (frame.kind === "value") return decodeMessage(frame.value, session, hasEnvelope);
  return bad(frame.kind === "malformed" ? `bad frame: ${frame.reason}` : "bad frame: too short");
}

/** The records that tagged bytes stand for; undefined where one stands for none. */
export function recordsOf(stored: readonly JournalRecord[]): readonly AnyRecord[] | undefined {
  const records = stored.flatMap((each) => decodeRecord(each) ?? []);
  return records.length === stored.length ? records : undefined;
}

/** How the peer of a life was made; undefined where the JSON is no such options. */
export function optionsOf({ options }: Extract<Entry, { kind: "started" }>): PeerOptions | undefined {
  const parsed = fromJson(options);
  return parsed.kind === "value" && isOptions(parsed.value) ? parsed.value : undefined;
}

function bad(reason: string): Bad {
  return { kind: "bad", reason };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** What else a command says is left to its protocol, which may fail at it: whoever replays is ready for that. */
function isCommand(value: unknown): value is AnyCommand {
  const names: readonly unknown[] = protocolNames;
  return isObject(value) && names.includes(value.protocol) && isObject(value.command);
}

function isAsked(value: unknown): value is Asked {
  return Array.isArray(value) && value.every((each) => isObject(each) && Array.isArray(each.requests));
}

/** What a program asks was understood before it was written. */
function isCalls(value: unknown): value is Calls["calls"] {
  return Array.isArray(value) && value.every((each) => isObject(each) && isObject(each.request));
}

function isFaultCommand(value: unknown): value is FaultCommand {
  return isObject(value) && typeof value.kind === "string";
}

/** Options that are not known here pass as they are. */
function isOptions(value: unknown): value is PeerOptions {
  if (!isObject(value)) return false;
  const { id, name, address, seed, found, seeds, scan } = value;
  const isAddress = (each: unknown): boolean => typeof each === "string" && parseAddress(each) === each;
  const areAddresses = (each: unknown): boolean => Array.isArray(each) && each.every(isAddress);
  return (
    typeof id === "string" &&
    parsePeerId(id) !== undefined &&
    typeof name === "string" &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES &&
    isAddress(address) &&
    Number.isSafeInteger(seed) &&
    typeof found === "boolean" &&
    areAddresses(seeds) &&
    areAddresses(scan)
  );
}
