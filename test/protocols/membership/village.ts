import type { Effect, Protocol } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { MEMBERSHIP_DEFAULTS, membership } from "../../../src/protocols/membership/definition.ts";
import type { MembershipSpeech, Status } from "../../../src/protocols/membership/message.ts";
import { at, id } from "./people.ts";
import { VirtualTime } from "./virtual-time.ts";

interface Villager {
  readonly machine: Protocol<MembershipSpeech>;
  readonly linked: Set<number>;
}

type Command = MembershipSpeech["command"];

/** Several members in virtual time, with links that keep their order and take 1 to 5 ms; every address answers. */
export class Village {
  readonly time: VirtualTime;
  readonly people = new Map<number, Villager>();
  /** Messages sent. */
  messages = 0;
  readonly #arrivals = new Map<string, number>();

  constructor(seed: number, size: number) {
    this.time = new VirtualTime(seed);
    for (let n = 1; n <= size; n++) {
      const options = { ...MEMBERSHIP_DEFAULTS, peer: id(n), address: at(n), name: `peer ${n}` };
      const machine = membership.start(options, [], seededRandom(seed * 1000 + n), 0);
      this.people.set(n, { machine, linked: new Set() });
    }
    this.run(0);
  }

  /** A link between two, and the HELLOs on it. */
  link(one: number, other: number): void {
    for (const [n, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.person(n).linked.add(to);
      const { incarnation } = this.person(to).machine.view();
      this.#step(n, { kind: "link", peer: id(to), up: true });
      this.obey(n, { kind: "met", peer: id(to), address: at(to), name: `peer ${to}`, incarnation });
    }
  }

  cut(one: number, other: number): void {
    this.person(one).linked.delete(other);
    this.person(other).linked.delete(one);
    this.#step(one, { kind: "link", peer: id(other), up: false });
    this.#step(other, { kind: "link", peer: id(one), up: false });
  }

  obey(n: number, command: Command): void {
    this.#step(n, { kind: "command", command });
  }

  /** One after another misses all its lives at `n`. */
  doubt(n: number, ...others: readonly number[]): void {
    for (const other of others) {
      for (let i = 0; i < 3; i++) this.obey(n, { kind: "take-life", peer: id(other), via: [] });
    }
  }

  run(forMs: number): void {
    this.time.run(this.time.now + forMs, () => this.#timers());
  }

  person(n: number): Villager {
    const person = this.people.get(n);
    if (person === undefined) throw new Error(`no villager ${n}`);
    return person;
  }

  incarnation(n: number): number {
    return this.person(n).machine.view().incarnation;
  }

  /** What `n` holds of another; undefined for nothing. */
  statusAt(n: number, of: number): Status | undefined {
    return this.person(n)
      .machine.view()
      .members.find(({ peer }) => peer === id(of))?.status;
  }

  /** Who of all the others holds this of `of`. */
  holding(of: number, status: Status): number[] {
    return [...this.people.keys()].filter((n) => n !== of && this.statusAt(n, of) === status);
  }

  *#timers(): Iterable<{ deadline: number; fire(): void }> {
    for (const [n, { machine }] of this.people) {
      yield { deadline: machine.deadline, fire: () => this.#step(n, { kind: "timeout" }) };
    }
  }

  #step(n: number, input: Parameters<Protocol<MembershipSpeech>["step"]>[0]): void {
    for (const effect of this.person(n).machine.step(input, this.time.now)) this.#carryOut(n, effect);
  }

  #carryOut(n: number, effect: Effect<MembershipSpeech>): void {
    if (effect.kind === "event" && effect.event.kind === "stranger-rumoured") {
      const { address } = effect.event;
      this.time.after(2, () => this.obey(n, { kind: "verified", address }));
    }
    if (effect.kind !== "send" || !("peer" in effect.to)) return;
    const to = Number.parseInt(effect.to.peer, 16);
    if (!this.person(n).linked.has(to)) return;
    this.messages += 1;
    // A later message never overtakes an earlier one on the same link.
    const key = `${n}>${to}`;
    const arrival = Math.max(this.time.now + this.time.random.between(1, 5), this.#arrivals.get(key) ?? 0);
    this.#arrivals.set(key, arrival);
    this.time.after(arrival - this.time.now, () => {
      if (this.person(n).linked.has(to)) {
        this.#step(to, { kind: "message", from: { peer: id(n) }, message: effect.message });
      }
    });
  }
}
