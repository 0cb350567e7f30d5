import type { PeerEvent } from "../../peer/peer-event.ts";

type EventKind = PeerEvent["event"]["kind"];

/** Every kind of event; a new one does not compile before it stands here. */
const KINDS: { readonly [K in EventKind]: true } = {
  started: true,
  resumed: true,
  left: true,

  "link-established": true,
  "link-replaced": true,
  "link-duplicated": true,
  "link-lost": true,
  "dial-failed": true,
  "link-refused": true,
  "other-cluster-met": true,

  seeking: true,
  "cluster-founded": true,
  "cluster-joined": true,
  "cluster-yielded": true,
  "clusters-apart": true,
  "peer-belongs": true,
  "peer-admitted": true,
  "check-wanted": true,
  "table-wanted": true,
  "address-verified": true,
  "join-unanswered": true,

  "election-ended": true,
  "rival-met": true,

  "epoch-established": true,
  "epoch-ended": true,
  "history-truncated": true,
  "entries-committed": true,
  "history-compacted": true,
  "ensemble-impostor": true,

  "office-entered": true,
  "office-left": true,
  "address-acquired": true,
  "address-lost": true,
  "address-failed": true,

  "worker-joined": true,
  "worker-left": true,
  "job-begun": true,
  "job-resumed": true,
  "job-paused": true,
  "job-continued": true,
  "job-ended": true,
  "job-stuck": true,
  "job-marked": true,
  "job-answered": true,
  "slice-moved": true,
  "round-completed": true,
  "answer-rejected": true,

  "lock-requested": true,
  "lock-acquired": true,
  "lock-released": true,
  "lock-lost": true,
  "lock-blocked": true,
  "lock-freed": true,

  "entropy-needed": true,
  "probe-answered": true,
  "probe-answered-indirectly": true,
  "probe-missed": true,
  checked: true,

  "member-joined": true,
  "member-moved": true,
  "member-at-risk": true,
  "member-unhealthy": true,
  "member-healthy": true,
  "member-left": true,
  "member-forgotten": true,
  "doubt-refuted": true,
  "stranger-rumoured": true,
  "incarnation-grown": true,

  "id-heard": true,
  "id-added": true,
  "id-removed": true,
  "program-pulled": true,
  exchanged: true,

  "type-subscribed": true,
  "type-unsubscribed": true,
  "notices-announced": true,
  "notices-received": true,
  "notices-accepted": true,
  "notice-rejected": true,
  "program-refused": true,

  "neighbour-verified": true,
  "neighbour-lost": true,
  "foreign-notice": true,

  "election-started": true,
  "election-failed": true,
  "vote-granted": true,
  "leader-elected": true,
  "leader-lost": true,
  "quorum-lost": true,
  "quorum-regained": true,
  "configuration-changed": true,
  "entry-committed": true,
  "log-compacted": true,
  "snapshot-started": true,
  "snapshot-received": true,
  "request-answered": true,
  "log-truncated": true,
  "transfer-started": true,
  "transfer-failed": true,
  "left-office": true,
  "bound-changed": true,

  "fault-set": true,
  "fault-ended": true,
  "fault-refused": true,
  "peer-paused": true,
  "peer-crashed": true,
  "peer-recovered": true,
  "peer-unpaused": true,
  "clock-changed": true,
  "clock-jumped": true,
};

/** The names of all kinds of events. */
export const eventKinds = Object.keys(KINDS);

/** Whether a word is a kind of event. */
export function isEventKind(word: string): word is EventKind {
  return Object.hasOwn(KINDS, word);
}
