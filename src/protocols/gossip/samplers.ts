import type { Address } from "../../core/address.ts";
import { avalanche, Fingerprint } from "../../core/fingerprint.ts";
import type { Random } from "../../core/random.ts";
import { subnetOf } from "./subnet.ts";

/** An address with what every sampler hashes. */
interface Hashed {
  readonly address: Address;
  readonly subnet: number;
  readonly own: number;
}

/**
 * A sample of all IDs that were ever verified, in which it does not count how often or how early one was heard (Brahms,
 * section 3.2): each sampler keeps the ID with the smallest hash, and hashes by a function of its own.
 *
 * Departure from the paper: the subnet decides first, and the address only among those of one subnet. So who answers at
 * all addresses of a subnet weighs as much as who answers at one of them.
 */
export class Samplers {
  readonly #samplers: readonly Sampler[];

  constructor(count: number, random: Random) {
    this.#samplers = Array.from({ length: count }, () => new Sampler(random.below(2 ** 32)));
  }

  /** The distinct IDs that are sampled. */
  sample(): ReadonlySet<Address> {
    const sample = new Set<Address>();
    for (const { sampled } of this.#samplers) if (sampled !== null) sample.add(sampled);
    return sample;
  }

  /** Shows an ID to every sampler. */
  show(address: Address): void {
    const hashed = hash(address);
    for (const sampler of this.#samplers) sampler.show(hashed);
  }

  /** Begins anew wherever an ID is sampled that is nobody's any more, with those that are still known. */
  expire(address: Address, known: Iterable<Address>): void {
    const concerned = this.#samplers.filter(({ sampled }) => sampled === address);
    if (concerned.length === 0) return;
    const others = new Set([...known, ...this.sample()]);
    others.delete(address);
    for (const sampler of concerned) sampler.clear();
    for (const other of others) {
      const hashed = hash(other);
      for (const sampler of concerned) sampler.show(hashed);
    }
  }
}

class Sampler {
  sampled: Address | null = null;
  readonly #seed: number;
  /** The hashes of what is sampled: of its subnet, then its own. */
  #subnet = 0;
  #own = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  show({ address, subnet, own }: Hashed): void {
    const bySubnet = avalanche(subnet ^ this.#seed) >>> 0;
    if (this.sampled !== null && bySubnet > this.#subnet) return;
    const byOwn = avalanche(own ^ this.#seed) >>> 0;
    if (this.sampled !== null && bySubnet === this.#subnet && byOwn >= this.#own) return;
    this.sampled = address;
    this.#subnet = bySubnet;
    this.#own = byOwn;
  }

  clear(): void {
    this.sampled = null;
  }
}

function hash(address: Address): Hashed {
  const own = wordOf(address);
  const subnet = subnetOf(address);
  return { address, own, subnet: subnet === null ? own : wordOf(subnet) };
}

function wordOf(text: string): number {
  const print = new Fingerprint();
  print.text(text);
  return Number.parseInt(print.hex().slice(0, 8), 16);
}
