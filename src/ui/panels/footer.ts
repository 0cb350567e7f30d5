import { usage, type Verb, verbNamed } from "../../control/grammar.ts";
import { complete, parseLine, verbs } from "../../control/verbs.ts";
import { BINDINGS, type Binding } from "../keys.ts";
import { joined, type Line, type Span, span, spread, widthOf, wrap } from "../line.ts";
import type { Model } from "../model.ts";

const MOST_OFFERS = 12;

/** The bottom of the screen: what is being written, asked or told, else what the keys do; mostly one line. */
export function footerLines(model: Model): readonly Line[] {
  const { mode, feedback, filters, focus } = model.state;
  switch (mode.kind) {
    case "palette":
      return [offersLine(model, mode.text, mode.wrong), [span("accent", ":"), mode.text, span("accent", "_")]];
    case "filter":
      return [
        spread(["/", filters[focus], span("accent", "_")], [span("dim", "Enter keep  Esc clear ")], model.columns),
      ];
    case "confirm":
      return wrap(`${mode.question}. y = yes, any other key = no`, model.columns - 2).map((line) => [
        span("bad", ` ${line}`),
      ]);
    case "help":
    case "details":
    case "table":
      return [[span("dim", " j k scroll   Esc back")]];
    case "panels":
      return [feedback === null ? keysLine(model) : feedbackLine(feedback)];
  }
}

function feedbackLine({ line, text, ok }: NonNullable<Model["state"]["feedback"]>): Line {
  const echo = span("dim", line === "" ? " " : ` : ${line}  `);
  return text === null ? [echo, span("dim", "...")] : [echo, span(ok ? "good" : "warn", text)];
}

/** Which words may come next; without any, what the command does or why it is wrong. */
function offersLine({ names }: Model, text: string, wrong: string | null): Line {
  if (wrong !== null) return [" ", span("warn", wrong)];
  const offers = complete(text, names);
  if (offers.length > 0) {
    const more = offers.length > MOST_OFFERS ? " ..." : "";
    return [span("dim", ` Tab: ${offers.slice(0, MOST_OFFERS).join("  ")}${more}`)];
  }
  const name = verbNamed(verbs, text.trim().split(" ")[0] ?? "");
  const verb: Verb | undefined = Object.entries<Verb>(verbs).find(([candidate]) => candidate === name)?.[1];
  const reading = parseLine(text, names);
  if (name === undefined || verb === undefined || !reading.ok)
    return [" ", span("warn", reading.ok ? "" : reading.text)];
  return [span("dim", ` ${usage(name, verb)}: ${verb.help}`)];
}

/** What the keys do: those of the focused panel, then those that work everywhere; as many as fit. */
function keysLine(model: Model): Line {
  const { focus } = model.state;
  const useful = BINDINGS.filter(({ hint, scope }) => hint !== null && (scope === "global" || scope === focus));
  const right: Line = [...joined(useful.filter(isLeave).map(hintOf), "  "), " "];
  const rest = useful.filter((binding) => !isLeave(binding));
  const own = rest.filter(({ scope }) => scope === focus);
  const everywhere = rest.filter(({ scope }) => scope === "global");
  const order = [...own, ...everywhere];
  let shown: readonly Binding[] = [];
  for (const binding of [...everywhere.filter(isWayIn), ...own, ...everywhere]) {
    const more = order.filter((candidate) => candidate === binding || shown.includes(candidate));
    if (widthOf(hintsLine(more)) + widthOf(right) < model.columns) shown = more;
  }
  return spread(hintsLine(shown), right, model.columns);
}

/** From the palette and the help everything else can be found. */
function isWayIn({ action }: Binding): boolean {
  return action.kind === "palette" || action.kind === "help";
}

function isLeave({ action }: Binding): boolean {
  return action.kind === "verb" && action.verb === "leave";
}

function hintsLine(bindings: readonly Binding[]): Line {
  return [" ", ...joined(bindings.map(hintOf), "  ")];
}

function hintOf({ shown, hint }: Binding): readonly Span[] {
  return [span("accent", shown), span("plain", ` ${hint ?? ""}`)];
}
