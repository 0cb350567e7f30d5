import type { Line, Word } from "./line.ts";
import { MAX_PEERS, type Scope } from "./scope.ts";
import type { Name, Names, Ways } from "./script.ts";

const MAX_PORT = 0xffff;

const PORT = `a port from 1 to ${MAX_PORT}`;

/** Reads the name of one peer that was started, or a name that was bound. */
export function readName(line: Line, scope: Scope): Name {
  if (!scope.knows(line.next)) line.expected(scope.choices());
  return line.take().text;
}

/** Reads names and ranges of ports with commas between them: `7001..7003,old`. */
export function readList(line: Line, scope: Scope): readonly Name[] {
  return readItems(line, scope.choices(), (item) => {
    if (!scope.knows(item.text)) line.expected(scope.choices(), item);
  });
}

/** Reads names, or `all`, or `all but` some. */
export function readNames(line: Line, scope: Scope): Names {
  if (!line.accept("all")) return readList(line, scope);
  return line.accept("but") ? { allBut: readList(line, scope) } : "all";
}

/** Reads the ports of peers that are started here. */
export function readNewPeers(line: Line, scope: Scope): readonly Name[] {
  return readItems(line, PORT, (item) => {
    if (!isPort(item.text)) line.expected(PORT, item);
    else if (!scope.start(item.text)) line.expected(`no more than ${MAX_PEERS} peers`, item);
  });
}

/** Reads the ports of peers that are started elsewhere. */
export function readPorts(line: Line): readonly Name[] {
  return readItems(line, PORT, (item) => {
    if (!isPort(item.text)) line.expected(PORT, item);
  });
}

/** Reads the port of one peer that is started elsewhere. */
export function readPort(line: Line): Name {
  if (!isPort(line.next)) line.expected(PORT);
  return line.take().text;
}

/** Reads which links are meant: `7001 -> 7002`, `7001 <-> all`; `7001` alone stands for the latter. */
export function readWays(line: Line, scope: Scope): Ways {
  const from = readNames(line, scope);
  if (line.accept("->")) return { from, to: readNames(line, scope), both: false };
  if (scope.knows(line.next)) line.expected('"->" or "<->"');
  return { from, to: line.accept("<->") ? readNames(line, scope) : "all", both: true };
}

/** Reads a list, each item of it looked at by `check`; `what` says what an item is. */
function readItems(line: Line, what: string, check: (item: Word) => void): readonly Name[] {
  const listed: Name[] = [];
  do {
    for (const item of readItem(line, what)) {
      check(item);
      if (listed.includes(item.text)) line.refuse(item.column, `${item.text} is named twice`);
      listed.push(item.text);
    }
  } while (line.accept(","));
  return listed;
}

/** One name, or all the ports of a range. */
function readItem(line: Line, what: string): readonly Word[] {
  if (!/\w/.test(line.next)) line.expected(what);
  const first = line.take();
  if (!line.accept("..")) return [first];
  const last = line.take();
  const [from, to] = [Number(first.text), Number(last.text)];
  if (!isPort(first.text)) line.expected('a port before ".."', first);
  if (!isPort(last.text) || to <= from) line.expected(`a port above ${first.text} behind ".."`, last);
  if (to - from >= MAX_PEERS) line.expected(`no more than ${MAX_PEERS} ports`, last);
  if (line.wrong !== null) return [first];
  return Array.from({ length: to - from + 1 }, (_, index) => ({ text: String(from + index), column: first.column }));
}

function isPort(word: string): boolean {
  return /^[1-9]\d{0,4}$/.test(word) && Number(word) <= MAX_PORT;
}
