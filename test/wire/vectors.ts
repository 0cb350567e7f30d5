import { readFileSync } from "node:fs";
import { type Address, addressOf } from "../../src/core/address.ts";

/** Frames, messages and packets that a program other than this one made. */
interface Vectors {
  readonly crc16: readonly { readonly hex: string; readonly crc: number }[];
  readonly frames: readonly FrameVector[];
  readonly badFrames: readonly { readonly name: string; readonly hex: string; readonly why: string }[];
  readonly gossip: readonly GossipVector[];
  readonly badGossip: readonly { readonly name: string; readonly hex: string }[];
  readonly health: readonly { readonly name: "syn" | "ack"; readonly nonceHex: string; readonly hex: string }[];
  readonly cells: readonly {
    readonly imageSize: number;
    readonly bitsPerCell: number;
    readonly count: number;
    readonly cells: readonly (readonly [number, number])[];
    readonly hex: string;
  }[];
}

export interface FrameVector {
  readonly name: string;
  readonly version: number;
  readonly type: number;
  readonly messageId: number;
  readonly imageSize: number;
  readonly length: number;
  readonly checksum: number;
  readonly payloadHex?: string;
  readonly hex?: string;
  /** Where the payload is one byte over and over: that byte, and the header alone. */
  readonly payloadByte?: number;
  readonly headerHex?: string;
}

export interface GossipVector {
  readonly name: string;
  readonly type: number;
  readonly kind?: "pull" | "response" | "push";
  readonly ttl?: number;
  readonly dataType?: number;
  readonly dataHex?: string;
  readonly messageId?: number;
  readonly valid?: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly ids?: readonly { readonly counter: number; readonly host: string; readonly port: number }[];
  readonly hex: string;
  readonly decodeOnly?: boolean;
}

export const vectors: Vectors = JSON.parse(readFileSync(new URL("../vectors/wire.json", import.meta.url), "utf8"));

/** Bytes from hex digits. */
export function bytesOf(hex = ""): Buffer {
  return Buffer.from(hex, "hex");
}

/** An address that must be one. */
export function addressFrom(host = "", port = 0): Address {
  const address = addressOf(host, port);
  if (address === undefined) throw new Error(`${host} port ${port} is no address`);
  return address;
}
