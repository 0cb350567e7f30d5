import type { Address } from "../../src/core/address.ts";
import { NO_CLUSTER, type PeerId, parsePeerId } from "../../src/core/peer-id.ts";
import { encodeMessage } from "../../src/peer/frames.ts";
import type { Envelope } from "../../src/peer/machine.ts";
import type { AnyMessage } from "../../src/peer/registry.ts";
import { LINK_FRAME } from "../../src/protocols/link/message.ts";
import type { Host } from "../../src/runtime/host.ts";
import { type Frame, FrameDecoder } from "../../src/wire/frame.ts";
import { type HelloMessage, helloOf } from "../protocols/link/scene.ts";
import { portOfHost } from "./alone.ts";
import { Visitor } from "./visitor.ts";

/** The ID of the n-th stranger. */
export function strangerId(n: number): PeerId {
  const id = parsePeerId(n.toString(16).padStart(16, "e"));
  if (id === undefined) throw new Error("no ID");
  return id;
}

/** What the n-th stranger says of itself: it seeks a cluster, and listens where nobody answers. */
export function helloFrom(n: number, changes: Partial<HelloMessage> = {}): HelloMessage {
  const address = `127.0.0.1:${1 + (n % 1000)}` as Address;
  return helloOf({ peer: strangerId(n), address, name: `stranger ${n}` }, { cluster: NO_CLUSTER, ...changes });
}

/** The bytes of a message on a link; those before and of HELLO have no envelope. */
export function bytesOf(content: AnyMessage, envelope: Envelope | null = null): Buffer {
  return encodeMessage({ kind: "message", session: 0, content, envelope });
}

/** The bytes of a HELLO. */
export function helloBytes(n = 1, changes: Partial<HelloMessage> = {}): Buffer {
  return bytesOf({ protocol: "link", message: helloFrom(n, changes) });
}

/** The bytes of a PING on a link. */
export function pingBytes(requestId: number, envelope: Envelope): Buffer {
  return bytesOf({ protocol: "link", message: { kind: "ping", requestId } }, envelope);
}

/** The frames in these bytes. */
export function framesIn(bytes: Buffer): readonly Frame[] {
  return new FrameDecoder().push(bytes);
}

/** A connection to a peer. */
export function visit(host: Host): Promise<Visitor> {
  return Visitor.to(portOfHost(host));
}

/** A connection on which both have said HELLO. */
export async function linkTo(host: Host, n = 1, changes: Partial<HelloMessage> = {}): Promise<Visitor> {
  const stranger = await visit(host);
  stranger.send(helloBytes(n, changes));
  await stranger.hear((bytes) => framesIn(bytes).some(({ type }) => type === LINK_FRAME.hello), "HELLO");
  return stranger;
}
