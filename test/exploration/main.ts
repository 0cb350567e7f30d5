import { explore } from "../../src/sim/exploration/explore.ts";
import { raftSetting } from "./raft.ts";

const [disk = 0, a = 1, b = 0, c = 0, ops = 0, crashes = 0, limit = 3_000_000] = process.argv.slice(2).map(Number);
const t = performance.now();
try {
  console.log(
    JSON.stringify(
      explore(raftSetting({ timeouts: [a, b, c], operations: ops, crashes, limit, disk: disk ? "slow" : "instant" })),
      null,
      1,
    ),
  );
} catch (e) {
  console.log(String(e));
}
console.log(
  " cpu " + process.cpuUsage().user / 1e6 + " wall " + ((performance.now() - t) / 1000).toFixed(1),
  Math.round(process.memoryUsage().rss / 1e6) + " MB",
);
