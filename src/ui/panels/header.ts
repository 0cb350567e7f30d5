import { age, duration, shortCluster } from "../format.ts";
import { labelOf } from "../labels.ts";
import { LEAST, PANELS, type PanelName } from "../layout.ts";
import { joined, type Line, span, spread } from "../line.ts";
import type { Model } from "../model.ts";
import { roleOf } from "./peer-grid.ts";
import { worstGapMs } from "./raft.ts";

/** Columns from which on words stand in full. */
const WIDE_FROM = 100;

const TITLES: Record<PanelName, { readonly full: string; readonly short: string }> = {
  peers: { full: "Peers", short: "Peers" },
  gossip: { full: "Gossip", short: "Gos" },
  raft: { full: "Raft", short: "Raft" },
  timeline: { full: "Timeline", short: "Time" },
};

/** The name of a panel. */
export function titleOf(panel: PanelName): string {
  return TITLES[panel].full;
}

/** The first line: who this is, who leads and in which term, whether there is a quorum, and the Lamport time. */
export function headerLine(model: Model): Line {
  const { view, names, columns } = model;
  const { raft, self } = view;
  const wide = columns >= WIDE_FROM;
  const leads = raft.leader === self.id;
  const who = [" ", span("strong", labelOf(names, self.id, wide ? 24 : 12)), leads ? " * " : " ", roleSpan(model)];
  const since = raft.leaderAgeMs === null ? "" : ` for ${age(raft.leaderAgeMs)}`;
  const leader = leads ? [] : [span("dim", wide ? ", leader " : " leader "), leaderSpan(model)];
  const term = wide
    ? [span("dim", "term "), String(raft.currentTerm), ...leader, since]
    : [`T${raft.currentTerm}`, ...leader];
  if (!wide)
    return spread([...who, " ", ...term, "  ", ...quorumSpans(model, wide), `  L${view.lamport}`], " ", columns);
  const parts: Line[] = [
    [...who, "  ", ...term],
    quorumSpans(model, wide),
    [span("dim", "lamport "), String(view.lamport)],
    [span("dim", "up "), age(view.upMs)],
  ];
  return joined(parts, " | ");
}

/** The second line: the panels with their number keys, and at the right what is worth a glance. */
export function tabsLine(model: Model, page: string): Line {
  const { state, columns } = model;
  const tabs = PANELS.map((panel, index) => {
    const text = `${index + 1} ${columns >= WIDE_FROM ? TITLES[panel].full : TITLES[panel].short}`;
    return state.focus === panel ? span("title", `[${text}]`) : span("plain", ` ${text} `);
  });
  const right = [
    state.zoomed ? "zoomed" : "",
    state.marks.length === 0 ? "" : `${state.marks.length} marked`,
    page,
    columns >= WIDE_FROM ? cluster(model) : gap(model),
  ].filter((text) => text !== "");
  return spread([" ", ...tabs], [span("dim", `${right.join("  ")} `)], columns);
}

/** The only line of a terminal that is too small. */
export function tooSmallLine(columns: number, rows: number): string {
  return `needs ${LEAST.columns}x${LEAST.rows}, this is ${columns}x${rows}`;
}

/** The title of the terminal's pane: `7001 LEADER T4`. */
export function paneTitle({ view, names }: Pick<Model, "view" | "names">): string {
  const role = roleWord(view.self.phase, view.raft.leader === view.self.id, view.raft.role);
  return `${labelOf(names, view.self.id)} ${role} T${view.raft.currentTerm}`;
}

function roleSpan({ view }: Model) {
  const { self, raft } = view;
  const word = roleWord(self.phase, raft.leader === self.id, raft.role);
  if (word === "LEADER") return span("title", word);
  const standby = word === "follower" && roleOf(view, { id: self.id, row: null }) === "standby";
  return span(word === "follower" ? "plain" : "warn", standby ? "standby" : word);
}

function roleWord(phase: string, leads: boolean, role: string): string {
  if (phase !== "member") return phase;
  return leads ? "LEADER" : role;
}

function leaderSpan({ view, names, columns }: Model) {
  const { leader } = view.raft;
  return leader === null ? span("warn", "none") : span("strong", labelOf(names, leader, columns >= WIDE_FROM ? 24 : 8));
}

function quorumSpans({ view }: Model, wide: boolean) {
  const { quorum, voters } = view.raft;
  const ratio = `${quorum.up}/${voters.length}`;
  if (voters.length === 0) return [span("dim", wide ? "quorum unknown" : "q?")];
  if (quorum.up < quorum.needed) return [span("bad", `NO QUORUM ${ratio}`)];
  return wide ? [span("dim", "quorum "), ratio, span("dim", `, ${quorum.needed} needed`)] : [`q${ratio}`];
}

function cluster({ view }: Model): string {
  return view.self.clusterId === null ? "no cluster yet" : `cluster ${shortCluster(view.self.clusterId)}`;
}

function gap({ view }: Model): string {
  const worst = worstGapMs(view);
  return worst === null ? "" : `worst gap ${duration(worst)}`;
}
