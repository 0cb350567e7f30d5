import type { PeerNames } from "../control/peer-names.ts";
import { toldOf } from "../control/store-requests.ts";
import { type Address, hostOf, portOf } from "../core/address.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { PeerEvent } from "../peer/peer-event.ts";
import { electionStories } from "./describe-elections.ts";
import { lockStories } from "./describe-locks.ts";
import { noticeStories } from "./describe-notices.ts";
import { orderStories } from "./describe-order.ts";
import { poolStories } from "./describe-pool.ts";
import { rounded, settingLine } from "./fault-words.ts";
import { count, duration, shortCluster } from "./format.ts";
import { safeText } from "./safe-text.ts";
import type { Draft, Kind, Of, Stories, Story, Told } from "./story.ts";

/** Tells an event, with peers by the names of today. */
export function describeEvent(told: PeerEvent, names: PeerNames): Story {
  // The table is typed by kind, so the entry under an event's kind takes that event.
  const tell = stories[told.event.kind] as (event: Told, names: PeerNames) => Draft;
  const { about, text, because = null, tone = "plain" } = tell(told.event, names);
  const peer = about === "self" ? names.self : "peer" in about ? about.peer : null;
  const who = peer === null && about !== "self" && "address" in about ? names.labelAt(about.address) : null;
  return {
    peer,
    who: safeText(who ?? (peer === null || peer === names.self ? "you" : names.label(peer))),
    text: safeText(text),
    because: because === null ? null : safeText(because),
    tone,
  };
}

/** A story as one line of plain text. */
export function sentence(story: Story): string {
  return `${story.who} ${story.text}${story.because === null ? "" : ` because ${story.because}`}`;
}

/** Addresses in few words: ports next to each other on one host become a range. */
export function addressRanges(addresses: readonly Address[]): string {
  const hosts = new Map<string, number[]>();
  for (const address of addresses) {
    const host = hostOf(address);
    hosts.set(host, [...(hosts.get(host) ?? []), portOf(address)]);
  }
  return [...hosts].map(([host, ports]) => `${host.includes(":") ? `[${host}]` : host}:${ranges(ports)}`).join(" ");
}

