import { BULLY_DEFAULTS } from "../../src/protocols/bully/definition.ts";
import { RAFT_DEFAULTS } from "../../src/protocols/raft/definition.ts";
import { Lab, leaderOf, type PeerProcess, settled, until } from "../support/processes.ts";
import { bareClose } from "./bare.ts";
import { atMost, atMostTimes, type Goal, type Row } from "./figure.ts";
import type { Bench, Group } from "./group.ts";
import { noDisk } from "./store-load.ts";
import { RAFT, type Way, ZAB_BY_BULLY, ZAB_BY_NAME, ZAB_BY_RAFT } from "./ways.ts";
import { type Signal, writeGapMs } from "./write-gap.ts";

const PEERS = 3;
const REPS = 10;

/** A leader that has led for so long goes on leading: whoever ranks higher would have taken over. */
const STEADY_MS = 1000;

/** How long a leader stands still for whom nobody else can stand in. */
const STILL_MS = 1000;

/** A link that breaks is told at once, so only the votes and the first entry take time. */
const KILLED_GOAL = atMost(100);

/** Of a leader that says nothing any more only a timeout tells. */
const STOPPED_GOAL = atMostTimes(1.3);

/** Ways in which another peer comes to lead, each with the silence after which its election begins to do so. */
const FAILOVERS: readonly { readonly way: Way; readonly timeout: NonNullable<Row["beside"]> }[] = [
  { way: RAFT, timeout: timeout("least election timeout of Raft", RAFT_DEFAULTS.electionTimeoutMs) },
  { way: ZAB_BY_RAFT, timeout: timeout("least election timeout of Raft", RAFT_DEFAULTS.electionTimeoutMs) },
  {
    way: ZAB_BY_BULLY,
    timeout: timeout(
      "timeouts of Bully for a leader and for its answer",
      BULLY_DEFAULTS.leaderTimeoutMs + BULLY_DEFAULTS.answerTimeoutMs,
    ),
  },
];

/** How soon each election has writes acknowledged again when the leader is killed or stands still. */
export const elections: Group = {
  about:
    "three new peers each time, data on disk, a client that knows all; from the signal to the next acknowledgement",
  takes: "6 minutes",
  missing: noDisk,
  measure: async (bench) => {
    const closed: number[] = [];
    const samples = new Map<string, number[]>();
    const add = (way: Way, signal: Signal, ms: number): void => {
      samples.set(way.name + signal, [...(samples.get(way.name + signal) ?? []), ms]);
    };
    const reps = bench.reps ?? REPS;
    for (let rep = 1; rep <= reps; rep++) {
      bench.note(`failovers ${rep} of ${reps}`);
      closed.push(await bareClose(bench));
      for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
        for (const { way } of FAILOVERS) add(way, signal, await gapMs(bench, way, signal));
        add(ZAB_BY_NAME, signal, await gapMs(bench, ZAB_BY_NAME, signal, comeBack));
      }
    }
    const of = (way: Way, signal: Signal): readonly number[] => samples.get(way.name + signal) ?? [];
    const beside = { name: "until a bare connection to a killed process closes", samples: closed };
    return [
      ...FAILOVERS.map(({ way }) => row(`${way.name}: leader killed`, of(way, "SIGKILL"), beside, KILLED_GOAL)),
      ...FAILOVERS.map(({ way, timeout }) =>
        row(`${way.name}: leader stopped`, of(way, "SIGSTOP"), timeout, STOPPED_GOAL),
      ),
      row(`${ZAB_BY_NAME.name}, no failover: killed, started again at once`, of(ZAB_BY_NAME, "SIGKILL")),
      row(
        `${ZAB_BY_NAME.name}, no failover: stopped, let go on later`,
        of(ZAB_BY_NAME, "SIGSTOP"),
        timeout("until it is let go on", STILL_MS),
      ),
    ];
  },
};

function row(name: string, samples: readonly number[], beside?: NonNullable<Row["beside"]>, goal?: Goal): Row {
  return {
    name,
    unit: "ms",
    samples,
    ...(beside === undefined ? {} : { beside }),
    ...(goal === undefined ? {} : { goal }),
  };
}

function timeout(name: string, ms: number): NonNullable<Row["beside"]> {
  return { name, samples: [ms] };
}

/** What is done for a leader that was ended and that nobody can stand in for. */
type Rescue = (lab: Lab, leader: PeerProcess, signal: Signal, flags: readonly string[]) => void;

function comeBack(lab: Lab, leader: PeerProcess, signal: Signal, flags: readonly string[]): void {
  if (signal === "SIGKILL") void leader.exited.then(() => lab.start(leader.port, flags));
  else setTimeout(() => leader.signal("SIGCONT"), STILL_MS);
}

/** Starts peers and ends the one that leads them; milliseconds without an acknowledgement. */
async function gapMs(bench: Bench, way: Way, signal: Signal, rescue: Rescue = () => {}): Promise<number> {
  const lab = new Lab();
  bench.onEnd(() => lab.close());
  const peers = await lab.cluster(PEERS, way.flags);
  await until(30_000, "a leader who goes on leading", async () => {
    const ages = (await settled(peers)).map(({ election }) => election.leaderAgeMs ?? 0);
    return Math.min(...ages) >= STEADY_MS ? ages : undefined;
  });
  const leader = await leaderOf(peers);
  const flags = way.flags(peers.map(({ port }) => `127.0.0.1:${port}`));
  const ms = await writeGapMs(peers, leader, signal, () => rescue(lab, leader, signal, flags));
  await lab.close();
  return ms;
}
