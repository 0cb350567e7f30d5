import { median, type Row } from "./figure.ts";
import { GossipTown } from "./gossip-town.ts";
import type { Group } from "./group.ts";

const REPS = 5;

/** How gossip spreads one new ID. */
export const spread: Group = {
  about: "gossip machines that all hold all IDs: rounds until one new ID is everywhere; a sample a seed",
  takes: "3 minutes",
  measure: async ({ reps, note }) => {
    const rows: Row[] = [];
    for (const size of [10, 30, 100, 300, 1000]) {
      for (const lossPercent of [0, 10, 30]) {
        note(`${size} peers, ${lossPercent} % loss`);
        rows.push(...spreadRows(size, lossPercent, reps ?? (size === 1000 ? 1 : REPS)));
      }
    }
    return rows;
  },
};

function spreadRows(size: number, lossPercent: number, reps: number): readonly Row[] {
  const started = performance.now();
  const runs = Array.from({ length: reps }, (_, i) => new GossipTown(size, lossPercent, i + 1).spread());
  const tookMs = (performance.now() - started) / reps;
  const name = `n = ${size}, ${lossPercent} % loss`;
  const theory = Math.log(size) / Math.log(3) + Math.log(Math.log(size));
  const rows: Row[] = [
    {
      name: `${name}: rounds`,
      unit: "rounds",
      samples: runs.map(({ rounds }) => rounds),
      beside: { name: "log3 n + ln ln n", samples: [theory] },
    },
  ];
  if (size < 1000) return rows;
  return [
    ...rows,
    { name: `${name}: took`, unit: "ms", samples: [tookMs] },
    {
      name: `${name}: memory of the process, at most so far`,
      unit: "MiB",
      samples: [process.resourceUsage().maxRSS / 1024],
    },
    { name: `${name}: messages`, unit: "messages", samples: [median(runs.map(({ messages }) => messages))] },
  ];
}