function ranges(ports: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const port of [...new Set(ports)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && port === last[1] + 1) last[1] = port;
    else runs.push([port, port]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}

const stories: Stories<Kind> = {
  started: ({ incarnation }) => ({ about: "self", text: `started, incarnation ${incarnation}` }),
  resumed: ({ gapMs }) => ({
    about: "self",
    text: `ran again after standing still for ${duration(gapMs)}`,
    tone: "bad",
  }),
  left: () => ({ about: "self", text: "left the cluster" }),

  ...noticeStories,
  ...electionStories,
  ...orderStories,
  ...lockStories,
  ...poolStories,

  "neighbour-verified": (e) => ({ about: e, text: "answered in the other network", tone: "good" }),
  "neighbour-lost": (e) => ({
    about: e,
    text: "is no neighbour in the other network any more",
    because: e.because === "silent" ? "it did not answer" : "it closed the connection",
    tone: "bad",
  }),
  "foreign-notice": (e) => ({
    about: "self",
    text: `received a notice of type ${e.dataType} from another network, ${count(e.data.length, "byte")}`,
  }),

  "link-established": (e) => ({ about: e, text: `linked, ${e.dialledBy === "us" ? "we dialled" : "it dialled"}` }),
  "link-duplicated": (e) => ({ about: e, text: "opened a second link, which is closed" }),
  "link-replaced": (e) => ({ about: e, text: "kept one link of two" }),
  "link-lost": (e) => ({
    about: e,
    text: "lost its link to us",
    because: e.goodbye === null ? e.reason : e.goodbye === "leaving" ? "it leaves" : "it stops and will be back",
    tone: e.goodbye === null ? "bad" : "plain",
  }),
  "dial-failed": (e) => ({
    about: { address: e.address },
    text: `could not be dialled, ${count(e.attempts, "attempt")}`,
    because: e.reason,
  }),
  "link-refused": (e) => ({
    about: { address: e.address },
    text: e.by === "us" ? "was refused a link by us" : "refused a link",
    because: e.text === "" ? e.reason : e.text,
  }),
  "other-cluster-met": (e) => ({ about: e, text: `belongs to another cluster, ${shortCluster(e.cluster)}` }),

  seeking: (e) => ({
    about: "self",
    text: `looked for peers on ${addressRanges(e.addresses)}`,
    because: SEEKING[e.because],
  }),
  "cluster-founded": (e) => ({ about: "self", text: `founded cluster ${shortCluster(e.cluster)}`, tone: "good" }),
  "cluster-joined": (e, names) => ({
    about: "self",
    text: `joined cluster ${shortCluster(e.cluster)} through ${names.labelAt(e.through)}`,
    tone: "good",
  }),
  "cluster-yielded": (e) => ({
    about: "self",
    text: `gave up cluster ${shortCluster(e.cluster)} for ${shortCluster(e.to)}`,
    because: "ours held nothing",
  }),
  "clusters-apart": (e) => ({
    about: { address: e.address },
    text: `stays in its own cluster, ${shortCluster(e.cluster)}`,
    because: "both clusters hold something",
    tone: "bad",
  }),
  "peer-belongs": (e) => ({ about: { peer: e.peer }, text: "belongs to our cluster" }),
  "peer-admitted": (e) => ({ about: { peer: e.peer }, text: "may be taken into the cluster" }),
  "check-wanted": (e) => ({ about: { address: e.address }, text: "is to be health-checked" }),
  "table-wanted": (e) => ({ about: { address: e.from }, text: "is to be asked for its network table" }),
  "address-verified": (e) => ({ about: { address: e.address }, text: "answered, so it is linked to" }),
  "join-unanswered": (e) => ({
    about: "self",
    text: `had no answer from ${addressRanges(e.addresses)}, ${count(e.attempts, "attempt")}; retrying`,
    tone: "bad",
  }),

  "entropy-needed": () => ({ about: "self", text: "ran low on random bytes for nonces" }),
  "probe-answered": (e) => ({ about: e, text: `answered a probe in ${duration(e.rttMs)}` }),
  "probe-answered-indirectly": (e, names) => ({
    about: e,
    text: `answered ${names.label(e.via)} but not us`,
    tone: "bad",
  }),
  "probe-missed": (e, names) => ({ about: e, text: "answered no probe", because: `asked ${asked(e.via, names)}` }),
  checked: (e) => ({
    about: { address: e.address },
    text: e.answered
      ? `answered a health check${e.rttMs === null ? "" : ` in ${duration(e.rttMs)}`}`
      : "answered no health check",
  }),

  "member-joined": (e) => ({ about: e, text: `joined, at ${e.address}`, tone: "good" }),
  "member-moved": (e) => ({ about: e, text: `moved from ${e.previous} to ${e.address}` }),
  "member-at-risk": (e, names) => ({
    about: e,
    text: `at risk ${e.livesRemaining}/3`,
    because: doubt(e.because, names),
    tone: "bad",
  }),
  "member-unhealthy": (e, names) => ({ about: e, text: "unhealthy", because: doubt(e.because, names), tone: "bad" }),
  "member-healthy": (e) => ({ about: e, text: `healthy, incarnation ${e.incarnation}`, tone: "good" }),
  "member-left": (e) => ({ about: e, text: "left the cluster" }),
  "member-forgotten": (e) => ({ about: e, text: "is forgotten", because: "it was gone for long" }),
  "doubt-refuted": (e, names) => ({
    about: "self",
    text: `refuted a doubt with incarnation ${e.incarnation}`,
    because: e.from === null ? `we were held ${e.status}` : `${names.label(e.from)} held us ${e.status}`,
    tone: "bad",
  }),
  "stranger-rumoured": (e) => ({ about: { address: e.address }, text: "was heard of for the first time" }),
  "incarnation-grown": (e) => ({ about: "self", text: `reached incarnation ${e.incarnation}` }),

  "id-heard": (e, names) => ({
    about: { address: e.address },
    text: `was named by ${e.from === null ? "a program" : names.label(e.from)}`,
  }),
  "id-added": (e) => ({ about: { address: e.address }, text: "added to the gossip IDs" }),
  "id-removed": (e) => ({ about: { address: e.address }, text: "removed from the gossip IDs" }),
  "program-pulled": (e) => ({ about: { address: e.address }, text: `asked for IDs by connection ${e.session}` }),
  exchanged: ({ exchange }) => ({
    about: exchange,
    text: `${exchange.kind} ${exchange.direction === "out" ? "sent to it" : "received"}, ${count(exchange.ids, "ID")}`,
  }),

  "request-answered": (e) => {
    const { ok, text, because } = toldOf(e.request, e.answer);
    return { about: "self", text, because, tone: ok ? "plain" : "bad" };
  },

  "fault-set": (e, names) => ({
    about: "self",
    text: settingLine(e, names),
    because: request(e.by, names),
    tone: "fault",
  }),
  "fault-refused": (e) => ({ about: "self", text: "set no fault", because: e.reason, tone: "bad" }),
  "fault-ended": (e, names) => ({ about: "self", text: `no longer ${settingLine(e, names)}`, tone: "good" }),
  "peer-paused": (e, names) => ({ about: "self", text: "paused", because: request(e.by, names), tone: "fault" }),
  "peer-unpaused": (e, names) => ({
    about: "self",
    text: `ran on after a pause of ${duration(e.pausedMs)}`,
    because: request(e.by, names),
    tone: "good",
  }),
  "peer-crashed": (e, names) => ({
    about: "self",
    text: "crashed: only what was on disk is left",
    because: request(e.by, names),
    tone: "fault",
  }),
  "peer-recovered": () => ({ about: "self", text: "recovered from disk", tone: "good" }),
  "clock-changed": (e, names) => {
    const right = e.skew === 1 && e.pace === 1;
    return {
      about: "self",
      text: right ? "kept the right time again" : `ran at ${rates(e.skew, e.pace)}`,
      because: request(e.by, names),
      tone: right ? "good" : "fault",
    };
  },
  "clock-jumped": (e, names) => ({
    about: "self",
    text: `jumped ${duration(e.aheadMs)} ahead with the clock`,
    because: request(e.by, names),
    tone: "fault",
  }),
};

const SEEKING = {
  seeds: "they were named with --join",
  scan: "nobody was named or remembered",
  remembered: "they were members last time",
} as const;

/** Who asked for a fault; null where it was asked for here, which needs no saying. */
function request(by: string, names: PeerNames): string | null {
  if (by === names.label(names.self)) return null;
  return names.find(by).ok ? `${by} asked for it` : by;
}

function rates(skew: number, pace: number): string {
  const clock = skew === 1 ? [] : [`clock ${rounded(skew)}x`];
  const slow = pace === 1 ? [] : [`pace ${rounded(pace)}x`];
  return [...clock, ...slow].join(" and ");
}

function asked(via: readonly PeerId[], names: PeerNames): string {
  return via.length === 0 ? "directly" : `directly and via ${named(via, names)}`;
}

function doubt(because: Of<"member-at-risk">["because"], names: PeerNames): string {
  return because.kind === "probes-missed"
    ? `probes missed: ours${because.via.length === 0 ? "" : `, via ${named(because.via, names)}`}`
    : `${names.label(because.from)} says so`;
}

function named(peers: readonly PeerId[], names: PeerNames): string {
  return peers.map((peer) => names.label(peer)).join(" ");
}
