import { BrokerRows } from "../../../src/apps/broker-table.ts";
import type { Address } from "../../../src/core/address.ts";
import { assert } from "../../../src/core/assert.ts";
import { type Band, countAlive, type Topology } from "../../../src/core/board.ts";
import type { BrokerOperation, JobRow } from "../../../src/core/job.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { SessionId } from "../../../src/core/protocol.ts";
import { failed } from "../../../src/core/request.ts";
import { BROKER_DEFAULTS, broker } from "../../../src/protocols/broker/definition.ts";
import type { Answers, BrokerSpeech, Work } from "../../../src/protocols/broker/message.ts";
import { Ensemble } from "../../../src/sim/ensemble/ensemble.ts";
import type { JobAnswer, JobRequest } from "../../../src/wire/job-message.ts";
import { workDone } from "./naive.ts";

type Event = BrokerSpeech["event"];

/** The peer that is number `number` on a stage. */
export function peerId(number: number): PeerId {
  return number.toString(16).padStart(16, "0") as PeerId;
}

/** How exactly things happen in their time, ms. */
const SLICE_MS = 1;

const LEASE_MS = 200;

/** What a stage is like. */
export interface StageOptions {
  readonly seed?: number;
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  readonly diskMs?: readonly [number, number];
  readonly encoded?: boolean;
  readonly options?: Partial<BrokerSpeech["options"]>;
}

/** What the program on a connection was answered, and whether the connection is closed. */
export interface Told {
  readonly answers: Map<number, JobAnswer>;
  closed: string | null;
}

/**
 * Brokers in virtual time, with an order, an office and hands that are as simple as can be: the order is one table; who leads
 * is said from outside; the office waits for the lease of the one before.
 */
export class Stage {
  readonly ensemble: Ensemble<BrokerSpeech>;
  readonly rows = new BrokerRows();
  /** Cells that each peer computes in a ms; one of 0 never answers. */
  readonly speeds = new Map<PeerId, number>();
  /** What persons were answered, in that order. */
  readonly answered: { readonly peer: PeerId; readonly request: JobRequest; readonly answer: JobAnswer }[] = [];
  readonly programs = new Map<SessionId, Told>();
  /** Called for every event, behind what the stage does about it. */
  onEvent: (peer: PeerId, event: Event) => void = () => {};
  /** Whether the order takes anything. */
  hasQuorum = true;
  readonly #options: StageOptions;
  #later: { readonly at: number; readonly act: () => void }[] = [];
  readonly #dropped = new Set<string>();
  readonly #paused = new Set<PeerId>();
  /** Until when each peer was told that it is in office. */
  readonly #until = new Map<PeerId, number>();
  #index = 10;
  #term = 0;
  #leader: PeerId | null = null;
  /** Until when whoever was in office last may act. */
  #leaseUntil = 0;
  #lastSession = 0;

