import type { PeerId } from "../core/peer-id.ts";
import type { Direction } from "../faults/fault.ts";
import { type Argument, type Reading, type Refusal, wrong } from "./grammar.ts";
import type { PeerNames } from "./peer-names.ts";

/** The word for every peer there is. */
const EVERYBODY = "all";

/** Peers that a line names, or all of them. */
export type Peers = readonly PeerId[] | "all";

/** The longest time that can be said: a day, in ms. */
const LONGEST_MS = 24 * 60 * 60 * 1000;

/** A kind that need not be said. */
export function optional<T>(kind: Argument<T>): Argument<T> {
  return { ...kind, optional: true };
}

/** One other peer. */
export const peer: Argument<PeerId> = {
  shape: "PEER",
  optional: false,
  read: (word, names) => {
    const found = names.find(word);
    return found.ok ? { ok: true, value: found.peer } : found;
  },
  offers: (names) => names.labels,
};

/** Peers joined by commas, or `all`; this one may be among them. */
export const peers: Argument<Peers> = {
  shape: `PEER,...|${EVERYBODY}`,
  optional: false,
  read: (word, names) => (word === EVERYBODY ? { ok: true, value: EVERYBODY } : readPeers(word, names)),
  offers: (names, begun) => offerPeers(names.labels, begun),
};

/** Other peers joined by commas, or `all`. This peer itself is not among them. */
export const otherPeers: Argument<Peers> = {
  ...peers,
  read: (word, names) => {
    const reading = peers.read(word, names);
    const own = reading.ok ? reading.value.indexOf(names.self) : -1;
    if (own < 0) return reading;
    return wrong(`${names.label(names.self)} is this peer: say another, or ${EVERYBODY}`, partsOf(word, /,/)[own]?.at);
  },
  offers: (names, begun) => offerPeers(names.labels.slice(1), begun),
};

/** Two or more groups of peers with `|` between them; nobody is in two. */
export const groups: Argument<readonly (readonly PeerId[])[]> = {
  shape: "PEER,... | PEER,...",
  optional: false,
  mark: "|",
  read: (word, names) => {
    const parts = partsOf(word, /\|/);
    if (parts.length < 2) return wrong(`${word} is one group: put | between two, as in 7001,7002 | 7003`);
    const sides: (readonly PeerId[])[] = [];
    for (const part of parts) {
      if (part.text === "") return wrong("a group is empty: say whom | parts from whom", part.at);
      const reading = readPeers(part.text, names);
      if (!reading.ok) return wrong(reading.text, part.at + (reading.at ?? 0));
      sides.push(reading.value);
    }
    return namedTwice(sides.flat(), word, names) ?? { ok: true, value: sides };
  },
  offers: (names, begun) => offerPeers(names.labels, begun).filter((word) => word !== EVERYBODY),
};

/** Which way, seen from this peer. */
export const direction: Argument<Direction> = {
  shape: "in|out|both",
  optional: true,
  keywords: ["in", "out", "both"],
  read: (word) => ({ ok: true, value: word as Direction }),
  offers: () => ["in", "out", "both"],
};

/** A word that is said or not. */
export function switchWord(word: string): Argument<true> {
  return {
    shape: word,
    optional: true,
    keywords: [word],
    read: () => ({ ok: true, value: true }),
    offers: () => [word],
  };
}

/** A part of a hundred, more than 0: `30%`. */
export const percent: Argument<number> = {
  shape: "30%",
  optional: false,
  read: (word) => {
    const [, digits] = /^(\d{1,3}(?:\.\d{1,4})?)%$/.exec(word) ?? [];
    if (digits === undefined) return wrong(`${word} is no percentage: say 30%`);
    const value = Number(digits);
    return value > 0 && value <= 100 ? { ok: true, value } : wrong(`${word} is not between 0% and 100%: say 30%`);
  },
  offers: () => ["5%", "10%", "30%", "50%"],
};

/** A time, in ms: `500ms`, `30s`, `2m`, `1h`. */
export const duration: Argument<number> = {
  shape: "100ms",
  optional: false,
  read: (word) => {
    const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(word) ?? [];
    if (digits === undefined) return wrong(`${word} is no time: say 500ms, 30s or 2m`);
    const value = Math.round(Number(digits) * (UNIT_MS[unit ?? ""] ?? 1));
    return value >= 1 && value <= LONGEST_MS ? { ok: true, value } : wrong(`${word} is not between 1ms and 24h`);
  },
  offers: () => ["50ms", "100ms", "500ms", "10s"],
};

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A value behind a word that leads to it, which need not be said: `for 30s`, `jitter 20ms`. */
export function behind<T>(word: string, kind: Argument<T>, shape: string, offers: readonly string[]): Argument<T> {
  return {
    ...kind,
    shape: `${word} ${shape}`,
    optional: true,
    keywords: [word],
    valueFollows: true,
    offers: () => offers,
  };
}

