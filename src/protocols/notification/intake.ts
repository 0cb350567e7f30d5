import type { PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { TokenBucket } from "../../core/token-bucket.ts";
import { detach, type Entry, onwardTtl } from "./entry.ts";
import { foreignName, NO_LIFE } from "./foreign-name.ts";
import type { Rejection } from "./message.ts";
import type { Neighbour } from "./neighbours.ts";
import type { Notice } from "./notice.ts";
import type { Parts } from "./parts.ts";
import type { Program } from "./programs.ts";
import type { Tally } from "./tally.ts";
import { Twins } from "./twins.ts";

/** The last sequence number of a stream. */
const LAST_SEQUENCE = 2 ** 32 - 1;

/** What somebody announces. */
export type Announcement = Pick<Notice, "dataType" | "ttl" | "data">;

/**
 * The one way of a notice through a peer, wherever it comes from: it comes, those who subscribe it are notified, and when
 * all of them have found it valid it is held for others and pushed on.
 */
export class Intake {
  readonly #parts: Parts;
  readonly #life: number;
  readonly #tooSlow: (program: Program, now: number) => void;
  readonly #twins: Twins;
  /** The latest sequence number of each data type that was announced here. */
  readonly #sequences = new Map<number, number>();
  /** What this step has brought about, told at its end. */
  #announced: Notice[] = [];
  #accepted: Notice[] = [];

  /** @param tooSlow told of every program for which too much waits already */
  constructor(parts: Parts, tooSlow: (program: Program, now: number) => void) {
    this.#parts = parts;
    this.#life = lifeNumber(parts.options.life());
    this.#tooSlow = tooSlow;
    this.#twins = new Twins(parts.options.isGateway);
  }

  /** The data types that were announced here. */
  get announcedTypes(): IterableIterator<number> {
    return this.#sequences.keys();
  }

  /** Takes what is new of a peer's notices, as far as `rate` allows; the types of what is not are added to `stale`. */
  take(
    neighbour: Neighbour,
    notices: readonly Notice[],
    { rate, stale }: { readonly rate: TokenBucket; readonly stale: Set<number> },
    now: number,
  ): readonly Entry[] {
    const { audience, holdings, tally, effects } = this.#parts;
    const { peer } = neighbour;
    const fresh: Entry[] = [];
    for (const notice of notices) {
      // Somebody here may have subscribed it when it was sent, and no more.
      if (!audience.subscribes(notice.dataType)) continue;
      const stream = holdings.stream(notice);
      if (stream?.seen.has(notice.sequence) === true) {
        stale.add(notice.dataType);
        holdings.repeat(stream, notice, peer);
      } else if (!this.#isCredible(notice, peer, now) || !mayBring(neighbour, stream === undefined, rate, now)) {
        tally.unwelcome += 1;
      } else {
        const entry = holdings.meet(notice, peer, now);
        if (this.#hasTwin(notice)) tally.duplicates += 1;
        else fresh.push(entry);
      }
    }
    if (fresh.length === 0) return fresh;
    if (fresh.length * 2 < notices.length) for (const entry of fresh) detach(entry);
    tally.received += fresh.length;
    const received = fresh.map(({ notice }) => notice);
    effects.event({ kind: "notices-received", from: peer, count: received.length, notices: received });
    for (const entry of fresh) this.#deliver(entry, null, now);
    return fresh;
  }

  /** A program, or (null) the person here, announces something; why that is refused, or undefined where it is not. */
  announce(session: SessionId | null, { dataType, ttl, data }: Announcement, now: number): string | undefined {
    const { options, holdings, tally } = this.#parts;
    const sequence = (this.#sequences.get(dataType) ?? 0) + 1;
    const reason = this.#whyNot(dataType, data, sequence);
    if (reason !== undefined) return reason;
    this.#sequences.set(dataType, sequence);
    tally.announced += 1;
    this.#twins.announced({ dataType, data });
    const { peer: origin, lamport } = options;
    const notice = { origin, life: this.#life, dataType, sequence, ttl, hops: 0, lamport: lamport(), data };
    const entry = holdings.meet(notice, null, now);
    this.#announced.push(notice);
    this.#deliver(entry, session, now);
    return undefined;
  }

  /** Another network has sent something; it may have come here another way. */
  import({ dataType, ttl, data }: Announcement, now: number): void {
    const { audience, holdings, options, tally, effects } = this.#parts;
    const notice = { ...foreignName(dataType, data), dataType, sequence: 1, ttl, hops: 1, data };
    if (!audience.subscribes(dataType) || holdings.stream(notice) !== undefined || this.#hasTwin(notice)) return;
    const entry = holdings.meet({ ...notice, lamport: options.lamport() }, null, now);
    tally.received += 1;
    effects.event({ kind: "notices-received", from: null, count: 1, notices: [entry.notice] });
    this.#deliver(entry, null, now);
  }

  /** A notified program has answered. */
  judge(entry: Entry, valid: boolean, now: number): void {
    entry.waiting -= 1;
    if (!valid) this.reject(entry, "invalid");
    else if (entry.waiting === 0) this.#accept(entry, now);
  }

  /** A notice spreads no further, unless it was accepted before. */
  reject(entry: Entry, because: Rejection): void {
    if (entry.state !== "pending") return;
    entry.state = "rejected";
    this.#parts.tally[TALLIED_AS[because]] += 1;
    this.#parts.effects.event({ kind: "notice-rejected", notice: entry.notice, because });
  }

  /** Tells at the end of a step what it has brought about; whether anything was accepted. */
  finish(): boolean {
    this.#tell("notices-announced", this.#announced);
    this.#tell("notices-accepted", this.#accepted);
    const isNews = this.#accepted.length > 0;
    if (this.#announced.length > 0) this.#announced = [];
    if (isNews) this.#accepted = [];
    return isNews;
  }

  /** Notifies those who subscribe it; it spreads when all of them have found it valid. */
  #deliver(entry: Entry, announcer: SessionId | null, now: number): void {
    const { recent, audience, tally } = this.#parts;
    recent.add(entry);
    const tooSlow = audience.notify(entry, announcer, now);
    tally.delivered += entry.waiting + (audience.isShown(entry.notice.dataType) ? 1 : 0);
    for (const program of tooSlow) this.#tooSlow(program, now);
    if (entry.waiting === 0) this.#accept(entry, now);
  }

  /** Everybody who was notified has found it valid, unless somebody has rejected it before. */
  #accept(entry: Entry, now: number): void {
    if (entry.state !== "pending") return;
    const { holdings, branches } = this.#parts;
    const { notice } = entry;
    const ttl = this.#isOurs(notice) ? notice.ttl : onwardTtl(notice);
    holdings.hold(entry, ttl, now);
    this.#accepted.push(notice);
    if (ttl !== null) branches.push(entry);
  }

  /** Whether a notice can be what it says. */
  #isCredible(notice: Notice, from: PeerId, now: number): boolean {
    const { options, holdings } = this.#parts;
    // What was announced in this life is known here.
    if (this.#isOurs(notice)) return false;
    // The message that brought it was stamped later than it, and our clock is past that.
    if (notice.lamport > options.lamport()) return false;
    if (holdings.isTooOld(notice)) {
      // Remembered again, so that it is not pulled again and again.
      holdings.meet(notice, from, now);
      return false;
    }
    return true;
  }

  /** Whether a notice has come before under another name. */
  #hasTwin(notice: Pick<Notice, "life" | "dataType" | "data">): boolean {
    return notice.life === NO_LIFE ? this.#twins.isKnownForeign(notice) : this.#twins.isKnownNative(notice);
  }

  #isOurs({ origin, life }: Notice): boolean {
    return life === this.#life && origin === this.#parts.options.peer;
  }

  /** Why something may not be announced; undefined where it may. */
  #whyNot(dataType: number, data: Uint8Array, sequence: number): string | undefined {
    const { options, audience } = this.#parts;
    if (data.length === 0) return "an announcement without data";
    if (sequence > LAST_SEQUENCE) return "the numbers of this type are used up until this peer starts again";
    if (options.strict && !audience.subscribes(dataType)) return `nobody here subscribes type ${dataType}`;
    return undefined;
  }

  #tell(kind: "notices-announced" | "notices-accepted", notices: readonly Notice[]): void {
    if (notices.length > 0) this.#parts.effects.event({ kind, count: notices.length, notices });
  }
}

/** Whether a peer may bring one more notice, and a stream that is not known here if it is of one. */
function mayBring({ streams }: Neighbour, isNewStream: boolean, rate: TokenBucket, now: number): boolean {
  return rate.take(now) && (!isNewStream || streams.take(now));
}

/** What each rejection is counted as. */
const TALLIED_AS = {
  invalid: "invalid",
  unanswered: "unanswered",
  "subscriber-gone": "abandoned",
} as const satisfies Record<Rejection, keyof Tally>;

/** An incarnation as the 16 bits of a life, never 0: two lives of a peer with one number are 65,535 starts apart. */
function lifeNumber(incarnation: number): number {
  return (incarnation % 0xffff) + 1;
}
