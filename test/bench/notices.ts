import type { Row } from "./figure.ts";
import { type Group, linuxOnly } from "./group.ts";
import { noticeLatency } from "./notice-latency.ts";
import { noticeThroughput } from "./notice-throughput.ts";

/** How soon, how many a second, and in how many copies what a program announces is told to those at all other peers. */
export const notices: Group = {
  about: "a program announces at one of n headless peers, one at each of the others is notified and finds it valid",
  takes: "2 minutes",
  missing: linuxOnly,
  measure: async (bench) => {
    const rows: Row[] = [];
    for (const count of [3, 10, 30]) rows.push(...(await noticeLatency(bench, count)));
    return [...rows, ...(await noticeThroughput(bench))];
  },
};
