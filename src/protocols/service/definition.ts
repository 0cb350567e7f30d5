import { union } from "../../wire/codec.ts";
import type { Definition } from "../definition.ts";
import { type ServiceSpeech, serviceFraming } from "./message.ts";
import { Service } from "./service.ts";

/** What a peer uses unless told otherwise. */
export const SERVICE_DEFAULTS = {
  keepVersions: 16,
  requestTimeoutMs: 5000,
  maxOpen: 65_536,
} as const satisfies Partial<ServiceSpeech["options"]>;

/** The service as the registry holds it. It keeps nothing on disk: all that must last is in the order. */
export const service: Definition<ServiceSpeech> = {
  framing: serviceFraming,
  record: union({}),
  routine: new Set(),
  internal: new Set([
    "order-wanted",
    "lock-wanted",
    "unlock-wanted",
    "locks-changed",
    "broker-changed",
    "own-answered",
  ]),
  start: (options) => new Service(options),
};
