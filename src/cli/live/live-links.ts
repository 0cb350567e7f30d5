import type { FaultRow } from "../../peer/peer-view.ts";
import type { Conditions } from "../../sim/network/conditions.ts";
import type { Name } from "../../sim/script/script.ts";
import { linkFaults, outLine } from "./link-faults.ts";
import { type LivePeer, SCRIPT } from "./live-peer.ts";

/** A peer that may hold faults. */
export type Sender = Pick<LivePeer, "name" | "id" | "isAwake" | "view" | "look" | "order">;

/**
 * What the links of a script are to be like. Each direction is a matter of the peer that sends: it holds faults on what
 * it sends to the other. What is wanted is noted at once, and comes true with `apply`: at all senders at the same time,
 * and at one that is stopped or dead when it runs again.
 */
export class LiveLinks {
  readonly #find: (name: Name) => Sender | undefined;
  readonly #wanted = new Map<Name, Map<Name, Partial<Conditions>>>();
  /** Senders that may hold something else than what is wanted. */
  readonly #doubted = new Set<Name>();

  /** @param find who is called so */
  constructor(find: (name: Name) => Sender | undefined) {
    this.#find = find;
  }

  /** Changes one direction. */
  change(from: Name, to: Name, change: Partial<Conditions>): void {
    const ways = this.#wanted.get(from) ?? new Map<Name, Partial<Conditions>>();
    ways.set(to, { ...ways.get(to), ...change });
    this.#wanted.set(from, ways);
    this.#doubted.add(from);
  }

  /** One direction is as it was at first. */
  mend(from: Name, to: Name): void {
    if (this.#wanted.get(from)?.delete(to) === true) this.#doubted.add(from);
  }

  /** Every direction is as it was at first. */
  heal(): void {
    this.doubt();
    this.#wanted.clear();
  }

  /** Something happened by which any sender may have lost what it held. */
  doubt(): void {
    for (const from of this.#wanted.keys()) this.#doubted.add(from);
  }

  /**
   * Lets every sender that is awake hold what is wanted.
   *
   * @throws StartError when one does not
   */
  async apply(): Promise<void> {
    const senders = [...this.#doubted].flatMap((name) => this.#find(name) ?? []).filter(({ isAwake }) => isAwake);
    for (const { name } of senders) this.#doubted.delete(name);
    await Promise.all(senders.map((sender) => this.#reconcile(sender)));
  }

  async #reconcile(sender: Sender): Promise<void> {
    await sender.look();
    const held = new Map(
      (sender.view?.faults ?? []).filter(isOurs).map((row) => [outLine(row.fault, row.target), row.id]),
    );
    const wanted = this.#linesOf(sender.name);
    // First what is new: of a cut that becomes something else nothing slips through.
    for (const line of wanted) if (!held.has(line)) await sender.order(line);
    const ended = [...held].filter(([line]) => !wanted.has(line)).map(([, id]) => id);
    if (ended.length > 0) await sender.order(`remove ${ended.join(",")}`);
  }

  #linesOf(from: Name): ReadonlySet<string> {
    const lines = new Set<string>();
    for (const [to, conditions] of this.#wanted.get(from) ?? []) {
      const target = this.#find(to)?.id;
      if (target === undefined) continue;
      for (const fault of linkFaults(conditions)) lines.add(outLine(fault, target));
    }
    return lines;
  }
}

function isOurs({ by, direction }: FaultRow): boolean {
  return by === SCRIPT && direction === "out";
}
