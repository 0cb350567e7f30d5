/**
 * The leader is named beforehand: the peer at one address, for study and tests. Nobody else ever leads.
 *
 * Source: none; it is what is left of an election when its outcome is given.
 *
 * It has no messages. A peer knows the leader while it belongs to a cluster, its link to the leader stands, and
 * membership does not hold the leader for unhealthy; the leader itself does while it belongs to a cluster and has not
 * left.
 *
 * Safety: two peers that believe in leaders at the same time believe in the same address. Without the peer at that
 * address there is no leader, however many others are well.
 */
import type { Address } from "../../core/address.ts";
import { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Effect, type Input, NO_EFFECTS, type Protocol } from "../../core/protocol.ts";
import type { FixedSpeech, LossCause } from "./message.ts";

/** The machine. */
export class Fixed implements Protocol<FixedSpeech> {
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly #options: FixedSpeech["options"];
  readonly #effects = new Effects<FixedSpeech>();
  readonly #links = new Set<PeerId>();
  readonly #unhealthy = new Set<PeerId>();
  /** Who lives at the named address; null while nobody is known to. */
  #named: PeerId | null;
  #hasBegun = false;
  #hasLeft = false;
  #leader: PeerId | null = null;
  #leaderSince: number | null = null;
  #previous: PeerId | null = null;

  constructor(options: FixedSpeech["options"]) {
    this.#options = options;
    this.#named = options.leader === options.address ? options.peer : null;
  }

  step(input: Input<FixedSpeech>, now: number): readonly Effect<FixedSpeech>[] {
    if (!this.#options.active) return NO_EFFECTS;
    if (input.kind === "command") this.#obey(input.command, now);
    else if (input.kind === "link") this.#linkChanged(input.peer, input.up, now);
    return this.#effects.take();
  }

  checkpoint(): readonly FixedSpeech["record"][] {
    return [];
  }

  view(): FixedSpeech["view"] {
    const { active, leader: address } = this.#options;
    return { active, role: this.#role, leader: this.#leader, leaderSince: this.#leaderSince, address };
  }

  get #role(): FixedSpeech["view"]["role"] {
    if (!this.#hasBegun) return "none";
    return this.#leader === this.#options.peer ? "leader" : "follower";
  }

  #obey(command: FixedSpeech["command"], now: number): void {
    switch (command.kind) {
      case "begin":
        this.#hasBegun = true;
        this.#settle(now);
        break;
      case "forget":
        this.#hasBegun = false;
        this.#lose("forgotten");
        break;
      case "met":
        this.#met(command.peer, command.address, now);
        break;
      case "member":
        this.#member(command.peer, command.status, now);
        break;
      case "transfer":
        this.#refuse(command.to);
        break;
      case "leave":
        this.#hasLeft = true;
        if (this.#role === "leader") this.#lose("left");
        this.#effects.event({ kind: "left-office" });
    }
  }

  #met(peer: PeerId, address: Address, now: number): void {
    const { address: own, leader } = this.#options;
    const isThere = address === leader;
    // Nobody else can live where this peer does.
    if (leader === own || isThere === (peer === this.#named)) return;
    // A restart with fresh state has a new ID and the old address; a peer that moved leaves nobody behind.
    this.#lose("moved");
    this.#named = isThere ? peer : null;
    this.#settle(now);
  }

  #member(peer: PeerId, status: "healthy" | "doubted" | "unhealthy" | "left", now: number): void {
    if (status === "unhealthy") this.#unhealthy.add(peer);
    else this.#unhealthy.delete(peer);
    if (peer !== this.#named || peer === this.#options.peer) return;
    if (status === "unhealthy" || status === "left") this.#lose(status);
    // Whoever comes back is met again.
    if (status === "left") this.#named = null;
    this.#settle(now);
  }

  #linkChanged(peer: PeerId, up: boolean, now: number): void {
    if (up) this.#links.add(peer);
    else this.#links.delete(peer);
    if (!up && peer === this.#leader) this.#lose("link-broke");
    this.#settle(now);
  }

  #refuse(to: PeerId | null): void {
    const because = this.#role === "leader" ? "leader-is-fixed" : "not-leader";
    this.#effects.event({ kind: "transfer-failed", to, because });
  }

  /** Believes in the named peer as soon as nothing speaks against it. */
  #settle(now: number): void {
    const leader = this.#named;
    if (leader === null || this.#leader !== null || !this.#hasBegun || !this.#isFit(leader)) return;
    this.#leader = leader;
    this.#leaderSince = now;
    this.#effects.event({ kind: "leader-elected", leader, previous: this.#previous });
    this.#previous = leader;
  }

  #isFit(leader: PeerId): boolean {
    if (leader === this.#options.peer) return !this.#hasLeft;
    return this.#links.has(leader) && !this.#unhealthy.has(leader);
  }

  #lose(because: LossCause): void {
    if (this.#leader === null) return;
    this.#effects.event({ kind: "leader-lost", leader: this.#leader, because });
    this.#leader = null;
    this.#leaderSince = null;
  }
}
