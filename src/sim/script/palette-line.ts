import { type NamedPeer, PeerNames } from "../../control/peer-names.ts";
import { parseLine, textIn } from "../../control/verbs.ts";
import { addressOf } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { type PeerId, parsePeerId } from "../../core/peer-id.ts";
import type { Scope } from "./scope.ts";
import type { Name } from "./script.ts";

const MOST_PORTS = 0xffff;

/** A line of the palette with other words in it; the first word is the verb and stays, and so does text at the end. */
export function withWords(line: string, wordFor: (word: string) => string): string {
  const end = textIn(line);
  return line.replace(/[^\s,|]+/g, (word, at: number) => (at === 0 || at >= end ? word : wordFor(word)));
}

/** Why a line is none of the palette of a peer, in one line; null where it is one. */
export function flawOf(line: string, self: Name, scope: Scope): string | null {
  const others = scope.started.filter((port) => port !== self).map((port) => named(port, Number(port)));
  // A whole ID means its peer whether or not it is known, so one stands for each name that only the script knows.
  const spoken = new Map(scope.spoken.map((name, index) => [name, idOf(MOST_PORTS + 1 + index)]));
  const names = new PeerNames(named(self, spoken.has(self) ? MOST_PORTS : Number(self)), others);
  const reading = parseLine(
    withWords(line, (word) => spoken.get(word) ?? word),
    names,
  );
  return reading.ok ? null : reading.text;
}

function named(name: Name, port: number): NamedPeer {
  const address = addressOf("127.0.0.1", port);
  assert(address !== undefined, `${port} is a port`);
  return { id: idOf(port), name, address };
}

function idOf(number: number): PeerId {
  const id = parsePeerId(number.toString(16).padStart(16, "0"));
  assert(id !== undefined, `${number} makes an ID`);
  return id;
}
