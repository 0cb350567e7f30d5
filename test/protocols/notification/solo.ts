import type { Spreading } from "../../../src/protocols/notification/message.ts";
import type { Notice } from "../../../src/protocols/notification/notice.ts";
import { idOf, Town, TYPE } from "./town.ts";

/** What travels between the peers of a town, from now on. */
export function overhear(town: Town): { from: string; to: string; message: Spreading }[] {
  const heard: { from: string; to: string; message: Spreading }[] = [];
  town.ensemble.onSend = (from, to, message) => {
    if (message.kind !== "talk") heard.push({ from, to, message });
    return true;
  };
  return heard;
}

/** Some numbers of a stream of a peer that is not there. */
export const offer = (first: number, last: number, origin = idOf(8)) => ({
  origin,
  life: 2,
  dataType: TYPE,
  ranges: [{ first, last }],
});

/** A notice of that stream. */
export function notice(sequence: number, changes: Partial<Notice> = {}): Notice {
  const data = Buffer.from(`lie ${sequence}`);
  return { origin: idOf(8), life: 2, dataType: TYPE, sequence, ttl: 0, hops: 1, lamport: 1, data, ...changes };
}

/** A peer with a program that subscribes, and another peer in whose name things are said. */
export function one(options = {}) {
  const town = new Town(2, { options });
  const program = town.program(0);
  town.run(100);
  const heard = overhear(town);
  const say = (message: Spreading): void => {
    town.forge(1, 0, message);
    town.run(1);
  };
  const push = (...notices: Notice[]): void => say({ kind: "push", offset: 0, notices });
  const told = (kind: Spreading["kind"]): readonly Spreading[] =>
    heard.filter(({ from, message }) => from === idOf(0) && message.kind === kind).map(({ message }) => message);
  return { town, program, say, push, told };
}
