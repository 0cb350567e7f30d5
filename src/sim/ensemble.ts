import { assert } from "../core/assert.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { Effect, Input, Protocol, Speech } from "../core/protocol.ts";
import { type Random, seededRandom } from "../core/random.ts";
import type { Definition } from "../protocols/definition.ts";
import { Agenda } from "./agenda.ts";

/** Steps at one instant, at most: more is a loop that time cannot leave. */
const MAX_STEPS_AT_ONCE = 100_000;

/** How the world of an ensemble behaves. */
export interface EnsembleOptions {
  readonly seed: number;
  /** A message takes between these, virtual ms; the order on a link is kept. */
  readonly latencyMs: readonly [number, number];
  /** A save takes between these, virtual ms; the order is kept. */
  readonly diskMs: readonly [number, number];
}

/** An event, when and where. */
export interface EnsembleEvent<S extends Speech> {
  readonly now: number;
  readonly peer: PeerId;
  readonly event: S["event"];
}

type Send<S extends Speech> = Extract<Effect<S>, { readonly kind: "send" }>;

/** One life of a machine: what was on its way to it or its disk ends with it. */
interface Life<S extends Speech> {
  readonly machine: Protocol<S>;
  /** Sends that wait for a save. */
  held: Send<S>[];
  savedUpTo: number;
  diskFreeAt: number;
  /** What waits for the end of a pause; null while it runs. */
  paused: { readonly since: number; readonly backlog: (() => void)[] } | null;
}

interface Host<S extends Speech> {
  readonly options: S["options"];
  /** What is on disk: it outlives every life. */
  disk: S["record"][];
  life: Life<S> | null;
}

/**
 * Several machines of one protocol in virtual time: messages, disks, links, and what may go wrong with them. Time
 * jumps from one happening to the next; the same seed and the same calls give the same run.
 */
export class Ensemble<S extends Speech> {
  now = 0;
  readonly events: EnsembleEvent<S>[] = [];
  /** Called after every step of a machine; a place for invariants. */
  onStep: (peer: PeerId) => void = () => {};
  /** Called for every message that is about to travel; false loses it. */
  onSend: (from: PeerId, to: PeerId, message: S["message"]) => boolean = () => true;
  readonly #definition: Definition<S>;
  readonly #options: EnsembleOptions;
  readonly #random: Random;
  readonly #hosts = new Map<PeerId, Host<S>>();
  readonly #cuts = new Set<string>();
  readonly #arrivals = new Map<string, number>();
  readonly #agenda = new Agenda();

