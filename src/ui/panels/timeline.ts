import type { PeerNames } from "../../control/peer-names.ts";
import { describeEvent, sentence } from "../describe-event.ts";
import { fit, type Line, span } from "../line.ts";
import type { Model, PanelRow } from "../model.ts";
import { safeText, textWidth } from "../safe-text.ts";
import type { Tone } from "../story.ts";
import type { Style } from "../theme.ts";
import type { Entry } from "../timeline-store.ts";

const STYLES: Record<Tone, Style> = { bad: "warn", fault: "fault", good: "good", leader: "title", plain: "plain" };

/** Signs that say without colour what the style says. */
const SIGNS: Record<Tone, string> = { bad: "!", fault: "!!", good: "", leader: "*", plain: "" };

/** Columns from which on the causes stand in a column of their own. */
const ALIGNED_FROM = 90;
const TEXT_WIDTH = 40;

/** The entries that the timeline shows, oldest first: routine ones only if asked for, filtered, up to the pause. */
export function shownEntries(model: Model): readonly Entry[] {
  const { state, timeline, names } = model;
  const { pausedAt, routine } = state;
  const wanted = state.filters.timeline.toLowerCase();
  const entries = timeline.entries(routine);
  if (pausedAt === null && wanted === "") return entries;
  return entries.filter(
    ({ sequence, told }) =>
      (pausedAt === null || sequence <= pausedAt) &&
      (wanted === "" || sentence(describeEvent(told, names)).toLowerCase().includes(wanted)),
  );
}

/** Columns for the subjects of the timeline: what the names of today need, within reason. */
export function subjectWidth(names: PeerNames, width: number): number {
  const widest = Math.max(4, ...names.labels.map((label) => textWidth(safeText(label))));
  return Math.min(widest, width < ALIGNED_FROM ? 8 : 16);
}

/** Columns for the Lamport times of these entries, of which the last one's is the greatest but for a few. */
export function lamportWidth(entries: readonly Entry[]): number {
  return Math.max(5, `L${entries.at(-1)?.told.lamport ?? 0}`.length);
}

/** One row of the timeline. `at` and `who`: columns for its Lamport time and its subject. */
export function timelineRow(
  entry: Entry,
  names: PeerNames,
  width: number,
  { at, who }: { readonly at: number; readonly who: number },
): PanelRow {
  const { told, sequence } = entry;
  const story = describeEvent(told, names);
  const style = STYLES[story.tone];
  const aligned = width >= ALIGNED_FROM && story.because !== null;
  const because = story.because === null ? [] : [span("dim", " because "), story.because];
  const line: Line = [
    span("dim", ` ${fit(`L${told.lamport}`, at)}`),
    " ".repeat(2 - SIGNS[story.tone].length),
    span(style, SIGNS[story.tone]),
    ` ${fit(story.who, who)} `,
    span(style, story.text),
    aligned ? " ".repeat(Math.max(0, TEXT_WIDTH - textWidth(story.text))) : "",
    ...because,
  ];
  return { line, subject: { kind: "event", sequence } };
}

/** Whether an event is one that `n` and `N` jump to: a change of leader, or what somebody did to this peer. */
export function isLandmark({ told }: Entry): boolean {
  return LANDMARKS.includes(told.event.kind);
}

const LANDMARKS: readonly Entry["told"]["event"]["kind"][] = [
  "leader-elected",
  "leader-lost",
  "rival-met",
  "epoch-established",
  "epoch-ended",
  "fault-set",
  "fault-ended",
  "peer-paused",
  "peer-unpaused",
  "peer-crashed",
  "peer-recovered",
  "clock-changed",
  "clock-jumped",
];
