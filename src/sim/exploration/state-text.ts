import { createHash } from "node:crypto";
import { ElectionMessages } from "../../core/election-messages.ts";

/** Shows whether fields that are private in the sources can be read in this program. */
class Sealed {
  readonly #field = true;

  get isSealed(): boolean {
    return this.#field && Object.keys(this).length === 0;
  }
}

/** Whether all that a machine holds can be read: only in a program whose build has opened private fields. */
export const canReadMachines = !new Sealed().isSealed;

/**
 * A digest of all that a value holds: equal for two values only if nothing that works on them could tell them apart by
 * anything but their identity. It goes through every field, keeps the order of maps and sets, and tells two places that
 * hold one object from two that hold equal ones. What is kept to be shown alone is passed over. A function may know what cannot be read, and so equals only itself.
 */
export function digestOf(...values: readonly unknown[]): string {
  const hash = createHash("sha256");
  for (const value of values) hash.update(`${new Text().of(value)}\n`);
  return hash.digest("base64");
}

/** The text of one value. */
class Text {
  readonly #met = new Map<object, number>();

  of(value: unknown): string {
    if (typeof value === "function") return `function ${numberOf(value)}`;
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
    const known = this.#met.get(value);
    if (known !== undefined) return `=${known}`;
    this.#met.set(value, this.#met.size);
    return `${Object.getPrototypeOf(value)?.constructor.name ?? ""}${this.#inside(value)}`;
  }

  #inside(value: object): string {
    // It is only shown: nothing that a machine does depends on it.
    if (value instanceof ElectionMessages) return "";
    if (ArrayBuffer.isView(value))
      return `<${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}>`;
    if (value instanceof Set) return `{${this.#list(value)}}`;
    if (value instanceof Map) return `{${this.#list([...value].flat(1))}}`;
    if (Array.isArray(value)) return `[${this.#list(value)}]`;
    return `{${Object.entries(value)
      .map(([name, field]) => `${name}:${this.of(field)}`)
      .join()}}`;
  }

  #list(values: Iterable<unknown>): string {
    return Array.from(values, (value) => this.of(value)).join();
  }
}

/** Functions that were met so far. */
const functions = new Map<object, number>();

function numberOf(met: object): number {
  const number = functions.get(met) ?? functions.size;
  functions.set(met, number);
  return number;
}
