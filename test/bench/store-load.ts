import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import type { PeerProcess } from "../support/processes.ts";
import { closedLoop, type LoadFigures } from "./closed-loop.ts";
import { linuxOnly } from "./group.ts";
import { lines } from "./pipeline.ts";

export const VALUE_BYTES = 100;

/** What `statfs` says of a file system in memory. */
const TMPFS = 0x0102_1994;

const ACKNOWLEDGED = /^\{"WrittenAt":(\d+)\}\n$/;

/** What a load asks for: one operation, over so many keys in turn. */
export interface StoreLoad {
  readonly kind: "write" | "read";
  readonly outstanding: number;
  readonly forMs: number;
  readonly keys: number;
}

/** What is missing to measure a store whose data is to be on a disk, if anything is. */
export function noDisk(): string | undefined {
  const isInMemory = (): boolean => statfsSync(tmpdir()).type === TMPFS;
  return linuxOnly() ?? (isInMemory() ? `${tmpdir()} is in memory: let TMPDIR name a folder on a disk` : undefined);
}

/**
 * Asks one peer, and counts the CPU of all of them.
 *
 * @param acknowledged is told of every write that is acknowledged
 */
export function loadStore(
  { kind, outstanding, forMs, keys }: StoreLoad,
  at: PeerProcess,
  peers: readonly PeerProcess[],
  acknowledged: (key: string, writtenAt: number) => void = () => {},
): Promise<LoadFigures> {
  const keyOf = (number: number): string => `key-${number % keys}`;
  return closedLoop({
    port: at.port,
    cut: lines,
    outstanding,
    forMs,
    request: (number) => (kind === "write" ? writing(keyOf(number), number) : reading(keyOf(number))),
    check: (answer, number) => {
      if (kind === "write") acknowledged(keyOf(number), writtenAt(answer));
      else if (!answer.startsWith('{"Value":[')) throw new Error(`a read was answered with ${answer}`);
    },
    pids: peers.map(({ pid }) => pid),
  });
}

/** The line that writes a value of 100 bytes, another one for each number. */
function writing(key: string, number: number): string {
  return `{"Write":["${key}","${String(number).padEnd(VALUE_BYTES, "x")}",0]}\n`;
}

/** The line that reads the latest version of a value. */
export function reading(key: string): string {
  return `{"Read":["${key}",null,null]}\n`;
}

/** When a write was done, by the answer to it; throws where it was not. */
function writtenAt(answer: string): number {
  const [, time] = ACKNOWLEDGED.exec(answer) ?? [];
  if (time === undefined) throw new Error(`a write was answered with ${answer}`);
  return Number(time);
}
