import { watchedIn } from "../../control/desk/simulation-desk.ts";
import { isLost, worstQuorum } from "../../control/quorum.ts";
import { vipLine } from "../address-words.ts";
import { modesWords, reignOf } from "../agreement-words.ts";
import { conditionWords, faultRoute } from "../fault-words.ts";
import { age, count, duration, shortCluster } from "../format.ts";
import { labelOf } from "../labels.ts";
import { keyOfPanel, LEAST, PANELS, type PanelName } from "../layout.ts";
import { joined, type Line, span, spread, widthOf } from "../line.ts";
import type { Model } from "../model.ts";
import { textWidth } from "../safe-text.ts";
import { stretchesAround } from "../stretches.ts";
import { worstGapMs } from "../worst-gap.ts";
import { roleOf } from "./peer-grid.ts";

/** Columns from which on words stand in full. */
const WIDE_FROM = 80;

const TITLES: Record<PanelName, { readonly full: string; readonly short: string }> = {
  peers: { full: "Peers", short: "Peers" },
  gossip: { full: "Gossip", short: "Gos" },
  raft: { full: "Raft", short: "Raft" },
  timeline: { full: "Timeline", short: "Time" },
  faults: { full: "Faults", short: "Fau" },
  notices: { full: "Notices", short: "Not" },
  files: { full: "Files", short: "File" },
  values: { full: "Values", short: "Val" },
  order: { full: "Order", short: "Ord" },
  election: { full: "Election", short: "Elec" },
  mutex: { full: "Mutex", short: "Mut" },
  broker: { full: "Broker", short: "Brok" },
  life: { full: "Life", short: "Life" },
};

/** In place of its role, of a peer whose process is gone. */
const DOWN = "DOWN";

/** Stands for panels that have no room, at the side where they are. */
const MORE_TABS = "..";

/** Columns of what stands at the right of the panels' names: the worst gap where lines are narrow, else the cluster. */
const GAP_WIDTH = "worst gap 999 ms".length;
const CLUSTER_WIDTH = "cluster 3f2a91bc".length;

/** The name of a panel. */
export function titleOf(panel: PanelName): string {
  return TITLES[panel].full;
}

/**
 * The first line: who this is, who leads and in which term, whether there is a quorum, and the Lamport time; at the
 * right, whatever the size, what is broken on purpose.
 */
export function headerLine(model: Model): Line {
  const { columns } = model;
  const { full, shorter, modal, narrow, quorum, office, who } = factsOf(model);
  const shout = shoutOf(model);
  if (shout === null) return [full, shorter, modal, narrow, quorum].find((line) => widthOf(line) < columns) ?? office;
  const { told, brief, counted, least } = shout;
  const choices: (readonly [Line, string])[] = [
    [full, told],
    [shorter, told],
    [shorter, brief],
    [narrow, told],
    [narrow, brief],
    [narrow, counted],
    [quorum, counted],
    [office, counted],
    [who, counted],
  ];
  const fitting = choices.find(([line, said]) => widthOf(line) + textWidth(said) + 3 <= columns);
  const [line, said] = fitting ?? [who, least];
  return spread(line, [span("fault", ` ${said} `)], columns);
}

/** What the first line says of the peer, in ever fewer words. */
function factsOf(model: Model) {
  const { view } = model;
  const { leaderAgeMs } = view.election;
  const since = leaderAgeMs === null ? "" : ` for ${age(leaderAgeMs)}`;
  const reign = reignOf(view);
  const modes = modesWords(view.modes);
  const vip = vipLine(view, model.names);
  const modal: Line[] = modes === "" ? [] : [[span("accent", modes)]];
  const parts: Line[] = [
    [
      ...whoSpans(model, 24),
      ...(reign === null ? [] : [span("dim", `  ${reign.noun} `), String(reign.number)]),
      ...leaderSpans(model, reign === null ? "  leader " : ", leader ", 24),
      since,
    ],
    ...modal,
    ...quorumLines(model, true),
    ...(vip === null ? [] : [vip]),
    [span("dim", "lamport "), String(view.lamport)],
    [span("dim", "up "), age(view.upMs)],
  ];
  const who = [...whoSpans(model, 12), reign === null ? "" : ` ${reign.short}`];
  const office = [...who, ...leaderSpans(model, " leader ", 8)];
  const quorum = joined([office, ...quorumLines(model, false)], "  ");
  const narrow = [...quorum, `  L${view.lamport}`];
  return {
    full: joined(parts, " | "),
    shorter: joined(parts.slice(0, -1), " | "),
    modal: joined([narrow, ...modal], "  "),
    narrow,
    quorum,
    office,
    who,
  };
}

/** What is broken on purpose and how it ends, in ever fewer words; null where nothing is. */
function shoutOf({ view, names }: Model) {
  const { faults, condition } = view;
  const number = faults.length === 0 ? [] : [count(faults.length, "fault").toUpperCase()];
  const words = [...conditionWords(condition), ...number];
  const [first] = words;
  if (first === undefined) return null;
  const counted = `!! ${words.join(" ")}`;
  const newest = faults.at(-1);
  const others = faults.length > 1 ? " .." : "";
  const brief = newest === undefined ? counted : `${counted}: ${faultRoute(newest, names)}${others}`;
  const own = faults.some(({ by }) => by === names.label(names.self));
  // How a pause or a crash ends stands in the line below.
  const cure = own ? "  u=undo" : words.length === 1 && condition.kind !== "running" ? "" : "  f H heals";
  const least = words.length === 1 ? counted : `!! ${first} +${words.length - 1}`;
  return { told: brief + cure, brief, counted, least };
}

