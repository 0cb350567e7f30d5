import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type Address, hostOf, portOf } from "../../core/address.ts";
import type { AddressAct } from "../../protocols/office/message.ts";
import type { AddressUser, VirtualAddress } from "./address-holder.ts";
import { type GuardianOrder, type GuardianReport, machineNow } from "./guardian-message.ts";
import { refusal } from "./refusal.ts";
import { Visitors } from "./visitors.ts";

/** The program of a guardian, beside this one once both are built. */
const GUARDIAN = fileURLToPath(new URL("guardian.js", import.meta.url));

/** A guardian that was told to let go, or whose lease is over, and has not ended by then is ended, ms. */
const END_MS = 50;

type Wanted = Extract<AddressAct, { readonly kind: "address-wanted" }>;

/** The address as it is wanted, or held, for a term. */
interface Claim {
  readonly term: number;
  /** By the machine's clock, ms. */
  until: number;
}

/** A guardian that is about to end: whoever has told it so, or its lease. */
interface Ending {
  /** Null where it held nothing. */
  readonly term: number | null;
  readonly because: string;
}

/**
 * The virtual address as one of this machine: the system lets only one process listen there. That is a guardian, which
 * lets go when its lease ends even if this process stands still then, or is dead.
 */
export class BoundAddress implements VirtualAddress {
  readonly #user: AddressUser;
  readonly #program: string;
  readonly #visitors: Visitors;
  /** From the clock of this process to that of the machine, ms; rather too little. */
  readonly #offsetMs: number;
  #guardian: ChildProcess | null = null;
  #claim: Claim | null = null;
  readonly #ending = new Map<ChildProcess, Ending>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #ended: () => void = () => {};

  /**
   * @param program the guardian's
   */
  constructor(user: AddressUser, program: string = GUARDIAN) {
    this.#user = user;
    this.#program = program;
    this.#visitors = new Visitors((socket) => user.accept(socket));
    this.#offsetMs = machineNow() - performance.now();
  }

  act(act: AddressAct): void {
    if (this.#isClosed) return;
    switch (act.kind) {
      case "address-prepared":
        this.#guardian ??= this.#fork();
        return;
      case "address-wanted":
        return this.#want(act);
      case "address-extended":
        return this.#extend(act.term, act.until + this.#offsetMs);
      case "address-unwanted":
        return this.#unwanted(act.term);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#letGo("this peer has stopped");
    if (this.#ending.size === 0) return;
    for (const guardian of this.#ending.keys()) guardian.ref();
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
  }

  #want({ address, term, until }: Wanted): void {
    if (this.#claim !== null && this.#claim.term !== term) this.#letGo("another term began");
    this.#guardian ??= this.#fork();
    this.#claim ??= { term, until: Number.NEGATIVE_INFINITY };
    this.#claim.until = Math.max(this.#claim.until, until + this.#offsetMs);
    this.#order({ kind: "hold", ...placeOf(address), term, until: this.#claim.until });
    this.#watch();
  }

  #extend(term: number, until: number): void {
    if (this.#claim?.term !== term || until <= this.#claim.until) return;
    this.#claim.until = until;
    this.#order({ kind: "extend", term, until });
  }

  #unwanted(term: number): void {
    if (this.#claim?.term === term) return this.#letGo("it was let go");
    for (const ending of this.#ending.values()) if (ending.term === term) return;
    this.#report({ kind: "address-gone", term, because: "it was not held" });
  }

  /** Turns everybody out, and lets the guardian end; that it has is told then. */
  #letGo(because: string): void {
    const [guardian, claim] = [this.#guardian, this.#claim];
    clearTimeout(this.#timer);
    this.#visitors.turnOut();
    this.#guardian = null;
    this.#claim = null;
    if (guardian === null) return;
    this.#ending.set(guardian, { term: claim?.term ?? null, because });
    // A connection may have come together with what brought this about. The channel acknowledges it before anything else, and
    // where it is closed by then, this process ends.
    setImmediate(() => {
      if (guardian.connected) guardian.disconnect();
    });
    setTimeout(() => guardian.kill("SIGKILL"), END_MS).unref();
  }

  /** The guardian goes by the same lease; this is for the connections, and should the guardian stand still. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#claim === null) return;
    const leftMs = this.#claim.until - machineNow();
    if (leftMs <= 0) this.#letGo("its lease is over");
    else this.#timer = setTimeout(() => this.#watch(), leftMs).unref();
  }

  #fork(): ChildProcess {
    // In a session of its own: what a terminal tells this process is not for it.
    const guardian = fork(this.#program, [], {
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      execArgv: [],
      detached: true,
    });
    guardian.on("message", (report: GuardianReport, socket) =>
      this.#hear(guardian, report, socket as Socket | undefined),
    );
    guardian.once("error", (error) => this.#lost(guardian, `its guardian did not start: ${error.message}`));
    guardian.once("exit", (_code, signal) =>
      this.#lost(guardian, `its guardian ended${signal === null ? "" : ` by ${signal}`}`),
    );
    // A peer that has nothing else to do may end.
    guardian.unref();
    guardian.channel?.unref();
    return guardian;
  }

  #order(order: GuardianOrder): void {
    if (this.#guardian !== null) this.#orderOf(this.#guardian, order);
  }

  #orderOf(guardian: ChildProcess, order: GuardianOrder): void {
    // What cannot be sent is for one that is ending, which is told elsewhere.
    if (guardian.connected) guardian.send(order, () => {});
  }

  #hear(guardian: ChildProcess, report: GuardianReport, socket: Socket | undefined): void {
    const claim = guardian === this.#guardian && this.#claim?.term === report.term ? this.#claim : null;
    if (report.kind === "connection") {
      if (socket === undefined) return;
      // This process may have stood still since it was handed over.
      socket.once("close", () => this.#orderOf(guardian, { kind: "gone", visitor: report.visitor }));
      if (claim !== null && machineNow() < claim.until) this.#visitors.admit(socket);
      else socket.resetAndDestroy();
    } else if (claim !== null && report.kind === "held") {
      this.#user.give({ kind: "address-taken", term: claim.term });
    } else if (claim !== null && report.kind === "refused") {
      this.#claim = null;
      this.#user.give({ kind: "address-refused", term: claim.term, because: refusal(report.code) });
    }
  }

  /** A guardian has ended, and its listener with it. */
  #lost(guardian: ChildProcess, because: string): void {
    if (guardian === this.#guardian) this.#letGo(because);
    const ending = this.#ending.get(guardian);
    this.#ending.delete(guardian);
    if (ending !== undefined && ending.term !== null)
      this.#report({ kind: "address-gone", term: ending.term, because: ending.because });
    if (this.#ending.size === 0) this.#ended();
  }

  #report(report: Parameters<AddressUser["give"]>[0]): void {
    queueMicrotask(() => {
      if (!this.#isClosed) this.#user.give(report);
    });
  }
}

function placeOf(address: Address): { readonly host: string; readonly port: number } {
  return { host: hostOf(address), port: portOf(address) };
}