/** How long a fault lasts before it ends by itself. */
export const lasting: Argument<number> = behind("for", duration, "30s", ["10s", "30s", "1m"]);

/** A whole number between two others, of a kind that errors name. */
export function wholeNumber(shape: string, what: string, least: number, most: number): Argument<number> {
  return {
    shape,
    optional: false,
    read: (word) => {
      const value = /^\d{1,10}$/.test(word) ? Number(word) : Number.NaN;
      return value >= least && value <= most
        ? { ok: true, value }
        : wrong(`${word} is no ${what}: say a number from ${least} to ${most}`);
    },
    offers: () => [],
  };
}

/** Bytes a second, of 1000 to the KB: `10KB/s`. */
export const rate: Argument<number> = {
  shape: "10KB/s",
  optional: false,
  read: (word) => {
    const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(b|kb|mb)\/s$/i.exec(word) ?? [];
    if (digits === undefined) return wrong(`${word} is no rate: say 500B/s, 10KB/s or 1MB/s`);
    const value = Math.round(Number(digits) * (UNIT_BYTES[(unit ?? "").toLowerCase()] ?? 1));
    return value >= 1 && value <= 1e9 ? { ok: true, value } : wrong(`${word} is not between 1B/s and 1000MB/s`);
  },
  offers: () => ["1KB/s", "10KB/s", "100KB/s"],
};

const UNIT_BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1000, mb: 1_000_000 };

/** How many times as fast or as slow: `1.5x`, or the number alone. */
export function factor(shape: string, least: number, most: number, offers: readonly string[]): Argument<number> {
  return {
    shape,
    optional: false,
    read: (word) => {
      const [, digits] = /^(\d{1,6}(?:\.\d{1,4})?)x?$/.exec(word) ?? [];
      if (digits === undefined) return wrong(`${word} is no factor: say ${shape}`);
      const value = Number(digits);
      return value >= least && value <= most
        ? { ok: true, value }
        : wrong(`${word} is not between ${least} and ${most}`);
    },
    offers: () => offers,
  };
}

/** The numbers of faults in force, as the panel of faults and the view show them: `3` or `3,4`. */
export const faultNumbers: Argument<readonly number[]> = {
  shape: "NUMBER,...",
  optional: false,
  read: (word) => {
    const parts = partsOf(word, /,/);
    const bad = parts.find(({ text }) => !/^#?\d{1,10}$/.test(text));
    return bad === undefined
      ? { ok: true, value: parts.map(({ text }) => Number(text.replace("#", ""))) }
      : wrong(`${bad.text} is no number of a fault: say 3 or 3,4`, bad.at);
  },
  offers: () => [],
};

function readPeers(word: string, names: PeerNames): Reading<readonly PeerId[]> {
  const named: PeerId[] = [];
  for (const { text, at } of partsOf(word, /,/)) {
    if (text === "") return wrong(`${word} lacks a name beside a comma`, at);
    if (text === EVERYBODY) return wrong(`${EVERYBODY} stands alone: say it, or name peers`, at);
    const found = names.find(text);
    if (!found.ok) return wrong(found.text, at);
    named.push(found.peer);
  }
  return namedTwice(named, word, names) ?? { ok: true, value: named };
}

/** The list so far with each peer that is not in it yet; `all` where it has not begun. */
function offerPeers(labels: readonly string[], begun: string): readonly string[] {
  const kept = begun.replace(/[^,|]*$/, "");
  const said = kept.split(/[,|]/);
  const further = labels.filter((label) => !said.includes(label)).map((label) => kept + label);
  return kept === "" ? [...further, EVERYBODY] : further;
}

/** What is wrong where a peer is in a word twice; null where none is. */
function namedTwice(named: readonly PeerId[], word: string, names: PeerNames): Refusal | null {
  const index = named.findIndex((each, i) => named.indexOf(each) !== i);
  const twice = named[index];
  return twice === undefined ? null : wrong(`${names.label(twice)} is named twice`, partsOf(word, /[,|]/)[index]?.at);
}

/** The parts of a word between marks of one character, each with its offset in the word. */
function partsOf(word: string, mark: RegExp): readonly { readonly text: string; readonly at: number }[] {
  let at = 0;
  return word.split(mark).map((text) => {
    const part = { text, at };
    at += text.length + 1;
    return part;
  });
}
