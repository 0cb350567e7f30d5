import type { ClusterId } from "../../core/peer-id.ts";
import type { World } from "../world/world.ts";
import type { Watch } from "./invariant.ts";
import type { Life } from "./life.ts";

/** The lives that were ever in office, and until when each may be, as it shows. A watch to put before those that ask it. */
export class Leases implements Watch {
  readonly #world: World;
  /** By life, until when its lease lasts by its own clock, as it stood after its latest step. */
  readonly #untils = new Map<Life, number>();

  constructor(world: World) {
    this.#world = world;
  }

  told(life: Life, { event }: Parameters<NonNullable<Watch["told"]>>[1]): void {
    if (event.kind === "office-entered" && !this.#untils.has(life)) this.#untils.set(life, Number.NEGATIVE_INFINITY);
  }

  settled(life: Life): void {
    if (this.#untils.has(life)) this.#untils.set(life, this.#shown(life));
  }

  ended(life: Life): void {
    this.#untils.delete(life);
  }

  /** Whether a life's lease lasts, as it stood before or stands after the step that is looked at. */
  lasts(life: Life): boolean {
    const until = Math.max(this.#untils.get(life) ?? Number.NEGATIVE_INFINITY, this.#shown(life));
    return this.#timeOf(life) < until;
  }

  /** The lives of a cluster whose lease lasts. */
  *of(cluster: ClusterId): Generator<Life, void> {
    for (const [life, until] of this.#untils) if (life.cluster === cluster && this.#timeOf(life) < until) yield life;
  }

  /** What its own clock shows. */
  #timeOf({ port }: Life): number {
    const peer = this.#world.peer(port);
    return peer.machine.timeAt(peer.now);
  }

  #shown({ port }: Life): number {
    return this.#world.peer(port).machine.peer.view("office").leaseUntil ?? Number.NEGATIVE_INFINITY;
  }
}
