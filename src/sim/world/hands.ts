import type { Act } from "../../peer/peer-event.ts";
import type { Network } from "../network/network.ts";
import { Guardian } from "./guardian.ts";
import { SimulatedLabour } from "./labour.ts";
import type { Ward } from "./ward.ts";

/** What one life of a peer asks of the world outside is done by these: they hold the virtual address for it, and compute. */
export class Hands {
  readonly #guardian: Guardian;
  readonly #labour: SimulatedLabour;

  constructor(ward: Ward, network: Network) {
    this.#guardian = new Guardian(ward, network);
    this.#labour = new SimulatedLabour(ward, network.time);
  }

  obey(act: Act): void {
    if (act.kind === "work-wanted" || act.kind === "work-dropped") this.#labour.obey(act);
    else this.#guardian.obey(act);
  }

  /** Something has happened to the peer. */
  look(): void {
    this.#guardian.look();
  }

  /** The life is over. */
  stop(): void {
    this.#guardian.stop();
    this.#labour.stop();
  }
}
