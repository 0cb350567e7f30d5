import type { Address } from "../../core/address.ts";
import type { AddressAct, OfficeSpeech } from "../../protocols/office/message.ts";
import type { Network } from "../network/network.ts";
import { Holding } from "./holding.ts";
import type { Ward } from "./ward.ts";

/** How long it takes to take an address, and to let one go that is not wanted any more; virtual ms. */
const TAKE_MS = 1;
const LET_GO_MS = 4;

const NEVER = Number.POSITIVE_INFINITY;

/** For which term an address is to be held, and until when by the peer's own clock. */
interface Mandate {
  readonly address: Address;
  readonly term: number;
  until: number;
}

/**
 * Holds the virtual address for one life of a peer, as the process that guards it does on a real machine: it lets go at
 * the end of the lease whatever the peer does, and at once where the peer's process is gone. The system gives an address to
 * one only.
 */
export class Guardian {
  readonly #ward: Ward;
  readonly #network: Network;
  #mandate: Mandate | undefined;
  /** The latest; perhaps it is over, and only its connections are left. */
  #holding: Holding | undefined;
  #isHeld = false;
  #wakesAt = NEVER;
  #isOver = false;

  constructor(ward: Ward, network: Network) {
    this.#ward = ward;
    this.#network = network;
  }

  obey(act: AddressAct): void {
    switch (act.kind) {
      case "address-prepared":
        // Nothing here takes long enough to be prepared.
        return;
      case "address-wanted":
        return this.#want({ address: act.address, term: act.term, until: act.until });
      case "address-extended":
        if (this.#mandate?.term === act.term) this.#mandate.until = Math.max(this.#mandate.until, act.until);
        return;
      case "address-unwanted":
        return this.#unwant(act.term);
    }
  }

  /** Lets go where the lease is over. Said after whatever has happened to the peer, as its clock may go otherwise now. */
  look(): void {
    if (this.#mandate === undefined) return;
    const endsAt = this.#endOf(this.#mandate);
    if (endsAt <= this.#network.time.now) return this.#expire(this.#mandate);
    if (endsAt >= this.#wakesAt) return;
    this.#wakesAt = endsAt;
    this.#soon(endsAt - this.#network.time.now, () => {
      this.#wakesAt = NEVER;
      this.look();
    });
  }

  /** The life is over, and its connections with it. */
  stop(): void {
    this.#isOver = true;
    this.#letGo();
  }

  /** In virtual time, as the peer's clock goes now. */
  #endOf({ until }: Mandate): number {
    const { machine, now } = this.#ward;
    const { skew, pace } = machine.clock;
    return this.#network.time.now + ((until - machine.timeAt(now)) * pace) / skew;
  }

  #want(mandate: Mandate): void {
    this.#mandate = mandate;
    this.#soon(TAKE_MS, () => {
      if (this.#mandate === mandate) this.#take(mandate);
    });
    this.look();
  }

  #take({ address, term }: Mandate): void {
    if (this.#isHeld) return this.#tell({ kind: "address-taken", term });
    const holding = new Holding(address, this.#ward);
    if (!this.#network.lend(holding)) {
      this.#mandate = undefined;
      return this.#tell({ kind: "address-refused", term, because: "somebody else has it" });
    }
    this.#holding?.breakOff();
    this.#holding = holding;
    this.#isHeld = true;
    this.#tell({ kind: "address-taken", term });
  }

  /** A process that stands still cannot break its connections: they stay until it goes on. */
  #expire({ term }: Mandate): void {
    this.#mandate = undefined;
    this.#letGo();
    if (this.#ward.machine.condition === "running") this.#holding?.breakOff();
    this.#tell({ kind: "address-gone", term, because: "its lease is over" });
  }

  /** What was said through it is broken at once; that it is gone is told a moment later. */
  #unwant(term: number): void {
    if (this.#mandate?.term === term) this.#mandate = undefined;
    this.#holding?.breakOff();
    this.#soon(LET_GO_MS, () => {
      if (this.#mandate === undefined) this.#letGo();
      this.#tell({ kind: "address-gone", term, because: "not wanted any more" });
    });
  }

  #letGo(): void {
    if (this.#holding !== undefined) this.#network.takeBack(this.#holding);
    this.#isHeld = false;
  }

  #tell(command: Extract<OfficeSpeech["command"], { readonly kind: `address-${string}` }>): void {
    this.#ward.command({ protocol: "office", command });
  }

  #soon(delayMs: number, action: () => void): void {
    this.#network.time.after(delayMs, () => {
      if (!this.#isOver) action();
    });
  }
}
