import { execFileSync } from "node:child_process";

/** Hosts of the network: those that may hold an address, and one that only visits it. */
const HOSTS = ["h1", "h2", "h3", "client"] as const;

/** One of them. */
export type HostName = (typeof HOSTS)[number];

/** A network of its own: namespaces of this kernel, each with one interface, all on one bridge. */
export class Network {
  readonly #prefix = `p2pv${process.pid}`;

  /** @throws where namespaces, iproute2 or arping are not to be had */
  constructor() {
    execFileSync("arping", ["-V"], { stdio: "ignore" });
    this.#ip("netns", "add", this.space("bridge"));
    try {
      this.#inBridge("link", "add", "br0", "type", "bridge");
      this.#inBridge("link", "set", "br0", "up");
      for (const [index, host] of HOSTS.entries()) this.#plug(host, index + 1);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** The command by which a program runs on a host. */
  on(host: HostName, ...command: readonly string[]): string[] {
    return ["ip", "netns", "exec", this.space(host), ...command];
  }

  /** What `ip` says on a host. */
  ip(host: HostName, ...args: readonly string[]): string {
    return this.#ip("-n", this.space(host), ...args);
  }

  /** Whether a host has an address. */
  has(host: HostName, address: string): boolean {
    return this.ip(host, "-o", "address", "show", "to", address).includes(address);
  }

  /** Takes all of it away. */
  remove(): void {
    for (const name of [...HOSTS, "bridge"] as const) {
      try {
        this.#ip("netns", "del", this.space(name));
      } catch {
        // It was never there.
      }
    }
  }

  space(name: HostName | "bridge"): string {
    return `${this.#prefix}-${name}`;
  }

  #plug(host: HostName, number: number): void {
    const space = this.space(host);
    this.#ip("netns", "add", space);
    this.#inBridge("link", "add", host, "type", "veth", "peer", "name", "eth0", "netns", space);
    this.#inBridge("link", "set", host, "master", "br0", "up");
    this.ip(host, "address", "add", `10.77.0.${number}/24`, "dev", "eth0");
    this.ip(host, "address", "add", `fd77::${number}/64`, "dev", "eth0", "nodad");
    for (const device of ["lo", "eth0"]) this.ip(host, "link", "set", device, "up");
  }

  #inBridge(...args: readonly string[]): void {
    this.#ip("-n", this.space("bridge"), ...args);
  }

  #ip(...args: readonly string[]): string {
    return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }
}
