import type { Address } from "../../../src/core/address.ts";
import { type ClusterId, NO_CLUSTER } from "../../../src/core/peer-id.ts";
import type { Effect, Input, Protocol } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { DISCOVERY_DEFAULTS, discovery } from "../../../src/protocols/discovery/definition.ts";
import type { DiscoverySpeech } from "../../../src/protocols/discovery/message.ts";
import { at, id } from "../membership/people.ts";
import { VirtualTime } from "../membership/virtual-time.ts";

type Options = Partial<DiscoverySpeech["options"]>;
type Event = DiscoverySpeech["event"];

interface Citizen {
  readonly machine: Protocol<DiscoverySpeech>;
  readonly linked: Set<number>;
  readonly saved: DiscoverySpeech["record"][];
  /** What its HELLOs say: as of the last event that led to an "introduce". */
  cluster: ClusterId;
  bound: boolean;
  readonly events: Event[];
}

const CHECK_TIMEOUT_MS = 300;

/**
 * Several peers' discovery in virtual time, with plain stand-ins for the rest: a health check takes 1 to 3 ms, or 300
 * where nobody is; a verified address is dialled, and HELLOs take 1 to 10 ms each; a link joins peers of one cluster or
 * with a seeker; a change of cluster closes the links that no longer fit; saves take up to 10 ms.
 */
export class Country {
  readonly time: VirtualTime;
  readonly citizens = new Map<number, Citizen>();
  /** Peers that cannot reach each other, as "1 2". */
  readonly walls = new Set<string>();
  /** Whether a link binds, as Raft's first learner does. */
  readonly #linksBind: boolean;

  constructor(seed: number, linksBind = false) {
    this.time = new VirtualTime(seed);
    this.#linksBind = linksBind;
  }

  start(n: number, options: Options = {}, saved: readonly DiscoverySpeech["record"][] = []): void {
    const scan = Array.from({ length: 16 }, (_, i) => at(i + 1));
    const all = { peer: id(n), address: at(n), found: false, seeds: [], scan, ...DISCOVERY_DEFAULTS, ...options };
    const random = seededRandom(this.time.random.below(2 ** 32));
    const machine = discovery.start(all, saved, random, this.time.now);
    const { cluster } = machine.view();
    this.citizens.set(n, { machine, linked: new Set(), saved: [...saved], cluster, bound: false, events: [] });
  }

  /** The process is gone, with what it had saved. */
  stop(n: number): readonly DiscoverySpeech["record"][] {
    for (const other of [...this.person(n).linked]) this.#unlink(n, other);
    const { saved } = this.person(n);
    this.citizens.delete(n);
    return saved;
  }

  bind(n: number): void {
    const person = this.citizens.get(n);
    if (person === undefined || person.bound) return;
    person.bound = true;
    this.#step(n, { kind: "command", command: { kind: "bound", bound: true } });
  }

  run(forMs: number): void {
    this.time.run(this.time.now + forMs, () => this.#timers());
  }

  person(n: number): Citizen {
    const person = this.citizens.get(n);
    if (person === undefined) throw new Error(`no citizen ${n}`);
    return person;
  }

  /** Which clusters there are; zero if somebody still seeks. */
  clusters(): Set<ClusterId> {
    return new Set([...this.citizens.values()].map(({ machine }) => machine.view().cluster));
  }

  eventsOf(kind: Event["kind"]): Event[] {
    return [...this.citizens.values()].flatMap(({ events }) => events.filter((event) => event.kind === kind));
  }

  *#timers(): Iterable<{ deadline: number; fire(): void }> {
    for (const [n, { machine }] of this.citizens) {
      yield { deadline: machine.deadline, fire: () => this.#step(n, { kind: "timeout" }) };
    }
  }

  #step(n: number, input: Input<DiscoverySpeech>): void {
    const person = this.citizens.get(n);
    if (person === undefined) return;
    for (const effect of person.machine.step(input, this.time.now)) this.#carryOut(n, person, effect);
  }

  #carryOut(n: number, person: Citizen, effect: Effect<DiscoverySpeech>): void {
    const { random } = this.time;
    if (effect.kind === "save") {
      const { token, records } = effect;
      person.saved.push(...records);
      this.time.after(random.between(0, 10), () => this.#stepSame(n, person, { kind: "saved", upTo: token }));
    } else if (effect.kind === "send" && "peer" in effect.to) {
      const to = Number.parseInt(effect.to.peer, 16);
      const input = { kind: "message", from: { peer: id(n) }, message: effect.message } as const;
      // On its way it outlives the link's end, as what was sent before a close does.
      if (person.linked.has(to)) this.time.after(random.between(1, 10), () => this.#step(to, input));
    } else if (effect.kind === "event") {
      person.events.push(effect.event);
      this.#react(n, person, effect.event);
    }
  }

  #react(n: number, person: Citizen, event: Event): void {
    if (event.kind === "check-wanted") this.#check(n, person, event.address);
    else if (event.kind === "address-verified") this.dial(n, event.address);
    else if (event.kind === "table-wanted") this.#fetch(n, person, event.from);
    else if (event.kind === "cluster-founded" || event.kind === "cluster-joined") this.#introduce(n, person);
  }

