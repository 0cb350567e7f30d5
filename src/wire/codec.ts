import { assert, InvariantViolation } from "../core/assert.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** Room for most values, in bytes. */
const DRAFT_BYTES = 65_536;

/** How values of one type are written as bytes and read back. Declared once; the type follows (`TypeOf`). */
export interface Codec<T> {
  /** Appends the value. The value is our own, so one that does not fit is a bug: it throws InvariantViolation. */
  write(writer: Writer, value: T): void;
  /** Takes a value. Never throws: trouble is left in `reader.failure`, and then the value means nothing. */
  read(reader: Reader): T;
}

/** The TypeScript type of the values of a codec. */
export type TypeOf<C> = C extends Codec<infer T> ? T : never;

/** What became of bytes from outside: a value, or why there is none. */
export type Decoded<T> =
  | { readonly kind: "value"; readonly value: T }
  /** The bytes end before the value does. */
  | { readonly kind: "incomplete" }
  | { readonly kind: "malformed"; readonly reason: string };

/** Where a value is written first: bytes that grow for each one cost several times as much, and keep room that nobody uses. */
let draft: Writer | null = null;

/** The bytes of a value. */
export function encode<T>(codec: Codec<T>, value: T): Buffer {
  const writer = draft ?? new Writer(DRAFT_BYTES);
  // Nobody else's while it is written into, nor after a failure.
  draft = null;
  writer.clear();
  codec.write(writer, value);
  // One that has grown would keep its memory for ever.
  if (writer.length > DRAFT_BYTES) return writer.take();
  draft = writer;
  return writer.copy();
}

/** The value that the whole of `bytes` stands for; a byte too many is malformed. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): Decoded<T> {
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  return finish(reader, value);
}

/** What to say of a value that was read to the end of its reader. */
export function finish<T>(reader: Reader, value: T): Decoded<T> {
  if (reader.failure === "incomplete") return { kind: "incomplete" };
  if (reader.failure !== undefined) return { kind: "malformed", reason: reader.failure };
  if (reader.remaining > 0) return { kind: "malformed", reason: `${reader.remaining} bytes too many` };
  return { kind: "value", value };
}

/** 0 to 255. */
export const u8: Codec<number> = { write: (w, v) => w.u8(v), read: (r) => r.u8() };

/** 0 to 65,535. */
export const u16: Codec<number> = { write: (w, v) => w.u16(v), read: (r) => r.u16() };

/** 0 to 16,777,215. */
export const u24: Codec<number> = { write: (w, v) => w.u24(v), read: (r) => r.u24() };

/** 0 to 4,294,967,295. */
export const u32: Codec<number> = { write: (w, v) => w.u32(v), read: (r) => r.u32() };

/** A 64-bit number, of which values from 2^53 up are malformed, so that a JavaScript number holds it exactly. */
export const u64: Codec<number> = { write: (w, v) => w.u64(v), read: (r) => r.u64() };

/** One byte, 0 or 1; anything else is malformed. */
export const bool: Codec<boolean> = {
  write: (w, v) => w.u8(v ? 1 : 0),
  read: (r) => {
    const byte = r.u8();
    if (byte > 1) r.fail(`boolean of ${byte}`);
    return byte === 1;
  },
};

/** Length (u8, u16 or u32, by `maxBytes`) and UTF-8 text; bytes that are no UTF-8 are malformed. */
export function text(maxBytes: number): Codec<string> {
  const length = lengthPrefix(maxBytes);
  return {
    write: (w, v) => {
      const size = Buffer.byteLength(v);
      if (size > maxBytes) throw new InvariantViolation(tooLong("text", size, maxBytes));
      length.write(w, size);
      w.text(v, size);
    },
    read: (r) => {
      const size = length.read(r);
      if (size > maxBytes) r.fail(tooLong("text", size, maxBytes));
      return r.text(size);
    },
  };
}

/** Length (u8, u16 or u32, by `maxBytes`) and bytes. What is read is a view into the input, not a copy. */
export function bytes(maxBytes: number): Codec<Uint8Array> {
  const length = lengthPrefix(maxBytes);
  return {
    write: (w, v) => {
      if (v.length > maxBytes) throw new InvariantViolation(tooLong("bytes", v.length, maxBytes));
      length.write(w, v.length);
      w.bytes(v);
    },
    read: (r) => {
      const size = length.read(r);
      if (size > maxBytes) r.fail(tooLong("bytes", size, maxBytes));
      return r.bytes(size);
    },
  };
}

/** Exactly `size` bytes. What is read is a view into the input, not a copy. */
export function fixedBytes(size: number): Codec<Uint8Array> {
  return {
    write: (w, v) => {
      if (v.length !== size) throw new InvariantViolation(`${v.length} bytes where exactly ${size} fit`);
      w.bytes(v);
    },
    read: (r) => r.bytes(size),
  };
}

/** Count (u8, u16 or u32, by `maxItems`) and that many items. */
export function list<T>(item: Codec<T>, maxItems: number): Codec<readonly T[]> {
  const length = lengthPrefix(maxItems);
  return {
    write: (w, v) => {
      if (v.length > maxItems) throw new InvariantViolation(tooLong("list", v.length, maxItems));
      length.write(w, v.length);
      for (const each of v) item.write(w, each);
    },
    read: (r) => {
      const count = length.read(r);
      if (count > maxItems) r.fail(tooLong("list", count, maxItems));
      const items: T[] = [];
      // A lying count ends with the bytes: nothing is allocated ahead of what is there.
      for (let i = 0; i < count && r.failure === undefined; i++) items.push(item.read(r));
      return items;
    },
  };
}

