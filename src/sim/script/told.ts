import { parseAddress } from "../../core/address.ts";
import { NO_CLUSTER, parsePeerId } from "../../core/peer-id.ts";
import type { Scene, SceneEvent } from "./script.ts";
import { shortId } from "./sight.ts";

/** Who is who in what was told. */
type Names = Pick<Scene<unknown>, "nameOf" | "nameAt">;

/** Numbers of connections, and instants of the clock of one peer: they mean nothing to a reader. */
const UNTOLD: ReadonlySet<string> = new Set(["kind", "session", "startedAt", "endedAt"]);

/** Parts of a list that are written, at most. */
const MAX_LISTED = 8;

/** Columns of an instant: a script of a day fits. */
const INSTANT_WIDTH = 9;

const PORT_WIDTH = 5;

/** An event as one line: `    2.104 s  7003   leader-elected term=2 leader=7003`. */
export function eventLine({ at, peer, event }: SceneEvent, names: Names): string {
  return happening(at, peer, inWords(event, names));
}

/** What a peer did or was given, and when. */
export function happening(atMs: number, peer: string, text: string): string {
  return `${seconds(atMs).padStart(INSTANT_WIDTH)} s  ${peer.padEnd(PORT_WIDTH)}  ${text}`;
}

/** ms as seconds, to the millisecond. */
export function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** A value of the machines as text: its kind, then its fields, with peers and addresses by name. */
export function inWords(value: unknown, names: Names): string {
  if (typeof value !== "object" || value === null) return word(value, names);
  const kind = "kind" in value ? [String(value.kind)] : [];
  const fields = new Map<string, string>();
  for (const [name, field] of Object.entries(value))
    if (!UNTOLD.has(name) && !isNothing(field)) fields.set(name, part(field, names));
  // Mostly a peer is where it always was.
  if (fields.get("address") === fields.get("peer")) fields.delete("address");
  return [...kind, ...[...fields].map(([name, text]) => `${name}=${text}`)].join(" ");
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
  const listed = values.slice(0, MAX_LISTED).map((value) => part(value, names));
  return [...listed, ...(values.length > MAX_LISTED ? [`+${values.length - MAX_LISTED}`] : [])].join(",");
}

function word(value: unknown, names: Names): string {
  if (typeof value === "number") return String(Math.round(value * 1000) / 1000);
  if (typeof value !== "string") return String(value);
  const id = parsePeerId(value);
  if (id !== undefined) return names.nameOf(id) ?? shortId(id);
  const address = parseAddress(value);
  if (address !== undefined) return names.nameAt(address) ?? address;
  return /^[\w.-]+$/.test(value) ? value : JSON.stringify(value);
}

function isNothing(field: unknown): boolean {
  if (field === null || field === undefined || field === "" || field === NO_CLUSTER) return true;
  return Array.isArray(field) && field.length === 0;
}
