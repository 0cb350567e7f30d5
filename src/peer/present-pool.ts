import type { Address } from "../core/address.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { BrokerPicture, LifePicture, VipPicture } from "./pool-view.ts";
import type { Speeches } from "./registry.ts";

type View = { readonly [K in keyof Speeches]: Speeches[K]["view"] };

/** The virtual address, and who holds it. */
export function presentVip({ office }: View, addressOf: (peer: PeerId) => Address | null, now: number): VipPicture {
  const { address, driver, phase, leaseMs, renewals, expiries } = office;
  const holder = holderOf(office);
  return {
    ...{ address, driver, holder, phase, leaseMs, renewals, expiries },
    holderAddress: holder === null ? null : addressOf(holder),
    term: office.holder?.term ?? 0,
    held: office.holdsAddress,
    waitMs: office.waitUntil === null ? null : Math.max(0, office.waitUntil - now),
    leaseLeftMs: office.leaseUntil === null ? null : Math.max(0, office.leaseUntil - now),
    sinceMs: office.since === null ? null : now - office.since,
  };
}

/** The pool. */
export function presentBroker({ broker, office, raft }: View): BrokerPicture {
  const { isWorker, workers, jobs, callers, calls, working, worked, counts, boards } = broker;
  const holder = holderOf(office);
  return { holder, standby: raft.standby, isWorker, workers, jobs, callers, calls, working, worked, counts, boards };
}

/** The part of a board that is looked at. */
export function presentLife({ broker: { picture, jobs } }: View): LifePicture | null {
  if (picture === null) return null;
  const { job, size, turn, alive, state, turnsPerSecond, window, dots, bands } = picture;
  const row = jobs.find(({ id }) => id === job);
  const width = (window.width + 7) >>> 3;
  const rows = Array.from({ length: window.height }, (_, y) => hex(dots.subarray(y * width, (y + 1) * width)));
  return {
    ...{ job, size, turn, alive, state, turnsPerSecond, window, rows, bands },
    topology: row?.topology ?? "torus",
    turns: row?.turns ?? null,
  };
}

/** Who is in office by the order; null where nobody is. */
function holderOf({ holder }: View["office"]): PeerId | null {
  return holder === null || holder.released ? null : holder.holder;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
