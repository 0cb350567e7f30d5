import { assert } from "../core/assert.ts";
import type { Random } from "../core/random.ts";
import type { Traffic } from "../faults/fault.ts";
import { HEALTH_PACKET_BYTES } from "../wire/health-packet.ts";
import { decodeFrames } from "../wire/more.ts";
import { encodeMessage } from "./frames.ts";
import type { PeerEffect, PeerInput } from "./machine.ts";
import type { AnyMessage } from "./registry.ts";

/** A message that comes on a link. */
export type MessageInput = Extract<PeerInput, { kind: "message" }>;

/** A message that leaves on one. */
export type MessageEffect = Extract<PeerEffect, { kind: "message" }>;

/** The link and the way of some traffic. */
export function linkOf({ peer, way }: Traffic): string {
  return `${way} ${peer}`;
}

/** A UDP packet, as faults see it. */
export const PACKET = { medium: "packet", bytes: () => HEALTH_PACKET_BYTES } as const;

/** The end of a link. */
export const END = { medium: "link", bytes: () => 0 } as const;

/** A message on a link. */
export function messageTraffic(sent: MessageInput | MessageEffect): Pick<Traffic, "medium" | "bytes"> {
  return { medium: "link", bytes: () => encodeMessage(sent).length };
}

type LinkContent = Extract<AnyMessage, { protocol: "link" }>;
type HelloContent = LinkContent & { readonly message: Extract<LinkContent["message"], { kind: "hello" }> };

/** Whether a message is the HELLO with which a link begins. */
export function isHello(content: AnyMessage): content is HelloContent {
  return content.protocol === "link" && content.message.kind === "hello";
}

/** What a receiver says of a message once a burst of its bits is flipped: the true decoder finds it. */
export function damageOf(input: MessageInput, random: Random): string {
  const decoded = decodeFrames(encodeMessage({ ...input, corruption: random.below(2 ** 32) }));
  assert(decoded.kind === "malformed", "the checksum catches every burst");
  return `bad ${decoded.reason}`;
}
