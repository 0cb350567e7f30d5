import type { Line } from "../line.ts";
import type { Model } from "../model.ts";
import { headerLine, tabsLine } from "./header.ts";
import { isScripted, scriptLine, simulationLine } from "./simulation.ts";

/** Below this height the line of a simulation takes the place of the panels' names. */
const TABS_FROM_ROWS = 14;

/** From this height on a script has a line of its own. */
const SCRIPT_FROM_ROWS = 20;

/** Everything above the panels. `page`: which page of the peers is shown. */
export function headLines(model: Model, page: string): readonly Line[] {
  const { simulation, columns } = model;
  if (simulation === null) return [headerLine(model), tabsLine(model, page)];
  const hasScript = isScriptApart(model);
  return [
    simulationLine(simulation, columns, hasScript),
    ...(hasScript ? [scriptLine(simulation, columns)] : []),
    headerLine(model),
    ...(hasTabs(model) ? [tabsLine(model, page)] : []),
  ];
}

/** How many lines that are. */
export function headRows(model: Model): number {
  if (model.simulation === null) return 2;
  return 2 + (isScriptApart(model) ? 1 : 0) + (hasTabs(model) ? 1 : 0);
}

function isScriptApart({ simulation, rows }: Model): boolean {
  return simulation !== null && isScripted(simulation) && rows >= SCRIPT_FROM_ROWS;
}

function hasTabs({ rows }: Model): boolean {
  return rows >= TABS_FROM_ROWS;
}
