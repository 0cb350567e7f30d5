import { count } from "./format.ts";
import type { Stories } from "./story.ts";

/** What happens to Raft's log and to ZAB's history. */
export const orderStories: Stories<
  | "configuration-changed"
  | "entry-committed"
  | "log-compacted"
  | "log-truncated"
  | "snapshot-started"
  | "snapshot-received"
  | "epoch-established"
  | "epoch-ended"
  | "entries-committed"
  | "history-compacted"
  | "history-truncated"
  | "ensemble-impostor"
  | "bound-changed"
> = {
  "configuration-changed": (e) => ({
    about: e.peer === null ? "self" : { peer: e.peer },
    text: `${e.change} (log ${e.index}): ${count(e.configuration.voters.length, "voter")}, ${count(e.configuration.learners.length, "learner")}`,
  }),
  "entry-committed": (e) => ({
    about: "self",
    text: `committed log ${e.first === e.index ? e.index : `${e.first} to ${e.index}`} of term ${e.term}`,
  }),
  "log-compacted": (e) => ({
    about: "self",
    text: `keep the log behind ${e.index} only: a snapshot of ${e.bytes} bytes stands for the rest`,
  }),
  "snapshot-started": (e) => ({
    about: { peer: e.to },
    text: `is sent a snapshot of ${e.bytes} bytes, the log up to ${e.index}`,
  }),
  "snapshot-received": (e) => ({
    about: "self",
    text: `took over a snapshot of ${e.bytes} bytes, the log up to ${e.index}`,
  }),
  "log-truncated": (e) => ({
    about: "self",
    text: `cut the log from ${e.from} on`,
    because: "the leader's log differs",
    tone: "bad",
  }),
  "epoch-established": (e) => ({
    about: { peer: e.leader },
    text: `established epoch ${e.epoch}: a quorum has its history`,
    tone: "leader",
  }),
  "epoch-ended": (e) => ({
    about: { peer: e.leader },
    text: `no longer leader of epoch ${e.epoch}`,
    because: EPOCH_ENDED[e.because],
    tone: "leader",
  }),
  "entries-committed": (e) => ({
    about: "self",
    text: `committed number ${e.first === e.index ? e.index : `${e.first} to ${e.index}`} of the order, epoch ${e.epoch}`,
  }),
  "history-compacted": (e) => ({
    about: "self",
    text: `keep the history behind ${e.index} only: a snapshot of ${e.bytes} bytes stands for the rest`,
  }),
  "history-truncated": (e) => ({
    about: "self",
    text: `cut the history from ${e.from.epoch}:${e.from.counter} on`,
    because: "the leader's history differs, and none of it was committed",
    tone: "bad",
  }),
  "ensemble-impostor": (e) => ({
    about: { peer: e.peer },
    text: `only observes, at ${e.address}`,
    because: "another peer was met first at that address of the ensemble",
    tone: "bad",
  }),
  "bound-changed": (e) => ({
    about: "self",
    text: e.bound ? "got a log that must not be given up" : "had nothing to lose any more",
  }),
};

const EPOCH_ENDED = {
  "leader-changed": "the election names another leader, or none",
  "link-broke": "the link to it broke",
  "link-disordered": "a message of it was lost or overtaken",
  silent: "nothing was heard of it for too long",
  "quorum-lost": "it could hear no quorum",
  "higher-epoch": "somebody knew a later epoch",
  resigned: "it resigned",
  nonsense: "what it sent makes no sense",
  forgotten: "the cluster was given up",
} as const;
