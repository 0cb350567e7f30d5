import type { OrderPicture } from "../../peer/peer-view.ts";
import { size } from "../format.ts";
import { fit, span } from "../line.ts";
import type { PanelRow, Subject } from "../model.ts";
import type { Style } from "../theme.ts";

/** How far an entry is at this peer, which goes from one to the next. */
type Stage = "appended" | "committed" | "applied";

/** How far a log is at this peer. */
type Reach = Pick<OrderPicture, "commitIndex" | "lastApplied">;

/** An entry as a row tells it. */
interface ShownEntry {
  readonly index: number;
  /** What it is called, and what else there is to say of that. */
  readonly name: string;
  readonly note: string;
  readonly lamport: number | null;
  readonly text: string;
  readonly subject: Subject;
}

const STYLES: Record<Stage, Style> = { appended: "warn", committed: "accent", applied: "good" };

const STAGE_WIDTH = "committed".length;

/** Columns from which on there is room for words. */
const WIDE_FROM = 80;

/** The newest entries, the newest first: how far each is here, the Lamport time, and what it says. */
export function entryRows(oldestFirst: readonly ShownEntry[], reach: Reach): readonly PanelRow[] {
  const entries = oldestFirst.toReversed();
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));
  const nameWidth = Math.max(4, widest(entries.map(({ name }) => name)));
  const noteWidth = widest(entries.map(({ note }) => note));
  const lamportWidth = widest(entries.map(({ lamport }) => lamportWord(lamport)));
  return entries.map(({ index, name, note, lamport, text, subject }) => {
    const stage = stageOf(reach, index);
    const words = [fit(note, noteWidth), fit(lamportWord(lamport), lamportWidth)].filter((word) => word !== "");
    return {
      line: [
        ` ${fit(name, nameWidth, "right")} `,
        span(STYLES[stage], fit(stage, STAGE_WIDTH)),
        span("dim", ` ${words.join(" ")} `),
        text,
      ],
      subject,
    };
  });
}

/** How far an entry is at this peer. */
export function stageOf({ commitIndex, lastApplied }: Reach, index: number): Stage {
  if (index <= lastApplied) return "applied";
  return index <= commitIndex ? "committed" : "appended";
}

/** Where a log begins and what stands for all that came before; empty where it holds all. */
export function beforeWords(
  { firstIndex, snapshotIndex, snapshotBytes }: Pick<OrderPicture, "firstIndex" | "snapshotIndex" | "snapshotBytes">,
  width: number,
): string {
  if (snapshotIndex === 0) return "";
  const word = width < WIDE_FROM ? "snap" : `snapshot of ${snapshotIndex},`;
  return `  from ${firstIndex}, ${word} ${size(snapshotBytes)}`;
}

function lamportWord(lamport: number | null): string {
  return lamport === null ? "-" : `L${lamport}`;
}
