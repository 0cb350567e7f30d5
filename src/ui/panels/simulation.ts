import type { SimulatedPeerRow, SimulationPicture } from "../../control/desk/simulation-desk.ts";
import { speedWord } from "../../control/speed.ts";
import { joined, type Line, type Span, span, spread, widthOf } from "../line.ts";
import { cut, safeText } from "../safe-text.ts";
import { type Stretch, stretchesAround } from "../stretches.ts";

/** Columns below which the script's line has too little room beside the peers. */
const LEAST_SCRIPT = 24;

const GAP = "  ";

/** Signs for the words of conditions where those have no room. */
const SIGNS: Record<SimulatedPeerRow["condition"], string> = { running: "", paused: "p", crashed: "x", down: "x" };

/**
 * The line of a simulation: its time, its speed, whether time stands still, what came of the script, and its peers, the
 * one that is watched in brackets.
 *
 * @param isScriptApart whether the script has a line of its own, which says what came of it
 */
export function simulationLine(simulation: SimulationPicture, columns: number, isScriptApart: boolean): Line {
  const { nowMs, speed, isHalted, outcome } = simulation;
  const script = simulation.said ?? simulation.line;
  const parts: Line[] = [
    // While it stands still somebody reads it; while it goes the last digits are a blur.
    [span("title", " SIM"), ` ${(nowMs / 1000).toFixed(isHalted ? 3 : 1)} s`],
    speedWord(speed),
    ...(isHalted ? [[span("warn", "halted")]] : []),
    ...(outcome === null || isScriptApart ? [] : [[outcomeSpan(outcome)]]),
  ];
  const state = joined(parts, GAP);
  const peers = peersSpans(simulation.peers, columns - widthOf(state) - GAP.length);
  const left: Line = [...state, GAP, ...peers];
  const room = columns - widthOf(left) - GAP.length;
  if (isScriptApart || script === null || room < LEAST_SCRIPT) return left;
  return spread(left, [span("dim", cut(safeText(script), room))], columns);
}

/** What the script says and, beside it where there is room, what it is doing; at its end what came of it. */
export function scriptLine({ said, line, outcome }: SimulationPicture, columns: number): Line {
  const text = line ?? "";
  if (outcome !== null) return [" ", outcomeSpan(outcome), text === "" ? "" : `: ${text}`];
  if (said === null) return [" ", span("accent", text)];
  const left: Line = [" ", span("accent", said)];
  const room = columns - widthOf(left) - GAP.length - 1;
  return room < LEAST_SCRIPT ? left : spread(left, [span("dim", cut(safeText(text), room)), " "], columns);
}

/** Whether there is a script to tell of. */
export function isScripted({ said, line, outcome }: SimulationPicture): boolean {
  return said !== null || line !== null || outcome !== null;
}

function outcomeSpan(outcome: NonNullable<SimulationPicture["outcome"]>): Span {
  return span(outcome === "passed" ? "good" : "bad", outcome);
}

/** The peers in at most `width` columns: with words, else with signs, else only those around the one that is watched. */
function peersSpans(peers: readonly SimulatedPeerRow[], width: number): readonly (string | Span)[] {
  const all = { from: 0, to: peers.length };
  const inWords = spansOf(peers, all, ({ condition }) => (condition === "running" ? "" : ` ${condition}`));
  if (widthOf(inWords) <= width) return inWords;
  const watched = Math.max(
    0,
    peers.findIndex(({ isWatched }) => isWatched),
  );
  let shown: readonly (string | Span)[] = [];
  for (const stretch of stretchesAround(watched, peers.length)) {
    const longer = signed(peers, stretch);
    if (widthOf(longer) > width && shown.length > 0) break;
    shown = longer;
  }
  return shown;
}

function signed(peers: readonly SimulatedPeerRow[], stretch: Stretch): readonly (string | Span)[] {
  return spansOf(peers, stretch, ({ condition }) => SIGNS[condition]);
}

function spansOf(
  peers: readonly SimulatedPeerRow[],
  { from, to }: Stretch,
  more: (peer: SimulatedPeerRow) => string,
): readonly (string | Span)[] {
  const shown = peers.slice(from, to).map((peer): Line => {
    const label = safeText(peer.label) + more(peer);
    const style = peer.condition === "running" ? "plain" : "warn";
    return [peer.isWatched ? span("title", `[${label}]`) : span(style, label)];
  });
  const dots: Line = [span("dim", "..")];
  return joined([...(from > 0 ? [dots] : []), ...shown, ...(to < peers.length ? [dots] : [])], " ");
}
