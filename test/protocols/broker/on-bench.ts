import type { Address } from "../../../src/core/address.ts";
import { assert } from "../../../src/core/assert.ts";
import { type Band, countAlive, hashOf } from "../../../src/core/board.ts";
import type { BrokerTable, JobRow } from "../../../src/core/job.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Effect, Input, SessionId } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { BROKER_DEFAULTS, broker } from "../../../src/protocols/broker/definition.ts";
import type { Answers, BrokerMessage, BrokerSpeech, Work } from "../../../src/protocols/broker/message.ts";
import type { JobAnswer, JobRequest } from "../../../src/wire/job-message.ts";
import { workDone } from "./naive.ts";
import { peerId } from "./stage.ts";

export const [A, B, C, D] = [peerId(0xa), peerId(0xb), peerId(0xc), peerId(0xd)];

type Event = BrokerSpeech["event"];
type Said<K extends BrokerMessage["kind"]> = Extract<BrokerMessage, { readonly kind: K }>;

/** A slice that a worker was asked for. */
export interface AskedSlice {
  readonly to: PeerId;
  readonly requestId: number;
  readonly request: Extract<JobRequest, { readonly kind: "process-slice" }>;
}

/** What came of one step or several, in order. */
export class Outcome {
  readonly effects: readonly Effect<BrokerSpeech>[];

  constructor(effects: readonly Effect<BrokerSpeech>[]) {
    this.effects = effects;
  }

  get events(): readonly Event[] {
    return this.effects.flatMap((effect) => (effect.kind === "event" ? [effect.event] : []));
  }

  /** The events of one kind. */
  told<K extends Event["kind"]>(kind: K): readonly Extract<Event, { readonly kind: K }>[] {
    return this.events.filter((event): event is Extract<Event, { readonly kind: K }> => event.kind === kind);
  }

  /** What was said to peers, of one kind. */
  said<K extends BrokerMessage["kind"]>(kind: K): readonly { to: PeerId; after: number; message: Said<K> }[] {
    return this.effects.flatMap((effect) => {
      if (effect.kind !== "send" || !("peer" in effect.to) || effect.message.kind !== kind) return [];
      return [{ to: effect.to.peer, after: effect.after, message: effect.message as Said<K> }];
    });
  }

  /** Slices that were asked of others. */
  get slices(): readonly AskedSlice[] {
    return this.said("request").flatMap(({ to, message: { requestId, request } }) =>
      request.kind === "process-slice" ? [{ to, requestId, request }] : [],
    );
  }

  /** What peers were answered. */
  get replies(): readonly JobAnswer[] {
    return this.said("answer").map(({ message }) => message.answer);
  }

  /** What programs were answered. */
  get answers(): Answers["answers"] {
    return this.effects.flatMap((effect) =>
      effect.kind === "send" && "session" in effect.to ? (effect.message as Answers).answers : [],
    );
  }

  get saved(): readonly BrokerSpeech["record"][] {
    return this.effects.flatMap((effect) => (effect.kind === "save" ? effect.records : []));
  }

  /** Connections that were closed. */
  get closed(): readonly SessionId[] {
    return this.effects.flatMap((effect) => (effect.kind === "close" ? [effect.session] : []));
  }
}

/** One machine on the bench: inputs go in by hand, effects come out. It keeps its boards with B and C. */
export class OnBench {
  readonly machine;
  now = 1000;
  table: BrokerTable = { office: null, jobs: [] };
  /** Work for this peer's own hands that is not done. */
  readonly works: Work[] = [];
  #token = 0;
  #lastSession = 0;

  constructor(options: Partial<BrokerSpeech["options"]> = {}, saved: readonly BrokerSpeech["record"][] = []) {
    const fixed = { ...BROKER_DEFAULTS, peer: A, keepers: () => [A, B, C] };
    this.machine = broker.start({ ...fixed, ...options }, saved, seededRandom(1), this.now);
  }

  get view(): BrokerSpeech["view"] {
    return this.machine.view();
  }

