import type { BrokerOperation, OfficeRow } from "../../../../src/core/job.ts";
import type { PeerId } from "../../../../src/core/peer-id.ts";
import type { Input, Protocol } from "../../../../src/core/protocol.ts";
import { type Random, seededRandom } from "../../../../src/core/random.ts";
import { office } from "../../../../src/protocols/office/definition.ts";
import type { OfficeSpeech } from "../../../../src/protocols/office/message.ts";
import type { Hold } from "./hold.ts";
import { Keeper } from "./keeper.ts";
import type { RealTime } from "./real-time.ts";

type Options = OfficeSpeech["options"];
type Command = OfficeSpeech["command"];

/** What a member asks of the world that it is in. */
interface Around {
  readonly time: RealTime;
  readonly random: Random;
  readonly office: Hold;
  readonly address: Hold;
  submit(from: Member, request: BrokerOperation): void;
  confirm(leader: Member, ticket: number): void;
  catchUp(member: Member): void;
}

/**
 * A peer of the world: the machine, a clock that runs at a rate of its own, and what is left of Raft where only the times
 * count: a term, the vote that goes with it, and when a leader was last heard.
 */
export class Member {
  readonly peer: PeerId;
  /** Kept from life to life. */
  term = 0;
  /** The term that it leads, or stands for; null for none. */
  leads: number | null = null;
  standsFor: number | null = null;
  runs = true;
  life = 0;
  readonly #world: Around;
  readonly #rate: number;
  readonly #options: Options;
  #machine: Protocol<OfficeSpeech>;
  #keeper: Keeper;
  /** By its clock; null before it hears one in this life. */
  #heardAt: number | null = null;
  #rows = 0;
  #officeUntil = Number.NEGATIVE_INFINITY;
  /** What has come while it stood still; null while it does not. */
  #missed: (() => void)[] | null = null;

  constructor(world: Around, rate: number, options: Options) {
    this.peer = options.peer;
    this.#world = world;
    this.#rate = rate;
    this.#options = options;
    [this.#machine, this.#keeper] = this.#begin();
  }

  /** Its clock. */
  now(): number {
    return 5_000 + this.#world.time.now * this.#rate;
  }

  get phase(): string {
    return this.#machine.view().phase;
  }

  /** Something reaches it: at once, or when it goes on; never where this life has ended by then. */
  reach(happen: () => void): void {
    const { life } = this;
    if (!this.runs) return;
    if (this.#missed === null) happen();
    else this.#missed.push(() => this.life === life && happen());
  }

  command(command: Command): void {
    this.#step({ kind: "command", command });
  }

  /** It hears whoever leads that term; whether it answers. */
  hear(term: number, leader: PeerId): boolean {
    if (term < this.term) return false;
    if (term > this.term) this.follow(term);
    if (this.#heardAt === null || this.leads === null) this.command({ kind: "leader", leader, term, quietMs: null });
    this.#heardAt = this.now();
    return true;
  }

  /** For how long it has heard no leader; null where that is not known. */
  quietMs(): number | null {
    if (this.leads !== null) return 0;
    return this.#heardAt === null ? null : Math.floor(this.now() - this.#heardAt);
  }

  /** A later term: whatever it was, it is not any more. */
  follow(term: number): void {
    this.term = term;
    this.standsFor = null;
    if (this.leads === null) return;
    this.#heardAt = this.now();
    this.leads = null;
    this.command({ kind: "leader", leader: null, term: 0, quietMs: null });
  }

  /** The order goes on to what it holds by now. */
  apply(rows: readonly OfficeRow[], upTo: number): void {
    for (const row of rows.slice(this.#rows, upTo)) this.command({ kind: "row", row });
    this.#rows = Math.max(this.#rows, upTo);
  }

  pause(): void {
    if (this.runs) this.#missed ??= [];
  }

  resume(gapMs: number): void {
    const missed = this.#missed ?? [];
    this.#missed = null;
    // What came first is what it sees first: it may not have noticed that it stood still.
    if (this.#world.random.below(2) === 0) this.#step({ kind: "resumed", gapMs });
    for (const happen of missed) if (this.runs) happen();
    this.#wake();
  }

  crash(): void {
    this.runs = false;
    this.life += 1;
    this.leads = null;
    this.standsFor = null;
    this.#missed = null;
    this.#officeUntil = Number.NEGATIVE_INFINITY;
    this.#keeper.end();
  }

  restart(): void {
    if (this.runs) return;
    this.runs = true;
    this.#heardAt = null;
    this.#rows = 0;
    [this.#machine, this.#keeper] = this.#begin();
    this.#world.catchUp(this);
  }

  #begin(): [Protocol<OfficeSpeech>, Keeper] {
    const { life } = this;
    const clock = { now: () => this.now(), msUntil: (own: number) => (own - this.now()) / this.#rate + 1e-6 };
    const tell = (told: Command): void => {
      if (this.life === life) this.reach(() => this.command(told));
    };
    const { time, random, address } = this.#world;
    const keeper = new Keeper(`${this.peer} (life ${life})`, { time, random, hold: address }, clock, tell);
    return [office.start(this.#options, [], seededRandom(1), this.now()), keeper];
  }

  #step(input: Input<OfficeSpeech>): void {
    if (!this.runs) return;
    for (const effect of this.#machine.step(input, this.now())) if (effect.kind === "event") this.#act(effect.event);
    this.#wake();
  }

  #wake(): void {
    const { deadline } = this.#machine;
    if (deadline === Number.POSITIVE_INFINITY) return;
    const { life } = this;
    // Never before its time, and sometimes late.
    const lateMs = this.#world.random.below(20) === 0 ? this.#world.random.below(60) : 0;
    this.#world.time.after((deadline - this.now()) / this.#rate + 1e-6 + lateMs, () => {
      const isDue = this.life === life && this.#missed === null && this.#machine.deadline <= this.now();
      if (isDue) this.#step({ kind: "timeout" });
    });
  }

  #act(event: OfficeSpeech["event"]): void {
    switch (event.kind) {
      case "submit-broker":
        return this.#world.submit(this, event.request);
      case "confirmation-wanted":
        return this.#world.confirm(this, event.ticket);
      case "office-open":
        this.#officeUntil = event.until;
        return this.#world.office.begin(this.peer, () => this.now() < this.#officeUntil);
      case "office-shut":
        this.#officeUntil = Number.NEGATIVE_INFINITY;
        return;
      case "address-prepared":
      case "address-wanted":
      case "address-extended":
      case "address-unwanted":
        return this.#keeper.do(event);
    }
  }
}
