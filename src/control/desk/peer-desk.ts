import { unreachable } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Operation, Query } from "../../core/request.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import type { AnyCommand } from "../../peer/registry.ts";
import type { ControlAnswer, ControlRequest } from "../../wire/control-message.ts";
import { PeerNames } from "../peer-names.ts";
import { quoted } from "../quoted.ts";
import { requestOf, toldOf } from "../store-requests.ts";
import { isSubscribedByPerson } from "../subscriptions.ts";
import { counted, toldLine } from "../told-answer.ts";
import { type Command, type FaultLine, isFaultCommand, isPoolCommand, type PoolLine, parseLine } from "../verbs.ts";
import { AwaitedEvents } from "./awaited-events.ts";
import type { Clockwork } from "./clockwork.ts";
import { ControlDesk, type Faulted } from "./control-desk.ts";
import type { BoardFiles, BoardWindow, Desk, Outcome } from "./desk.ts";
import { outcomeOfBlocked, outcomeOfLock, outcomeOfUnlock } from "./lock-outcomes.ts";
import { PoolDesk, withoutCells } from "./pool-desk.ts";

/** Events kept for whoever looks later. */
const MAX_EVENTS = 2000;

/** A command that waits for its outcome waits no longer than this. */
const OUTCOME_TIMEOUT_MS = 5000;

/** A request is answered before that, be it with why there is no answer, unless the peer stands still. */
const REQUEST_TIMEOUT_MS = 8000;

/** A lock that the person holds is released at once. */
const UNLOCK_TIMEOUT_MS = 1000;

/** Who asks for locks: the person at this peer, of whom there is one. */
const PERSON = 0;

/** What the desk steers. */
export interface Steered extends Faulted {
  give(command: AnyCommand): void;
  /** Leaves the cluster on purpose; settles when that is done, before the process lets go of its sockets. */
  leave(): Promise<void>;
}

/** The desk of a peer that runs in this process, on real sockets or in a simulation. */
export class PeerDesk implements Desk {
  readonly #steered: Steered;
  readonly #control: ControlDesk;
  readonly #pool: PoolDesk;
  readonly #awaited: AwaitedEvents;
  #events: PeerEvent[] = [];
  readonly #listeners = new Set<(event: PeerEvent) => void>();

  constructor(steered: Steered, clockwork: Clockwork) {
    this.#steered = steered;
    this.#awaited = new AwaitedEvents(clockwork);
    this.#control = new ControlDesk(steered, () => clockwork.now());
    this.#pool = new PoolDesk((command) => steered.give(command), this.#awaited);
  }

