import type { Address } from "../../core/address.ts";
import { type ClusterId, NO_CLUSTER, type PeerId } from "../../core/peer-id.ts";
import { encode } from "../../wire/codec.ts";
import { encodeFrame } from "../../wire/frame.ts";
import { hello, LINK_FRAME, PROTOCOL_VERSION } from "./message.ts";

/** Who asks: what the HELLO of a program says. */
export interface Asker {
  readonly peer: PeerId;
  readonly cluster: ClusterId | null;
  readonly incarnation: number;
  readonly name: string;
}

/** The HELLO of a program, as a frame. It listens nowhere: `address` is that of its connection, or any. */
export function programHello({ peer, cluster, incarnation, name }: Asker, address: Address): Buffer {
  const said = encode(hello, {
    leastVersion: PROTOCOL_VERSION,
    mostVersion: PROTOCOL_VERSION,
    role: "client",
    cluster: cluster ?? NO_CLUSTER,
    peer,
    incarnation,
    address,
    name,
    election: "raft",
    broadcast: "raft",
    reads: "read-index",
    security: "none",
    tagged: [],
  });
  return encodeFrame({ type: LINK_FRAME.hello, requestId: 0, imageSize: 0 }, said);
}
