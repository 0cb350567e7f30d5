import type { Address } from "../core/address.ts";
import type { SessionId } from "../core/protocol.ts";
import { corruptFrame, FRAME_VERSION, HEADER_BYTES } from "../wire/frame.ts";
import type { Station, Wire } from "./station.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { Way } from "./way.ts";

/** How long a dial into silence lasts, ms. */
const DIAL_TIMEOUT_MS = 3000;

/** What lies between the ends of a connection. */
export interface Between {
  readonly time: VirtualTime;
  /** Whoever listens at an address; undefined if nobody does. */
  at(address: Address): Station | undefined;
  way(from: Address, to: Address): Way;
}

/** One end of a connection. */
interface End {
  readonly station: Station;
  readonly session: SessionId;
  /** By which what arrives here has come. */
  readonly way: Way;
  /** What has arrived here but is held back, by a cut. */
  held: (() => void)[];
  /** When the latest thing that was sent arrives here: nothing sent later may come before. */
  latestAt: number;
  /** It has let go of the connection: what still comes is nobody's. */
  isClosed: boolean;
}

/** A TCP connection in virtual time: keeps order, holds back while silenced, breaks when an end crashes. */
export class Stream implements Wire {
  readonly #network: Between;
  readonly #dialler: End;
  readonly #target: Address;
  readonly #gone: () => void;
  #acceptor: End | undefined;
  #isBroken = false;
  /** What the dialler sent before the other end was there. */
  #early: Buffer[] = [];

  constructor(network: Between, dialler: Station, session: SessionId, target: Address, gone: () => void) {
    this.#network = network;
    this.#dialler = endOf(dialler, session, network.way(target, dialler.address));
    this.#target = target;
    this.#gone = gone;
  }

  /** Dials: after a while either both ends hear that it stands, or the dialler hears why not. */
  open(): void {
    const { time } = this.#network;
    const { address } = this.#dialler.station;
    const there = this.#network.way(address, this.#target);
    const back = this.#dialler.way;
    if (there.conditions.cut || back.conditions.cut) return time.after(DIAL_TIMEOUT_MS, () => this.#fail("timed out"));
    time.after(there.piece(0, time.now), () => {
      if (this.#isBroken) return;
      const station = this.#network.at(this.#target);
      const answerMs = back.piece(0, time.now);
      if (station === undefined) return time.after(answerMs, () => this.#fail("connection refused"));
      this.#accept(station, there);
      time.after(answerMs, () => {
        if (!this.#dialler.isClosed) this.#dialler.station.connected(this.#dialler.session, this.#target);
      });
    });
  }

  /** Sends bytes from one end to the other, as one piece. */
  send(from: Station, bytes: Buffer): void {
    if (this.#isBroken) return;
    const to = this.#other(from);
    if (to === undefined) this.#early.push(bytes);
    else this.#travel(to, bytes);
  }

  /** One end closes or crashes: the other hears of it after all that was sent before. */
  end(from: Station, reason: string): void {
    if (this.#isBroken) return;
    const [own, to] =
      from === this.#dialler.station ? [this.#dialler, this.#acceptor] : [this.#acceptor, this.#dialler];
    if (own === undefined || own.isClosed) return;
    own.isClosed = true;
    if (to === undefined) return this.#drop();
    this.#arrive(to, 0, () => {
      if (this.#isBroken) return;
      this.#drop();
      if (!to.isClosed) to.station.disconnected(to.session, reason);
    });
  }

  /** Lets what was held back arrive, where nothing silences it any more. */
  resume(): void {
    for (const end of [this.#dialler, this.#acceptor]) {
      if (end === undefined || end.way.conditions.cut || end.held.length === 0) continue;
      const held = end.held;
      end.held = [];
      for (const arrive of held) arrive();
    }
  }

  #accept(station: Station, way: Way): void {
    const from = this.#dialler.station.address;
    const end = endOf(station, station.accept(from, this), way);
    this.#acceptor = end;
    station.connected(end.session, from);
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) this.#travel(end, bytes);
  }

  #travel(to: End, bytes: Buffer): void {
    const damage = to.way.damage();
    if (damage === null) return this.#arrive(to, bytes.length, () => this.#receive(to, bytes, null));
    const damaged = damagedCopy(bytes, damage);
    this.#arrive(to, bytes.length, () => this.#receive(to, damaged, bytes));
  }

  /** After its time it arrives, unless it is held back; what is sent later never overtakes it. */
  #arrive(to: End, size: number, arrive: () => void): void {
    const { time } = this.#network;
    to.latestAt = Math.max(to.latestAt, time.now + to.way.piece(size, time.now));
    time.at(to.latestAt, () => {
      if (to.held.length > 0 || to.way.conditions.cut) to.held.push(arrive);
      else arrive();
    });
  }

  #receive(to: End, bytes: Buffer, sent: Buffer | null): void {
    if (!this.#isBroken && !to.isClosed) to.station.receive(to.session, bytes, sent);
  }

  #fail(reason: string): void {
    if (this.#isBroken) return;
    this.#drop();
    if (!this.#dialler.isClosed) this.#dialler.station.disconnected(this.#dialler.session, reason);
  }

  #drop(): void {
    this.#isBroken = true;
    this.#gone();
  }

  #other(from: Station): End | undefined {
    return from === this.#dialler.station ? this.#acceptor : this.#dialler;
  }
}

/** A burst within what the checksum of frames promises to find; in anything else one bit. `choice`: 32 random bits. */
function damagedCopy(bytes: Buffer, choice: number): Buffer {
  const damaged = Buffer.from(bytes);
  if (bytes.length >= HEADER_BYTES && bytes[0] === FRAME_VERSION) corruptFrame(damaged, choice);
  else damaged[choice % bytes.length] = (bytes[choice % bytes.length] ?? 0) ^ 1;
  return damaged;
}

function endOf(station: Station, session: SessionId, way: Way): End {
  return { station, session, way, held: [], latestAt: 0, isClosed: false };
}