  /** Something has happened: it is kept and passed on, without the cells of boards. */
  tell(told: PeerEvent): void {
    this.#awaited.tell(told);
    const event = withoutCells(told);
    this.#events.push(event);
    // Cut in blocks: a shift for each event would move all the others each time.
    if (this.#events.length > MAX_EVENTS * 1.5) this.#events = this.#events.slice(-MAX_EVENTS);
    for (const listener of this.#listeners) listener(event);
    this.#control.tell(event);
  }

  view(): PeerView {
    return this.#steered.view();
  }

  events(): readonly PeerEvent[] {
    return this.#events;
  }

  subscribe(listener: (event: PeerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(line: string, files: BoardFiles | null = null): Promise<Outcome> {
    const view = this.view();
    const names = new PeerNames(view.self, view.peers);
    const reading = parseLine(line, names);
    if (!reading.ok) return { ok: false, text: reading.text };
    const command = reading.value;
    if (isFaultCommand(command)) return this.#control.run(line, command);
    if (!isPoolCommand(command)) return this.#perform(command, view, names);
    return view.condition.kind === "running" ? this.#pool.perform(command, view, files) : standsStill(view);
  }

  watchBoard(job: number, window: BoardWindow | null): void {
    // Whoever stands still shows nothing: it is asked again once it runs.
    if (window !== null && this.view().condition.kind !== "running") return;
    this.#pool.watch(job, window);
  }

  /** Carries out a line that came over the network: from a program like one said here, else our own part of it. */
  async answer(request: ControlRequest): Promise<ControlAnswer> {
    if (request.to !== null) return this.#control.relayed(request);
    return { ...(await this.run(request.line)), undo: "" };
  }

  #perform(
    command: Exclude<Command, FaultLine | PoolLine>,
    view: PeerView,
    names: PeerNames,
  ): Outcome | Promise<Outcome> {
    switch (command.verb) {
      case "test":
        return this.#test(command.peers ?? "all", view, names);
      case "exchange":
        return this.#exchange(view);
      case "transfer":
        return this.#transfer(command.peer, view, names);
      case "announce":
        return this.#announce(command.dataType ?? 0, command.ttl ?? 0, command.data ?? new Uint8Array(), view);
      case "subscribe":
      case "unsubscribe":
        return this.#subscribe(command.verb, command.dataType ?? 0, view);
      case "create":
      case "append":
      case "delete":
      case "read":
      case "write":
      case "get":
        return this.#ask(requestOf(command, view.lamport), view);
      case "lock":
        return this.#lock(command.name ?? "", view, names);
      case "unlock":
        return this.#unlock(command.name ?? "", view, names);
      case "leave":
        return this.#steered.leave().then(() => ({ ok: true, text: "left" }));
      case "table":
      case "help":
        return { ok: false, text: `${command.verb} is shown by a screen only` };
      default:
        return unreachable(command);
    }
  }

  #test(peers: readonly PeerId[] | "all", view: PeerView, names: PeerNames): Outcome {
    const present = view.peers.filter(({ status }) => status !== "left").map(({ id }) => id);
    const tested = peers === "all" ? present : peers;
    const gone = tested.find((peer) => !present.includes(peer));
    if (gone !== undefined) return { ok: false, text: `${names.label(gone)} has left: nobody to test` };
    if (tested.length === 0) return { ok: false, text: "nobody to test: no other peer is known" };
    for (const peer of tested) this.#steered.give({ protocol: "health", command: { kind: "probe", peer } });
    return { ok: true, text: `testing ${tested.map((peer) => names.label(peer)).join(", ")}` };
  }

  #exchange(view: PeerView): Outcome {
    if (!view.peers.some(({ linked }) => linked)) return { ok: false, text: "nobody to exchange with: no link stands" };
    this.#steered.give({ protocol: "gossip", command: { kind: "exchange" } });
    return { ok: true, text: "exchanging with a random peer" };
  }

  #announce(dataType: number, ttl: number, data: Uint8Array, view: PeerView): Outcome {
    if (view.condition.kind !== "running") return standsStill(view);
    this.#steered.give({ protocol: "notification", command: { kind: "announce", dataType, ttl, data } });
    return { ok: true, text: `announced ${counted(data.length, "byte")} ${audienceOf(dataType, view)}` };
  }

