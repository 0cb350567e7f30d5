import { type Rumour, STATUSES, type Status } from "./message.ts";

/** The later word of `STATUSES` is the worse one. */
export function isWorse(status: Status, than: Status): boolean {
  return STATUSES.indexOf(status) > STATUSES.indexOf(than);
}

/**
 * Whether `rumour` replaces `held`, both about the same peer: the higher incarnation wins, then the worse status
 * (SWIM section 4.2, with "at risk" for its Suspect and "left" above all). A strict order, so that all who have heard
 * the same rumours, in whatever order, hold the same.
 */
export function outranks(rumour: Rumour, held: Rumour): boolean {
  if (rumour.incarnation !== held.incarnation) return rumour.incarnation > held.incarnation;
  return isWorse(rumour.status, held.status);
}

/** Whether a status is a doubt that its peer can refute by living on. */
export function isDoubt(status: Status): status is "at-risk" | "unhealthy" {
  return status === "at-risk" || status === "unhealthy";
}
