import type { Address } from "../../../src/core/address.ts";
import { USUAL_MODES } from "../../../src/core/modes.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Input, Protocol, SessionId } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { LINK_DEFAULTS, link } from "../../../src/protocols/link/definition.ts";
import type { LinkMessage, LinkSpeech } from "../../../src/protocols/link/message.ts";
import { at, cluster, type LinkEffect, peer } from "./scene.ts";

/** What travels on a connection: what the machines say, and what other protocols would say on a link. */
type Frame =
  | { readonly kind: "up" }
  | { readonly kind: "message"; readonly message: LinkMessage }
  | { readonly kind: "word"; readonly to: PeerId }
  | { readonly kind: "down" };

/** One direction of a connection: first in, first out. */
interface Lane {
  readonly host: Host;
  readonly session: SessionId;
  readonly remote: Address;
  readonly frames: Frame[];
  back: Lane | null;
  open: boolean;
}

/** A peer as the composition around a link machine would be: it knows who is behind which session. */
export interface Host {
  readonly digit: string;
  readonly peer: PeerId;
  readonly addresses: readonly Address[];
  incarnation: number;
  machine: Protocol<LinkSpeech>;
  readonly lanes: Map<SessionId, Lane>;
  readonly peers: Map<SessionId, PeerId>;
  /** The session of the link to each peer that is up. */
  readonly up: Map<PeerId, SessionId>;
  /** How often each peer's link went up and was lost in this life. */
  established: number;
  lost: number;
  accepted: number;
}

/** Peers and the connections between them; which frame is delivered next is for the test to say. */
export class Network {
  readonly hosts: Host[];
  now = 0;
  /** Words that reached nobody who could tell whose they were. */
  wordsLost = 0;
  words = 0;
  readonly #lanes = new Set<Lane>();
  #seed = 1;

