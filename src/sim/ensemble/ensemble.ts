import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Effect, Input, Protocol, Speech } from "../../core/protocol.ts";
import { type Random, seededRandom } from "../../core/random.ts";
import type { Definition } from "../../protocols/definition.ts";
import { fromBytes, toBytes } from "../network/as-bytes.ts";
import { type Conditions, WELL } from "../network/conditions.ts";
import { Pairs } from "../network/pairs.ts";
import { Way } from "../network/way.ts";
import { Pump } from "../time/pump.ts";
import { VirtualTime } from "../time/virtual-time.ts";

/** What a message without bytes weighs, where lines are narrow. */
const UNENCODED_BYTES = 64;

/** How the world of an ensemble behaves. */
export interface EnsembleOptions {
  readonly seed: number;
  /** What every way is like until something else is said of it. The order on a link is kept in any case. */
  readonly network: Partial<Conditions>;
  /** A save takes between these, whole virtual ms; the order is kept. */
  readonly diskMs: readonly [number, number];
  /** Whether messages travel as bytes, through codecs and checksum; true unless said otherwise. */
  readonly encoded?: boolean;
  /** Whether `events` holds what is told; true unless said otherwise. */
  readonly keepEvents?: boolean;
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
  readonly pump: Pump<Input<S>>;
  /** Sends that wait for a save. */
  held: Send<S>[];
  askedUpTo: number;
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

/** One direction of a link. */
interface Link {
  readonly way: Way;
  /** When the latest thing that was sent arrives: nothing sent later comes before. */
  latestAt: number;
}

/**
 * Several machines of one protocol in virtual time, without the rest of a peer: messages, disks, links, and what may go
 * wrong with them. The same seed and the same calls give the same run.
 */
export class Ensemble<S extends Speech> {
  readonly events: EnsembleEvent<S>[] = [];
  /** Called after every step of a machine; a place for invariants. */
  onStep: (peer: PeerId) => void = () => {};
  /** Called for every event; it may give commands, which come after what is happening. */
  onEvent: (peer: PeerId, event: S["event"]) => void = () => {};
  /** Called for every message that is about to travel; false loses it. */
  onSend: (from: PeerId, to: PeerId, message: S["message"]) => boolean = () => true;
  /** Called for what concerns no other machine: what is said on connections, dials and closes. */
  onAside: (peer: PeerId, effect: Exclude<Effect<S>, { readonly kind: "save" | "event" }>) => void = () => {};
  readonly #definition: Definition<S>;
  readonly #options: EnsembleOptions;
  readonly #usual: Conditions;
  readonly #random: Random;
  readonly #time = new VirtualTime();
  readonly #hosts = new Map<PeerId, Host<S>>();
  readonly #links: Pairs<PeerId, Link>;

  constructor(definition: Definition<S>, options: EnsembleOptions) {
    this.#definition = definition;
    this.#options = options;
    this.#usual = { ...WELL, ...options.network };
    this.#random = seededRandom(options.seed);
    this.#links = new Pairs(() => ({ way: new Way(this.#random, this.#usual), latestAt: 0 }));
  }

  /** Virtual ms. */
  get now(): number {
    return this.#time.now;
  }

