import type { Address } from "../../../src/core/address.ts";
import type { OfficeHolder, OfficeRow } from "../../../src/core/job.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Input } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { failed } from "../../../src/core/request.ts";
import { office } from "../../../src/protocols/office/definition.ts";
import type { OfficeSpeech } from "../../../src/protocols/office/message.ts";

export const [A, B, C] = ["000000000000000a", "000000000000000b", "000000000000000c"] as [PeerId, PeerId, PeerId];
export const ADDRESS = "127.9.9.9:7400" as Address;
export const LEASE_MS = 200;
export const DRIFT = 0.1;

/** What a successor waits in full. */
export const WAIT_MS = LEASE_MS * (1 + DRIFT);

export type OfficeOptions = OfficeSpeech["options"];
export type OfficeEvent = OfficeSpeech["event"];

export const OPTIONS: OfficeOptions = {
  peer: A,
  address: ADDRESS,
  driver: "bind",
  leaseMs: LEASE_MS,
  drift: DRIFT,
  leaseReads: false,
};

/** Somebody who held, or holds, the office. */
export function holder(peer: PeerId, term: number, fields: Partial<OfficeHolder> = {}): OfficeHolder {
  return { holder: peer, term, leaseMs: LEASE_MS, released: false, ...fields };
}

/** What the order holds of the office. */
export function row(peer: PeerId, term: number, predecessor: OfficeHolder | null = null): OfficeRow {
  return { ...holder(peer, term), predecessor };
}

/** One machine on the bench: inputs go in by hand, events come out. */
export class OnBench {
  readonly machine;
  now = 1_000;

  constructor(options: Partial<OfficeOptions> = {}) {
    this.machine = office.start({ ...OPTIONS, ...options }, [], seededRandom(1), this.now);
  }

  get view(): OfficeSpeech["view"] {
    return this.machine.view();
  }

  give(input: Input<OfficeSpeech>): OfficeEvent[] {
    // It has nothing to send or to save.
    return this.machine.step(input, this.now).flatMap((effect) => (effect.kind === "event" ? [effect.event] : []));
  }

  command(command: OfficeSpeech["command"]): OfficeEvent[] {
    return this.give({ kind: "command", command });
  }

  leads(term: number, quietMs: number | null = null): OfficeEvent[] {
    return this.command({ kind: "leader", leader: A, term, quietMs });
  }

  follows(leader: PeerId | null = B): OfficeEvent[] {
    return this.command({ kind: "leader", leader, term: leader === null ? 0 : 99, quietMs: null });
  }

  row(row: OfficeRow | null): OfficeEvent[] {
    return this.command({ kind: "row", row });
  }

  readable(ticket: number): OfficeEvent[] {
    return this.command({ kind: "readable", ticket });
  }

  /** The order fails to take an operation. */
  fails(request: Extract<OfficeEvent, { kind: "submit-broker" }>["request"]): OfficeEvent[] {
    return this.command({ kind: "answered", request, answer: failed("timed-out", "no outcome", false) });
  }

  address(kind: "taken" | "refused" | "gone", term: number, because = "so"): OfficeEvent[] {
    if (kind === "taken") return this.command({ kind: "address-taken", term });
    return this.command({ kind: kind === "gone" ? "address-gone" : "address-refused", term, because });
  }

  /** Time passes, and timeouts that fall due are given. */
  wait(ms: number): OfficeEvent[] {
    const end = this.now + ms;
    const events: OfficeEvent[] = [];
    while (this.machine.deadline <= end) {
      this.now = Math.max(this.now, this.machine.deadline);
      events.push(...this.give({ kind: "timeout" }));
    }
    this.now = end;
    return events;
  }

  /** Time passes, and every question whether it leads still is answered with yes at once. */
  waitConfirmed(ms: number): OfficeEvent[] {
    const end = this.now + ms;
    const events: OfficeEvent[] = [];
    while (this.machine.deadline <= end) {
      this.now = Math.max(this.now, this.machine.deadline);
      const told = this.give({ kind: "timeout" });
      events.push(...told, ...tickets(told).flatMap((ticket) => this.readable(ticket)));
    }
    this.now = end;
    return events;
  }
}

/** The tickets of the questions among events. */
export function tickets(events: readonly OfficeEvent[]): number[] {
  return events.flatMap((event) => (event.kind === "confirmation-wanted" ? [event.ticket] : []));
}

/** A peer that entered the office in term 3, as nobody held it before; the address is asked for. */
export function inOffice(options: Partial<OfficeOptions> = {}): OnBench {
  const bench = new OnBench(options);
  if (options.address === null) bench.command({ kind: "demand", on: true });
  bench.leads(3);
  for (const ticket of tickets(bench.row(row(A, 3)))) bench.readable(ticket);
  return bench;
}