/** The second line: the panels with their number keys, and at the right what is worth a glance, as far as it fits. */
export function tabsLine(model: Model, page: string): Line {
  const { state, columns } = model;
  const wide = columns >= WIDE_FROM;
  const zoomed = state.zoomed ? "zoomed" : "";
  const marked = state.marks.length === 0 ? "" : `${state.marks.length} marked`;
  const sorted = state.sort.peers === "peer" ? "" : `by ${state.sort.peers}`;
  const filtered = state.filters.peers === "" ? "" : `/${state.filters.peers}`;
  const last = wide ? cluster(model) : gap(model);
  const facts = [filtered, marked, page, zoomed, sorted, last].filter((fact) => fact !== "");
  const room = columns - (wide ? CLUSTER_WIDTH + 1 : GAP_WIDTH) - 1;
  const left = tabs(state.focus, room);
  const right = () => [span("dim", facts.join("  ") + (wide ? " " : ""))];
  while (facts.length > 1 && widthOf(left) + widthOf(right()) >= columns) facts.pop();
  return spread(left, right(), columns);
}

/**
 * The panels by their keys, the focused one in brackets: with their names, else with the beginnings of those, else only
 * those around the focused one.
 */
function tabs(focus: PanelName, room: number): Line {
  const named = (style: "full" | "short"): Line[] =>
    PANELS.map((panel) => (panel === focus ? [span("title", `[${keyed(panel, "full")}]`)] : keyed(panel, style)));
  const full: Line = [" ", ...joined(named("full"), " ")];
  if (widthOf(full) <= room) return full;
  const short = named("short");
  let shown: Line = "";
  for (const { from, to } of stretchesAround(PANELS.indexOf(focus), PANELS.length)) {
    const more = (isThere: boolean): Line[] => (isThere ? [MORE_TABS] : []);
    const parts = [...more(from > 0), ...short.slice(from, to), ...more(to < PANELS.length)];
    const longer: Line = [" ", ...joined(parts, " ")];
    if (widthOf(longer) > room) break;
    shown = longer;
  }
  return shown;
}

/** The key of a panel and its name. */
function keyed(panel: PanelName, style: "full" | "short"): string {
  return `${keyOfPanel(panel)} ${TITLES[panel][style]}`;
}

/** The only line of a terminal that is too small. */
export function tooSmallLine(columns: number, rows: number): string {
  return `needs ${LEAST.columns}x${LEAST.rows}, this is ${columns}x${rows}`;
}

/** The title of the terminal's pane: `7001 LEADER T4`, of a simulation `SIM 7001 LEADER T4`. */
export function paneTitle({ view, names, simulation }: Pick<Model, "view" | "names" | "simulation">): string {
  const role = roleWord({ view, simulation });
  const simulated = simulation === null ? "" : "SIM ";
  const reign = reignOf(view);
  return `${simulated}${labelOf(names, view.self.id)} ${role}${reign === null ? "" : ` ${reign.short}`}`;
}

function roleSpan({ view, simulation }: Model) {
  const word = roleWord({ view, simulation });
  if (word === DOWN) return span("bad", word);
  if (word === "LEADER") return span("title", word);
  const standby = word === "follower" && roleOf(view, { id: view.self.id, row: null }) === "standby";
  return span(word === "follower" ? "plain" : "warn", standby ? "standby" : word);
}

function roleWord({ view, simulation }: Pick<Model, "view" | "simulation">): string {
  const { self, modes, election, order, raft } = view;
  if (watchedIn(simulation)?.condition === "down") return DOWN;
  if (self.phase !== "member") return self.phase;
  if (election.leader === self.id) return "LEADER";
  if (modes.broadcast === "zab" && order.role === "observer") return order.role;
  if (modes.election === "raft") return raft.role;
  return election.role === "none" ? "no part" : election.role;
}

function whoSpans(model: Model, width: number) {
  const name = span("strong", labelOf(model.names, model.view.self.id, width));
  const role = roleSpan(model);
  return [" ", name, role.text === "LEADER" ? " * " : " ", role];
}

/** Nothing where this peer leads: its role says so. */
function leaderSpans({ view, names }: Model, before: string, width: number) {
  const { leader } = view.election;
  if (leader === view.self.id) return [];
  const who = leader === null ? span("warn", "none") : span("strong", labelOf(names, leader, width));
  return [span("dim", before), who];
}

/** One line, or none where nobody's majority is needed. */
function quorumLines({ view }: Model, wide: boolean): Line[] {
  const quorum = worstQuorum(view);
  if (quorum === null) return [];
  const { size, needed, up } = quorum;
  if (size === 0) return [[span("dim", wide ? "quorum unknown" : "q?")]];
  const ratio = `${up}/${size}`;
  if (isLost(quorum)) return [[span("bad", `NO QUORUM ${ratio}`)]];
  const style = up === needed && size > 1 ? "warn" : "plain";
  return wide
    ? [[span("dim", "quorum "), span(style, ratio), span("dim", `, ${needed} needed`)]]
    : [[span(style, `q${ratio}`)]];
}

function cluster({ view }: Model): string {
  return view.self.clusterId === null ? "no cluster yet" : `cluster ${shortCluster(view.self.clusterId)}`;
}

function gap({ view }: Model): string {
  const worst = worstGapMs(view);
  return worst === null ? "" : `worst gap ${duration(worst)}`;
}
