import type { OrderEvent } from "../../core/total-order.ts";
import type { Definition } from "../definition.ts";
import { type ZabSpeech, zabFraming, zabRecord } from "./message.ts";
import { Zab } from "./zab.ts";

/** Timing that suits one machine or one network of machines. */
export const ZAB_DEFAULTS = {
  heartbeatIntervalMs: 100,
  timeoutMs: 450,
  snapshotBytes: 4 * 1024 * 1024,
} as const satisfies Partial<ZabSpeech["options"]>;

/** ZAB as the registry holds it. */
export const zab: Definition<ZabSpeech> = {
  framing: zabFraming,
  record: zabRecord,
  routine: new Set(["entries-committed", "bound-changed"]),
  internal: new Set<OrderEvent["kind"] | "link-disordered">([
    "proposed",
    "not-proposed",
    "readable",
    "not-readable",
    "delivered",
    "snapshot-installed",
    "snapshot-wanted",
    "order-forgotten",
    "link-disordered",
  ]),
  start: (options, saved, _random, now) => new Zab(options, saved, now),
};