  constructor(definition: Definition<S>, options: EnsembleOptions) {
    this.#definition = definition;
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  /** Starts a machine, on what is `saved` on its disk. Links to all that run come up. */
  add(peer: PeerId, options: S["options"], saved: readonly S["record"][] = []): void {
    this.#hosts.set(peer, { options, disk: saved.slice(), life: null });
    this.restart(peer);
  }

  /** The machine of a peer that runs or is paused. */
  machine(peer: PeerId): Protocol<S> {
    const life = this.#host(peer).life;
    assert(life !== null, `${peer} does not run`);
    return life.machine;
  }

  /** Whether a peer was started and has not crashed; a paused one counts. */
  runs(peer: PeerId): boolean {
    return this.#hosts.get(peer)?.life != null;
  }

  /** What a peer has on disk, oldest first. */
  disk(peer: PeerId): readonly S["record"][] {
    return this.#host(peer).disk;
  }

  /** Gives a command to a peer, now. */
  command(peer: PeerId, command: S["command"]): void {
    this.input(peer, { kind: "command", command });
  }

  /** Gives any input to a peer, now; what a crashed one is given is lost. */
  input(peer: PeerId, input: Input<S>): void {
    const { life } = this.#host(peer);
    if (life !== null) this.#whenRunning(life, () => this.#step(peer, life, input));
  }

  /** Loses all messages from one peer to another: silence, the links stay up. */
  cut(from: PeerId, to: PeerId): void {
    this.#cuts.add(`${from} ${to}`);
  }

  /** Cuts every way between two groups. */
  partition(group: readonly PeerId[], rest: readonly PeerId[]): void {
    for (const a of group)
      for (const b of rest) {
        this.cut(a, b);
        this.cut(b, a);
      }
  }

  /** Ends all cuts. */
  heal(): void {
    this.#cuts.clear();
  }

  /** Ends a life: machine, unsaved records and held sends are gone. The others see their link to it break. */
  crash(peer: PeerId): void {
    this.#host(peer).life = null;
    for (const other of this.#others(peer)) this.linkAt(other, peer, false);
  }

  /** Starts a peer again, on what it has on disk. */
  restart(peer: PeerId): void {
    const host = this.#host(peer);
    assert(host.life === null, `${peer} runs already`);
    const machine = this.#definition.start(host.options, host.disk.slice(), this.#random.fork(), this.now);
    host.life = { machine, held: [], savedUpTo: 0, diskFreeAt: 0, paused: null };
    for (const other of this.#others(peer)) {
      this.linkAt(other, peer, true);
      this.linkAt(peer, other, true);
    }
  }

  /** Stops a peer in its tracks: what comes is kept for later, and nobody sees a link break. */
  pause(peer: PeerId): void {
    const { life } = this.#host(peer);
    if (life !== null) life.paused ??= { since: this.now, backlog: [] };
  }

  /** Lets a paused peer go on: it learns of the gap, then gets what came meanwhile. */
  resume(peer: PeerId): void {
    const { life } = this.#host(peer);
    if (life?.paused == null) return;
    const { since, backlog } = life.paused;
    life.paused = null;
    this.#step(peer, life, { kind: "resumed", gapMs: this.now - since });
    for (const run of backlog) run();
  }

  /** A peer sees its link to another come up or break, after what is on its way. */
  linkAt(peer: PeerId, other: PeerId, up: boolean): void {
    this.#travel(other, peer, { kind: "link", peer: other, up });
  }

  /** Lets virtual time pass. */
  run(ms: number): void {
    this.runUntil(() => false, ms);
  }

  /** Lets time pass until `holds`, at most `limitMs`; whether it came to hold. */
  runUntil(holds: () => boolean, limitMs: number): boolean {
    const end = this.now + limitMs;
    let steps = 0;
    while (!holds()) {
      const next = this.#nextInstant();
      if (next > end) {
        this.now = end;
        return false;
      }
      steps = next > this.now ? 0 : steps + 1;
      assert(steps < MAX_STEPS_AT_ONCE, `time stands still at ${this.now}`);
      this.now = Math.max(this.now, next);
      this.#advance();
    }
    return true;
  }

  #host(peer: PeerId): Host<S> {
    const host = this.#hosts.get(peer);
    assert(host !== undefined, `no peer ${peer}`);
    return host;
  }

  #others(peer: PeerId): readonly PeerId[] {
    return [...this.#hosts.keys()].filter((other) => other !== peer && this.runs(other));
  }

  #nextInstant(): number {
    let next = this.#agenda.next;
    for (const { life } of this.#hosts.values())
      if (life !== null && life.paused === null) next = Math.min(next, life.machine.deadline);
    return next;
  }

  /** Carries out what happens now: first what arrives, then, when all that is in hand was taken, what is due. */
  #advance(): void {
    if (this.#agenda.next <= this.now) {
      this.#agenda.take()?.();
      return;
    }
    for (const [peer, { life }] of this.#hosts)
      if (life !== null && life.paused === null && life.machine.deadline <= this.now)
        this.#step(peer, life, { kind: "timeout" });
  }

  #step(peer: PeerId, life: Life<S>, input: Input<S>): void {
    for (const effect of life.machine.step(input, this.now)) this.#carryOut(peer, life, effect);
    this.onStep(peer);
  }

  #carryOut(peer: PeerId, life: Life<S>, effect: Effect<S>): void {
    if (effect.kind === "event") this.events.push({ now: this.now, peer, event: effect.event });
    else if (effect.kind === "save") this.#save(peer, life, effect.records, effect.token);
    else if (effect.kind === "send" && effect.after > life.savedUpTo) life.held.push(effect);
    else if (effect.kind === "send") this.#send(peer, effect);
  }

  #save(peer: PeerId, life: Life<S>, records: readonly S["record"][], token: number): void {
    life.diskFreeAt = Math.max(life.diskFreeAt, this.now + this.#random.between(...this.#options.diskMs));
    this.#scheduleFor(peer, life, life.diskFreeAt, () => {
      this.#host(peer).disk.push(...records);
      life.savedUpTo = token;
      const released = life.held.filter((send) => send.after <= token);
      life.held = life.held.filter((send) => send.after > token);
      for (const send of released) this.#send(peer, send);
      this.#step(peer, life, { kind: "saved", upTo: token });
    });
  }

  #send(peer: PeerId, { to, message }: Send<S>): void {
    if ("peer" in to && this.onSend(peer, to.peer, message))
      this.#travel(peer, to.peer, { kind: "message", from: { peer }, message });
  }

  #travel(from: PeerId, to: PeerId, input: Input<S>): void {
    const life = this.#hosts.get(to)?.life ?? null;
    const way = `${from} ${to}`;
    const takes = this.#random.between(...this.#options.latencyMs);
    if (life === null || (input.kind === "message" && this.#cuts.has(way))) return;
    const at = Math.max(this.#arrivals.get(way) ?? 0, this.now + takes);
    this.#arrivals.set(way, at);
    this.#scheduleFor(to, life, at, () => this.#step(to, life, input));
  }

  /** What concerns one life of a peer waits while it is paused, and is void once it has ended. */
  #scheduleFor(peer: PeerId, life: Life<S>, at: number, run: () => void): void {
    this.#agenda.add(at, () => {
      if (this.#host(peer).life === life) this.#whenRunning(life, run);
    });
  }

  #whenRunning(life: Life<S>, run: () => void): void {
    if (life.paused === null) run();
    else life.paused.backlog.push(run);
  }
}
