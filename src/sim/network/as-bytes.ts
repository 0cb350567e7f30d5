import { assert } from "../../core/assert.ts";
import type { Framing } from "../../protocols/definition.ts";
import { finish } from "../../wire/codec.ts";
import { decodeFrames, writeFrames } from "../../wire/more.ts";
import { Reader } from "../../wire/reader.ts";

/** A message of one protocol as the bytes that travel on a link, checksum included, without the envelope. */
export function toBytes<M>(framing: Framing<M>, message: M): Buffer {
  return writeFrames(framing.head(message), (writer) => framing.write(writer, message));
}

/**
 * The message that such bytes are.
 *
 * @throws InvariantViolation where they are none: a codec that cannot read what it wrote is a bug
 */
export function fromBytes<M>(framing: Framing<M>, bytes: Buffer): M {
  const frame = decodeFrames(bytes);
  assert(frame.kind === "value", "what was encoded is a message");
  const reader = new Reader(frame.value.payload);
  const decoded = finish(reader, framing.read(frame.value, reader));
  assert(decoded.kind === "value", "what was encoded decodes");
  return decoded.value;
}
