import type { PeerNames } from "../../control/peer-names.ts";
import type { FaultRow, PeerView } from "../../peer/peer-view.ts";
import { conditionWords, countersText, faultWord } from "../fault-words.ts";
import { age } from "../format.ts";
import { labelOf } from "../labels.ts";
import { fit, type Line, span } from "../line.ts";
import type { PanelRow } from "../model.ts";
import { safeText, textWidth } from "../safe-text.ts";

/** Columns from which on the facts stand in columns of their own. */
const ALIGNED_FROM = 90;

/** How what is wrong with the peer as a whole ends again. */
const CURES = {
  PAUSED: "f p on your own row resumes",
  CRASHED: "f k on your own row recovers it from its disk",
  PACE: ":pace 1 ends it, for the whole cluster",
  CLOCK: "f h on your own row sets it right",
} as const;

/** The Faults panel: what is wrong with this peer as a whole and how that ends, then its link faults, the oldest first. */
export function faultRows(view: PeerView, names: PeerNames, width: number): PanelRow[] {
  const conditions = conditionWords(view.condition).map((word): PanelRow => {
    const [kind = ""] = word.split(" ");
    const cure = Object.entries(CURES).find(([name]) => name === kind)?.[1] ?? "";
    return { line: [" ", span("fault", word), `  ${cure}`], subject: { kind: "peer", peer: view.self.id } };
  });
  const cells = view.faults.map((fault) => cellsOf(fault, names));
  const widths = [0, 1, 2, 3].map((column) =>
    width < ALIGNED_FROM ? 0 : Math.max(...cells.map((row) => textWidth(row[column] ?? ""))),
  );
  const links = view.faults.map(({ id, counters }, index): PanelRow => {
    const [what = "", ...facts] = cells[index] ?? [];
    const line: Line = [
      span("dim", ` ${fit(`#${id}`, 4)}`),
      span("fault", what),
      " ".repeat(Math.max(0, (widths[0] ?? 0) - textWidth(what))),
      span("dim", facts.map((fact, at) => `  ${fit(fact, Math.max(widths[at + 1] ?? 0, textWidth(fact)))}`).join("")),
      `  ${countersText(counters) || "nothing yet"}`,
    ];
    return { line, subject: { kind: "fault", id } };
  });
  const rows = [...conditions, ...links];
  return rows.length > 0 ? rows : EMPTY;
}

const EMPTY: PanelRow[] = [
  " no fault is set. In Peers move to a peer, or mark some, then f",
  " lists what can be done to them; any fault takes for 30s",
].map((line) => ({ line: [span("dim", line)], subject: null }));

/** What and towards whom, by whom, since when, until when. */
function cellsOf({ fault, target, direction, by, ageMs, remainingMs }: FaultRow, names: PeerNames): string[] {
  const arrow = { out: "->", in: "<-", both: "<->" }[direction];
  const whom = target === "everybody" ? "all" : labelOf(names, target, 12);
  return [
    `${arrow} ${whom} ${faultWord(fault)} ${direction}`,
    `by ${by === names.label(names.self) ? "you" : safeText(by, 12)}`,
    `${age(ageMs)} ago`,
    ...(remainingMs === null ? ["until ended"] : [`${age(remainingMs)} left`]),
  ];
}
