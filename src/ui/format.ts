/** Numbers as people read them. Every result is ASCII. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, to the precision that somebody who glances wants: `<1 s`, `1.4 s`, `12 s`, `3 min`, `2 h`, `5 d`. */
export function age(ms: number): string {
  return ms < SECOND ? "<1 s" : long(ms);
}

/** How long something took: `0.3 ms`, `61 ms`, then like an age. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < SECOND ? `${Math.round(ms)} ms` : long(ms);
}

/** A round-trip time in milliseconds without its unit, for a column: `0.3`, `12`. */
export function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}

/** `1 peer`, `3 peers`. */
export function count(number: number, noun: string, several = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : several}`;
}

/** How much data: `11 B`, `1.2 KB`, `64 KB`, `3.1 MB`, of 1000 bytes to the KB. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [scaled, unit] = bytes < 1_000_000 ? [bytes / 1000, "KB"] : [bytes / 1_000_000, "MB"];
  return `${scaled < 10 ? Math.floor(scaled * 10) / 10 : Math.floor(scaled)} ${unit}`;
}

/** The first eight of a cluster's sixteen digits: enough to tell two apart. */
export function shortCluster(id: string): string {
  return id.slice(0, 8);
}

/** `7002 7003`, or a dash for nobody. */
export function listed(words: readonly string[]): string {
  return words.length === 0 ? "-" : words.join(" ");
}

function long(ms: number): string {
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < 100 * SECOND) return `${Math.floor(ms / SECOND)} s`;
  if (ms < 100 * MINUTE) return `${Math.floor(ms / MINUTE)} min`;
  return ms < 2 * DAY ? `${Math.floor(ms / HOUR)} h` : `${Math.floor(ms / DAY)} d`;
}
