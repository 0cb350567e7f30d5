import type { Definition } from "../definition.ts";
import { Broker } from "./broker.ts";
import { type BrokerSpeech, brokerFraming, brokerRecord } from "./message.ts";

/** What suits one machine or one network of machines. */
export const BROKER_DEFAULTS = {
  isWorker: true,
  maxTurnsPerSecond: 0,
  markIntervalMs: 200,
  minHedgeMs: 50,
  requestTimeoutMs: 5000,
} as const satisfies Partial<BrokerSpeech["options"]>;

/** The broker as the registry holds it. */
export const broker: Definition<BrokerSpeech> = {
  framing: brokerFraming,
  record: brokerRecord,
  routine: new Set(["round-completed", "job-marked", "slice-moved", "answer-rejected"]),
  internal: new Set(["submit-broker", "office-demanded", "link-worn"]),
  outward: new Set(["work-wanted", "work-dropped"]),
  start: (options, saved, random) => new Broker(options, saved, random),
};
