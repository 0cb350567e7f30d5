import type { NoticeRow, PeerView } from "../../peer/peer-view.ts";
import { age, count, size } from "../format.ts";
import { labelOf, labelsOf, noticeLabel } from "../labels.ts";
import type { Line } from "../line.ts";
import type { Model, Subject } from "../model.ts";
import { payloadText } from "../payload.ts";
import { type Card, field, textFields, wrapField } from "./card.ts";
import { sequenceOf } from "./notice-table.ts";
import { queue, subscriberWord } from "./notices.ts";

/** What each state means. */
const STATES: Record<NoticeRow["state"], string> = {
  pending: "pending: not yet found valid by all here",
  accepted: "accepted: valid here, so it spreads on",
  rejected: "rejected: it spreads no further from here",
};

/** Bytes in hex: so many in a group, which takes so many columns, beside what stands around all groups of a line. */
const GROUP_BYTES = 8;
const GROUP_WIDTH = 25;
const HEX_MARGIN = 16;

/** All that is known of one notice. */
export function noticeCard(
  { view, names, columns }: Model,
  { origin, id }: Extract<Subject, { kind: "notice" }>,
): Card {
  const notice = view.notifications.notices.find((row) => row.id === id && row.origin === origin);
  const title = `Notice ${noticeLabel(names, origin, sequenceOf(id))}`;
  if (notice === undefined) return { title, lines: [" It is no longer among the newest notices."] };
  const { dataType, ttl, hops, lamport, state, sentTo, knownAt, knownOf, duplicates, ageMs, bytes, preview } = notice;
  const text = payloadText(Buffer.from(preview, "hex"), bytes);
  const shown = preview.length / 2;
  const atLeast = knownAt < knownOf ? "at least " : "";
  return {
    title,
    lines: [
      ...(text === null ? [field("text", "none: it is no clean UTF-8 text")] : textFields("text", text, columns)),
      field("data", `${count(bytes, "byte")}${shown < bytes ? `, of which the first ${shown} are shown` : ""}`),
      field("state", STATES[state]),
      field("known at", `${atLeast}${knownAt} of ${knownOf} peers, counting this one`),
      field("sent to", count(sentTo, "peer")),
      field(
        "from",
        fromWords(notice, view, (peer) => labelOf(names, peer)),
      ),
      field("first seen", `${age(ageMs)} ago`),
      field("duplicates", duplicates === 0 ? "none" : String(duplicates)),
      field("hops", `${hops} crossed, ${ttl === 0 ? "without limit" : `${ttl} more allowed`}`),
      field("lamport", `${lamport} (ours ${view.lamport})`),
      field("type", String(dataType)),
      field("origin", `${labelOf(names, origin)}, ${origin}`),
      field("notice ID", `${id}, ${lifeWords(id)}, number ${sequenceOf(id)}`),
      ...hexLines(preview, columns),
    ],
  };
}

/** Who subscribes what, and what has become of it. */
export function subscriptionsCard({ view, names, columns }: Model): Card {
  const { types, subscribers, cached, announced, received, delivered, duplicates } = view.notifications;
  const empty = types.length === 0 ? [field("types", "nobody is known to subscribe any")] : [];
  return {
    title: "Subscriptions",
    lines: [
      field("announced", count(announced, "notice")),
      field("received", `${count(received, "notice")}, and ${count(duplicates, "copy", "copies")} of known ones`),
      field("delivered", String(delivered)),
      field("held", `${count(cached.notices, "notice")}, ${size(cached.bytes)}`),
      ...empty,
      ...types.flatMap(({ dataType, here, peers }) => {
        const others = peers.length === 0 ? "no other peer" : `peers ${labelsOf(names, peers)}`;
        return wrapField(`type ${dataType}`, `${here} here, ${others}`, columns);
      }),
      ...subscribers.flatMap((subscriber) => {
        const { session, dataTypes } = subscriber;
        return wrapField(subscriberWord(session), `${queue(subscriber)}; types ${dataTypes.join(" ")}`, columns);
      }),
    ],
  };
}

/** Life 0 is no peer's: it stands for a network of another make. */
function lifeWords(id: string): string {
  const life = Number.parseInt(id.slice(0, 4), 16);
  return life === 0 ? "of another network" : `life ${life}`;
}

function fromWords({ from, origin }: NoticeRow, { self }: PeerView, label: (peer: NoticeRow["origin"]) => string) {
  if (from !== null) return label(from);
  return origin === self.id ? "announced here" : "another network";
}

/** Bytes in groups of eight, as many in a line as fit. */
function hexLines(digits: string, columns: number): readonly Line[] {
  const groups = digits.match(new RegExp(`.{1,${2 * GROUP_BYTES}}`, "g")) ?? [];
  const perLine = Math.max(1, Math.floor((columns - HEX_MARGIN) / GROUP_WIDTH));
  const lines = Array.from({ length: Math.ceil(groups.length / perLine) }, (_, at) =>
    groups.slice(at * perLine, (at + 1) * perLine).map((group) => group.replace(/(..)(?=.)/g, "$1 ")),
  );
  return lines.map((line, at) => field(at === 0 ? "hex" : "", line.join("  ")));
}