  /** Everybody who was ever added, in that order. */
  get peers(): readonly PeerId[] {
    return [...this.#hosts.keys()];
  }

  /** Starts a machine, on what is `saved` on its disk. Links to all that run come up. */
  add(peer: PeerId, options: S["options"], saved: readonly S["record"][] = []): void {
    assert(!this.#hosts.has(peer), `${peer} was added before`);
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
    if (life !== null) whenRunning(life, () => life.pump.give(input));
  }

  /** Changes what the way from one peer to another is like. A cut loses messages; the links stay up. */
  link(from: PeerId, to: PeerId, change: Partial<Conditions>): void {
    const { way } = this.#links.of(from, to);
    way.conditions = { ...way.conditions, ...change };
  }

  /** Makes the way from one peer to another what it usually is. */
  mend(from: PeerId, to: PeerId): void {
    this.#links.of(from, to).way.conditions = this.#usual;
  }

  /** Loses all messages from one peer to another. */
  cut(from: PeerId, to: PeerId): void {
    this.link(from, to, { cut: true });
  }

  /** Cuts every way between two groups. */
  partition(group: readonly PeerId[], rest: readonly PeerId[]): void {
    for (const a of group)
      for (const b of rest) {
        this.cut(a, b);
        this.cut(b, a);
      }
  }

  /** Makes every way what it usually is. */
  heal(): void {
    for (const { way } of this.#links.all()) way.conditions = this.#usual;
  }

  /** Ends a life: machine, unsaved records and held sends are gone. The others see their link to it break. */
  crash(peer: PeerId): void {
    const host = this.#host(peer);
    if (host.life === null) return;
    host.life.pump.stop();
    host.life = null;
    for (const other of this.#others(peer)) {
      this.linkAt(other, peer, false);
      // What was on its way to this life holds nothing up that is sent to the next.
      const link = this.#links.known(other, peer);
      if (link !== undefined) link.latestAt = 0;
    }
  }

  /** Puts the fewest records that a peer can be rebuilt from in the place of all on its disk, unless a save is under way. */
  compact(peer: PeerId): void {
    const host = this.#host(peer);
    if (host.life !== null && host.life.savedUpTo === host.life.askedUpTo)
      host.disk = host.life.machine.checkpoint().slice();
  }

  /** Starts a peer again, on what it has on disk. */
  restart(peer: PeerId): void {
    const host = this.#host(peer);
    assert(host.life === null, `${peer} runs already`);
    const life = this.#begin(peer, host);
    host.life = life;
    for (const other of this.#others(peer)) {
      this.linkAt(other, peer, true);
      this.linkAt(peer, other, true);
    }
    life.pump.start();
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
    life.pump.give({ kind: "resumed", gapMs: this.now - since });
    for (const run of backlog) run();
  }

  /** A peer sees its link to another come up or break, after what is on its way. */
  linkAt(peer: PeerId, other: PeerId, up: boolean): void {
    const { life } = this.#host(peer);
    if (life === null) return;
    const link = this.#links.known(other, peer);
    // Where nothing ever travelled there is nothing to wait for: a thousand peers have a million links.
    const at = this.now + (link === undefined ? this.#usual.latencyMs : link.way.piece(0, this.now));
    const input: Input<S> = { kind: "link", peer: other, up };
    this.#planFor(peer, life, Math.max(at, link?.latestAt ?? 0), () => life.pump.give(input));
    if (link !== undefined) link.latestAt = Math.max(link.latestAt, at);
  }

  /** Lets virtual time pass. */
  run(ms: number): void {
    this.#time.run(ms);
  }

  /** Lets time pass until `holds`, at most `limitMs`; whether it came to hold. */
  runUntil(holds: () => boolean, limitMs: number): boolean {
    return this.#time.runUntil(holds, limitMs) !== undefined;
  }

  #host(peer: PeerId): Host<S> {
    const host = this.#hosts.get(peer);
    assert(host !== undefined, `no peer ${peer}`);
    return host;
  }

  #others(peer: PeerId): readonly PeerId[] {
    return this.peers.filter((other) => other !== peer && this.runs(other));
  }

  #begin(peer: PeerId, { options, disk }: Host<S>): Life<S> {
    const machine = this.#definition.start(options, disk.slice(), this.#random.fork(), this.now);
    const pumped = {
      get deadline() {
        return life.paused === null ? machine.deadline : Number.POSITIVE_INFINITY;
      },
      step: (input: Input<S>) => this.#step(peer, life, input),
    };
    const pump = new Pump<Input<S>>(this.#time, pumped, { kind: "timeout" });
    const life: Life<S> = { machine, pump, held: [], askedUpTo: 0, savedUpTo: 0, diskFreeAt: 0, paused: null };
    return life;
  }

  #step(peer: PeerId, life: Life<S>, input: Input<S>): void {
    for (const effect of life.machine.step(input, this.now)) this.#carryOut(peer, life, effect);
    this.onStep(peer);
  }

  #carryOut(peer: PeerId, life: Life<S>, effect: Effect<S>): void {
    if (effect.kind === "event") this.#tell(peer, effect.event);
    else if (effect.kind === "save") this.#save(peer, life, effect.records, effect.token);
    else if (effect.kind !== "send") this.onAside(peer, effect);
    else if (effect.after > life.savedUpTo) life.held.push(effect);
    else this.#send(peer, effect);
  }

  #tell(peer: PeerId, event: S["event"]): void {
    if (this.#options.keepEvents !== false) this.events.push({ now: this.now, peer, event });
    this.onEvent(peer, event);
  }

  #save(peer: PeerId, life: Life<S>, records: readonly S["record"][], token: number): void {
    life.askedUpTo = token;
    life.diskFreeAt = Math.max(life.diskFreeAt, this.now + this.#random.between(...this.#options.diskMs));
    this.#planFor(peer, life, life.diskFreeAt, () => {
      this.#host(peer).disk.push(...records);
      life.savedUpTo = token;
      const released = life.held.filter((send) => send.after <= token);
      life.held = life.held.filter((send) => send.after > token);
      for (const send of released) this.#send(peer, send);
      life.pump.give({ kind: "saved", upTo: token });
    });
  }

  #send(from: PeerId, effect: Send<S>): void {
    const { to, message } = effect;
    if (!("peer" in to)) return this.onAside(from, effect);
    if (!this.onSend(from, to.peer, message)) return;
    const link = this.#links.of(from, to.peer);
    const { framing } = this.#definition;
    const bytes = this.#options.encoded === false ? null : toBytes(framing, message);
    for (const delayMs of link.way.packet(bytes?.length ?? UNENCODED_BYTES, this.now)) {
      const arrived = bytes === null ? message : fromBytes(framing, bytes);
      this.#arrive(link, delayMs, to.peer, { kind: "message", from: { peer: from }, message: arrived });
    }
  }

  #arrive(link: Link, delayMs: number, to: PeerId, input: Input<S>): void {
    const life = this.#hosts.get(to)?.life ?? null;
    if (life === null) return;
    link.latestAt = Math.max(link.latestAt, this.now + delayMs);
    this.#planFor(to, life, link.latestAt, () => life.pump.give(input));
  }

  /** What concerns one life of a peer waits while it is paused, and is void once it has ended. */
  #planFor(peer: PeerId, life: Life<S>, at: number, run: () => void): void {
    this.#time.at(at, () => {
      if (this.#host(peer).life === life) whenRunning(life, run);
    });
  }
}

function whenRunning<S extends Speech>(life: Life<S>, run: () => void): void {
  if (life.paused === null) run();
  else life.paused.backlog.push(run);
}
