import { createServer, type Server } from "node:net";
import { type Address, hostOf, portOf } from "../../core/address.ts";
import type { AddressAct } from "../../protocols/office/message.ts";
import type { AddressUser, VirtualAddress } from "./address-holder.ts";
import { InterfaceCommands, lifetimeSeconds } from "./interface-commands.ts";
import { deviceOf, findDevice } from "./interface-state.ts";
import { refusal } from "./refusal.ts";
import type { Invocation, Outcome, Tools } from "./tools.ts";
import { Visitors } from "./visitors.ts";

/** How often the lifetime of the address begins anew, ms: less than the shortest of 1 s. */
const RENEWAL_MS = 300;

/** How often it is looked whether the kernel has found the address to be nobody else's, ms. */
const LOOK_MS = 100;

/** When neighbours are told where the address is, ms after it was taken: one who was not listening then is told later. */
const ANNOUNCEMENTS_MS = [0, 300, 1000, 3000];

/** It cannot be had, or not be kept: in one line. */
class Refused extends Error {}

/** The address for a term. Instants are of `performance.now()`. */
class Claim {
  readonly term: number;
  until: number;
  /** Why it is to be let go; null as long as it is not. */
  because: string | null = null;
  isHeld = false;
  /** Until when the kernel keeps it at least. */
  keptUntil = 0;
  timer: NodeJS.Timeout | undefined;
  #wake: () => void = () => {};

  constructor(term: number, until: number) {
    this.term = term;
    this.until = until;
  }

  get isOver(): boolean {
    return this.because !== null || performance.now() >= this.until;
  }

  end(because: string): void {
    this.because ??= because;
    this.#wake();
  }

  /** Settles after so long, or when it is over. */
  async rest(ms: number): Promise<void> {
    if (this.isOver) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, Math.max(0, Math.min(ms, this.until - performance.now())));
    });
  }
}

/**
 * The virtual address as one of an interface of this machine, which the kernel itself takes away when its lifetime ends, even
 * if this process stands still then, or is dead. Linux, with iproute2 and, for IPv4, arping; takes CAP_NET_ADMIN and CAP_NET_RAW.
 */
export class InterfaceAddress implements VirtualAddress {
  readonly #user: AddressUser;
  readonly #tools: Tools;
  /** The name of the interface; null to find it. */
  readonly #device: string | null;
  readonly #visitors: Visitors;
  #server: Server | null = null;
  #claim: Claim | null = null;
  /** Settles when all claims so far are let go. */
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(user: AddressUser, tools: Tools, device: string | null) {
    this.#user = user;
    this.#tools = tools;
    this.#device = device;
    this.#visitors = new Visitors((socket) => user.accept(socket));
  }

