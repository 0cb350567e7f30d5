import type { Address } from "../../core/address.ts";
import type { SessionId } from "../../core/protocol.ts";
import { FRAME_VERSION, HEADER_BYTES } from "../../wire/frame.ts";
import { corruptFrames } from "../../wire/more.ts";
import type { VirtualTime } from "../time/virtual-time.ts";
import type { Station, Wire } from "./station.ts";
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

/** Something that was sent and has not arrived. */
interface Piece {
  readonly bytes: number;
  /** When it arrives; a cut holds it back beyond that. */
  at: number;
  readonly arrive: () => void;
}

/** One end of a connection. */
interface End {
  readonly station: Station;
  readonly session: SessionId;
  /** By which what arrives here has come. */
  readonly way: Way;
  /** What is on its way here, in the order in which it was sent and will arrive. */
  readonly underWay: Piece[];
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
  /** The dialler knows that the other end is there. */
  #isStanding = false;
  #isBroken = false;
  /** What the dialler has sent before it stands. */
  #early: Buffer[] = [];

  constructor(network: Between, dialler: Station, session: SessionId, target: Address, gone: () => void) {
    this.#network = network;
    this.#dialler = endOf(dialler, session, network.way(target, dialler.address));
    this.#target = target;
    this.#gone = gone;
  }

  /** Dials: after a round trip the dialler hears that it stands, and the other end when that has come; or why not. */
  open(): void {
    const { time } = this.#network;
    const there = this.#network.way(this.#dialler.station.address, this.#target);
    time.after(DIAL_TIMEOUT_MS, () => this.#giveUp());
    if (there.conditions.cut) return;
    time.after(there.piece(0, time.now), () => {
      if (this.#isBroken || there.conditions.cut) return;
      const station = this.#network.at(this.#target);
      if (station === undefined) this.#arrive(this.#dialler, 0, () => this.#fail("connection refused"));
      else this.#accept(station, there);
    });
  }

  /** Sends bytes from one end to the other, as one piece. */
  send(from: Station, bytes: Buffer): void {
    if (this.#isBroken) return;
    const to = this.#other(from);
    if (to === undefined || !this.#isStanding) this.#early.push(bytes);
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
    // Whoever is told of an end was told of the beginning.
    if (to === this.#acceptor && !this.#isStanding) this.#introduce(to);
    this.#arrive(to, 0, () => {
      if (this.#isBroken) return;
      this.#drop();
      if (!to.isClosed) to.station.disconnected(to.session, reason);
    });
  }

  /** Lets what was held back arrive, where nothing silences it any more. */
  resume(): void {
    for (const end of this.#ends()) while (this.#deliver(end));
  }

  /** A way has another width: what is under way on it comes no later than if it were sent now. */
  hurry(way: Way): void {
    const { time } = this.#network;
    for (const end of this.#ends()) {
      if (end.way !== way) continue;
      end.latestAt = 0;
      for (const piece of end.underWay) {
        piece.at = Math.min(piece.at, Math.max(end.latestAt, time.now + way.piece(piece.bytes, time.now)));
        end.latestAt = piece.at;
        time.at(piece.at, () => this.#deliver(end));
      }
    }
  }

  #accept(station: Station, way: Way): void {
    const end = endOf(station, station.accept(this.#dialler.station.address, this), way);
    this.#acceptor = end;
    this.#arrive(this.#dialler, 0, () => this.#stand(end));
  }

  /** The dialler hears that it stands: what it has said until now leaves, behind the news for the other end. */
  #stand(acceptor: End): void {
    const { station, session, isClosed } = this.#dialler;
    if (this.#isBroken || isClosed) return;
    this.#isStanding = true;
    this.#introduce(acceptor);
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) this.#travel(acceptor, bytes);
    station.connected(session, this.#target);
  }

  #introduce(acceptor: End): void {
    const { station, session } = acceptor;
    this.#arrive(acceptor, 0, () => {
      if (!this.#isBroken && !acceptor.isClosed) station.connected(session, this.#dialler.station.address);
    });
  }

  #travel(to: End, bytes: Buffer): void {
    const damage = to.way.damage();
    if (damage === null) return this.#arrive(to, bytes.length, () => this.#receive(to, bytes, null));
    const damaged = damagedCopy(bytes, damage);
    this.#arrive(to, bytes.length, () => this.#receive(to, damaged, bytes));
  }

  /** After its time it arrives, unless it is held back; what is sent later never overtakes it. */
  #arrive(to: End, bytes: number, arrive: () => void): void {
    const { time } = this.#network;
    to.latestAt = Math.max(to.latestAt, time.now + to.way.piece(bytes, time.now));
    to.underWay.push({ bytes, at: to.latestAt, arrive });
    time.at(to.latestAt, () => this.#deliver(to));
  }

  /** Lets the next thing arrive, if it is time and nothing holds it back; whether it was so. */
  #deliver(to: End): boolean {
    const [next] = to.underWay;
    if (next === undefined || next.at > this.#network.time.now || to.way.conditions.cut) return false;
    to.underWay.shift();
    next.arrive();
    return true;
  }

  #receive(to: End, bytes: Buffer, sent: Buffer | null): void {
    if (!this.#isBroken && !to.isClosed) to.station.receive(to.session, bytes, sent);
  }

  #fail(reason: string): void {
    if (this.#isBroken || this.#dialler.isClosed) return;
    this.end(this.#dialler.station, reason);
    this.#dialler.station.disconnected(this.#dialler.session, reason);
  }

  #giveUp(): void {
    if (!this.#isStanding) this.#fail("timed out");
  }

  #drop(): void {
    this.#isBroken = true;
    this.#gone();
  }

  #ends(): readonly End[] {
    return this.#acceptor === undefined ? [this.#dialler] : [this.#dialler, this.#acceptor];
  }

  #other(from: Station): End | undefined {
    return from === this.#dialler.station ? this.#acceptor : this.#dialler;
  }
}

/** A burst within what the checksum of frames promises to find; in anything else one bit. `choice`: 32 random bits. */
function damagedCopy(bytes: Buffer, choice: number): Buffer {
  const damaged = Buffer.from(bytes);
  if (bytes.length >= HEADER_BYTES && bytes[0] === FRAME_VERSION) corruptFrames(damaged, choice);
  else damaged[choice % bytes.length] = (bytes[choice % bytes.length] ?? 0) ^ 1;
  return damaged;
}

function endOf(station: Station, session: SessionId, way: Way): End {
  return { station, session, way, underWay: [], latestAt: 0, isClosed: false };
}
