import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { addressOf } from "../../src/core/address.ts";
import { seededRandom } from "../../src/core/random.ts";
import { checkHistory } from "../../src/sim/linearizability/checker.ts";
import { changesNothing } from "../../src/sim/linearizability/history.ts";
import { Nemesis, type Trouble } from "../support/nemesis.ts";
import { Lab, settled } from "../support/processes.ts";
import { OPEN_AT_A_TIME, StoreCrowd } from "../support/store-crowd.ts";

const PEERS = 3;
const CLIENTS_OF_A_KIND = 3;

/** Changes that are acknowledged, at the very least: where the machine does nothing else it is over a thousand. */
const MIN_ACKNOWLEDGED = 200;

/** Changes of the leader, at least: usually there are as many as troubles. */
const MIN_ELECTIONS = 3;

/** Versions of a value that the peers keep: few, so that readers ask for some that are gone. */
const KEEP_VERSIONS = 8;

const OF_PROCESSES: readonly Trouble[] = ["kill the leader", "kill all", "stop the leader", "crash the leader"];
const OF_LINKS: readonly Trouble[] = ["isolate the leader", "let the leader hear nobody", "slow and lossy links"];
const OF_CLOCKS: readonly Trouble[] = ["skew a clock", "let clocks jump", "isolate a leader whose clock is slow"];
const OF_LEASES: readonly Trouble[] = ["isolate the leader", "let nobody hear the leader"];

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

test.each([
  // A lease holds only where clocks run alike.
  { reads: "read-index", order: "raft", election: "raft", troubles: [...OF_PROCESSES, ...OF_LINKS, ...OF_CLOCKS] },
  { reads: "lease", order: "raft", election: "raft", troubles: [...OF_PROCESSES, ...OF_LEASES] },
  { reads: "read-index", order: "zab", election: "raft", troubles: [...OF_PROCESSES, ...OF_LINKS, ...OF_CLOCKS] },
  { reads: "read-index", order: "zab", election: "bully", troubles: [...OF_PROCESSES, ...OF_LINKS] },
])(
  "$order over $election, reads by $reads: linearizable while peers die, stand still, lose each other",
  async (run) => {
    const seed = Date.now();
    const random = seededRandom(seed);
    let flags: readonly string[] = [];
    const peers = await lab.cluster(PEERS, (all) => {
      const ensemble = run.order === "zab" ? ["--ensemble", all.join(",")] : [];
      flags = ["--reads", run.reads, "--keep-versions", String(KEEP_VERSIONS), "--election", run.election, ...ensemble];
      return flags;
    });
    const addresses = peers.flatMap(({ port }) => addressOf("127.0.0.1", port) ?? []);
    const crowd = new StoreCrowd(random);
    onTestFinished(() => crowd.goHome());
    const nemesis = new Nemesis(lab, peers, random, flags);
    const reigns = nemesis.reigns().size;

    for (let n = 0; n < CLIENTS_OF_A_KIND; n++) {
      await crowd.addWithSession(addresses);
      crowd.addRaw(addresses);
    }
    for (const address of addresses) crowd.addReader(address);
    await nemesis.run(run.troubles);
    await nemesis.heal();
    await crowd.goHome();
    await settled(nemesis.peers);
    for (const address of addresses) await crowd.readAll(address);

    const history = crowd.history();
    const told = `seed ${seed}`;
    expect(checkHistory(history, { keepVersions: KEEP_VERSIONS }), told).toEqual({ kind: "linearizable" });
    const acknowledged = history.filter((call) => call.answer !== null && !changesNothing(call)).length;
    expect(acknowledged, told).toBeGreaterThan(MIN_ACKNOWLEDGED);
    expect(nemesis.reigns().size - reigns, told).toBeGreaterThanOrEqual(MIN_ELECTIONS);
    // A trouble leaves what is open at that time without an outcome, at most.
    const openAtATime = CLIENTS_OF_A_KIND * (OPEN_AT_A_TIME.inSession + OPEN_AT_A_TIME.raw);
    const unknown = history.filter(({ answer }) => answer === null).length;
    expect(unknown, told).toBeLessThanOrEqual(openAtATime * run.troubles.length);
  },
);
