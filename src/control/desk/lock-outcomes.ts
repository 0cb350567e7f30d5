import type { PeerId } from "../../core/peer-id.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import type { PeerNames } from "../peer-names.ts";
import { quoted } from "../quoted.ts";
import type { Outcome } from "./desk.ts";

type Told = PeerEvent["event"];
type Lock = PeerView["mutex"]["locks"][number];

/** What an event means for the person here who asked for a lock; undefined where it means nothing. */
export function outcomeOfLock(event: Told, name: string, names: PeerNames): Outcome | undefined {
  switch (event.kind) {
    case "lock-acquired": {
      if (event.name !== name || event.peer !== names.self) return undefined;
      return { ok: true, text: `held ${quoted(name)} from now on, token ${event.token}` };
    }
    case "lock-blocked":
      return event.name === name ? { ok: false, text: waiting(name, event.by, names) } : undefined;
    default:
      return undefined;
  }
}

/** The same of a lock that is blocked already when it is asked for; undefined where it is not. */
export function outcomeOfBlocked(lock: Lock | undefined, names: PeerNames): Outcome | undefined {
  if (lock === undefined || lock.blockedBy.length === 0) return undefined;
  return { ok: false, text: waiting(lock.name, lock.blockedBy, names) };
}

/** What an event means for the person here who released a lock; undefined where it means nothing. */
export function outcomeOfUnlock(event: Told, name: string, names: PeerNames): Outcome | undefined {
  const isReleased = event.kind === "lock-released" && event.name === name && event.peer === names.self;
  return isReleased ? { ok: true, text: `released ${quoted(name)}` } : undefined;
}

function waiting(name: string, by: readonly PeerId[], names: PeerNames): string {
  return `waiting for ${quoted(name)}, blocked by ${by.map((peer) => names.label(peer)).join(" ")}`;
}
