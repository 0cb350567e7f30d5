import type { FaultCommand } from "../../faults/message.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import type { ControlAnswer, ControlRequest } from "../../wire/control-message.ts";
import { History, type Step } from "../history.ts";
import { PeerNames } from "../peer-names.ts";
import { inverseOf, obstacle, type Plan, planOf } from "../plan.ts";
import { type FaultLine, isFaultCommand, parseLine } from "../verbs.ts";
import { ControlCourier, type Part, type Roads } from "./control-courier.ts";
import type { Outcome } from "./desk.ts";

/** Failures that an outcome names; further ones are counted. */
const MOST_NAMED = 3;

/** A peer with faults, as this desk steers it. */
export interface Faulted {
  view(): PeerView;
  /** Carried out before this returns. */
  inject(command: FaultCommand): void;
  ask: Roads["ask"];
}

/** The part of a desk that sets faults and ends them, here and at other peers. */
export class ControlDesk {
  readonly #faulted: Faulted;
  readonly #courier: ControlCourier;
  readonly #history = new History();
  readonly #clock: () => number;

  /** `clock`: monotonic milliseconds. */
  constructor(faulted: Faulted, clock: () => number) {
    this.#faulted = faulted;
    this.#clock = clock;
    this.#courier = new ControlCourier({
      addressOf: (peer) => faulted.view().peers.find(({ id }) => id === peer)?.address,
      ask: (address, request) => faulted.ask(address, request),
    });
  }

  /** Whoever is heard of again gets what it missed. */
  tell({ event }: PeerEvent): void {
    if (event.kind === "link-established" || event.kind === "member-healthy") this.#courier.heard(event.peer);
  }

  /** Carries out a line that was said at this desk. */
  async run(line: string, command: FaultLine): Promise<Outcome> {
    const view = this.#faulted.view();
    const by = new PeerNames(view.self, view.peers).label(view.self.id);
    if (command.verb === "undo") return this.#undo(view, by);
    const reading = planOf(command, view, { by, relayed: false });
    if (!reading.ok) return reading;
    const plan = reading.value;
    // Noted before anybody answers: what is set from now on is not undone by this.
    if (command.verb === "heal" && (command.peers ?? "all") === "all") this.#history.clear();
    const parts = await this.#carryOut(plan, by);
    const undo = parts.flatMap(({ peer, undo }) => (undo === "" ? [] : [{ peer, line: undo }]));
    const until = this.#clock() + (plan.forMs ?? Number.POSITIVE_INFINITY);
    if (undo.length > 0) this.#history.add({ line: line.trim(), undo, until });
    return this.#outcomeOf(parts);
  }

  /** Carries out this peer's own part of a line that has travelled here. */
  relayed({ to, by, line }: ControlRequest): ControlAnswer {
    const { self } = this.#faulted.view();
    if (to !== self.id) return { ok: false, text: "is another peer now", undo: "" };
    return this.#ownLine(line, by);
  }

  async #undo(view: PeerView, by: string): Promise<Outcome> {
    const step = this.#history.takeLast(this.#clock(), (each) => isInForce(each, view));
    if (step === undefined) return { ok: false, text: "nothing to undo: no fault that was set here is in force" };
    const parts = await Promise.all(
      step.undo.map(async (relayed) =>
        relayed.peer === view.self.id
          ? { peer: view.self.id, ...this.#ownLine(relayed.line, by) }
          : this.#courier.send(relayed, by, true),
      ),
    );
    const { ok, text } = this.#outcomeOf(parts);
    return { ok, text: `undid ${step.line}: ${text}` };
  }

  async #carryOut(plan: Plan, by: string): Promise<readonly Part[]> {
    const { self } = this.#faulted.view();
    const own = plan.own.length === 0 ? [] : [{ peer: self.id, ...this.#own(plan) }];
    const others = plan.relayed.map((relayed) => this.#courier.send(relayed, by, plan.heals));
    return [...own, ...(await Promise.all(others))];
  }

  #ownLine(line: string, by: string): ControlAnswer {
    const view = this.#faulted.view();
    const command = parseLine(line, new PeerNames(view.self, view.peers));
    if (!command.ok) return { ok: false, text: `does not understand: ${command.text}`, undo: "" };
    if (!isFaultCommand(command.value) || command.value.verb === "undo")
      return { ok: false, text: `takes no ${command.value.verb} from another peer`, undo: "" };
    const plan = planOf(command.value, view, { by, relayed: true });
    return plan.ok ? this.#own(plan.value) : { ...plan, undo: "" };
  }

  /** What this peer does itself, and how it takes it back. */
  #own(plan: Plan): ControlAnswer {
    const before = this.#faulted.view();
    const blocked = obstacle(plan.own, before);
    if (blocked !== null) return { ok: false, text: blocked, undo: "" };
    for (const command of plan.own) this.#faulted.inject(command);
    const earlier = new Set(before.faults.map(({ id }) => id));
    const set = this.#faulted.view().faults.flatMap(({ id }) => (earlier.has(id) ? [] : [id]));
    const wanted = plan.own.reduce((sum, each) => sum + (each.kind === "set" ? each.targets.length : 0), 0);
    const ok = set.length >= wanted;
    const undo = inverseOf(plan, before, set) ?? "";
    return { ok, text: ok ? "applied" : `holds ${before.faults.length} faults: no room for more`, undo };
  }

  /** `applied 2/3 (7004 refuses remote faults)`. */
  #outcomeOf(parts: readonly Part[]): Outcome {
    const view = this.#faulted.view();
    const names = new PeerNames(view.self, view.peers);
    const failures = parts.filter(({ ok }) => !ok).map(({ peer, text }) => `${names.label(peer)} ${text}`);
    const more = failures.length > MOST_NAMED ? [`${failures.length - MOST_NAMED} more`] : [];
    const why = failures.length === 0 ? "" : ` (${[...failures.slice(0, MOST_NAMED), ...more].join("; ")})`;
    return {
      ok: failures.length === 0,
      text: `applied ${parts.length - failures.length}/${parts.length}${why}`,
    };
  }
}

/** Whether there is anything left to undo: single faults of this peer may have been removed meanwhile. */
function isInForce({ undo }: Step, view: PeerView): boolean {
  const names = new PeerNames(view.self, view.peers);
  return undo.some(({ peer, line }) => {
    const command = parseLine(line, names);
    if (peer !== view.self.id || !command.ok || command.value.verb !== "remove") return true;
    return command.value.faults?.some((removed) => view.faults.some(({ id }) => id === removed)) ?? false;
  });
}
