import { type Address, portOf } from "../core/address.ts";
import { type PeerId, parsePeerId } from "../core/peer-id.ts";

/** What a peer can be called by. */
export interface NamedPeer {
  readonly id: PeerId;
  readonly name: string;
  readonly address: Address;
}

/** A word that should have named a peer: who it is, or one line that says what is wrong and what would be right. */
export type Found = { readonly ok: true; readonly peer: PeerId } | { readonly ok: false; readonly text: string };

/** Fewest hex digits of an ID that stand for it. */
const SHORTEST_ID = 4;

/** Words that mean something else where a peer may be named. */
const RESERVED = ["all", "in", "out", "both", "for", "reset", "jitter"];

/**
 * The names of a set of peers: by name, else by port, else by address, whichever is the shortest that no other peer
 * shares. Names are as the peers gave them: escape them before they are shown.
 */
export class PeerNames {
  readonly self: PeerId;
  readonly #peers: readonly NamedPeer[];
  readonly #labels = new Map<PeerId, string>();

  /** @param peers this peer first, then the others */
  constructor(self: NamedPeer, others: readonly NamedPeer[]) {
    this.self = self.id;
    this.#peers = [self, ...others];
    const uses = new Map<string, number>();
    for (const peer of this.#peers)
      for (const word of new Set(callings(peer))) uses.set(word, (uses.get(word) ?? 0) + 1);
    for (const peer of this.#peers)
      this.#labels.set(peer.id, callings(peer).find((word) => uses.get(word) === 1) ?? peer.id);
  }

  /** All labels, this peer's first. */
  get labels(): readonly string[] {
    return [...this.#labels.values()];
  }

  /** What a peer is called; the beginning of its ID where nothing else is known of it. */
  label(peer: PeerId): string {
    return this.#labels.get(peer) ?? `#${peer.slice(0, SHORTEST_ID)}`;
  }

  /** What the peer at an address is called; the address itself where nobody is known there. */
  labelAt(address: Address): string {
    const peer = this.#peers.find((candidate) => candidate.address === address);
    return peer === undefined ? address : this.label(peer.id);
  }

  /**
   * The peer that a word means: a label, name, port, address, or the first four or more digits of an ID. A whole ID means
   * its peer whether or not that is known here.
   */
  find(word: string): Found {
    const whole = parsePeerId(word);
    if (whole !== undefined) return { ok: true, peer: whole };
    const wanted = word.replace(/^#/, "").toLowerCase();
    const exact = this.#peers.filter((peer) => this.label(peer.id) === word);
    const matching = exact.length > 0 ? exact : this.#peers.filter((peer) => answersTo(peer, word, wanted));
    const [first, second] = matching;
    if (first === undefined) return { ok: false, text: `no peer is called ${word}: ${this.#choices(this.#peers)}` };
    if (second !== undefined) return { ok: false, text: `${word} means several: ${this.#choices(matching)}` };
    return { ok: true, peer: first.id };
  }

  #choices(peers: readonly NamedPeer[]): string {
    const shown = peers.slice(0, 5).map((peer) => this.label(peer.id));
    return `say ${shown.join(", ")}${peers.length > shown.length ? ", ..." : ""}`;
  }
}

function callings(peer: NamedPeer): string[] {
  const { name } = peer;
  const spoken = name !== "" && !/[\s,|]/.test(name) && !RESERVED.includes(name) && parsePeerId(name) === undefined;
  return [...(spoken ? [name] : []), String(portOf(peer.address)), peer.address];
}

function answersTo(peer: NamedPeer, word: string, wanted: string): boolean {
  return callings(peer).includes(word) || (wanted.length >= SHORTEST_ID && peer.id.startsWith(wanted));
}
