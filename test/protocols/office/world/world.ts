import { BrokerRows } from "../../../../src/apps/broker-table.ts";
import type { BrokerOperation, OfficeRow } from "../../../../src/core/job.ts";
import type { PeerId } from "../../../../src/core/peer-id.ts";
import { majority } from "../../../../src/core/quorum.ts";
import { type Random, seededRandom } from "../../../../src/core/random.ts";
import { failed } from "../../../../src/core/request.ts";
import { DRIFT, LEASE_MS, OPTIONS } from "../on-bench.ts";
import { Hold } from "./hold.ts";
import { Member } from "./member.ts";
import { RealTime } from "./real-time.ts";

/** Messages and answers take so long at most, real ms; some much longer. */
const USUAL_MS = 12;
const LONG_MS = 150;

/** One message in so many is lost. */
const LOSS = 12;

/** Peers with clocks of their own that elect leaders all the time; the office and the address are watched. */
class World {
  readonly time = new RealTime();
  readonly office = new Hold("the office");
  readonly address = new Hold("the address");
  readonly random: Random;
  readonly members: readonly Member[];
  /** Whether voters tell when they last heard a leader. */
  readonly #tellsQuiet: boolean;
  readonly #order = new BrokerRows();
  readonly #rows: OfficeRow[] = [];
  #indexes = 0;
  /** Whoever was elected last. */
  #elected: Member | null = null;
  #isCalm = false;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.#tellsQuiet = this.random.below(3) > 0;
    const hasAddress = this.random.below(3) > 0;
    const hasOneLease = this.random.below(2) === 0;
    this.members = Array.from({ length: this.random.below(2) === 0 ? 3 : 5 }, (_, index) => {
      // The slowest clock and the quickest, and some between.
      const rate = 1 + (DRIFT * Math.min(2, this.random.below(4))) / 2;
      const leaseMs = hasOneLease ? LEASE_MS : LEASE_MS * 2 ** (this.random.below(3) - 1);
      const peer = String(index + 1).padStart(16, "0") as PeerId;
      return new Member(this, rate, { ...OPTIONS, ...(hasAddress ? {} : { address: null }), peer, leaseMs });
    });
    for (const member of this.members) member.command({ kind: "demand", on: true });
  }

  /** So many faults, one after another. */
  disturb(faults: number): void {
    for (let i = 0; i < faults; i++) {
      this.#disturb();
      this.time.run(this.time.now + this.random.below(this.random.below(4) === 0 ? 600 : 80));
    }
  }

  /** Nothing goes wrong any more: whoever is elected then is in office for good. */
  calm(): Member | undefined {
    this.#isCalm = true;
    for (const member of this.members) {
      member.restart();
      member.resume(0);
      member.command({ kind: "demand", on: true });
    }
    this.time.run(this.time.now + 2 * LONG_MS);
    const latest = this.members.toSorted((a, b) => b.term - a.term)[0];
    if (latest !== undefined) this.#stand(latest);
    this.time.run(this.time.now + 3_000);
    return this.members.find(({ phase }) => phase === "in-office");
  }

  /** Puts an operation into the order, if there is anybody to do that. */
  submit(from: Member, request: BrokerOperation): void {
    const answer = (text: string | null): void =>
      this.#send(from, () =>
        from.command({
          kind: "answered",
          request,
          answer: text === null ? { kind: "display", text: "done" } : failed("timed-out", text, false),
        }),
      );
    this.time.after(this.#ms(), () => {
      if (this.#elected?.runs !== true || this.#elected.leads === null || this.#isUnlucky) return answer("not now");
      this.#indexes += 1;
      this.#order.run(request, this.#indexes);
      const { office } = this.#order.table;
      if (office !== null) this.#rows.push(office);
      const upTo = this.#rows.length;
      for (const member of this.members) this.#send(member, () => member.apply(this.#rows, upTo), false);
      return answer(null);
    });
  }

  /** A read: a quorum answers a round that was sent after it came. */
  confirm(leader: Member, ticket: number): void {
    const { leads: term, life } = leader;
    if (term === null || this.#isUnlucky) return this.#send(leader, () => this.#refuse(leader, ticket));
    let answers = 1;
    for (const voter of this.members.filter((each) => each !== leader)) {
      this.#send(voter, () => {
        const isGood = voter.hear(term, leader.peer);
        const later = voter.term;
        this.#send(leader, () => {
          if (leader.life !== life || leader.leads !== term) return;
          if (!isGood) return leader.follow(Math.max(later, leader.term));
          answers += 1;
          if (answers === majority(this.members.length)) leader.command({ kind: "readable", ticket });
        });
      });
    }
  }

  /** It hears what the order holds. */
  catchUp(member: Member): void {
    const upTo = this.#rows.length;
    this.time.after(this.#ms(), () => member.reach(() => member.apply(this.#rows, upTo)));
  }

  #refuse(member: Member, ticket: number): void {
    member.command({ kind: "not-readable", ticket });
  }

  /** Stands for the next term: it leads as soon as a majority has voted for it. */
  #stand(candidate: Member): void {
    if (!candidate.runs) return;
    const term = candidate.term + 1;
    candidate.follow(term);
    candidate.standsFor = term;
    const { life } = candidate;
    /** When any of those who voted had heard a leader last, by the candidate's clock; null where that is not known. */
    const own = candidate.quietMs();
    const heard: (number | null)[] = [own === null ? null : candidate.now() - own];
    for (const voter of this.members.filter((each) => each !== candidate)) {
      this.#send(voter, () => {
        if (voter.term >= term) return;
        const quietMs = voter.quietMs();
        voter.follow(term);
        this.#send(candidate, () => {
          if (candidate.life !== life || candidate.standsFor !== term) return;
          heard.push(quietMs === null ? null : candidate.now() - quietMs);
          if (heard.length === majority(this.members.length)) this.#elect(candidate, term, heard);
        });
      });
    }
  }

  #elect(leader: Member, term: number, heard: readonly (number | null)[]): void {
    leader.standsFor = null;
    leader.leads = term;
    this.#elected = leader;
    const isKnown = this.#tellsQuiet && !heard.includes(null);
    const quietMs = isKnown ? leader.now() - Math.max(...heard.map(Number)) : null;
    leader.command({ kind: "leader", leader: leader.peer, term, quietMs });
  }

  #disturb(): void {
    const member = this.members[this.random.below(this.members.length)];
    if (member === undefined) return;
    const ms = this.random.below(this.random.below(3) === 0 ? 800 : 100);
    switch (this.random.below(10)) {
      case 0:
        if (member.runs) member.crash();
        return this.time.after(ms, () => member.restart());
      case 1:
      case 2:
        member.reach(() => {
          member.pause();
          this.time.after(ms, () => member.resume(ms));
        });
        return;
      case 3:
        return member.reach(() => member.command({ kind: "demand", on: this.random.below(3) > 0 }));
      default:
        return member.reach(() => this.#stand(member));
    }
  }

  get #isUnlucky(): boolean {
    return !this.#isCalm && this.random.below(LOSS) === 0;
  }

  #ms(): number {
    return this.random.below(!this.#isCalm && this.random.below(8) === 0 ? LONG_MS : USUAL_MS);
  }

  /** Something is said to a member; it may take long, or get lost. */
  #send(to: Member, happen: () => void, mayBeLost = true): void {
    const { life } = to;
    if (mayBeLost && this.#isUnlucky) return;
    this.time.after(this.#ms(), () => {
      if (to.life === life) to.reach(happen);
    });
  }
}

/** Plays a seed; what was broken, and how often somebody was in office. */
export function play(seed: number): { broken: string | null; entries: number; isInOffice: boolean } {
  const world = new World(seed);
  const count = (): number => Math.min(world.office.entries, world.address.entries || world.office.entries);
  try {
    world.disturb(60);
    return { broken: null, entries: count(), isInOffice: world.calm() !== undefined };
  } catch (error) {
    return { broken: error instanceof Error ? error.message : String(error), entries: count(), isInOffice: false };
  }
}
