import { isLoopback, parseAddress, portOf } from "../../core/address.ts";
import { NO_CLUSTER, parsePeerId } from "../../core/peer-id.ts";
import { portList } from "./port-list.ts";
import type { Name, Scene, SceneEvent } from "./script.ts";
import { shortId } from "./sight.ts";

/** Who is who in what is told. */
export type Names = Pick<Scene<unknown>, "nameOf" | "nameAt">;

/** Something that was told, in words; whom it is about is apart. */
export interface Words {
  readonly kind: string;
  /** The peer that it is about, or else the address; null where it is about none. */
  readonly about: Name | null;
  /** All else, as `name=value` with blanks between. */
  readonly rest: string;
}

/** Numbers of connections, and instants of the clock of one peer: they mean nothing to a reader. */
const UNTOLD: ReadonlySet<string> = new Set(["kind", "session", "startedAt", "endedAt"]);

/** Fields of events by kind that other events tell, or that go without saying. */
const DETAILS: ReadonlyMap<string, readonly string[]> = new Map([
  ["link-established", ["incarnation", "cluster", "dialledBy"]],
  ["link-refused", ["text"]],
  ["leader-elected", ["asker", "because", "outcome"]],
  // A cluster has one virtual address.
  ["address-acquired", ["address"]],
  ["address-lost", ["address"]],
  ["address-failed", ["address"]],
]);

/** Parts of events that are told as if they were the event's own. */
const OPENED: ReadonlySet<string> = new Set(["configuration", "election"]);

/** IDs of peers and clusters, also within a text. */
const ID = /\b[0-9a-f]{16}\b/g;

/** Parts of a list that are written, at most. */
const MAX_LISTED = 8;

/** Columns of an instant: a script of a day fits. */
const INSTANT_WIDTH = 9;

/** Columns of who told something: three ports fit, or a range. */
const TELLERS_WIDTH = 14;

/** An event in a few words, within a line: `2.104 s 7003 leader-elected term=2 leader=7003`. */
export function eventWords({ at, peer, event }: SceneEvent, names: Names): string {
  return `${seconds(at)} s ${peer} ${inWords(event, names)}`;
}

/** What peers did or were given, and when, as a line: `    2.104 s  7003            leader-elected term=2 leader=7003`. */
export function happening(atMs: number, peers: readonly Name[], text: string): string {
  return `${seconds(atMs).padStart(INSTANT_WIDTH)} s  ${portList(peers).padEnd(TELLERS_WIDTH)}  ${text}`;
}

/** ms as seconds, to the millisecond. */
export function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** A value of the machines as text: its kind, then its fields, with peers and addresses by name. */
export function inWords(value: unknown, names: Names): string {
  if (typeof value !== "object" || value === null) return word(value, names);
  const { kind, about, rest } = wordsOf(value, names);
  return sentence(kind, about === null ? [] : [about], rest);
}

/** A value of the machines in words. */
export function wordsOf(value: object, names: Names): Words {
  const fields = new Map<string, string>();
  for (const [name, field] of fieldsOf(value)) fields.set(name, part(field, names));
  const about = fields.get("peer") ?? fields.get("address") ?? null;
  // Mostly a peer is where it always was.
  if (fields.get("address") === about) fields.delete("address");
  fields.delete("peer");
  const rest = [...fields].map(([name, text]) => `${name}=${text}`).join(" ");
  return { kind: "kind" in value ? String(value.kind) : "", about, rest };
}

/** The same words about several peers, or about none. */
export function sentence(kind: string, about: readonly Name[], rest: string): string {
  const peer = about.length === 0 ? "" : `peer=${portList(about)}`;
  return [kind, peer, rest].filter((words) => words !== "").join(" ");
}

/** All that is worth telling; behind it what stands in certain parts, as if it were the whole's. */
function* fieldsOf(value: object): Generator<readonly [string, unknown], void> {
  const untold = untoldOf("kind" in value ? value.kind : "");
  const fields: readonly (readonly [string, unknown])[] = Object.entries(value);
  const opened: object[] = [];
  for (const [name, field] of fields) {
    if (untold(name) || isNothing(field)) continue;
    if (OPENED.has(name) && typeof field === "object" && field !== null) opened.push(field);
    else yield [name, field];
  }
  for (const [name, field] of opened.flatMap((part) => [...fieldsOf(part)]))
    if (!untold(name) && !Object.hasOwn(value, name)) yield [name, field];
}

function untoldOf(kind: unknown): (name: string) => boolean {
  const details = DETAILS.get(String(kind)) ?? [];
  return (name) => UNTOLD.has(name) || details.includes(name);
}

/** A value inside another. */
function part(value: unknown, names: Names): string {
  if (value instanceof Uint8Array) return `${value.length}-bytes`;
  if (Array.isArray(value)) return list(value, names);
  if (typeof value !== "object" || value === null) return word(value, names);
  const { kind, ...fields } = { kind: "", ...value };
  const inner = inWords(fields, names);
  return inner === "" ? String(kind) : `${kind}(${inner})`;
}

function list(values: readonly unknown[], names: Names): string {
  const parts = values.map((value) => part(value, names));
  if (values.every((value) => typeof value === "string")) return shortened(portList(inOrder(parts)).split(","));
  return shortened(parts);
}

function shortened(parts: readonly string[]): string {
  const more = parts.length > MAX_LISTED ? [`+${parts.length - MAX_LISTED}`] : [];
  return [...parts.slice(0, MAX_LISTED), ...more].join(",");
}

/** Ports in the order of ports; IDs come in an order of their own. */
export function inOrder(names: readonly Name[]): readonly Name[] {
  return names.toSorted((a, b) => Number(a) - Number(b) || 0);
}

function word(value: unknown, names: Names): string {
  if (typeof value === "number") return String(Math.round(value * 1000) / 1000);
  if (typeof value !== "string") return String(value);
  const address = parseAddress(value);
  if (address !== undefined) return names.nameAt(address) ?? (isLoopback(address) ? String(portOf(address)) : address);
  const text = value.replace(ID, (id) => nameOf(id, names));
  return /^#?[\w.-]+$/.test(text) ? text : JSON.stringify(text);
}

function nameOf(word: string, names: Names): string {
  if (word === NO_CLUSTER) return "none";
  const id = parsePeerId(word);
  return (id === undefined ? undefined : names.nameOf(id)) ?? shortId(word);
}

function isNothing(field: unknown): boolean {
  if (field === null || field === undefined || field === "" || field === NO_CLUSTER) return true;
  return Array.isArray(field) && field.length === 0;
}