  #subscribe(verb: "subscribe" | "unsubscribe", dataType: number, view: PeerView): Outcome {
    if (view.condition.kind !== "running") return standsStill(view);
    const isSubscribed = isSubscribedByPerson(view, dataType);
    if (verb === "subscribe" && isSubscribed) return { ok: true, text: `type ${dataType} is subscribed already` };
    if (verb === "unsubscribe" && !isSubscribed) return { ok: false, text: `type ${dataType} is not subscribed` };
    this.#steered.give({ protocol: "notification", command: { kind: verb, dataType } });
    return { ok: true, text: `${verb}d type ${dataType}` };
  }

  #ask(request: Operation | Query, view: PeerView): Outcome | Promise<Outcome> {
    if (view.condition.kind !== "running") return standsStill(view);
    const answered = this.#next(
      ({ event }) => {
        // Others may ask for the same at the same time.
        if (event.kind !== "request-answered" || event.request !== request) return undefined;
        const told = toldOf(request, event.answer);
        return { ok: told.ok, text: toldLine(told) };
      },
      "no answer yet: the timeline will tell it",
      REQUEST_TIMEOUT_MS,
    );
    this.#steered.give({ protocol: "service", command: { kind: "submit", request } });
    return answered;
  }

  #lock(name: string, view: PeerView, names: PeerNames): Outcome | Promise<Outcome> {
    if (view.condition.kind !== "running") return standsStill(view);
    const before = view.mutex.locks.find((lock) => lock.name === name);
    const blocked = outcomeOfBlocked(before, names);
    const asked =
      blocked ??
      this.#next(
        ({ event }) => outcomeOfLock(event, name, names),
        `still waiting for ${quoted(name)}: the timeline will tell when it is held`,
      );
    this.#steered.give({ protocol: "mutex", command: { kind: "acquire", ticket: PERSON, name } });
    return asked;
  }

  #unlock(name: string, view: PeerView, names: PeerNames): Outcome | Promise<Outcome> {
    if (view.condition.kind !== "running") return standsStill(view);
    const before = view.mutex.locks.find((lock) => lock.name === name);
    if (before === undefined || before.state === "idle")
      return { ok: false, text: `${quoted(name)} is neither held nor wanted here` };
    // Who only waits is taken out of the queue, of which nothing is told.
    const ended =
      before.state === "waiting"
        ? { ok: true, text: `waiting for ${quoted(name)} no more` }
        : this.#next(
            ({ event }) => outcomeOfUnlock(event, name, names),
            `${quoted(name)} is held here by a program, not by you`,
            UNLOCK_TIMEOUT_MS,
          );
    this.#steered.give({ protocol: "mutex", command: { kind: "release", ticket: PERSON, name } });
    return ended;
  }

  async #transfer(to: PeerId | null, view: PeerView, names: PeerNames): Promise<Outcome> {
    const { election, modes, self } = view;
    if (election.leader !== self.id) {
      const leader = election.leader === null ? "there is no leader" : `the leader is ${names.label(election.leader)}`;
      return { ok: false, text: `only the leader can hand over: ${leader}` };
    }
    const wanted = to === null ? "the standby" : names.label(to);
    const ended = this.#next(({ event }) => {
      if (event.kind === "transfer-failed")
        return { ok: false, text: `not handed over to ${wanted}: ${event.because}` };
      if (event.kind !== "leader-elected" || event.leader === self.id) return undefined;
      return { ok: true, text: `${names.label(event.leader)} leads${"term" in event ? ` term ${event.term}` : ""}` };
    }, `handing over to ${wanted} took too long`);
    this.#steered.give({ protocol: modes.election, command: { kind: "transfer", to } });
    return ended;
  }

  /** The outcome that the first fitting event means; a failure when none comes in time. */
  async #next(
    outcomeOf: (event: PeerEvent) => Outcome | undefined,
    late: string,
    timeoutMs = OUTCOME_TIMEOUT_MS,
  ): Promise<Outcome> {
    return (await this.#awaited.next(outcomeOf, timeoutMs)) ?? { ok: false, text: late };
  }
}

function standsStill({ condition }: PeerView): Outcome {
  return {
    ok: false,
    text: `the peer is ${condition.kind}: ${condition.kind === "paused" ? "resume" : "recover"} it first`,
  };
}

/** Who gets what the person here announces, as far as it is known: programs of this peer, and other peers. */
function audienceOf(dataType: number, view: PeerView): string {
  const { here = 0, peers = [] } = view.notifications.types.find((type) => type.dataType === dataType) ?? {};
  const programs = here - (isSubscribedByPerson(view, dataType) ? 1 : 0);
  const subscribers = [
    ...(programs > 0 ? [`${counted(programs, "program")} here`] : []),
    ...(peers.length > 0 ? [counted(peers.length, "peer")] : []),
  ];
  return subscribers.length === 0
    ? `of type ${dataType}, which nobody is known to subscribe`
    : `of type ${dataType} to ${subscribers.join(" and ")}`;
}
