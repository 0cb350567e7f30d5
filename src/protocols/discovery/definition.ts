import type { Definition } from "../definition.ts";
import { Discovery } from "./discovery.ts";
import { type DiscoverySpeech, discoveryFraming, discoveryRecord } from "./message.ts";

/** What a peer uses unless told otherwise. */
export const DISCOVERY_DEFAULTS = {
  founders: [],
  seekMs: 500,
  retryMs: 1000,
  settleMs: 300,
} as const satisfies Partial<DiscoverySpeech["options"]>;

/** How discovery speaks and starts. */
export const discovery: Definition<DiscoverySpeech> = {
  framing: discoveryFraming,
  record: discoveryRecord,
  routine: new Set(["check-wanted", "address-verified", "table-wanted", "peer-belongs", "peer-admitted"]),
  internal: new Set(["cluster-resumed"]),
  start: (options, saved, random, now) => new Discovery(options, saved, random, now),
};