  #check(n: number, person: Citizen, address: Address): void {
    const answered = this.#reachable(n, address);
    const command = { kind: "checked", address, answered } as const;
    const ms = answered ? this.time.random.between(1, 3) : CHECK_TIMEOUT_MS;
    this.time.after(ms, () => this.#stepSame(n, person, { kind: "command", command }));
  }

  #fetch(n: number, person: Citizen, from: Address): void {
    const server = this.citizens.get(numberOf(from));
    const entries = [...(server?.linked ?? [])].map((other) => ({ address: at(other) }));
    const command = { kind: "table-fetched", from, entries } as const;
    this.time.after(5, () => this.#stepSame(n, person, { kind: "command", command }));
  }

  /** `n` dials whoever is at this address. */
  dial(n: number, address: Address): void {
    const to = numberOf(address);
    const { random } = this.time;
    // Each end's HELLO says what holds when it is sent; it counts when it arrives.
    this.time.after(random.between(1, 5), () => {
      const [one, other] = [this.citizens.get(n), this.citizens.get(to)];
      if (one === undefined || other === undefined || one.linked.has(to) || !this.#reachable(n, address)) return;
      const said = [
        { cluster: one.cluster, yielding: one.machine.view().yielding },
        { cluster: other.cluster, yielding: other.machine.view().yielding },
      ] as const;
      this.time.after(random.between(1, 10), () => this.#greeted(to, n, said[0]));
      this.time.after(random.between(1, 10), () => this.#greeted(n, to, said[1]));
    });
  }

  /** The HELLO of `from` has come to `n`. */
  #greeted(n: number, from: number, said: { cluster: ClusterId; yielding: boolean }): void {
    const [person, other] = [this.citizens.get(n), this.citizens.get(from)];
    if (person === undefined || other === undefined || person.linked.has(from)) return;
    if (said.cluster !== NO_CLUSTER && person.cluster !== NO_CLUSTER && said.cluster !== person.cluster) {
      this.#unlink(n, from);
      const command = { kind: "other-cluster-met", address: at(from), ...said } as const;
      this.#step(n, { kind: "command", command });
      return;
    }
    person.linked.add(from);
    this.#step(n, { kind: "link", peer: id(from), up: true });
    const command = { kind: "met", peer: id(from), address: at(from), cluster: said.cluster } as const;
    this.#step(n, { kind: "command", command });
    this.#step(n, { kind: "command", command: { kind: "consider", address: at(from) } });
    if (this.#linksBind) this.time.after(5, () => this.#bindBoth(n, from));
  }

  #bindBoth(n: number, from: number): void {
    const [one, other] = [this.citizens.get(n), this.citizens.get(from)];
    if (one?.linked.has(from) !== true || one.cluster === NO_CLUSTER || one.cluster !== other?.cluster) return;
    this.bind(n);
    this.bind(from);
  }

  /** From now on HELLOs say the new cluster, and links to others close; the peers at their ends dial again. */
  #introduce(n: number, person: Citizen): void {
    person.cluster = person.machine.view().cluster;
    for (const other of [...person.linked]) {
      const theirs = this.citizens.get(other)?.cluster ?? NO_CLUSTER;
      if (theirs === NO_CLUSTER || theirs === person.cluster) continue;
      this.#unlink(n, other);
      this.time.after(200, () => this.dial(other, at(n)));
    }
  }

  #unlink(one: number, other: number): void {
    for (const [n, from] of [
      [one, other],
      [other, one],
    ] as const) {
      if (this.citizens.get(n)?.linked.delete(from)) this.#step(n, { kind: "link", peer: id(from), up: false });
    }
  }

  #stepSame(n: number, person: Citizen, input: Input<DiscoverySpeech>): void {
    if (this.citizens.get(n) === person) this.#step(n, input);
  }

  #reachable(n: number, address: Address): boolean {
    const to = numberOf(address);
    return this.citizens.has(to) && !this.walls.has(`${Math.min(n, to)} ${Math.max(n, to)}`);
  }
}

function numberOf(address: Address): number {
  return Number(address.split(":")[1]) - 7000;
}
