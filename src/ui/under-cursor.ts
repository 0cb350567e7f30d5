import type { Under } from "../control/grammar.ts";
import { quoted } from "../control/quoted.ts";
import { isSubscribedByPerson } from "../control/subscriptions.ts";
import { stateOf } from "./board-look.ts";
import { subjectUnderCursor } from "./content.ts";
import type { Model } from "./model.ts";

/** The line that the key of a verb stands for on what is under the cursor; null where that is no such thing. */
export function lineUnderCursor(model: Model, verb: string, under: Under): string | null {
  const subject = subjectUnderCursor(model);
  switch (under) {
    case "type": {
      const dataType = typeUnderCursor(model);
      return dataType === null ? null : typeLine(model, verb, dataType);
    }
    case "file":
      return subject?.kind === "file" ? `${verb} ${quoted(subject.name)}` : null;
    case "lock":
      return subject?.kind === "lock" ? `${verb} ${quoted(subject.name)}` : null;
    case "key":
      return subject?.kind === "value" ? `${verb} ${quoted(subject.key)}` : null;
    case "job":
      return subject?.kind === "job" ? jobLine(model, verb, subject.id) : null;
  }
}

/** The verb that subscribes a type also ends that. */
function typeLine({ view }: Model, verb: string, dataType: number): string {
  const ends = verb === "subscribe" && isSubscribedByPerson(view, dataType);
  return `${ends ? "unsubscribe" : verb} ${dataType}`;
}

/** The key that pauses a job lets it go on where it stands still. */
function jobLine({ view }: Model, verb: string, id: number): string {
  const job = view.broker.jobs.find((each) => each.id === id);
  const isPaused = job !== undefined && stateOf(job, view.life) === "paused";
  return `${verb === "pause-job" && isPaused ? "resume-job" : verb} ${id}`;
}

function typeUnderCursor(model: Model): number | null {
  const subject = subjectUnderCursor(model);
  if (subject?.kind === "subscriptions") return subject.dataType;
  if (subject?.kind !== "notice") return null;
  const { notices } = model.view.notifications;
  return notices.find(({ id, origin }) => id === subject.id && origin === subject.origin)?.dataType ?? null;
}