  give(...inputs: readonly Input<BrokerSpeech>[]): Outcome {
    return new Outcome(inputs.flatMap((input) => this.#step(input)));
  }

  command(...commands: readonly BrokerSpeech["command"][]): Outcome {
    return this.give(...commands.map((command) => ({ kind: "command", command }) as const));
  }

  link(...peers: readonly PeerId[]): Outcome {
    return this.give(...peers.map((peer) => ({ kind: "link", peer, up: true }) as const));
  }

  unlink(peer: PeerId): Outcome {
    return this.give({ kind: "link", peer, up: false });
  }

  hear(from: PeerId, message: BrokerMessage): Outcome {
    return this.give({ kind: "message", from: { peer: from }, message });
  }

  /** A peer asks. */
  request(from: PeerId, request: JobRequest, requestId = 1): Outcome {
    return this.hear(from, { kind: "request", requestId, request });
  }

  connect(): SessionId {
    this.#lastSession += 2;
    this.give({ kind: "session", session: this.#lastSession, up: true, address: "127.0.0.1:9" as Address });
    return this.#lastSession;
  }

  /** A program asks. */
  call(session: SessionId, request: JobRequest, requestId = 1): Outcome {
    const message = { kind: "calls", calls: [{ requestId, request }] } as const;
    return this.give({ kind: "message", from: { session }, message });
  }

  /** All that was saved so far is on disk. */
  save(): Outcome {
    return this.give({ kind: "saved", upTo: this.#token });
  }

  /** The order holds these jobs, and that this peer, or another, is in office. */
  order(term: number, jobs: readonly JobRow[] = this.table.jobs, holder: PeerId = A): Outcome {
    const office = { holder, term, leaseMs: 200, released: false, predecessor: null };
    this.table = { office, jobs };
    return this.command({ kind: "table", table: this.table });
  }

  /** This peer is in office, for a second from now. */
  enter(term = 1, jobs?: readonly JobRow[]): Outcome {
    const leader = { kind: "leader", leader: A, address: "127.0.0.1:1" as Address } as const;
    const first = this.command(leader);
    const second = this.order(term, jobs);
    const third = this.command({ kind: "office", term, until: this.now + 1000 });
    return new Outcome([...first.effects, ...second.effects, ...third.effects]);
  }

  /** Time passes, with a timeout whenever one is due. */
  wait(ms: number): Outcome {
    const end = this.now + ms;
    const effects: Effect<BrokerSpeech>[] = [];
    while (this.machine.deadline <= end) {
      assert(this.machine.deadline > this.now, "nothing is left undone that is due");
      this.now = this.machine.deadline;
      effects.push(...this.#step({ kind: "timeout" }));
    }
    this.now = end;
    return new Outcome(effects);
  }

  /** A worker answers a slice, as it is, but for what is said otherwise. */
  answer(slice: AskedSlice, otherwise: Partial<Extract<JobAnswer, { kind: "process-slice" }>> = {}): Outcome {
    const { band: around, ...fields } = slice.request;
    const band = workDone({ ...fields, ticket: 0, band: around });
    const answer = { ...fields, kind: "process-slice", band, alive: countAlive(band), tookUs: 1000 } as const;
    return this.hear(slice.to, { kind: "answer", requestId: slice.requestId, answer: { ...answer, ...otherwise } });
  }

  /** Time passes, then this peer's own hands are done with what they have. */
  workOn(ms: number): Outcome {
    const waited = this.wait(ms);
    const done = this.works.splice(0).map((work) => this.worked(work));
    return new Outcome([waited, ...done].flatMap(({ effects }) => effects));
  }

  /** This peer's own hands have done something. */
  worked(work: Work): Outcome {
    const band = workDone(work);
    return this.command({ kind: "worked", ticket: work.ticket, band, alive: countAlive(band), tookUs: 1000 });
  }

  #step(input: Input<BrokerSpeech>): readonly Effect<BrokerSpeech>[] {
    const effects = this.machine.step(input, this.now);
    for (const effect of effects) {
      if (effect.kind === "save") this.#token = effect.token;
      if (effect.kind === "event" && effect.event.kind === "work-wanted") this.works.push(effect.event.work);
    }
    return effects;
  }
}

/** A job that stands at a board, as the order has it. */
export function rowOf(board: Band, otherwise: Partial<JobRow> = {}): JobRow {
  const mark = { turn: 0, alive: countAlive(board), hash: hashOf(board) };
  return { id: 9, size: board.size, topology: "torus", turns: null, pace: 0, state: "running", mark, ...otherwise };
}
