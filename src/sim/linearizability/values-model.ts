import type { Call } from "./history.ts";
import { lowerBound } from "./lower-bound.ts";
import type { Model } from "./model.ts";
import { quoted } from "./quoted.ts";

type Write = Extract<Call["request"], { readonly kind: "write" }>;
type ReadValue = Extract<Call["request"], { readonly kind: "read-value" }>;

/** A value as a reader sees it. */
interface Found {
  readonly key: string;
  readonly value: string;
  readonly writtenAt: number;
}

/** A version that is known, and the call that was answered with its time: null where only readers have seen it. */
interface Version extends Found {
  readonly writer: Call | null;
}

/** What is known of one key. */
interface Known {
  /** Its versions, as places among all versions, from the earliest to the latest. */
  readonly places: number[];
  /** Writes of unknown outcome that nobody has seen: each may have pushed an old version out. */
  unseen: number;
}

/**
 * Versioned values under one clock that only grows.
 *
 * What the clock said of a write is known from its answer, or from whoever read the version. So the versions that are known
 * have one order, and the state is how many of them are written. A version that only readers have seen must come of a write
 * of unknown outcome; such a write that nobody has seen is taken for one that never took effect.
 */
export class ValuesModel implements Model {
  readonly initial = 0;
  readonly #keepVersions: number;
  readonly #versions: readonly Version[];
  readonly #known = new Map<string, Known>();

  /**
   * @param calls all that concern the keys in question
   * @param keepVersions versions of a value that the store keeps, the latest included
   */
  constructor(calls: readonly Call[], keepVersions: number) {
    this.#keepVersions = keepVersions;
    const open = calls.flatMap(({ request, answer }) => (request.kind === "write" && answer === null ? [request] : []));
    this.#versions = knownVersions(calls, new Set(open.map(nameOf)));
    for (const { key } of open) this.#of(key).unseen += 1;
    for (const [place, { key, writer }] of this.#versions.entries()) {
      this.#of(key).places.push(place);
      if (writer === null) this.#of(key).unseen -= 1;
    }
  }

  step(state: number, call: Call): number | undefined {
    const { request, answer } = call;
    if (request.kind === "write") return this.#isNext(state, call, request) ? state + 1 : undefined;
    if (request.kind !== "read-value" || answer?.kind !== "value") return undefined;
    return this.#finds(state, request, answer.found) ? state : undefined;
  }

  isNoBetter(): boolean {
    return false;
  }

  /** The clock: a write moves it, and what it says tells which versions are written. */
  touches(): readonly string[] {
    return ["the clock"];
  }

  show(state: number): readonly string[] {
    return [...this.#known].map(([key, { places }]) => {
      const latest = this.#at(places[lowerBound(places, state) - 1]);
      const value = latest === undefined ? "nothing" : `${quoted(latest.value)} written at ${latest.writtenAt}`;
      return `${JSON.stringify(key)} is ${value}`;
    });
  }

  /** Whether a write makes the next version. */
  #isNext(state: number, call: Call, { key, value, time }: Write): boolean {
    const next = this.#versions[state];
    if (next === undefined || next.writtenAt <= time) return false;
    if (next.writtenAt <= (this.#at(state - 1)?.writtenAt ?? 0)) return false;
    if (call.answer !== null) return next.writer === call;
    return next.writer === null && next.key === key && next.value === value;
  }

  /** Whether a read finds this. */
  #finds(state: number, { key, version, time }: ReadValue, found: Found | null): boolean {
    const { places, unseen } = this.#of(key);
    const latest = lowerBound(places, state) - 1;
    let at = latest;
    while (at >= 0 && !isAskedFor(this.#at(places[at]), version, time)) at--;
    const asked = this.#at(places[at]);
    const later = latest - at;
    if (asked === undefined) return found === null;
    if (found === null) return later + unseen >= this.#keepVersions;
    return later < this.#keepVersions && isSame(asked, found);
  }

  #at(place: number | undefined): Version | undefined {
    return place === undefined ? undefined : this.#versions[place];
  }

  #of(key: string): Known {
    const known = this.#known.get(key) ?? { places: [], unseen: 0 };
    this.#known.set(key, known);
    return known;
  }
}

/**
 * All versions that are known of, by their time.
 *
 * @param open names of what writes of unknown outcome may have written: what nobody wrote is no version
 */
function knownVersions(calls: readonly Call[], open: ReadonlySet<string>): readonly Version[] {
  const versions: Version[] = [];
  const names = new Set<string>();
  const add = (version: Version): void => {
    const name = `${version.writtenAt} ${nameOf(version)}`;
    if (!names.has(name) || version.writer !== null) versions.push(version);
    names.add(name);
  };
  for (const call of calls) {
    const { request, answer } = call;
    if (request.kind !== "write" || answer?.kind !== "written-at") continue;
    add({ key: request.key, value: request.value, writtenAt: answer.time, writer: call });
  }
  for (const { answer } of calls) {
    if (answer?.kind !== "value" || answer.found === null) continue;
    if (open.has(nameOf(answer.found))) add({ ...answer.found, writer: null });
  }
  return versions.sort((a, b) => a.writtenAt - b.writtenAt);
}

function nameOf({ key, value }: { readonly key: string; readonly value: string }): string {
  return JSON.stringify([key, value]);
}

function isAskedFor(found: Found | undefined, version: string | null, time: number | null): boolean {
  if (found === undefined) return false;
  return (time === null || found.writtenAt <= time) && (version === null || String(found.writtenAt) === version);
}

function isSame(one: Found, other: Found): boolean {
  return one.key === other.key && one.value === other.value && one.writtenAt === other.writtenAt;
}
