import { assert } from "../../../src/core/assert.ts";
import type { MutexKind } from "../../../src/core/lock.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { MUTEX_DEFAULTS, mutex } from "../../../src/protocols/mutex/definition.ts";
import type { LockView, MutexMessage, MutexSpeech } from "../../../src/protocols/mutex/message.ts";
import { Ensemble } from "../../../src/sim/ensemble/ensemble.ts";

type Event = MutexSpeech["event"];

/** The peer that is number `number` of a guild. */
export function memberId(number: number): PeerId {
  return number.toString(16).padStart(16, "0") as PeerId;
}

/** How exactly things happen in their time. */
const SLICE_MS = 5;

/** A link that broke comes up again by then, and nothing is on its way any longer. */
const FLAP_MS = 100;

/** What a guild is like. */
export interface GuildOptions {
  readonly kind: MutexKind;
  readonly seed: number;
  readonly latencyMs?: number;
  readonly jitterMs?: number;
}

/** Peers with locks in virtual time, without the rest of a peer; what must hold is watched at every event. */
export class Guild {
  readonly ensemble: Ensemble<MutexSpeech>;
  /** Messages that were sent, by kind. */
  readonly sent = new Map<string, number>();
  /** Who entered, and since which Lamport time it had wanted to. */
  readonly entries: {
    readonly name: string;
    readonly peer: PeerId;
    readonly timestamp: number;
    readonly token: number;
  }[] = [];
  /** Called for every event, behind what is watched. */
  onEvent: (peer: PeerId, event: Event) => void = () => {};
  readonly #options: GuildOptions;
  /** Lamport clocks outlive crashes. */
  readonly #clocks = new Map<PeerId, number>();
  readonly #holders = new Map<string, PeerId>();
  readonly #tokens = new Map<string, number>();
  readonly #flapping = new Set<string>();
  #later: { readonly at: number; readonly act: () => void }[] = [];
  readonly #wanting = new Map<string, number>();

  constructor(count: number, options: GuildOptions) {
    this.#options = options;
    const { seed, latencyMs = 5, jitterMs = 0 } = options;
    this.ensemble = new Ensemble(mutex, { seed, network: { latencyMs, jitterMs }, diskMs: [0, 0] });
    this.ensemble.onEvent = (peer, event) => this.#watch(peer, event);
    this.ensemble.onSend = (_from, _to, message) => this.#count(message);
    for (let number = 1; number <= count; number++) this.join(memberId(number));
    this.run(1000);
  }

  get peers(): readonly PeerId[] {
    return this.ensemble.peers;
  }

  /** How many messages were sent of all kinds together. */
  get total(): number {
    return [...this.sent.values()].reduce((sum, count) => sum + count, 0);
  }

  /** A peer comes, which knows some of those that are there, and is known to the rest. */
  join(peer: PeerId, knows: (other: PeerId) => boolean = () => true): void {
    const others = this.peers;
    this.ensemble.add(peer, this.#optionsOf(peer));
    this.ensemble.command(peer, { kind: "begin" });
    for (const other of others) {
      // Whoever is away cannot be told.
      if (knows(other) || !this.ensemble.runs(other))
        this.ensemble.command(peer, { kind: "member", peer: other, status: "healthy" });
      else this.ensemble.command(other, { kind: "member", peer, status: "healthy" });
    }
  }

  acquire(peer: PeerId, name = "lock", ticket = 1): void {
    this.ensemble.command(peer, { kind: "acquire", ticket, name });
  }

  release(peer: PeerId, name = "lock", ticket = 1): void {
    this.ensemble.command(peer, { kind: "release", ticket, name });
  }

  /** How a peer sees a lock; undefined where it knows nothing of it. */
  lock(peer: PeerId, name = "lock"): LockView | undefined {
    return this.ensemble
      .machine(peer)
      .view()
      .locks.find((lock) => lock.name === name);
  }

  /** Who holds a lock. */
  holder(name = "lock"): PeerId | undefined {
    return this.#holders.get(name);
  }

  crash(peer: PeerId): void {
    this.ensemble.crash(peer);
    for (const [name, holder] of this.#holders) if (holder === peer) this.#holders.delete(name);
  }

  /** A peer starts again: it knows the others, as its disk says, and they know it still. */
  restart(peer: PeerId): void {
    this.ensemble.restart(peer);
    this.ensemble.command(peer, { kind: "begin" });
    for (const other of this.peers) {
      if (other !== peer) this.ensemble.command(peer, { kind: "member", peer: other, status: "healthy" });
    }
  }

  /** The link between two breaks, and comes up again when all that was on its way is gone, as on another connection. */
  flap(one: PeerId, other: PeerId): void {
    const link = [one, other].sort().join(" ");
    if (this.#flapping.has(link)) return;
    this.#flapping.add(link);
    this.ensemble.linkAt(one, other, false);
    this.ensemble.linkAt(other, one, false);
    this.later(FLAP_MS, () => {
      this.#flapping.delete(link);
      if (!this.ensemble.runs(one) || !this.ensemble.runs(other)) return;
      this.ensemble.linkAt(one, other, true);
      this.ensemble.linkAt(other, one, true);
    });
  }

  /** Does something when so much time has passed. */
  later(ms: number, act: () => void): void {
    this.#later.push({ at: this.ensemble.now + ms, act });
  }

  /** Lets time pass. */
  run(ms: number): void {
    for (let left = ms; left > 0; left -= SLICE_MS) {
      this.ensemble.run(Math.min(left, SLICE_MS));
      const due = this.#later.filter(({ at }) => at <= this.ensemble.now);
      this.#later = this.#later.filter(({ at }) => at > this.ensemble.now);
      for (const { act } of due) act();
    }
  }

  #optionsOf(peer: PeerId): MutexSpeech["options"] {
    return {
      ...MUTEX_DEFAULTS,
      peer,
      kind: this.#options.kind,
      lamport: () => this.#clocks.get(peer) ?? 0,
      advance: (time) => void this.#clocks.set(peer, Math.max(time, this.#clocks.get(peer) ?? 0)),
      settleMs: 100,
      patienceMs: 500,
    };
  }

  #count({ kind }: MutexMessage): boolean {
    this.sent.set(kind, (this.sent.get(kind) ?? 0) + 1);
    return true;
  }

  #watch(peer: PeerId, event: Event): void {
    switch (event.kind) {
      case "lock-requested":
        this.#wanting.set(`${peer} ${event.name}`, event.timestamp);
        break;
      case "lock-acquired":
        this.#entered(peer, event);
        break;
      case "lock-released":
      case "lock-lost":
        assert(this.#holders.get(event.name) === peer, `${peer} leaves ${event.name}, which it holds`);
        this.#holders.delete(event.name);
        break;
      case "link-disordered":
        // As the wiring does.
        this.flap(peer, event.peer);
        break;
      default:
    }
    this.onEvent(peer, event);
  }

  #entered(peer: PeerId, { name, token }: Extract<Event, { kind: "lock-acquired" }>): void {
    const holder = this.#holders.get(name);
    assert(holder === undefined, `${peer} enters ${name} at ${this.ensemble.now}, which ${holder} holds`);
    const last = this.#tokens.get(name) ?? 0;
    assert(token > last, `${peer} enters ${name} with token ${token}, behind ${last}`);
    this.#holders.set(name, peer);
    this.#tokens.set(name, token);
    this.entries.push({ name, peer, token, timestamp: this.#wanting.get(`${peer} ${name}`) ?? 0 });
  }
}
