import { type Codec, fixedBytes, type TypeOf, union, variant } from "./codec.ts";

/** Bytes of a health packet: one of type, sixteen of nonce. */
export const HEALTH_PACKET_BYTES = 17;

const content = union({
  syn: variant(0x01, { nonce: fixedBytes(16) }),
  ack: variant(0x02, { nonce: fixedBytes(16) }),
});

/** A health packet as a value. */
export type HealthPacket = TypeOf<typeof content>;

/**
 * A health check over UDP: SYN asks, ACK answers with the same nonce (wire document, section "Health packet"). A packet
 * comes whole or not at all, so any other number of bytes is malformed.
 */
export const healthPacket: Codec<HealthPacket> = {
  write: content.write,
  read: (reader) => {
    if (reader.remaining !== HEALTH_PACKET_BYTES) reader.fail(`packet of ${reader.remaining} bytes`);
    return content.read(reader);
  },
};
