import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { bool, type TypeOf, u32, union, variant } from "../../wire/codec.ts";
import type { HealthPacket } from "../../wire/health-packet.ts";
import { address } from "../../wire/identity.ts";
import { oneFrameType } from "../definition.ts";

/** Health messages that travel on links: one peer asks another to probe a third. */
const indirect = union({
  /** Probe `target` for me and tell. `token` comes back in the answer. */
  "probe-request": variant(1, { token: u32, target: address }),
  "probe-answer": variant(2, { token: u32, answered: bool }),
});

/** On links: probe requests and their answers. */
export const healthFraming = oneFrameType(0x21, indirect);

/** All health messages: packets go to an address by UDP, the others to a peer over its link. */
export type HealthMessage = HealthPacket | TypeOf<typeof indirect>;

/** The vocabulary of health checks. */
export interface HealthSpeech {
  message: HealthMessage;
  record: never;
  command: /** Probe this member in turn from now on; a second one updates its address. */
    | { readonly kind: "watch"; readonly peer: PeerId; readonly address: Address }
    | { readonly kind: "unwatch"; readonly peer: PeerId }
    /** Probe a watched member now: a hint that it may be gone, or the key for test. */
    | { readonly kind: "probe"; readonly peer: PeerId }
    /** Is anybody at this address? Answered by one "checked" event, however often it was asked meanwhile. */
    | { readonly kind: "check"; readonly address: Address }
    /** Random bytes for nonces, as many as a multiple of 16. */
    | { readonly kind: "entropy"; readonly bytes: Uint8Array };
  event: /** Nonces run low: the driver answers with the command "entropy". */
    | { readonly kind: "entropy-needed" }
    | { readonly kind: "probe-answered"; readonly peer: PeerId; readonly rttMs: number }
    /** The direct probe was missed but another peer reached it. */
    | { readonly kind: "probe-answered-indirectly"; readonly peer: PeerId; readonly via: PeerId }
    /** The direct probe and all indirect ones were missed; `via` names who was asked. */
    | { readonly kind: "probe-missed"; readonly peer: PeerId; readonly via: readonly PeerId[] }
    | {
        readonly kind: "checked";
        readonly address: Address;
        readonly answered: boolean;
        readonly rttMs: number | null;
      };
  view: {
    readonly probes: readonly {
      readonly peer: PeerId;
      /** Milliseconds; null before the first answer. */
      readonly rtt: { readonly latest: number; readonly median: number; readonly p99: number } | null;
      /** The latest round-trip times, oldest first, null for a missed probe; at most 16. */
      readonly history: readonly (number | null)[];
      /** Monotonic ms of the last direct answer; null before the first. */
      readonly answeredAt: number | null;
      /** Rounds missed in a row; 0 after any answer, a direct or an indirect one. */
      readonly missed: number;
    }[];
    /** SYNs sent. */
    readonly sent: number;
    /** ACKs that counted. */
    readonly answered: number;
    /** ACKs that did not: unknown nonce, another address, too late, or a second time. */
    readonly unexpected: number;
    /** Checks, requests of others and members turned away for want of room. */
    readonly refused: number;
  };
  options: {
    /** Between two rounds of a member that answers; with more than 32 members, of which each interval probes 32. */
    readonly probeIntervalMs: number;
    /** How long a direct probe waits; indirect ones get one and a half times as long. */
    readonly probeTimeoutMs: number;
    /** Peers asked to probe for us, at most. */
    readonly indirectProbes: number;
  };
}
