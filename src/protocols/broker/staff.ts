import type { PeerId } from "../../core/peer-id.ts";
import type { JobAnswer } from "../../wire/job-message.ts";
import { type Ground, isHolder, termOf } from "./ground.ts";
import type { Handing } from "./handing.ts";
import { error, type Labour } from "./labour.ts";
import type { Pool } from "./pool.ts";

/** Who is taken into the pool, and who is let go: this peer itself included, where it is in office by the order. */
export class Staff {
  readonly #ground: Ground;
  readonly #pool: Pool;
  readonly #handing: Handing;
  readonly #labour: Labour;
  /** Those that were taken for unhealthy: they think that they work still. */
  readonly #expelled = new Set<PeerId>();

  constructor(ground: Ground, parts: { readonly pool: Pool; readonly handing: Handing; readonly labour: Labour }) {
    this.#ground = ground;
    this.#pool = parts.pool;
    this.#handing = parts.handing;
    this.#labour = parts.labour;
  }

  /** A peer wants to work. */
  subscribe(peer: PeerId, speed: number): JobAnswer {
    if (!this.#isHolder) return error("no-leader", "this peer is not in office");
    this.#expelled.delete(peer);
    if (!this.#pool.join(peer, speed)) return error("busy", "there are as many workers as there may be");
    return { kind: "subscribe", term: termOf(this.#ground.table) };
  }

  /** A peer does not want to work any more. */
  unsubscribe(peer: PeerId): JobAnswer {
    this.#expelled.delete(peer);
    this.#handing.leave(peer, "unsubscribed");
    return { kind: "unsubscribe", term: termOf(this.#ground.table) };
  }

  /** The link to a peer is gone: with the next one it says anew whether it works. */
  unlink(peer: PeerId): void {
    this.#expelled.delete(peer);
    this.#handing.leave(peer, "link-lost");
  }

  /** What membership holds of a peer. */
  regard(peer: PeerId, status: "healthy" | "doubted" | "unhealthy" | "left"): void {
    if (status === "unhealthy" || status === "left") {
      if (this.#pool.get(peer) === undefined) return;
      this.#handing.leave(peer, "unhealthy");
      this.#expelled.add(peer);
    } else if (status === "healthy" && this.#expelled.delete(peer) && this.#isHolder) this.#pool.join(peer, 0);
  }

  /** This peer works, or does not. */
  setWorker(on: boolean): void {
    this.#labour.isOpen = on;
    if (on) this.update();
    else if (this.#isHolder) this.#handing.leave(this.#ground.options.peer, "unsubscribed");
  }

  /** The order may name another holder. */
  update(): void {
    if (!this.#isHolder) this.#handing.clear();
    else if (this.#labour.isOpen) this.#pool.join(this.#ground.options.peer, this.#labour.speed);
  }

  get #isHolder(): boolean {
    return isHolder(this.#ground);
  }
}
