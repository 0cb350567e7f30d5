import type { Definition } from "../definition.ts";
import { Membership } from "./membership.ts";
import { type MembershipSpeech, membershipFraming, membershipRecord } from "./message.ts";

/** What a peer uses unless told otherwise. */
export const MEMBERSHIP_DEFAULTS = { fanout: 3, tableIntervalMs: 10_000 } as const;

/** How membership speaks and starts. */
export const membership: Definition<MembershipSpeech> = {
  framing: membershipFraming,
  record: membershipRecord,
  routine: new Set(["stranger-rumoured"]),
  start: (options, saved, random, now) => new Membership(options, saved, random, now),
};
