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

/** Goes without saying where there is little room. */
const ENDLESS = "until ended";

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
  const aligned = width >= ALIGNED_FROM;
  const cells = view.faults.map((fault) => cellsOf(fault, names).filter((cell) => aligned || cell !== ENDLESS));
  const [whatWidth = 0, ...widths] = [0, 1, 2, 3, 4].map((column) =>
    aligned ? Math.max(...cells.map((row) => textWidth(row[column] ?? ""))) : 0,
  );
  const links = view.faults.map(({ id }, index): PanelRow => {
    const [what = "", done = "", ...facts] = cells[index] ?? [];
    const [doneWidth = 0, ...factWidths] = widths;
    const line: Line = [
      span("dim", ` ${fit(`#${id}`, 4)}`),
      span("fault", what),
      `${padding(what, whatWidth)}  ${done}${padding(done, doneWidth)}`,
      span("dim", facts.map((fact, at) => `  ${fact}${padding(fact, factWidths[at] ?? 0)}`).join("")),
    ];
    return { line, subject: { kind: "fault", id } };
  });
  const rows = [...conditions, ...links];
  return rows.length > 0 ? rows : EMPTY;
}

const EMPTY: PanelRow[] = [
  " no fault is set. Go to a peer, or mark some: f shows what",
  " can be done to them, f c cuts; any fault takes for 30s",
].map((line) => ({ line: [span("dim", line)], subject: null }));

function padding(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - textWidth(text)));
}

/** What and towards whom, what it has done so far, until when, by whom, since when. */
function cellsOf(row: FaultRow, names: PeerNames): string[] {
  const { fault, target, direction, by, ageMs, remainingMs, counters } = row;
  const arrow = { out: "->", in: "<-", both: "<->" }[direction];
  const whom = target === "everybody" ? "all" : labelOf(names, target, 12);
  return [
    `${arrow} ${whom} ${faultWord(fault)} ${direction}`,
    countersText(counters) || "nothing yet",
    remainingMs === null ? ENDLESS : `${age(remainingMs)} left`,
    `by ${by === names.label(names.self) ? "you" : safeText(by, 12)}`,
    `${age(ageMs)} ago`,
  ];
}