/** A byte that says whether a value follows; `null` where none does. */
export function optional<T>(codec: Codec<T>): Codec<T | null> {
  return {
    write: (w, v) => {
      w.u8(v === null ? 0 : 1);
      if (v !== null) codec.write(w, v);
    },
    read: (r) => (bool.read(r) ? codec.read(r) : null),
  };
}

/** A codec seen through a pair of functions. `decode` answers undefined for what stands for no value: malformed. */
export function mapped<Raw, T>(
  raw: Codec<Raw>,
  encodeValue: (value: T) => Raw,
  decodeValue: (raw: Raw) => T | undefined,
  reason: string,
): Codec<T> {
  return {
    write: (w, v) => raw.write(w, encodeValue(v)),
    read: (r) => {
      const rawValue = raw.read(r);
      const value = r.failure === undefined ? decodeValue(rawValue) : undefined;
      if (value === undefined) r.fail(reason);
      // After a failure the value is never looked at.
      return value as T;
    },
  };
}

/** One of a few words, as a byte; the order is the wire's, so it is append-only. */
export function choice<const W extends string>(words: readonly W[]): Codec<W> {
  return mapped(
    u8,
    (word: W) => words.indexOf(word),
    (byte) => words[byte],
    `unknown choice of ${words.join(", ")}`,
  );
}

type Fields = Readonly<Record<string, Codec<unknown>>>;
type StructOf<F extends Fields> = { readonly [K in keyof F]: TypeOf<F[K]> };
type Simplify<T> = { readonly [K in keyof T]: T[K] } & {};

/** Fields one after another, in the order in which they are declared. */
export function struct<F extends Fields>(fields: F): Codec<Simplify<StructOf<F>>> {
  const all = fieldsOf(fields);
  return {
    write: (w, v) => writeFields(w, all, v),
    read: (r) => readFields(r, all, {}) as Simplify<StructOf<F>>,
  };
}

/** One variant of a union: its tag on the wire, append-only, and its fields. */
export interface Variant<F extends Fields> {
  readonly tag: number;
  readonly fields: F;
}

/** Declares a variant of a union. */
export function variant<F extends Fields>(tag: number, fields: F): Variant<F> {
  return { tag, fields };
}

type UnionOf<V extends Readonly<Record<string, Variant<Fields>>>> = {
  [K in keyof V]: Simplify<{ readonly kind: K } & StructOf<V[K]["fields"]>>;
}[keyof V];

/** A tag byte, then the fields of the variant that it names. The value's `kind` is the variant's name. */
export function union<const V extends Readonly<Record<string, Variant<Fields>>>>(variants: V): Codec<UnionOf<V>> {
  const byKind = new Map<string, UnionCase>();
  const byTag = new Map<number, UnionCase>();
  for (const [kind, { tag, fields }] of Object.entries(variants)) {
    assert(!byTag.has(tag), `tag ${tag} stands for two variants`);
    const entry = { kind, tag, fields: fieldsOf(fields) };
    byKind.set(kind, entry);
    byTag.set(tag, entry);
  }
  return {
    write: (w, v) => {
      const value = v as unknown as Readonly<Record<string, unknown>> & { readonly kind: string };
      const entry = byKind.get(value.kind);
      if (entry === undefined) throw new InvariantViolation(`no variant ${value.kind}`);
      w.u8(entry.tag);
      writeFields(w, entry.fields, value);
    },
    read: (r) => {
      const tag = r.u8();
      const entry = byTag.get(tag);
      if (entry === undefined) r.fail(`unknown tag ${tag}`);
      const value = { kind: entry?.kind };
      if (entry !== undefined) readFields(r, entry.fields, value);
      return value as UnionOf<V>;
    },
  };
}

interface UnionCase {
  readonly kind: string;
  readonly tag: number;
  readonly fields: readonly Field[];
}

/** A field by its name. */
interface Field {
  readonly name: string;
  readonly codec: Codec<unknown>;
}

function fieldsOf(fields: Fields): readonly Field[] {
  return Object.entries(fields).map(([name, codec]) => ({ name, codec }));
}

function writeFields(writer: Writer, fields: readonly Field[], values: object): void {
  for (let i = 0; i < fields.length; i++) {
    const { name, codec } = fields[i] as Field;
    codec.write(writer, (values as Readonly<Record<string, unknown>>)[name]);
  }
}

function readFields(reader: Reader, fields: readonly Field[], into: object): object {
  for (let i = 0; i < fields.length; i++) {
    const { name, codec } = fields[i] as Field;
    (into as Record<string, unknown>)[name] = codec.read(reader);
  }
  return into;
}

function tooLong(what: string, length: number, most: number): string {
  return `${what} of length ${length} where ${most} fit`;
}

/** The smallest of u8, u16 and u32 that holds a length up to `max`. */
function lengthPrefix(max: number): Codec<number> {
  if (max <= 0xff) return u8;
  return max <= 0xffff ? u16 : u32;
}
