import type { Address } from "../core/address.ts";
import type { SessionId } from "../core/protocol.ts";
import { MessageReceiver } from "../peer/frames.ts";
import type { Environment, Station, Wire } from "./environment.ts";

/** How long a dial into silence lasts. */
const DIAL_TIMEOUT_MS = 3000;

/** One end of a connection. */
interface End {
  readonly peer: Station;
  readonly session: SessionId;
  readonly receiver: MessageReceiver;
  /** What arrives here but is held back, by a cut or until the connection stands. */
  held: (() => void)[];
  /** It has let go of the connection: what still comes is nobody's. */
  isClosed: boolean;
}

/** A TCP connection in virtual time: keeps order, holds back while silenced, breaks when an end crashes. */
export class Stream implements Wire {
  readonly #world: Environment;
  readonly #dialler: End;
  readonly #target: Address;
  readonly #gone: () => void;
  #acceptor: End | undefined;
  #broken = false;
  /** What the dialler sent before the other end was there. */
  #early: Buffer[] = [];

  constructor(world: Environment, dialler: Station, session: SessionId, target: Address, gone: () => void) {
    this.#world = world;
    this.#dialler = endOf(dialler, session);
    this.#target = target;
    this.#gone = gone;
  }

  /** Dials: after a while either both ends hear that it stands, or the dialler hears why not. */
  open(): void {
    const { latencyMs } = this.#world.options;
    const { peer, session } = this.#dialler;
    peer.attach(session, this);
    if (this.#world.isCut(peer.address, this.#target) || this.#world.isCut(this.#target, peer.address)) {
      return this.#world.after(DIAL_TIMEOUT_MS, () => this.#fail("timed out"));
    }
    this.#world.after(latencyMs, () => {
      if (this.#broken) return;
      const acceptor = this.#world.at(this.#target);
      if (acceptor === undefined) return this.#world.after(latencyMs, () => this.#fail("connection refused"));
      const end = endOf(acceptor, acceptor.nextAccepted());
      this.#acceptor = end;
      acceptor.attach(end.session, this);
      end.peer.give({ kind: "session-up", session: end.session, address: peer.address });
      const early = this.#early;
      this.#early = [];
      for (const bytes of early) this.#deliver(end, peer.address, bytes);
      this.#world.after(latencyMs, () => {
        if (!this.#dialler.isClosed) peer.give({ kind: "session-up", session, address: this.#target });
      });
    });
  }

  send(from: Station, bytes: Buffer): void {
    if (this.#broken) return;
    const to = this.#other(from);
    if (to === undefined) this.#early.push(bytes);
    else this.#travel(to, from.address, () => this.#receive(to, bytes));
  }

  end(from: Station, reason: string): void {
    if (this.#broken) return;
    const [own, to] = from === this.#dialler.peer ? [this.#dialler, this.#acceptor] : [this.#acceptor, this.#dialler];
    if (own === undefined || own.isClosed) return;
    own.isClosed = true;
    from.detach(own.session);
    if (to === undefined) return this.#drop();
    this.#travel(to, from.address, () => {
      if (this.#broken) return;
      this.#drop();
      if (to.isClosed) return;
      to.peer.detach(to.session);
      to.peer.give({ kind: "session-down", session: to.session, reason });
    });
  }

  /** Lets what was held back arrive, where it is silenced no more. */
  resume(): void {
    for (const end of [this.#dialler, this.#acceptor]) {
      if (end === undefined) continue;
      const held = end.held;
      end.held = [];
      for (const arrive of held) arrive();
    }
  }

  #deliver(to: End, from: Address, bytes: Buffer): void {
    this.#travel(to, from, () => this.#receive(to, bytes));
  }

  /** After the latency it arrives, unless it is held back; what is sent later never overtakes it. */
  #travel(to: End, from: Address, arrive: () => void): void {
    this.#world.after(this.#world.options.latencyMs, () => {
      if (to.held.length > 0 || this.#world.isCut(from, to.peer.address)) to.held.push(arrive);
      else arrive();
    });
  }

  #receive(to: End, bytes: Buffer): void {
    if (this.#broken || to.isClosed) return;
    for (const input of to.receiver.push(bytes)) to.peer.give(input);
    if (to.receiver.failure === undefined) return;
    this.end(to.peer, "bad bytes");
    to.peer.give({ kind: "session-down", session: to.session, reason: to.receiver.failure });
  }

  #fail(reason: string): void {
    if (this.#broken) return;
    this.#drop();
    const { peer, session } = this.#dialler;
    peer.detach(session);
    peer.give({ kind: "session-down", session, reason });
  }

  #drop(): void {
    this.#broken = true;
    this.#gone();
  }

  #other(from: Station): End | undefined {
    return from === this.#dialler.peer ? this.#acceptor : this.#dialler;
  }
}

function endOf(peer: Station, session: SessionId): End {
  return { peer, session, receiver: new MessageReceiver(session), held: [], isClosed: false };
}
