import { type Random, seededRandom } from "../../../src/core/random.ts";
import type { Answer } from "../../../src/core/request.ts";
import { type Call, HistoryRecorder, type StoreRequest } from "../../../src/sim/linearizability/history.ts";
import { Workload, type WorkloadOptions } from "../../../src/sim/linearizability/workload.ts";
import { PlainStore } from "./plain-store.ts";

/** Who asks a store, and what becomes of it. */
export interface Clients {
  readonly seed: number;
  readonly calls: number;
  readonly clients: number;
  readonly keepVersions: number;
  /** Of so many percent of the calls the outcome stays unknown; half of those take effect all the same, at any time. */
  readonly unknownPercent: number;
  /** Answers come in the order of the effects, as from a leader; else in any order. */
  readonly isInOrder?: boolean;
}

/** Who asks, and is told. */
export interface Asking {
  next(): StoreRequest;
  answered?(request: StoreRequest, answer: Answer): void;
}

/** What is asked: one thing after the other takes effect. */
export interface Asked {
  /** @param ahead by how much the clock moves before a write, for other reasons, where it can */
  apply(request: StoreRequest, ahead: number): Answer;
}

/** What a client waits for. */
interface Waiting {
  readonly request: StoreRequest;
  readonly ticket: number;
  readonly answer: Answer | null;
}

/**
 * A history that is linearizable: many clients at once, each with one request, and a store where each takes effect at one
 * moment between its call and its return. One thing happens at every instant.
 */
export function soundHistory(
  clients: Clients,
  asking: Asking,
  store: Asked = new PlainStore(clients.keepVersions),
): readonly Call[] {
  const random = seededRandom(clients.seed);
  const recorder = new HistoryRecorder();
  const busy = new Map<number, Waiting>();
  const astray: StoreRequest[] = [];
  const answered: number[] = [];
  let left = clients.calls;
  for (let now = 0; left > 0 || busy.size > 0; now++) {
    if (random.below(20) === 0) applyOne(store, astray, random);
    const client = random.below(clients.clients);
    const waiting = busy.get(client);
    if (waiting === undefined && left > 0) {
      left -= 1;
      const request = asking.next();
      const ticket = recorder.called(client, request, now);
      if (random.below(100) >= clients.unknownPercent) busy.set(client, { request, ticket, answer: null });
      else if (random.below(2) === 0) astray.push(request);
    } else if (waiting?.answer === null) {
      busy.set(client, { ...waiting, answer: store.apply(waiting.request, random.below(3)) });
      answered.push(client);
    } else if (waiting !== undefined && (answered[0] === client || clients.isInOrder !== true)) {
      answered.splice(answered.indexOf(client), 1);
      const { ticket, request, answer } = waiting;
      if (answer !== null) recorder.returned(ticket, answer, now);
      if (answer !== null) asking.answered?.(request, answer);
      busy.delete(client);
    }
  }
  return recorder.history();
}

/** Applies one of the requests that went astray. */
function applyOne(store: Asked, astray: StoreRequest[], random: Random): void {
  const [late] = astray.splice(random.below(Math.max(1, astray.length)), 1);
  if (late !== undefined) store.apply(late, random.below(3));
}

/** The same of what a workload asks. */
export function soundWorkload(run: Partial<Clients> & WorkloadOptions & { readonly seed: number }): readonly Call[] {
  const workload = new Workload(seededRandom(run.seed).fork(), run);
  return soundHistory({ calls: 300, clients: 16, keepVersions: 8, unknownPercent: 0, ...run }, workload);
}
