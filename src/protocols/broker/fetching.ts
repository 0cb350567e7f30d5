import type { PeerId } from "../../core/peer-id.ts";
import type { Ground } from "./ground.ts";
import { termOf } from "./ground.ts";

/** Who does not send for so long is not waited for, ms. */
const PATIENCE_MS = 500;

/** A board that this peer needs and does not have. */
interface Wanted {
  /** Who is asked; null while nobody is. */
  asked: PeerId | null;
  /** Those who were asked since all were asked last. */
  readonly tried: Set<PeerId>;
  nextAt: number;
}

/** Boards that are asked of other peers: of one after another, those first who keep boards. */
export class Fetching {
  readonly #ground: Ground;
  readonly #wanted = new Map<string, Wanted>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** When somebody else is asked, monotonic ms. */
  get deadline(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { nextAt } of this.#wanted.values()) earliest = Math.min(earliest, nextAt);
    return earliest;
  }

  /** Asks for a board. */
  want(hash: string): void {
    if (this.#wanted.has(hash)) return;
    const wanted: Wanted = { asked: null, tried: new Set(), nextAt: this.#ground.now };
    this.#wanted.set(hash, wanted);
    this.#askNext(hash, wanted);
  }

  /** It is here, or not needed any more. */
  forget(hash: string): void {
    this.#wanted.delete(hash);
  }

  /** Nothing is needed any more. */
  clear(): void {
    this.#wanted.clear();
  }

  /** A part of it has come from a peer: the next one is asked of the same. Whether it is wanted of that one. */
  received(from: PeerId, hash: string, offset: number): boolean {
    const wanted = this.#wanted.get(hash);
    if (wanted === undefined || wanted.asked !== from) return false;
    this.#ask(from, hash, offset, wanted);
    return true;
  }

  /** A peer does not have it. */
  unknownTo(from: PeerId, hash: string): void {
    const wanted = this.#wanted.get(hash);
    if (wanted?.asked === from) this.#askNext(hash, wanted);
  }

  /** A link to a peer stands: it may have what nobody had. */
  link(): void {
    for (const [hash, wanted] of this.#wanted) if (wanted.asked === null) this.#askNext(hash, wanted);
  }

  unlink(peer: PeerId): void {
    for (const [hash, wanted] of this.#wanted) if (wanted.asked === peer) this.#askNext(hash, wanted);
  }

  /** Time has passed. */
  pass(): void {
    for (const [hash, wanted] of this.#wanted) if (wanted.nextAt <= this.#ground.now) this.#askNext(hash, wanted);
  }

  #askNext(hash: string, wanted: Wanted): void {
    const { options, linked, now } = this.#ground;
    const keepers = options.keepers();
    const others = [...keepers, ...linked].filter((peer) => linked.has(peer) && !wanted.tried.has(peer));
    const [next] = others;
    if (next !== undefined) return this.#ask(next, hash, 0, wanted);
    // All were asked: once more, after a while.
    wanted.asked = null;
    wanted.tried.clear();
    wanted.nextAt = now + PATIENCE_MS;
  }

  #ask(peer: PeerId, hash: string, offset: number, wanted: Wanted): void {
    const { effects, now, table } = this.#ground;
    wanted.asked = peer;
    wanted.tried.add(peer);
    wanted.nextAt = now + PATIENCE_MS;
    effects.send({ peer }, { kind: "board-wanted", term: termOf(table), hash, offset });
  }
}
