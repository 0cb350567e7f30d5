import { usage, verbNamed } from "../../control/grammar.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { isBoardPaused } from "../board-look.ts";
import { FAULT_BINDINGS, faultBindingOf } from "../fault-keys.ts";
import { sumText } from "../fault-words.ts";
import { type Binding, bindingsOf, verbMeant } from "../keys.ts";
import { labelOf } from "../labels.ts";
import { joined, type Line, type Span, span, spread, widthOf, wrap } from "../line.ts";
import { type Model, vocabularyOf } from "../model.ts";
import { offersFor } from "../palette.ts";
import { cut, cutBefore, safeText, textWidth } from "../safe-text.ts";
import type { Style } from "../theme.ts";

const MOST_OFFERS = 12;
const MOST_TARGET = 30;
const HINT_GAP = "  ";

/** Columns of the longest line that can be written: an escape takes several for a character. */
const WIDEST_LINE = 10_000;

/** The verbs that take something back, or the peer away, stand apart at the right. */
const LAST: readonly string[] = ["undo", "leave", "quit"];

/** The verbs that whoever watches a simulation wants most, the first one most of all. */
const OF_TIME: readonly string[] = ["halt", "step", "next"];

/** Most lines of the footer. */
const MOST_ROWS = 3;

/** The bottom of the screen, one line or a few: what is being written, asked or told, else what the keys do. */
export function footerLines(model: Model): readonly Line[] {
  const { mode, feedback, filters, focus } = model.state;
  switch (mode.kind) {
    case "palette":
      return [offersLine(model, mode.text, mode.after, mode.wrong), writtenLine(mode.text, mode.after, model.columns)];
    case "fault":
      return faultKeyLines(model, mode.targets);
    case "filter":
      return [
        spread(["/", filters[focus], span("accent", "_")], [span("dim", "Enter keep  Esc clear ")], model.columns),
      ];
    case "confirm":
      return told(`${mode.question}. y = ${mode.line.split(" ")[0]}, any other key = no`, "bad", model.columns);
    case "help":
    case "details":
    case "table":
      return [[span("dim", " j k scroll   Esc back")]];
    case "panels":
      return feedback === null ? [keysLine(model)] : feedbackLines(model, feedback);
  }
}

/** The line that was said, what became of it, and what the faults that it set have done so far. */
function feedbackLines(
  { view, names, columns, simulation }: Model,
  feedback: NonNullable<Model["state"]["feedback"]>,
): readonly Line[] {
  const { line, text, ok, faultsBefore } = feedback;
  const echo = span("dim", line === "" ? " " : ` : ${line}  `);
  const waits = simulation?.isHalted === true ? "waits for time to go on: P or ." : "...";
  if (text === null) return [[echo, span("dim", waits)]];
  const own = view.faults.filter(({ id, by }) => id > faultsBefore && by === names.label(names.self));
  const done = sumText(own);
  const outcome = done !== "" ? `${text}  ${done}` : text;
  const style = ok ? "good" : "warn";
  const whole: Line = [echo, span(style, outcome)];
  return widthOf(whole) <= columns ? [whole] : [[echo], ...told(outcome, style, columns)].slice(0, MOST_ROWS);
}

function told(text: string, style: Style, columns: number): readonly Line[] {
  return wrap(text, columns - 2)
    .slice(0, MOST_ROWS)
    .map((part) => [span(style, ` ${part}`)]);
}

/** What may follow `f`, and on whom it acts. */
function faultKeyLines(model: Model, targets: readonly PeerId[]): readonly Line[] {
  const { names, columns } = model;
  const whom = targets.map((peer) => (peer === names.self ? "you" : labelOf(names, peer, 12))).join(",");
  const keys = [...new Set(FAULT_BINDINGS.map(({ key }) => key))];
  const hints = keys.flatMap((key): Line[] => {
    const hint = faultBindingOf(model, key, targets)?.hint;
    return hint === undefined ? [] : [[span("accent", key), ` ${hint}`]];
  });
  const lines: Line[][] = [[[span("fault", cut(`f ${whom}`, MOST_TARGET))]]];
  for (const hint of [...hints, [span("accent", "Esc"), " back"]]) {
    const last = lines.at(-1) ?? [];
    if (widthOf(joined([...last, hint], HINT_GAP)) + 1 < columns) last.push(hint);
    else lines.push([hint]);
  }
  return lines.slice(0, MOST_ROWS).map((line) => [" ", ...joined(line, HINT_GAP)]);
}

