import { quorumsOf } from "../../control/quorum.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { modesWords, reignOf } from "../agreement-words.ts";
import { electionCause } from "../describe-elections.ts";
import { describeEvent } from "../describe-event.ts";
import { age, duration, milliseconds, size } from "../format.ts";
import { printable } from "../json-bytes.ts";
import { labelOf, labelsOf } from "../labels.ts";
import { fit, type Line, span } from "../line.ts";
import type { Model, Subject } from "../model.ts";
import { safeText } from "../safe-text.ts";
import { electionMessageCard, lockCard, orderCard, orderEntryCard } from "./agreement-details.ts";
import { type Card, field, wrapField } from "./card.ts";
import { stageOf } from "./log-entries.ts";
import { stateWord } from "./member-rows.ts";
import { noticeCard, subscriptionsCard } from "./notice-details.ts";
import { roleOf } from "./peer-grid.ts";
import { addressCard, jobCard, workerCard } from "./pool-details.ts";
import { fileCard, valueCard } from "./store-details.ts";

const COUNTER_WIDTH = 24;
const LONGEST_EVENT = 2000;

/** Everything that is known of a subject. */
export function detailsCard(model: Model, subject: Exclude<Subject, { kind: "fault" }>): Card {
  switch (subject.kind) {
    case "peer":
      return subject.peer === model.view.self.id ? selfCard(model) : peerCard(model, subject.peer);
    case "event":
      return eventCard(model, subject.sequence);
    case "log":
      return logCard(model);
    case "log-entry":
      return logEntryCard(model, subject.index);
    case "election":
      return electionCard(model);
    case "notice":
      return noticeCard(model, subject);
    case "subscriptions":
      return subscriptionsCard(model);
    case "election-message":
      return electionMessageCard(model, subject.at);
    case "order":
      return orderCard(model);
    case "order-entry":
      return orderEntryCard(model, subject.index);
    case "lock":
      return lockCard(model, subject.name);
    case "file":
      return fileCard(model, subject.name);
    case "value":
      return valueCard(model, subject.key);
    case "address":
      return addressCard(model);
    case "worker":
      return workerCard(model, subject.peer);
    case "job":
      return jobCard(model, subject.id);
  }
}

/** The network table as `GET /v1/table` shares it: every address, with who is there. */
export function tableCard({ view, names }: Model): Card {
  const own = line(view.self.address, labelOf(names, view.self.id), view.self.id, "you");
  const others = view.peers.map((peer) => line(peer.address, labelOf(names, peer.id), peer.id, peer.status));
  const heading = [span("dim", lineText("ADDRESS", "PEER", "ID", "STATUS"))];
  return { title: "Network table", lines: [heading, own, ...others] };

  function line(address: string, label: string, id: string, status: string): Line {
    return lineText(address, label, id, status);
  }
  function lineText(address: string, label: string, id: string, status: string): string {
    return ` ${fit(address, 21)} ${fit(label, 10)} ${fit(id, 16)} ${status}`;
  }
}

function peerCard(model: Model, id: PeerId): Card {
  const { view, names, columns } = model;
  const peer = view.peers.find((row) => row.id === id);
  const title = `Peer ${labelOf(names, id)}`;
  if (peer === undefined) return { title, lines: [` ${id} is not known any more`] };
  const progress = view.order.progress.find((known) => known.peer === id);
  const history = peer.rttHistory.map((ms) => (ms === null ? "missed" : milliseconds(ms))).join(" ");
  const decides = quorumsOf(view).find(({ members }) => members.some((member) => member.peer === id));
  const office = `${roleOf(view, { id, row: peer })}${decides === undefined ? "" : `, ${decides.noun}`}`;
  return {
    title,
    lines: [
      field("name", safeText(peer.name)),
      field("id", peer.id),
      field("address", peer.address),
      field("status", `${peer.status}, ${peer.livesRemaining} of 3 lives, incarnation ${peer.incarnation}`),
      field("heard", peer.heartbeatAgeMs === null ? "never" : `${age(peer.heartbeatAgeMs)} ago`),
      field("worst gap", peer.worstGapMs === null ? "-" : `${duration(peer.worstGapMs)} in the last 10 s`),
      field(
        "round trip",
        peer.rtt === null || peer.rttMs === null ? "not measured yet" : roundTrip(peer.rttMs, peer.rtt),
      ),
      ...wrapField("recent ms", history === "" ? "-" : history, columns),
      field("role", office),
      ...(progress === undefined ? [] : [field("log", progressWords(progress))]),
      field("lamport", peer.lamport === null ? "never heard" : `${peer.lamport} (ours ${view.lamport})`),
      field("link", peer.linked ? "stands" : "down"),
    ],
  };
}

