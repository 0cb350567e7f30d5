import type { Answer, Request } from "../../../src/core/request.ts";
import { checkHistory } from "../../../src/sim/linearizability/checker.ts";
import { type Call, HistoryRecorder } from "../../../src/sim/linearizability/history.ts";

/** A call of a history that is told: by whom, from when to when (null: no answer ever came), what, and the answer. */
export type Told = readonly [
  client: number,
  from: number,
  to: number | null,
  request: Request,
  answer?: Answer | undefined,
];

/** The history of some calls; of what happens at one instant answers come first. */
export function historyOf(calls: readonly Told[]): readonly Call[] {
  const recorder = new HistoryRecorder();
  const tickets = new Map<Told, number>();
  const events = calls.flatMap((told) => {
    const [client, from, to, request, answer] = told;
    const call = { at: from, isCall: 1, happen: () => tickets.set(told, recorder.called(client, request, from)) };
    if (to === null || answer === undefined) return [call];
    const happen = (): void => recorder.returned(tickets.get(told) ?? 0, answer, to);
    return [call, { at: to, isCall: 0, happen }];
  });
  events.sort((a, b) => a.at - b.at || a.isCall - b.isCall);
  for (const { happen } of events) happen();
  return recorder.history();
}

export const found = (key: string, value: string, writtenAt: number): Answer => {
  return { kind: "value", found: { key, value, writtenAt } };
};
export const nothing: Answer = { kind: "value", found: null };
export const exists: Answer = { kind: "error", code: "exists", message: "", definite: true };
export const missing: Answer = { kind: "error", code: "not-found", message: "", definite: true };

/** The verdict on the history of some calls. */
export function verdictOn(calls: readonly Told[], keepVersions = 8): string {
  return checkHistory(historyOf(calls), { keepVersions }).kind;
}
