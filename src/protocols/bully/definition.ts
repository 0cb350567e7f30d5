import { union } from "../../wire/codec.ts";
import type { Definition } from "../definition.ts";
import { Bully } from "./bully.ts";
import { type BullySpeech, bullyFraming } from "./message.ts";

/** Timing that suits one machine or one network of machines. */
export const BULLY_DEFAULTS = {
  priority: 0,
  heartbeatIntervalMs: 100,
  leaderTimeoutMs: 450,
  answerTimeoutMs: 150,
  holdMs: 4_000,
  maxHoldMs: 60_000,
  calmMs: 120_000,
} as const satisfies Partial<BullySpeech["options"]>;

/** Bully as the registry holds it. It keeps nothing on disk. */
export const bully: Definition<BullySpeech> = {
  framing: bullyFraming,
  record: union({}),
  routine: new Set(),
  start: (options) => new Bully(options),
};
