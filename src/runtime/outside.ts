import type { Socket } from "node:net";
import type { Act } from "../peer/peer-event.ts";
import type { AnyCommand } from "../peer/registry.ts";
import { Labour } from "./labour.ts";
import type { VirtualAddress } from "./virtual-address/address-holder.ts";
import { openVirtualAddress, type VirtualAddressOptions } from "./virtual-address/virtual-address.ts";

/** Threads that compute for the pool: the others of a machine's cores are for its other peers. */
const THREADS = 1;

/** What a peer's acts are carried out with. */
export interface OutsideUser {
  /** Tells a protocol what became of an act. */
  give(content: AnyCommand): void;
  /** Takes a connection that came in through the virtual address. */
  accept(socket: Socket): void;
  /** Shows a line to whoever runs the peer. */
  say(line: string): void;
}

/** What a peer does in the world outside besides sockets and files: it holds the virtual address, and computes. */
export class Outside {
  readonly #address: VirtualAddress;
  readonly #labour: Labour;

  constructor(options: VirtualAddressOptions, { give, accept, say }: OutsideUser) {
    this.#address = openVirtualAddress(options, {
      give: (command) => give({ protocol: "office", command }),
      accept,
      say,
    });
    this.#labour = new Labour(THREADS, (command) => give({ protocol: "broker", command }));
  }

  /** Carries out an act; what becomes of it is told later. */
  act(act: Act): void {
    if (act.kind === "work-wanted" || act.kind === "work-dropped") this.#labour.act(act);
    else this.#address.act(act);
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    await Promise.all([this.#address.close(), this.#labour.close()]);
  }
}
