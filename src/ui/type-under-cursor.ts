import { isSubscribedByPerson } from "../control/subscriptions.ts";
import { subjectUnderCursor } from "./content.ts";
import type { Model } from "./model.ts";

/** The line that the key of a verb stands for on a data type: that which subscribes one also ends it. */
export function typeLine({ view }: Model, name: string, dataType: number): string {
  const ends = name === "subscribe" && isSubscribedByPerson(view, dataType);
  return `${ends ? "unsubscribe" : name} ${dataType}`;
}

/** The data type of the row under the cursor; null where it is of none. */
export function typeUnderCursor(model: Model): number | null {
  const subject = subjectUnderCursor(model);
  if (subject?.kind === "subscriptions") return subject.dataType;
  if (subject?.kind !== "notice") return null;
  const { notices } = model.view.notifications;
  return notices.find(({ id, origin }) => id === subject.id && origin === subject.origin)?.dataType ?? null;
}
