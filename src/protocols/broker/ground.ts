import type { Effects } from "../../core/effects.ts";
import type { BrokerTable, JobRow } from "../../core/job.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Random } from "../../core/random.ts";
import type { BrokerSpeech } from "./message.ts";

/** What the parts of a broker share. */
export interface Ground {
  readonly options: BrokerSpeech["options"];
  readonly effects: Effects<BrokerSpeech>;
  readonly random: Random;
  /** The instant of the step in hand, monotonic ms. */
  readonly now: number;
  /** What the order holds, as far as it is known here. */
  readonly table: BrokerTable;
  /** Peers to whom a link stands. */
  readonly linked: ReadonlySet<PeerId>;
  readonly counts: { -readonly [K in keyof BrokerSpeech["view"]["counts"]]: number };
}

/** The term that is in office by the order; 0 before the first. */
export function termOf({ office }: BrokerTable): number {
  return office?.term ?? 0;
}

/** The row of a job; 0 is the latest one. Undefined where there is none. */
export function rowOf({ jobs }: BrokerTable, job: number): JobRow | undefined {
  return job === 0 ? jobs.at(-1) : jobs.find(({ id }) => id === job);
}

/** Whether the order says that this peer holds the office: then others work for it. */
export function isHolder({ table: { office }, options }: Ground): boolean {
  return office?.holder === options.peer && !office.released;
}
