import { isIPv6 } from "node:net";
import type { Invocation } from "./tools.ts";

/**
 * What the kernel may be late by when it takes an address away whose lifetime is over, ms: it looks at most once a second
 * (ADDRCONF_TIMER_FUZZ_MAX in addrconf.c and devinet.c).
 */
const KERNEL_LATE_MS = 1000;

/** Adding an address is given up after so long, ms: its lifetime counts from when the kernel does it. */
const ADD_TIMEOUT_MS = 250;

/** The commands by which an address comes to an interface, and goes. */
export class InterfaceCommands {
  readonly host: string;
  readonly #device: string;

  /**
   * @param host IP literal
   */
  constructor(host: string, device: string) {
    this.host = host;
    this.#device = device;
  }

  /** Which interface already has the address. */
  static owner(host: string): Invocation {
    return { tool: "ip", args: ["-j", "address", "show", "to", host], isQuery: true };
  }

  /** By which interface it is reached. */
  static route(host: string): Invocation {
    return { tool: "ip", args: ["-j", "route", "get", host], isQuery: true };
  }

  /** Asks whether another host has it: fails with 1 then. IPv6 does that itself. */
  get probe(): Invocation | null {
    if (this.#isIPv6) return null;
    return { tool: "arping", args: ["-D", "-q", "-c", "1", "-w", "1", "-I", this.#device, this.host] };
  }

  /** Has the kernel tell neighbours of an IPv6 address as soon as it is known to be nobody else's. */
  get notify(): Invocation | null {
    if (!this.#isIPv6) return null;
    return { tool: "sysctl", args: ["-q", "-w", `net/ipv6/conf/${this.#device}/ndisc_notify=1`] };
  }

  /** Adds it, or begins its lifetime anew. */
  add(seconds: number): Invocation {
    const lifetime = ["valid_lft", String(seconds), "preferred_lft", String(seconds)];
    const args = ["address", "replace", this.#prefix, "dev", this.#device, ...lifetime];
    return { tool: "ip", args, timeoutMs: ADD_TIMEOUT_MS };
  }

  /** How it stands. */
  get state(): Invocation {
    return { tool: "ip", args: ["-j", "address", "show", "dev", this.#device, "to", this.host], isQuery: true };
  }

  /** Tells neighbours where it is now, in both ways that are understood. */
  get announcements(): readonly Invocation[] {
    if (this.#isIPv6) return [];
    return ["-A", "-U"].map((way) => ({
      tool: "arping",
      args: [way, "-q", "-c", "1", "-w", "1", "-I", this.#device, this.host],
    }));
  }

  /** Takes it away. */
  get remove(): Invocation {
    return { tool: "ip", args: ["address", "del", this.#prefix, "dev", this.#device] };
  }

  get #isIPv6(): boolean {
    return isIPv6(this.host);
  }

  get #prefix(): string {
    return `${this.host}/${this.#isIPv6 ? 128 : 32}`;
  }
}

/** The lifetime, whole seconds, after which the kernel is rid of an address by the end of a lease; 0 where none is short enough. */
export function lifetimeSeconds(leftMs: number): number {
  return Math.max(0, Math.floor((leftMs - KERNEL_LATE_MS - ADD_TIMEOUT_MS) / 1000));
}
