import type { NoticeRow, PeerView } from "../../peer/peer-view.ts";
import { age, count, size } from "../format.ts";
import { labelOf, labelsOf, noticeLabel } from "../labels.ts";
import type { Line } from "../line.ts";
import type { Model, Subject } from "../model.ts";
import { payloadText } from "../payload.ts";
import { safeText } from "../safe-text.ts";
import { type Card, field, wrapField } from "./card.ts";
import { queue, sequenceOf } from "./notices.ts";

/** What each state means. */
const STATES: Record<NoticeRow["state"], string> = {
  pending: "pending: not every program here has said yet whether it is valid",
  accepted: "accepted: valid for all who were notified here, so it spreads on",
  rejected: "rejected: it spreads no further from here",
};

/** Columns that eight bytes take in hex. */
const BYTES_A_GROUP = 8;

/** All that is known of one notice. */
export function noticeCard({ view, names, columns }: Model, { origin, id }: Extract<Subject, { kind: "notice" }>): Card {
  const notice = view.notifications.notices.find((row) => row.id === id && row.origin === origin);
  const title = `Notice ${noticeLabel(names, origin, sequenceOf(id))}`;
  if (notice === undefined) return { title, lines: [" It is no longer among the newest notices."] };
  const { dataType, ttl, hops, lamport, state, sentTo, knownAt, knownOf, duplicates, ageMs } = notice;
  const atLeast = knownAt < knownOf ? "at least " : "";
  return {
    title,
    lines: [
      field("notice ID", `${id}, ${lifeWords(id)}, number ${sequenceOf(id)}`),
      field("type", String(dataType)),
      field("origin", `${labelOf(names, origin)}, ${origin}`),
      ...wrapField("state", STATES[state], columns),
      field("first seen", `${age(ageMs)} ago`),
      field("from", fromWords(notice, view, (peer) => labelOf(names, peer))),
      field("sent to", count(sentTo, "peer")),
      field("known at", `${atLeast}${knownAt} of ${knownOf} peers that subscribe it, this one included`),
      field("duplicates", duplicates === 0 ? "none" : String(duplicates)),
      field("hops", `${hops} crossed, ${ttl === 0 ? "without limit" : `${ttl} more allowed`}`),
      field("lamport", `${lamport} (ours ${view.lamport})`),
      ...dataLines(notice, columns),
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
        const who = session === null ? "you" : `program ${session}`;
        return wrapField(who, `${queue(subscriber)}; types ${dataTypes.join(" ")}`, columns);
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

/** What is shown of its data: as text line by line where it is text, and as hex. */
function dataLines({ preview, bytes }: NoticeRow, columns: number): readonly Line[] {
  const data = Buffer.from(preview, "hex");
  const shown = data.length < bytes ? `, of which the first ${data.length} are shown` : "";
  const text = payloadText(data, bytes);
  const texts = text === null ? [field("text", "none: it is no clean UTF-8 text")] : textLines(text, columns);
  const pairs = preview.match(/../g) ?? [];
  const groups = Math.max(1, Math.floor((columns - 16) / (3 * BYTES_A_GROUP + 1)));
  const perLine = groups * BYTES_A_GROUP;
  const hex = Array.from({ length: Math.ceil(pairs.length / perLine) }, (_, at) => {
    const line = pairs.slice(at * perLine, (at + 1) * perLine);
    return field(at === 0 ? "hex" : "", line.map((pair, index) => (index % BYTES_A_GROUP === 0 && index > 0 ? ` ${pair}` : pair)).join(" "));
  });
  return [field("data", `${count(bytes, "byte")}${shown}`), ...texts, ...hex];
}

function textLines(text: string, columns: number): readonly Line[] {
  return text
    .split(/\r\n|[\r\n]/)
    .flatMap((line, index) => wrapField(index === 0 ? "text" : "", safeText(line.replaceAll("\t", " "), 1000), columns));
}
