import type { LockRow } from "../../core/lock.ts";
import type { Ground } from "./way.ts";

/** Whoever leads says again so much later that a lease has ended, if that came to nothing, ms. */
const AGAIN_MS = 1000;

/** A lease that runs. */
interface Running {
  readonly token: number;
  readonly renewals: number;
  /** When it will have ended by this peer's clock, monotonic ms. */
  endsAt: number;
}

/** What the peer that leads does about leases that are not renewed; the others look on. */
export class Expiry {
  readonly #ground: Ground;
  readonly #running = new Map<string, Running>();
  #leads = false;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** When the first lease ends; Infinity where that is not for us to say. */
  get deadline(): number {
    let earliest = Number.POSITIVE_INFINITY;
    if (this.#leads) for (const { endsAt } of this.#running.values()) earliest = Math.min(earliest, endsAt);
    return earliest;
  }

  /** Whether this peer leads from now on. Who comes to lead gives every lease its whole time. */
  lead(leads: boolean, rows: Iterable<LockRow>): void {
    if (leads === this.#leads) return;
    this.#leads = leads;
    for (const row of rows) this.#start(row);
  }

  /** A lock stands so now: its lease began anew if it was renewed, or has another holder. */
  note(name: string, row: LockRow | null): void {
    const running = this.#running.get(name);
    if (row === null) this.#running.delete(name);
    else if (running?.token !== row.holder.token || running.renewals !== row.holder.renewals) this.#start(row);
  }

  /** Says of those that have ended that they have. */
  settle(): void {
    const { now } = this.#ground;
    if (now < this.deadline) return;
    for (const [name, running] of this.#running) {
      if (now < running.endsAt) continue;
      running.endsAt = now + AGAIN_MS;
      this.#ground.submit({ kind: "expire-lock", name, token: running.token, renewals: running.renewals });
    }
  }

  #start({ name, holder: { token, renewals, leaseMs } }: LockRow): void {
    this.#running.set(name, { token, renewals, endsAt: this.#ground.now + leaseMs });
  }
}
