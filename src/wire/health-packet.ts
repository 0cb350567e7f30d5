import { fixedBytes, type TypeOf, union, variant } from "./codec.ts";

/** Bytes of a health packet: one of type, sixteen of nonce. */
export const HEALTH_PACKET_BYTES = 17;

/** A health check over UDP: SYN asks, ACK answers with the same nonce (wire document, section "Health packet"). */
export const healthPacket = union({
  syn: variant(0x01, { nonce: fixedBytes(16) }),
  ack: variant(0x02, { nonce: fixedBytes(16) }),
});

/** A health packet as a value. */
export type HealthPacket = TypeOf<typeof healthPacket>;
