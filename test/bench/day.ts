import { falseVerdicts, unwatchedCluster } from "../sim/cluster.ts";
import { atMost } from "./figure.ts";
import type { Group } from "./group.ts";

const DAY_MS = 24 * 3_600_000;

/** A day of ten peers on a lossy network. */
export const day: Group = {
  about: "24 simulated hours of ten peers with 10 % loss of everything",
  takes: "15 minutes",
  onlyNamed: true,
  measure: async ({ note }) => {
    const ports = Array.from({ length: 10 }, (_, i) => 7001 + i);
    const world = unwatchedCluster(ports, { network: { lossPercent: 10, resendPercent: 10 }, keep: "news" });
    const started = performance.now();
    for (let hour = 1; hour <= 24; hour++) {
      world.run(DAY_MS / 24);
      note(`hour ${hour} of 24, after ${Math.round((performance.now() - started) / 1000)} s`);
    }
    return [
      { name: "took", unit: "s", samples: [(performance.now() - started) / 1000] },
      {
        name: "well peers called unhealthy by anybody",
        unit: "times",
        samples: [falseVerdicts(world, ports).length],
        goal: atMost(0),
      },
    ];
  },
};