  constructor(count: number, options: StageOptions = {}) {
    this.#options = options;
    const { seed = 1, latencyMs = 1, jitterMs = 0, diskMs = [0, 1], encoded = true } = options;
    this.ensemble = new Ensemble(broker, {
      seed,
      network: { latencyMs, jitterMs },
      diskMs,
      encoded,
      keepEvents: false,
    });
    this.ensemble.onEvent = (peer, event) => this.#hear(peer, event);
    this.ensemble.onAside = (peer, effect) => {
      if (effect.kind === "close") this.#told(effect.session).closed = effect.reason;
      if (effect.kind !== "send" || !("session" in effect.to)) return;
      const { answers } = effect.message as Answers;
      const told = this.#told(effect.to.session);
      assert(told.closed === null, "nothing is said on a connection that was closed");
      for (const { requestId, answer } of answers) {
        assert(!told.answers.has(requestId), `request ${requestId} is answered twice`);
        assert(this.#mayBeSaid(peer, answer), `${peer} says ${answer.kind} although its office is over`);
        told.answers.set(requestId, answer);
      }
    };
    this.ensemble.onStep = (peer) => {
      const { now } = this.ensemble;
      assert(this.ensemble.machine(peer).deadline > now, `${peer} leaves nothing undone that is due at ${now}`);
    };
    for (let number = 1; number <= count; number++) this.join(peerId(number));
    this.run(10);
  }

  get peers(): readonly PeerId[] {
    return this.ensemble.peers;
  }

  get leader(): PeerId | null {
    return this.#leader;
  }

  view(peer: PeerId): BrokerSpeech["view"] {
    return this.ensemble.machine(peer).view();
  }

  /** The latest job, as the order has it. */
  get job(): JobRow | undefined {
    return this.rows.table.jobs.at(-1);
  }

  /** Somebody else leads, or nobody; it is in office when the lease before is over. */
  lead(peer: PeerId | null): void {
    this.#leader = peer;
    if (peer !== null) this.#term += 1;
    const term = this.#term;
    for (const each of this.peers) this.#tellLeader(each);
    if (peer === null) return;
    this.#order({ kind: "take-office", holder: peer, term, leaseMs: LEASE_MS }, () => {});
    const wait = Math.max(5, this.#leaseUntil - this.ensemble.now + 5);
    this.later(wait, () => this.#renew(peer, term));
  }

  /** A person asks something; `answered` has what comes of it. */
  ask(peer: PeerId, request: JobRequest): void {
    this.ensemble.command(peer, { kind: "ask", request });
  }

  /** A person begins a job at a peer; its number when it is answered. */
  begin(
    peer: PeerId,
    board: Band,
    turns: number | null,
    { topology = "torus", pace = 0 }: { readonly topology?: Topology; readonly pace?: number } = {},
  ): number {
    const before = this.answered.length;
    this.ask(peer, { kind: "process-gol", turns, pace, topology, board });
    this.runUntil(() => this.answered.length > before);
    const answer = this.answered[before]?.answer;
    assert(answer?.kind === "process-gol", `a job begins: ${JSON.stringify(answer)}`);
    return answer.job;
  }

  /** A program connects to a peer. */
  connect(peer: PeerId): SessionId {
    this.#lastSession += 2;
    const session = this.#lastSession;
    this.ensemble.input(peer, { kind: "session", session, up: true, address: "127.0.0.1:1" as Address });
    return session;
  }

  /** A program asks. */
  call(peer: PeerId, session: SessionId, ...calls: readonly { requestId: number; request: JobRequest }[]): void {
    this.ensemble.input(peer, { kind: "message", from: { session }, message: { kind: "calls", calls } });
  }

  /** What a program was told. */
  told(session: SessionId): Told {
    return this.#told(session);
  }

  /** A peer starts again: it learns what the order holds, and who leads. */
  restart(peer: PeerId): void {
    this.ensemble.restart(peer);
    this.#inform(peer);
  }

  /** The link between two breaks, and comes up again when all that was on its way is gone. */
  flap(one: PeerId, other: PeerId): void {
    this.ensemble.linkAt(one, other, false);
    this.ensemble.linkAt(other, one, false);
    this.later(50, () => {
      if (!this.ensemble.runs(one) || !this.ensemble.runs(other)) return;
      this.ensemble.linkAt(one, other, true);
      this.ensemble.linkAt(other, one, true);
    });
  }

  later(ms: number, act: () => void): void {
    this.#later.push({ at: this.ensemble.now + ms, act });
  }

  run(ms: number): void {
    for (let left = ms; left > 0; left -= SLICE_MS) {
      this.ensemble.run(Math.min(left, SLICE_MS));
      const due = this.#later.filter(({ at }) => at <= this.ensemble.now);
      this.#later = this.#later.filter(({ at }) => at > this.ensemble.now);
      for (const { act } of due) act();
    }
  }

  /** Runs until something holds; it must within `limitMs`. */
  runUntil(holds: () => boolean, limitMs = 20_000): void {
    for (let left = limitMs; left > 0 && !holds(); left -= SLICE_MS) this.run(SLICE_MS);
    assert(holds(), `it comes about within ${limitMs} ms`);
  }

  /** A peer comes. */
  join(peer: PeerId): void {
    this.speeds.set(peer, 10_000);
    this.ensemble.add(peer, {
      ...BROKER_DEFAULTS,
      ...this.#options.options,
      peer,
      keepers: () => this.peers,
    });
    this.#inform(peer);
  }

  #inform(peer: PeerId): void {
    this.ensemble.command(peer, { kind: "table", table: this.rows.table });
    this.#tellLeader(peer);
  }

  #tellLeader(peer: PeerId): void {
    const leader = this.#leader;
    const address = leader === null ? null : (`127.0.0.1:${7000 + Number.parseInt(leader, 16)}` as Address);
    this.ensemble.command(peer, { kind: "leader", leader, address });
  }

  /** The lease of whoever leads, anew. One that stands still renews nothing. */
  #renew(peer: PeerId, term: number): void {
    const { office } = this.rows.table;
    if (this.#leader !== peer || this.#term !== term || office?.term !== term) {
      // It hears that, if it hears anything.
      if (this.ensemble.runs(peer)) this.ensemble.command(peer, { kind: "office", term: null, until: 0 });
      return;
    }
    if (this.ensemble.runs(peer) && !this.isPaused(peer) && this.hasQuorum) {
      const until = this.ensemble.now + LEASE_MS;
      this.#leaseUntil = until;
      this.#until.set(peer, until);
      this.ensemble.command(peer, { kind: "office", term, until });
    }
    this.later(LEASE_MS / 4, () => this.#renew(peer, term));
  }

  isPaused(peer: PeerId): boolean {
    return this.#paused.has(peer);
  }

  pause(peer: PeerId): void {
    this.#paused.add(peer);
    this.ensemble.pause(peer);
  }

  resume(peer: PeerId): void {
    this.#paused.delete(peer);
    this.ensemble.resume(peer);
  }

  #hear(peer: PeerId, event: Event): void {
    switch (event.kind) {
      case "submit-broker": {
        const { request } = event;
        this.#order(request, (answer) => {
          if (this.ensemble.runs(peer)) this.ensemble.command(peer, { kind: "answered", request, answer });
        });
        break;
      }
      case "work-wanted":
        this.#work(peer, event.work);
        break;
      case "work-dropped":
        this.#dropped.add(`${peer} ${event.ticket}`);
        break;
      case "job-answered":
        this.answered.push({ peer, request: event.request, answer: event.answer });
        break;
      default:
    }
    this.onEvent(peer, event);
  }

  #order(operation: BrokerOperation, tell: (answer: ReturnType<BrokerRows["run"]>) => void): void {
    this.later(3, () => {
      if (!this.hasQuorum) return tell(failed("timed-out", "there is no quorum", false));
      this.#index += 1;
      const before = this.rows.table;
      const answer = this.rows.run(operation, this.#index);
      if (this.rows.table !== before)
        for (const each of this.peers)
          if (this.ensemble.runs(each)) this.ensemble.command(each, { kind: "table", table: this.rows.table });
      tell(answer);
    });
  }

  #work(peer: PeerId, work: Work): void {
    const speed = this.speeds.get(peer) ?? 0;
    if (speed === 0) return;
    const tookMs = Math.max(1, Math.round((work.band.rows * work.band.size * work.turns) / speed));
    const band = workDone(work);
    const { ticket } = work;
    this.later(tookMs, () => {
      if (!this.ensemble.runs(peer) || this.#dropped.has(`${peer} ${ticket}`)) return;
      const alive = countAlive(band);
      this.ensemble.command(peer, { kind: "worked", ticket, band, alive, tookUs: tookMs * 1000 });
    });
  }

  /** What only whoever is in office may say is said while it is. */
  #mayBeSaid(peer: PeerId, answer: JobAnswer): boolean {
    if (answer.kind === "quit" || answer.kind === "ping") return true;
    if (answer.kind === "error" && answer.code !== "office-lost") return true;
    return this.ensemble.now < (this.#until.get(peer) ?? 0);
  }

  #told(session: SessionId): Told {
    let told = this.programs.get(session);
    if (told === undefined) {
      told = { answers: new Map(), closed: null };
      this.programs.set(session, told);
    }
    return told;
  }
}
