import { hexOf } from "./payload.ts";

/** Bytes that are written of any, at most. */
const MOST_BYTES = 64;

/**
 * A plain value as JSON is to show it: bytes become how many they are, and the first 64 of them in hex:
 * `{"bytes":4,"hex":"6e6f7465"}`.
 */
export function printable(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: value.length, hex: hexOf(value.subarray(0, MOST_BYTES)) };
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, printable(part)]));
}