  /** Host i has ID `digits[i]` and listens at 700<digit> and at 710<digit>. */
  constructor(digits: readonly string[]) {
    this.hosts = digits.map((digit) => this.#host(digit));
  }

  /** The lanes on which something waits to be delivered. */
  pending(): Lane[] {
    return [...this.#lanes].filter((lane) => lane.frames.length > 0);
  }

  command(host: Host, command: LinkSpeech["command"]): void {
    this.#step(host, { kind: "command", command });
  }

  /** Delivers the first frame of a lane. */
  deliver(lane: Lane): void {
    const frame = lane.frames.shift();
    if (frame === undefined || !lane.open) return;
    const { host, session, remote } = lane;
    if (frame.kind === "up") this.#step(host, { kind: "session", session, up: true, address: remote });
    else if (frame.kind === "message") {
      this.#step(host, { kind: "message", from: { session }, message: frame.message });
    } else if (frame.kind === "word") this.#hearWord(lane, frame.to);
    else this.#lose(lane, "closed by the other side");
  }

  deliverAll(): void {
    for (let next = this.pending(); next.length > 0; next = this.pending()) {
      for (const lane of next) this.deliver(lane);
    }
  }

  /** Breaks a connection; either side learns of it, or (`silently`) only the side of this lane. */
  break(lane: Lane, silently: boolean): void {
    if (!lane.open) return;
    if (silently && lane.back !== null) lane.back.back = null;
    else lane.back?.frames.splice(0, Infinity, { kind: "down" });
    this.#lose(lane, "reset");
  }

  /** Another protocol says a word to every peer that is linked. */
  speak(host: Host): void {
    for (const [to, session] of host.up) {
      this.words += 1;
      this.#put(host, session, { kind: "word", to });
    }
  }

  /** Restarts a host with a higher incarnation; the others keep their connections to it, half-open. */
  crash(host: Host): void {
    for (const lane of host.lanes.values()) {
      lane.open = false;
      if (lane.back !== null) lane.back.back = null;
    }
    for (const all of [host.lanes, host.peers, host.up]) all.clear();
    host.incarnation += 1;
    host.machine = this.#start(host.digit, host.incarnation);
    Object.assign(host, { established: 0, lost: 0 });
  }

  /** Lets time pass until something is due, at most until `end`; answers false when nothing is. */
  advance(end: number): boolean {
    const deadline = Math.min(...this.hosts.map(({ machine }) => machine.deadline));
    if (deadline > end) return false;
    this.now = Math.max(this.now, deadline);
    for (const host of this.hosts) if (host.machine.deadline <= this.now) this.#step(host, { kind: "timeout" });
    return true;
  }

  /** The open connections that both ends know. */
  standing(): [SessionId, SessionId][] {
    const dialled = [...this.#lanes].filter((lane) => lane.open && lane.session % 2 === 1 && lane.back?.open === true);
    return dialled.map((lane) => [lane.session, lane.back?.session ?? 0]);
  }

  /** Who dialled the link of `host` to `other`, and whether `other` uses the other end of it. */
  agreed(host: Host, other: Host): { dialler: Host; same: boolean } | undefined {
    const session = host.up.get(other.peer);
    if (session === undefined) return undefined;
    const theirs = host.lanes.get(session)?.back?.session;
    return { dialler: session % 2 === 1 ? host : other, same: theirs === other.up.get(host.peer) };
  }

  #host(digit: string): Host {
    const port = Number.parseInt(digit, 16);
    return {
      digit,
      peer: peer(digit),
      addresses: [at(7000 + port), at(7100 + port)],
      incarnation: 1,
      machine: this.#start(digit, 1),
      lanes: new Map(),
      peers: new Map(),
      up: new Map(),
      established: 0,
      lost: 0,
      accepted: 0,
    };
  }

  #start(digit: string, incarnation: number): Protocol<LinkSpeech> {
    const address = at(7000 + Number.parseInt(digit, 16));
    const self = {
      peer: peer(digit),
      address,
      name: digit,
      cluster: cluster("c"),
      incarnation,
      reads: "read-index" as const,
      modes: USUAL_MODES,
      vip: null,
    };
    this.#seed += 1;
    return link.start({ ...LINK_DEFAULTS, ...self }, [], seededRandom(this.#seed), this.now);
  }

  #step(host: Host, input: Input<LinkSpeech>): void {
    for (const effect of host.machine.step(input, this.now)) this.#carryOut(host, effect);
  }

  #carryOut(host: Host, effect: LinkEffect): void {
    if (effect.kind === "dial") this.#dial(host, effect.session, effect.address);
    else if (effect.kind === "close") this.#close(host, effect.session);
    else if (effect.kind === "event") this.#note(host, effect.event);
    else if (effect.kind === "send" && "session" in effect.to) {
      this.#put(host, effect.to.session, { kind: "message", message: effect.message });
    }
  }

  #dial(host: Host, session: SessionId, address: Address): void {
    const other = this.hosts.find(({ addresses }) => addresses.includes(address));
    const here: Lane = { host, session, remote: address, frames: [], back: null, open: true };
    host.lanes.set(session, here);
    this.#lanes.add(here);
    if (other === undefined) {
      here.frames.push({ kind: "down" });
      return;
    }
    other.accepted += 1;
    const remote = at(50_000 + this.#lanes.size);
    const there: Lane = { host: other, session: 2 * other.accepted, remote, frames: [], back: here, open: true };
    there.frames.push({ kind: "up" });
    other.lanes.set(there.session, there);
    this.#lanes.add(there);
    here.back = there;
  }

  #put(host: Host, session: SessionId, frame: Frame): void {
    host.lanes.get(session)?.back?.frames.push(frame);
  }

  #close(host: Host, session: SessionId): void {
    const lane = host.lanes.get(session);
    if (lane === undefined) throw new Error(`${host.digit} closes ${session}, which is not open`);
    lane.back?.frames.push({ kind: "down" });
    this.#shut(lane);
  }

  #lose(lane: Lane, reason: string): void {
    this.#shut(lane);
    this.#step(lane.host, { kind: "session", session: lane.session, up: false, reason });
  }

  #shut(lane: Lane): void {
    this.wordsLost += lane.frames.filter(({ kind }) => kind === "word").length;
    lane.open = false;
    lane.frames.length = 0;
    lane.host.lanes.delete(lane.session);
    lane.host.peers.delete(lane.session);
    this.#lanes.delete(lane);
  }

  #hearWord(lane: Lane, to: PeerId): void {
    if (to !== lane.host.peer) throw new Error("a word reached somebody else");
    if (lane.host.peers.get(lane.session) === undefined) this.wordsLost += 1;
  }

  /** Up and down must alternate: that is checked here, at every event. */
  #note(host: Host, event: LinkSpeech["event"]): void {
    if (event.kind === "link-established" || event.kind === "link-replaced") {
      if (host.up.has(event.peer) !== (event.kind === "link-replaced")) throw new Error(`${event.kind} out of turn`);
      host.established += event.kind === "link-established" ? 1 : 0;
      host.up.set(event.peer, event.session);
      host.peers.set(event.session, event.peer);
    } else if (event.kind === "link-duplicated") {
      if (!host.up.has(event.peer)) throw new Error("a duplicate of nothing");
      host.peers.set(event.session, event.peer);
    } else if (event.kind === "link-lost") {
      if (!host.up.delete(event.peer)) throw new Error("lost what was not up");
      host.lost += 1;
    }
  }
}
