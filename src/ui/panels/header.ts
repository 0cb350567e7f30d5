import { watchedIn } from "../../control/desk/simulation-desk.ts";
import { conditionWords, faultRoute } from "../fault-words.ts";
import { age, count, duration, shortCluster } from "../format.ts";
import { labelOf } from "../labels.ts";
import { keyOfPanel, LEAST, PANELS, type PanelName } from "../layout.ts";
import { joined, type Line, type Span, span, spread, widthOf } from "../line.ts";
import type { Model } from "../model.ts";
import { textWidth } from "../safe-text.ts";
import { stretchesAround } from "../stretches.ts";
import { roleOf } from "./peer-grid.ts";
import { worstGapMs } from "./raft.ts";

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
};

/** In place of its role, of a peer whose process is gone. */
const DOWN = "DOWN";

/** Stands for panels that have no room, at the side where they are. */
const MORE_TABS = "..";

/** Columns that the worst gap takes where lines are narrow. */
const GAP_WIDTH = "worst gap 999 ms".length;

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
  const { full, shorter, narrow, quorum, office, who } = factsOf(model);
  const shout = shoutOf(model);
  if (shout === null) return [full, shorter, narrow, quorum].find((line) => widthOf(line) < columns) ?? office;
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
  const { raft } = view;
  const since = raft.leaderAgeMs === null ? "" : ` for ${age(raft.leaderAgeMs)}`;
  const parts: Line[] = [
    [
      ...whoSpans(model, 24),
      "  ",
      span("dim", "term "),
      String(raft.currentTerm),
      ...leaderSpans(model, ", leader ", 24),
      since,
    ],
    quorumSpans(model, true),
    [span("dim", "lamport "), String(view.lamport)],
    [span("dim", "up "), age(view.upMs)],
  ];
  const who = [...whoSpans(model, 12), ` T${raft.currentTerm}`];
  const office = [...who, ...leaderSpans(model, " leader ", 8)];
  const quorum = [...office, "  ", ...quorumSpans(model, false)];
  return {
    full: joined(parts, " | "),
    shorter: joined(parts.slice(0, -1), " | "),
    narrow: [...quorum, `  L${view.lamport}`],
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
  const room = columns - (wide ? 1 : GAP_WIDTH + 1);
  const left = tabs(state.focus, room);
  const right = () => [span("dim", facts.join("  ") + (wide ? " " : ""))];
  while (facts.length > 1 && widthOf(left) + widthOf(right()) >= columns) facts.pop();
  return spread(left, right(), columns);
}

/**
 * The panels by number, the focused one in brackets: with their names, else with the beginnings of those, else only
 * those around the focused one.
 */
function tabs(focus: PanelName, room: number): Line {
  const open = (panel: PanelName): Span => span("title", `[${numbered(panel, "full")}]`);
  const full: Line = [" ", ...PANELS.map((panel) => (panel === focus ? open(panel) : ` ${numbered(panel, "full")} `))];
  if (widthOf(full) <= room) return full;
  const short = PANELS.map((panel): Line => (panel === focus ? [open(panel)] : numbered(panel, "short")));
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

/** The number key of a panel, where it has one, and its name. */
function numbered(panel: PanelName, style: "full" | "short"): string {
  const key = keyOfPanel(panel);
  return key === null ? TITLES[panel][style] : `${key} ${TITLES[panel][style]}`;
}

/** The only line of a terminal that is too small. */
export function tooSmallLine(columns: number, rows: number): string {
  return `needs ${LEAST.columns}x${LEAST.rows}, this is ${columns}x${rows}`;
}

/** The title of the terminal's pane: `7001 LEADER T4`, of a simulation `SIM 7001 LEADER T4`. */
export function paneTitle({ view, names, simulation }: Pick<Model, "view" | "names" | "simulation">): string {
  const role = roleWord({ view, simulation });
  const simulated = simulation === null ? "" : "SIM ";
  return `${simulated}${labelOf(names, view.self.id)} ${role} T${view.raft.currentTerm}`;
}

function roleSpan({ view, simulation }: Model) {
  const word = roleWord({ view, simulation });
  if (word === DOWN) return span("bad", word);
  if (word === "LEADER") return span("title", word);
  const standby = word === "follower" && roleOf(view, { id: view.self.id, row: null }) === "standby";
  return span(word === "follower" ? "plain" : "warn", standby ? "standby" : word);
}

function roleWord({ view, simulation }: Pick<Model, "view" | "simulation">): string {
  const { self, raft } = view;
  if (watchedIn(simulation)?.condition === "down") return DOWN;
  if (self.phase !== "member") return self.phase;
  return raft.leader === self.id ? "LEADER" : raft.role;
}

function whoSpans(model: Model, width: number) {
  const name = span("strong", labelOf(model.names, model.view.self.id, width));
  const role = roleSpan(model);
  return [" ", name, role.text === "LEADER" ? " * " : " ", role];
}

/** Nothing where this peer leads: its role says so. */
function leaderSpans({ view, names }: Model, before: string, width: number) {
  const { leader } = view.raft;
  if (leader === view.self.id) return [];
  const who = leader === null ? span("warn", "none") : span("strong", labelOf(names, leader, width));
  return [span("dim", before), who];
}

function quorumSpans({ view }: Model, wide: boolean) {
  const { quorum, voters } = view.raft;
  const ratio = `${quorum.up}/${voters.length}`;
  if (voters.length === 0) return [span("dim", wide ? "quorum unknown" : "q?")];
  if (quorum.up < quorum.needed) return [span("bad", `NO QUORUM ${ratio}`)];
  const style = quorum.up === quorum.needed && voters.length > 1 ? "warn" : "plain";
  return wide
    ? [span("dim", "quorum "), span(style, ratio), span("dim", `, ${quorum.needed} needed`)]
    : [span(style, `q${ratio}`)];
}

function cluster({ view }: Model): string {
  return view.self.clusterId === null ? "no cluster yet" : `cluster ${shortCluster(view.self.clusterId)}`;
}

function gap({ view }: Model): string {
  const worst = worstGapMs(view);
  return worst === null ? "" : `worst gap ${duration(worst)}`;
}
