import { union } from "../../wire/codec.ts";
import type { Definition } from "../definition.ts";
import { Foreign } from "./foreign.ts";
import { type ForeignSpeech, foreignFraming } from "./message.ts";

/** The defaults; `address` is each peer's own. */
export const FOREIGN_DEFAULTS: Omit<ForeignSpeech["options"], "address"> = {
  bootstrapper: null,
  dialect: "classic",
  degree: 4,
  intervalMs: 1000,
  dialTimeoutMs: 5000,
  responseTimeoutMs: 5000,
  rate: { perSecond: 2000, burst: 2000 },
  windowSize: 16_384,
  windowMs: 60_000,
};

/** Membership of a network of another make, as the registry holds it. It keeps nothing on disk. */
export const foreign: Definition<ForeignSpeech> = {
  framing: foreignFraming,
  record: union({}),
  routine: new Set(["foreign-notice"]),
  start: (options, _saved, random, now) => new Foreign(options, random, now),
};
