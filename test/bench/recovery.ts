import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Lab, leaderOf, type PeerProcess, settled, until } from "../support/processes.ts";
import { within } from "./bare.ts";
import type { Row } from "./figure.ts";
import type { Group } from "./group.ts";
import { lines, Pipeline } from "./pipeline.ts";
import { residentMiB } from "./process-figures.ts";
import { loadStore, noDisk, reading, VALUE_BYTES } from "./store-load.ts";

const PEERS = 3;
const REPS = 5;
const ENTRIES = 1_000_000;
const KEYS = 10_000;
const OUTSTANDING = 256;
const STRETCH_MS = 5000;
const RECOVERY_LIMIT_MS = 60_000;
const MIB = 2 ** 20;

/** How soon a peer that has applied many entries is back after a kill. */
export const recovery: Group = {
  about: `a follower with a million applied entries, ${VALUE_BYTES} B over ${KEYS} keys, killed and started again; from its start`,
  takes: "3 minutes",
  missing: noDisk,
  measure: async (bench) => {
    const lab = new Lab();
    bench.onEnd(() => lab.close());
    const peers = await lab.cluster(PEERS);
    const leader = await leaderOf(peers);
    let [follower = leader] = peers.filter((peer) => peer !== leader);
    await fill(leader, (entries) => bench.note(`${entries} entries`));
    const before = await applied(follower, ENTRIES);
    const comebacks: Comeback[] = [];
    const reps = bench.reps ?? REPS;
    for (let rep = 1; rep <= reps; rep++) {
      bench.note(`recovery ${rep} of ${reps}`);
      await follower.kill();
      const readMs = timeOf(() => bytesIn(lab.dataOf(follower.port)));
      const startedAt = performance.now();
      follower = lab.start(follower.port);
      comebacks.push({ ...(await comeBack(follower, startedAt, before)), readMs });
      await settled(peers.map((peer) => (peer.port === follower.port ? follower : peer)));
    }
    return rowsOf(comebacks, bytesIn(lab.dataOf(follower.port)) / MIB);
  },
};

/** Milliseconds of one recovery, and what the peer then took in memory. */
interface Comeback {
  readonly listeningMs: number;
  readonly answeringMs: number;
  readonly residentMiB: number;
  /** What it took this process to read the peer's files. */
  readonly readMs: number;
}

function rowsOf(comebacks: readonly Comeback[], directoryMiB: number): readonly Row[] {
  const of = (part: keyof Comeback): readonly number[] => comebacks.map((comeback) => comeback[part]);
  const beside = { name: "its files read", samples: of("readMs") };
  return [
    { name: "until it listens", unit: "ms", samples: of("listeningMs"), beside },
    { name: "until all is applied and a read answered", unit: "ms", samples: of("answeringMs"), beside },
    {
      name: "its directory",
      unit: "MiB",
      samples: [directoryMiB],
      beside: { name: "the values of all entries", samples: [(ENTRIES * VALUE_BYTES) / MIB] },
    },
    { name: "its memory, resident", unit: "MiB", samples: of("residentMiB") },
  ];
}

/** Writes until the log has so many entries. */
async function fill(leader: PeerProcess, note: (entries: number) => void): Promise<void> {
  for (;;) {
    const { commitIndex } = (await leader.status()).raft;
    note(commitIndex);
    if (commitIndex >= ENTRIES) return;
    const load = { kind: "write", outstanding: OUTSTANDING, forMs: STRETCH_MS, keys: KEYS } as const;
    await loadStore(load, leader, []);
  }
}

/** Settles when a peer has applied all up to `index`; up to where it has. */
function applied(peer: PeerProcess, index: number): Promise<number> {
  return until(RECOVERY_LIMIT_MS, `${index} entries applied`, async () => {
    const { lastApplied } = (await peer.status()).raft;
    return lastApplied >= index ? lastApplied : undefined;
  });
}

async function comeBack(peer: PeerProcess, startedAt: number, before: number) {
  await peer.event("listening");
  const listeningMs = performance.now() - startedAt;
  const pipeline = await Pipeline.open(peer.port, lines);
  // A read is answered by a peer that is linked to the leader; what it has applied itself its status tells.
  const answered = new Promise<string>((resolve) => {
    pipeline.ask(reading("key-0"), resolve);
  });
  const answer = await within(RECOVERY_LIMIT_MS, "answer to a read", Promise.race([answered, pipeline.lost]));
  if (!answer.startsWith('{"Value":[')) throw new Error(`a read was answered with ${answer}`);
  await applied(peer, before);
  const answeringMs = performance.now() - startedAt;
  pipeline.close();
  return { listeningMs, answeringMs, residentMiB: residentMiB(peer.pid) };
}

function bytesIn(directory: string): number {
  const files = readdirSync(directory).map((name) => join(directory, name));
  for (const file of files) readFileSync(file);
  return files.reduce((bytes, file) => bytes + statSync(file).size, 0);
}

function timeOf(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}
