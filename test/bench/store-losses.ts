import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type Lab, type PeerProcess, until } from "../support/processes.ts";
import { lines, Pipeline } from "./pipeline.ts";
import { loadStore, reading } from "./store-load.ts";

const OUTSTANDING = 64;
const KEYS = 1000;

/** Long past the kill. */
const LOAD_MS = 60_000;
const KILLED_AFTER = 5000;

/** O_DSYNC on Linux, as the flags of an open file are told. */
const O_DSYNC = 0o10000;

/** What became of writes that were acknowledged. */
export interface Losses {
  readonly acknowledged: number;
  /** Of those, such as are neither there nor overwritten by a later one. */
  readonly lost: number;
}

/**
 * Kills all peers under load, in the middle of it, and starts those again that followed: they have whatever was
 * acknowledged, if a majority had it. That they had it on disk and not only in the system's memory is seen from how their
 * journals are opened: each write returns when it is durable.
 */
export async function lossesByKill(lab: Lab, peers: readonly PeerProcess[], leader: PeerProcess): Promise<Losses> {
  for (const { pid } of peers) assertSynced(pid);
  const latest = new Map<string, number>();
  let acknowledged = 0;
  const load = loadStore(
    { kind: "write", outstanding: OUTSTANDING, forMs: LOAD_MS, keys: KEYS },
    leader,
    [],
    (key, at) => {
      acknowledged += 1;
      latest.set(key, Math.max(at, latest.get(key) ?? 0));
      if (acknowledged === KILLED_AFTER) for (const peer of peers) peer.signal("SIGKILL");
    },
  );
  await load.catch(() => {});
  await Promise.all(peers.map(({ exited }) => exited));
  const survivors = peers.filter((peer) => peer !== leader).map(({ port }) => lab.start(port));
  const port = await until(30_000, "a leader of those who followed", async () => {
    for (const survivor of survivors) if ((await survivor.status()).raft.role === "leader") return survivor.port;
    return undefined;
  });
  const found = await readTimes(port, [...latest.keys()]);
  const isLost = ([key, at]: readonly [string, number]): boolean => at > (found.get(key) ?? 0);
  return { acknowledged, lost: [...latest].filter(isLost).length };
}

/** When the latest version of each of these values was written; without those that are not there. */
async function readTimes(port: number, keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const pipeline = await Pipeline.open(port, lines);
  const times = new Map<string, number>();
  const read = (key: string): Promise<void> =>
    new Promise((resolve, reject) => {
      pipeline.ask(reading(key), (answer) => {
        const { Value: value } = JSON.parse(answer) as { readonly Value?: readonly [string, string, number] | null };
        if (value === undefined) return reject(new Error(`a read was answered with ${answer}`));
        if (value !== null) times.set(key, value[2]);
        return resolve();
      });
    });
  await Promise.race([Promise.all(keys.map(read)), pipeline.lost]);
  pipeline.close();
  return times;
}

/** Throws unless a peer's journal is open such that writes are durable when they return. */
function assertSynced(pid: number): void {
  const journals = readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return /\/journal-\d+$/.test(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      // It was closed meanwhile.
      return false;
    }
  });
  const isSynced = (fd: string): boolean => {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
    return (Number.parseInt(flags, 8) & O_DSYNC) !== 0;
  };
  if (journals.length === 0 || !journals.every(isSynced)) throw new Error("a journal is open without O_DSYNC");
}