  act(act: AddressAct): void {
    if (this.#isClosed) return;
    switch (act.kind) {
      case "address-prepared":
        return;
      case "address-wanted":
        return this.#want(act);
      case "address-extended":
        if (this.#claim?.term === act.term) this.#claim.until = Math.max(this.#claim.until, act.until);
        return;
      case "address-unwanted":
        return this.#unwanted(act.term);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#claim !== null) this.#letGo(this.#claim, "this peer has stopped");
    await this.#work;
    this.#tools.close();
  }

  #want({ address, term, until }: Extract<AddressAct, { readonly kind: "address-wanted" }>): void {
    const present = this.#claim;
    if (present?.term === term && !present.isOver) {
      present.until = Math.max(present.until, until);
      if (present.isHeld) this.#report({ kind: "address-taken", term });
      return;
    }
    if (present !== null) this.#letGo(present, "it is wanted anew");
    const claim = new Claim(term, until);
    this.#claim = claim;
    this.#work = this.#work.then(() => this.#stay(claim, address));
  }

  #unwanted(term: number): void {
    if (this.#claim?.term === term) return this.#letGo(this.#claim, "it was let go");
    this.#work = this.#work.then(() => this.#report({ kind: "address-gone", term, because: "it was not held" }));
  }

  /** Turns everybody out at once; the address goes then. */
  #letGo(claim: Claim, because: string): void {
    claim.end(because);
    clearTimeout(claim.timer);
    if (claim === this.#claim) this.#claim = null;
    this.#server?.close();
    this.#server = null;
    this.#visitors.turnOut();
  }

  /** The whole of a claim: takes the address, keeps it, and is rid of it in the end. */
  async #stay(claim: Claim, address: Address): Promise<void> {
    const host = hostOf(address);
    let commands: InterfaceCommands | null = null;
    try {
      commands = new InterfaceCommands(host, this.#device ?? (await findDevice(host, this.#tools, refuse)));
      await this.#take(claim, commands, address);
      await this.#keep(claim, commands);
    } catch (error) {
      claim.end(error instanceof Refused ? error.message : String(error));
    }
    this.#letGo(claim, "its lease is over");
    if (commands !== null) await this.#remove(claim, commands);
    const [{ term }, because] = [claim, claim.because ?? ""];
    this.#report({ kind: claim.isHeld ? "address-gone" : "address-refused", term, because });
  }

  async #take(claim: Claim, commands: InterfaceCommands, address: Address): Promise<void> {
    const { probe, notify } = commands;
    if (probe !== null && (await this.#run(probe, 1)).code === 1) refuse(`another host has ${commands.host}`);
    if (notify !== null) await this.#run(notify);
    await this.#renew(claim, commands);
    if (probe === null && !this.#tools.isDry) await this.#settle(claim, commands);
    if (claim.isOver) return;
    if (!this.#tools.isDry) await this.#listen(address);
    claim.isHeld = true;
    this.#watch(claim);
    this.#report({ kind: "address-taken", term: claim.term });
  }

  /** Whatever else is waited for then: nobody is in when the lease is over. */
  #watch(claim: Claim): void {
    if (claim.isOver) return this.#letGo(claim, "its lease is over");
    claim.timer = setTimeout(() => this.#watch(claim), claim.until - performance.now()).unref();
  }

  async #keep(claim: Claim, commands: InterfaceCommands): Promise<void> {
    const takenAt = performance.now();
    const announcements = [...ANNOUNCEMENTS_MS];
    while (!claim.isOver) {
      if (performance.now() >= takenAt + (announcements[0] ?? Number.POSITIVE_INFINITY)) {
        announcements.shift();
        for (const announcement of commands.announcements) void this.#announce(announcement);
      }
      await claim.rest(RENEWAL_MS);
      await this.#renew(claim, commands);
    }
  }

  /** Has the kernel keep the address for as long as it may. */
  async #renew(claim: Claim, commands: InterfaceCommands): Promise<void> {
    if (claim.isOver) return;
    const now = performance.now();
    const seconds = lifetimeSeconds(claim.until - now);
    const isLate = now >= claim.keptUntil;
    // What it has been given lasts until more may be given.
    if (seconds === 0 && !isLate) return;
    if (seconds === 0) refuse("what is left of its lease is too short for a lifetime of whole seconds");
    const { failure } = await this.#tools.run({ ...commands.add(seconds), isRepeated: claim.keptUntil > 0 });
    if (failure === "") claim.keptUntil = now + 1000 * seconds;
    else if (isLate) refuse(failure);
  }

  /** Waits until the kernel, which asks the neighbours of an IPv6 address itself, is sure that nobody else has it. */
  async #settle(claim: Claim, commands: InterfaceCommands): Promise<void> {
    while (!claim.isOver) {
      await claim.rest(LOOK_MS);
      const state = deviceOf((await this.#run(commands.state)).stdout);
      // One whose lifetime is limited is taken away then; looked at before it is renewed, so that it is not just put back.
      if (state === null || state.isDuplicate) refuse(`another host has ${commands.host}`);
      if (!state.isTentative) return;
      await this.#renew(claim, commands);
    }
  }

  async #remove(claim: Claim, commands: InterfaceCommands): Promise<void> {
    if (claim.keptUntil === 0) return;
    const { failure } = await this.#tools.run(commands.remove);
    if (failure === "" || this.#tools.isDry) return;
    const { code, stdout } = await this.#tools.run(commands.state);
    // The kernel may have been quicker. If it is not to be known, it is gone when its lease is.
    if (code === 0 && deviceOf(stdout) === null) return;
    const leftMs = claim.until - performance.now();
    await new Promise((resolve) => {
      setTimeout(resolve, Math.max(0, leftMs));
    });
  }

  async #announce(announcement: Invocation): Promise<void> {
    const { failure } = await this.#tools.run(announcement);
    if (failure !== "" && !this.#isClosed) this.#user.say(`the virtual address is not announced: ${failure}`);
  }

  /** @param accepted an exit code, besides 0, that says something */
  async #run(invocation: Invocation, accepted = 0): Promise<Outcome> {
    const outcome = await this.#tools.run(invocation);
    if (outcome.failure !== "" && outcome.code !== accepted) refuse(outcome.failure);
    return outcome;
  }

  #listen(address: Address): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      // It may have come while this process stood still.
      if (this.#claim?.isOver === false) this.#visitors.admit(socket);
      else socket.resetAndDestroy();
    });
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.on("error", (error: NodeJS.ErrnoException) => reject(new Refused(refusal(error.code ?? error.message))));
      server.listen({ host: hostOf(address), port: portOf(address), exclusive: true, backlog: 1024 }, resolve);
    });
  }

  #report(report: Parameters<AddressUser["give"]>[0]): void {
    if (!this.#isClosed) this.#user.give(report);
  }
}

function refuse(because: string): never {
  throw new Refused(because);
}
