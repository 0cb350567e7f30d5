import { LAMPORT_LIMIT } from "../core/lamport-clock.ts";
import type { SessionId } from "../core/protocol.ts";
import type { Framing } from "../protocols/definition.ts";
import { LINK_FRAME } from "../protocols/link/message.ts";
import { finish } from "../wire/codec.ts";
import { type Frame, FrameDecoder } from "../wire/frame.ts";
import { Assembly, corruptFrames, writeFrames } from "../wire/more.ts";
import { Reader } from "../wire/reader.ts";
import type { Writer } from "../wire/writer.ts";
import type { Envelope, PeerEffect, PeerInput } from "./machine.ts";
import { type AnyMessage, type ProtocolName, protocolNames, protocols } from "./registry.ts";

type MessageInput = Extract<PeerInput, { kind: "message" }>;
type MessageEffect = Extract<PeerEffect, { kind: "message" }>;

const protocolOfType = new Map<number, ProtocolName>(
  protocolNames.flatMap((name) => protocols[name].framing.types.map((type): [number, ProtocolName] => [type, name])),
);

/** The bytes of a message that a peer sends on a link: one frame, or several where it is too long for one. */
export function encodeMessage({ content, envelope, corruption }: MessageEffect): Buffer {
  const framing: Framing<unknown> = protocols[content.protocol].framing;
  const frames = writeFrames(framing.head(content.message), (writer) => {
    if (envelope !== null) writeEnvelope(writer, envelope);
    framing.write(writer, content.message);
  });
  if (corruption !== undefined) corruptFrames(frames, corruption);
  return frames;
}

/** The bytes that come on one connection, as inputs of the peer. Stops for good at the first that are wrong. */
export class MessageReceiver {
  readonly #session: SessionId;
  readonly #decoder = new FrameDecoder();
  readonly #assembly = new Assembly();
  #introduced = false;
  #failure: string | undefined;

  constructor(session: SessionId) {
    this.#session = session;
  }

  /** What was wrong with the bytes; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Takes the next bytes of the connection; the inputs that end in them, up to a failure. */
  push(chunk: Uint8Array): readonly MessageInput[] {
    const inputs: MessageInput[] = [];
    for (const frame of this.#decoder.push(chunk)) {
      if (this.#failure !== undefined) return inputs;
      const input = this.#decode(frame);
      if (input !== undefined) inputs.push(input);
    }
    const failure = this.#decoder.failure;
    if (failure !== undefined) this.#failure ??= `bad ${failure}`;
    return inputs;
  }

  #decode(frame: Frame): MessageInput | undefined {
    // Before HELLO nothing is so long, and nobody is trusted with so much memory.
    const whole = this.#introduced ? this.#assembly.take(frame) : frame;
    this.#failure = this.#assembly.failure;
    if (whole === undefined) return undefined;
    // On a link every payload after HELLO begins with an envelope.
    const decoded = decodeMessage(whole, this.#session, this.#introduced);
    if (decoded.kind === "bad") {
      this.#failure = decoded.reason;
      return undefined;
    }
    if (frame.type === LINK_FRAME.hello) this.#introduced = true;
    return decoded;
  }
}

/** The message that one frame of a connection holds, or the one put together of several, as an input of the peer, or what is wrong with it. */
export function decodeMessage(
  frame: Frame,
  session: SessionId,
  hasEnvelope: boolean,
): MessageInput | { readonly kind: "bad"; readonly reason: string } {
  const protocol = protocolOfType.get(frame.type);
  if (protocol === undefined) return { kind: "bad", reason: `unknown frame type 0x${frame.type.toString(16)}` };
  const framing: Framing<unknown> = protocols[protocol].framing;
  const reader = new Reader(frame.payload);
  const envelope = hasEnvelope ? readEnvelope(reader) : null;
  const decoded = finish(reader, framing.read(frame, reader));
  if (decoded.kind !== "value") {
    const reason = decoded.kind === "malformed" ? decoded.reason : "too short";
    return { kind: "bad", reason: `malformed ${protocol} message: ${reason}` };
  }
  const content = { protocol, message: decoded.value } as AnyMessage;
  return { kind: "message", session, content, envelope };
}

function writeEnvelope(writer: Writer, envelope: Envelope): void {
  writer.u64(envelope.lamport);
  // The sequence wraps at 2^32; the receiver only looks for gaps.
  writer.u32(envelope.sequence % 2 ** 32);
}

function readEnvelope(reader: Reader): Envelope {
  const lamport = reader.u64();
  if (lamport >= LAMPORT_LIMIT) reader.fail("Lamport time out of range");
  return { lamport, sequence: reader.u32() };
}
