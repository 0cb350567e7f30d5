import type { PeerNames } from "../control/peer-names.ts";
import { count } from "./format.ts";
import { noticeLabel } from "./labels.ts";
import { payloadLine } from "./payload.ts";
import type { Of, Stories } from "./story.ts";

type Notice = Of<"notice-rejected">["notice"];
type Several = Pick<Of<"notices-announced">, "count" | "notices">;

/** Bytes of data that are looked at to tell it, and columns for it. */
const MOST_BYTES = 64;
const DATA_WIDTH = 48;

/** Data types that a sentence names. */
const MOST_TYPES = 4;

/** What happens to notices and to those who subscribe them. */
export const noticeStories: Stories<
  | "type-subscribed"
  | "type-unsubscribed"
  | "notices-announced"
  | "notices-received"
  | "notices-accepted"
  | "notice-rejected"
  | "program-refused"
> = {
  "type-subscribed": (e) => ({ about: "self", text: `subscribed type ${e.dataType}${forProgram(e.session)}` }),
  "type-unsubscribed": (e) => ({
    about: "self",
    text: `unsubscribed type ${e.dataType}${forProgram(e.session)}`,
    because: e.because,
  }),
  "notices-announced": (e, names) => ({ about: "self", text: `announced ${told(e, names)}` }),
  "notices-received": (e, names) =>
    e.from === null
      ? { about: "self", text: `received ${told(e, names)} from another network` }
      : { about: { peer: e.from }, text: `brought ${told(e, names)}` },
  "notices-accepted": (e, names) => ({ about: "self", text: `accepted ${told(e, names)}` }),
  "notice-rejected": (e, names) => ({
    about: "self",
    text: `rejected ${one(e.notice, names)}`,
    because: REJECTIONS[e.because],
    tone: "bad",
  }),
  "program-refused": (e) => ({
    about: "self",
    text: `closed the connection of program ${e.session}`,
    because: e.reason,
    tone: "bad",
  }),
};

const REJECTIONS = {
  invalid: "a program here said that it is not valid",
  unanswered: "a program here did not answer in time",
  "subscriber-gone": "a program here went without an answer",
} as const;

function forProgram(session: number | null): string {
  return session === null ? "" : ` for program ${session}`;
}

/** `notice 7003#42 of type 1337: hello`, or how many of which types. */
function told({ count: number, notices }: Several, names: PeerNames): string {
  const [first] = notices;
  if (number === 1 && first !== undefined) return one(first, names);
  const types = [...new Set(notices.map(({ dataType }) => dataType))];
  const more = types.length > MOST_TYPES ? " .." : "";
  return `${count(number, "notice")} of ${types.length === 1 ? "type" : "types"} ${types.slice(0, MOST_TYPES).join(" ")}${more}`;
}

function one({ origin, sequence, dataType, data }: Notice, names: PeerNames): string {
  const beginning = payloadLine(data.subarray(0, MOST_BYTES), data.length, DATA_WIDTH);
  return `notice ${noticeLabel(names, origin, sequence)} of type ${dataType}: ${beginning}`;
}