function selfCard({ view, names, columns }: Model): Card {
  const { self } = view;
  const modes = modesWords(view.modes);
  const reign = reignOf(view);
  const role = roleOf(view, { id: self.id, row: null });
  const oddities = view.notices.flatMap((text) => wrapField("at the start", safeText(text), columns));
  const counters = Object.entries(view.counters).map(([name, value]) => [
    span("dim", ` ${fit(safeText(name), COUNTER_WIDTH)} `),
    String(value),
  ]);
  return {
    title: `Peer ${labelOf(names, self.id)} (you)`,
    lines: [
      field("name", safeText(self.name)),
      field("id", self.id),
      field("address", self.address),
      field("cluster", self.clusterId ?? "none yet"),
      field("phase", `${self.phase}, incarnation ${self.incarnation}`),
      field("role", reign === null ? role : `${role}, ${reign.noun} ${reign.number}`),
      ...(modes === "" ? [] : [field("agree by", modes)]),
      field("lamport", String(view.lamport)),
      field("up", age(view.upMs)),
      ...oddities,
      ...(counters.length === 0 ? [] : [[span("dim", " counters")]]),
      ...counters,
    ],
  };
}

function eventCard({ timeline, names, columns }: Model, sequence: number): Card {
  const entry = timeline.find(sequence);
  if (entry === undefined) return { title: "Event", lines: [" It is too old: the timeline has forgotten it."] };
  const { told } = entry;
  const story = describeEvent(told, names);
  const because = story.because === null ? [] : wrapField("because", story.because, columns);
  const raw = safeText(JSON.stringify(printable(told.event)).slice(0, LONGEST_EVENT), LONGEST_EVENT);
  return {
    title: `Event ${told.event.kind}`,
    lines: [
      ...wrapField("what", `${story.who} ${story.text}`, columns),
      ...because,
      field("lamport", String(told.lamport)),
      field("at", `${(told.now / 1000).toFixed(3)} s of the monotonic clock`),
      field("routine", told.routine ? "yes, happens all the time" : "no"),
      ...wrapField("fields", raw.replaceAll(",", ", "), columns),
    ],
  };
}

function logCard({ view }: Model): Card {
  const { commitIndex, lastApplied, lastLogIndex, firstLogIndex, snapshotIndex, snapshotBytes } = view.raft;
  const snapshot = snapshotIndex === 0 ? "none yet" : `stands for all up to ${snapshotIndex}, ${size(snapshotBytes)}`;
  return {
    title: "Log",
    lines: [
      field("first", `${firstLogIndex}, the oldest entry that is kept`),
      field("applied", `${lastApplied}, what has been done here`),
      field("committed", `${commitIndex}, what is decided as far as is known here`),
      field("last", `${lastLogIndex}, what this peer has`),
      field("snapshot", snapshot),
    ],
  };
}

function logEntryCard({ view, columns }: Model, index: number): Card {
  const { raft } = view;
  const entry = raft.tail.find((candidate) => candidate.index === index);
  const stage = stageOf(raft, index);
  const title = `Log entry ${index}`;
  if (entry === undefined) return { title, lines: [" It is no longer among the newest entries."] };
  return {
    title,
    lines: [
      field("term", String(entry.term)),
      field("lamport", entry.lamport === null ? "none: it is the log's own business" : String(entry.lamport)),
      field("committed", stage === "appended" ? `not yet, commit index is ${raft.commitIndex}` : "yes"),
      field("applied", stage === "applied" ? "yes" : `not yet, ${raft.lastApplied} is`),
      ...wrapField("entry", safeText(entry.text), columns),
    ],
  };
}

function electionCard({ view, names, columns }: Model): Card {
  const { election } = view.raft;
  const title = "Last election";
  if (election === null) return { title, lines: [" No election yet."] };
  return {
    title,
    lines: [
      field("term", String(election.term)),
      ...wrapField("why", electionCause(election.because, election.asker, names), columns),
      field("asked", labelOf(names, election.asker)),
      field("yes", labelsOf(names, election.yes)),
      field("no", labelsOf(names, election.no)),
      field("silent", labelsOf(names, election.silent)),
      field("outcome", election.outcome),
      field("took", election.tookMs === null ? "-" : duration(election.tookMs)),
      field("ended", `${age(election.ageMs)} ago`),
    ],
  };
}

function progressWords(progress: PeerView["order"]["progress"][number]): string {
  const { ackedIndex, sentIndex } = progress;
  return `${stateWord(progress)}, has all up to ${ackedIndex}, is sent ${sentIndex + 1} next`;
}

function roundTrip(latest: number, rtt: { readonly medianMs: number; readonly p99Ms: number }): string {
  return `${duration(latest)}, median ${duration(rtt.medianMs)}, 99 in 100 within ${duration(rtt.p99Ms)}`;
}
