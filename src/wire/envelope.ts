import { LAMPORT_LIMIT } from "../core/lamport-clock.ts";
import { type Codec, mapped, struct, u32, u64 } from "./codec.ts";

/** A Lamport time, below `LAMPORT_LIMIT`. */
export const lamportTime: Codec<number> = mapped(
  u64,
  (time: number) => time,
  (time) => (time < LAMPORT_LIMIT ? time : undefined),
  "Lamport time out of range",
);

/**
 * What precedes every payload between peers once HELLO is done (wire document, section "Envelope");
 * `sequence` counts per link and direction.
 */
export const envelope = struct({ lamport: lamportTime, sequence: u32 });
