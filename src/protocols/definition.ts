import type { Protocol, Speech } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import type { Codec } from "../wire/codec.ts";
import type { Reader } from "../wire/reader.ts";
import type { Writer } from "../wire/writer.ts";

/** The part of a frame's header that a message decides. */
export interface FrameHead {
  readonly type: number;
  /** 1 to 65535 correlates an answer with its request; 0 expects none. */
  readonly requestId: number;
  /** Side of the board in messages of jobs, else 0. */
  readonly imageSize: number;
}

/** How the messages of a protocol travel in peer frames. */
export interface Framing<M> {
  /** The frame types that are this protocol's; the first one also tags its records in the journal. Append-only. */
  readonly types: readonly number[];
  head(message: M): FrameHead;
  write(writer: Writer, message: M): void;
  read(head: FrameHead, reader: Reader): M;
}

/** Whether anybody but the wiring is told of an event. */
export function isTold<S extends Speech>({ internal, outward }: Definition<S>, event: S["event"]): boolean {
  return internal?.has(event.kind) !== true && outward?.has(event.kind) !== true;
}

/** The framing of a protocol all of whose messages are one frame type without request IDs. */
export function oneFrameType<M>(type: number, codec: Codec<M>): Framing<M> {
  const head = { type, requestId: 0, imageSize: 0 };
  return {
    types: [type],
    head: () => head,
    write: (writer, message) => codec.write(writer, message),
    read: (_head, reader) => codec.read(reader),
  };
}

/** What the registry holds: how a protocol speaks on the wire and on disk, and how it starts. */
export interface Definition<S extends Speech> {
  readonly framing: Framing<S["message"]>;
  readonly record: Codec<S["record"]>;
  /** Event kinds that happen all the time: they steer the wiring but are no news for a timeline. */
  readonly routine: ReadonlySet<S["event"]["kind"]>;
  /** Event kinds by which protocols of one peer work together: they go through the wiring, and nobody else is told. */
  readonly internal?: ReadonlySet<S["event"]["kind"]>;
  /** Event kinds by which it asks something of the world outside of the peer: an adapter acts upon them, and nobody is told. */
  readonly outward?: ReadonlySet<S["event"]["kind"]>;
  /**
   * @param saved what earlier lives saved, in order
   * @param now monotonic milliseconds
   */
  start(options: S["options"], saved: Iterable<S["record"]>, random: Random, now: number): Protocol<S>;
}
