import { assert } from "../../core/assert.ts";
import { union } from "../../wire/codec.ts";
import type { Definition } from "../definition.ts";
import { Health } from "./health.ts";
import { type HealthSpeech, healthFraming } from "./message.ts";

/** The defaults: seen unhealthy within 3 s, for three rounds of 600 ms follow at most a second of waiting. */
export const HEALTH_DEFAULTS: HealthSpeech["options"] = {
  probeIntervalMs: 1000,
  probeTimeoutMs: 240,
  indirectProbes: 3,
};

/** Health checks as the registry holds them. They keep nothing on disk. */
export const health: Definition<HealthSpeech> = {
  framing: {
    ...healthFraming,
    head: (message) => healthFraming.head(onLink(message)),
    write: (writer, message) => healthFraming.write(writer, onLink(message)),
  },
  record: union({}),
  routine: new Set(["probe-answered", "probe-answered-indirectly", "checked", "entropy-needed", "probe-missed"]),
  start: (options, _saved, random, now) => new Health(options, random, now),
};

type LinkMessage = Parameters<typeof healthFraming.head>[0];

function onLink(message: HealthSpeech["message"]): LinkMessage {
  assert(message.kind !== "syn" && message.kind !== "ack", "a health packet goes to an address, never over a link");
  return message;
}
