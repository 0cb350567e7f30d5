import type { Definition } from "../definition.ts";
import { LinkMachine } from "./link.ts";
import { type LinkSpeech, linkFraming, linkRecord } from "./message.ts";

/** The times of links, as they are unless somebody has a reason. */
export const LINK_DEFAULTS = {
  helloTimeoutMs: 5000,
  pingIntervalMs: 5000,
  redialFirstMs: 50,
  redialCapMs: 2000,
} as const;

/** Links, for the registry. */
export const link: Definition<LinkSpeech> = {
  framing: linkFraming,
  record: linkRecord,
  routine: new Set(["link-duplicated"]),
  start: (options, _saved, random) => new LinkMachine(options, random),
};