/** The line that is being written; where it is too long, the end of what stands before the caret. */
function writtenLine(text: string, after: string, columns: number): Line {
  const behind = safeText(after);
  const room = columns - Math.min(textWidth(behind), Math.floor(columns / 4)) - ":_".length;
  return [span("accent", ":"), cutBefore(safeText(text, WIDEST_LINE), room), span("accent", "_"), behind];
}

/** Which words may come next; without any, what the command does or why it is wrong. */
function offersLine(model: Model, text: string, after: string, wrong: string | null): Line {
  if (wrong !== null) return [" ", span("warn", wrong)];
  const { names } = model;
  const { verbs, parse } = vocabularyOf(model);
  const offers = after === "" ? offersFor(model, text) : [];
  if (offers.length > 0) {
    const more = offers.length > MOST_OFFERS ? " ..." : "";
    return [span("dim", ` Tab: ${offers.slice(0, MOST_OFFERS).join("  ")}${more}`)];
  }
  const name = verbNamed(verbs, text.trim().split(" ")[0] ?? "");
  const verb = name === undefined ? undefined : verbs[name];
  const line = text + after;
  const reading = parse(line, names);
  // What is only missing yet is no mistake.
  const isWrong = !reading.ok && reading.at < line.length;
  if (name === undefined || verb === undefined || isWrong) return [" ", span("warn", reading.ok ? "" : reading.text)];
  return [span("dim", ` ${usage(name, verb)}: ${verb.help}`)];
}

/** What the keys do: those of the focused panel, then those that work everywhere; as many as fit. */
function keysLine(model: Model): Line {
  const { focus } = model.state;
  const useful = bindingsOf(vocabularyOf(model)).filter(
    ({ hint, scope }) => hint !== null && (scope === "global" || scope === focus),
  );
  const hint = (binding: Binding) => hintOf(binding, model);
  const hints = (bindings: readonly Binding[]): Line => [" ", ...joined(bindings.map(hint), HINT_GAP)];
  const last = LAST.flatMap((verb) => useful.filter((each) => verbOf(each) === verb));
  const right: Line = [...joined(last.map(hint), HINT_GAP), " "];
  const rest = useful.filter((binding) => !LAST.includes(verbOf(binding)));
  const own = rest.filter(({ scope }) => scope === focus);
  const everywhere = rest.filter(({ scope }) => scope === "global");
  const order = [...own, ...everywhere];
  let shown: readonly Binding[] = [];
  const ofTime = OF_TIME.flatMap((verb) => everywhere.filter((each) => verbOf(each) === verb));
  for (const binding of [...everywhere.filter(isWayIn), ...ofTime, ...own, ...everywhere]) {
    const more = order.filter((candidate) => candidate === binding || shown.includes(candidate));
    if (widthOf(hints(more)) + widthOf(right) < model.columns) shown = more;
  }
  return spread(hints(shown), right, model.columns);
}

/** From these everything else can be found. */
function isWayIn({ action }: Binding): boolean {
  return action.kind === "fault-keys" || action.kind === "palette" || action.kind === "help";
}

function verbOf({ action }: Binding): string {
  return action.kind === "verb" ? action.verb : "";
}

function hintOf({ action, shown, hint }: Binding, model: Model): readonly Span[] {
  const word = action.kind === "verb" ? otherWord(action.verb, model) : null;
  return [span("accent", shown), span("plain", ` ${word ?? hint ?? ""}`)];
}

/** What the key of a verb stands for where that is another verb now; null where it is not. */
function otherWord(verb: string, model: Model): string | null {
  const meant = verbMeant(verb, model.simulation);
  if (meant !== verb) return meant;
  return verb === "pause-job" && isBoardPaused(model) ? "go on" : null;
}
