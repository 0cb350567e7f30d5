import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { linkFaults, outLine } from "../../../src/cli/live/link-faults.ts";
import { LiveLinks, type Sender } from "../../../src/cli/live/live-links.ts";
import type { LinkFault } from "../../../src/faults/fault.ts";
import type { PeerView } from "../../../src/peer/peer-view.ts";
import type { Conditions } from "../../../src/sim/network/conditions.ts";
import { fault, id, picture } from "../../ui/pictures.ts";

const CHANGES: readonly Partial<Conditions>[] = [
  { cut: true },
  { lossPercent: 30 },
  { lossPercent: 50 },
  { latencyMs: 100, jitterMs: 20 },
];

/** Every fault that the links of these tests ask for, by its line. */
const FAULTS: ReadonlyMap<string, LinkFault> = new Map(
  [1, 2, 3].flatMap((peer) =>
    CHANGES.flatMap((change) => linkFaults(change).map((each) => [outLine(each, id(peer)), each] as const)),
  ),
);

/** A peer that holds faults as a real one does, numbers them, and notes what it was told. */
class FakeSender implements Sender {
  readonly name: string;
  readonly id;
  isAwake = true;
  readonly told: string[] = [];
  readonly #held = new Map<number, { readonly line: string; readonly by: string }>();
  #lastId = 0;
  #shown: PeerView;

  constructor(n: number) {
    this.name = String(7000 + n);
    this.id = id(n);
    this.#shown = picture({ view: { faults: [] } });
  }

  /** What it holds, without what others have set. */
  get held(): readonly string[] {
    return [...this.#held.values()].filter(({ by }) => by === "script").map(({ line }) => line);
  }

  get view(): PeerView {
    return this.#shown;
  }

  async look(): Promise<void> {
    const faults = [...this.#held].map(([number, { line, by }]) => {
      const set = FAULTS.get(line);
      const target = id([1, 2, 3].find((n) => line.includes(id(n))) ?? 0);
      if (set === undefined) throw new Error(`nobody asks for ${line}`);
      return fault(1, { id: number, fault: set, target, direction: "out", by });
    });
    this.#shown = picture({ view: { faults } });
  }

  async order(line: string): Promise<void> {
    this.told.push(line);
    if (!line.startsWith("remove ")) return this.hold(line, "script");
    for (const number of line.slice("remove ".length).split(",")) this.#held.delete(Number(number));
  }

  hold(line: string, by: string): void {
    this.#lastId += 1;
    this.#held.set(this.#lastId, { line, by });
  }

  /** Another process, or somebody who heals everything. */
  lose(): void {
    this.#held.clear();
  }
}

/** One thing that happens to the links of a script, or to a sender. */
interface Happening {
  readonly kind: "change" | "mend" | "heal" | "lose" | "sleep" | "wake" | "apply";
  readonly from: string;
  readonly to: string;
  readonly change: Partial<Conditions>;
}

let senders: ReadonlyMap<string, FakeSender>;
let links: LiveLinks;
beforeEach(begin);

function begin(): void {
  senders = new Map([1, 2, 3].map((n) => [String(7000 + n), new FakeSender(n)]));
  links = new LiveLinks((name) => senders.get(name));
}

/** Lets something happen, and notes what is wanted by then, by `FROM TO`. */
async function happen({ kind, from, to, change }: Happening, wanted: Map<string, Partial<Conditions>>): Promise<void> {
  const way = `${from} ${to}`;
  switch (kind) {
    case "change":
      links.change(from, to, change);
      wanted.set(way, { ...wanted.get(way), ...change });
      return;
    case "mend":
      links.mend(from, to);
      wanted.delete(way);
      return;
    case "heal":
      links.heal();
      return wanted.clear();
    case "lose":
      sender(from).lose();
      return links.doubt();
    case "apply":
      return links.apply();
    default:
      sender(from).isAwake = kind === "wake";
  }
}

/** The lines of all that is wanted of one sender, in order. */
function linesOf(from: string, wanted: ReadonlyMap<string, Partial<Conditions>>): readonly string[] {
  const lines = [...wanted].flatMap(([way, conditions]) => {
    const [sends, to] = way.split(" ");
    return sends === from ? linkFaults(conditions).map((each) => outLine(each, id(Number(to) - 7000))) : [];
  });
  return lines.sort();
}

function sender(name: string): FakeSender {
  const found = senders.get(name);
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found;
}

const cut2 = `cut ${id(2)} out`;
const cut3 = `cut ${id(3)} out`;

describe("the links of a script, held by those who send", () => {
  test("a change waits until it is applied, and is then held by its sender alone", async () => {
    links.change("7001", "7002", { cut: true });
    expect(sender("7001").told).toEqual([]);
    await links.apply();
    await links.apply();
    expect([...senders.values()].map(({ told }) => told)).toEqual([[cut2], [], []]);
  });

  test("a change replaces what was of its kind, the new before the old, and leaves the rest", async () => {
    links.change("7001", "7002", { cut: true });
    links.change("7001", "7002", { lossPercent: 30 });
    await links.apply();
    links.change("7001", "7002", { lossPercent: 50 });
    await links.apply();
    expect(sender("7001").told).toEqual([cut2, `drop ${id(2)} 30% out`, `drop ${id(2)} 50% out`, "remove 2"]);
    expect(sender("7001").held).toEqual([cut2, `drop ${id(2)} 50% out`]);
  });

  test("mended is one direction, healed is all", async () => {
    for (const to of ["7002", "7003"]) links.change("7001", to, { cut: true });
    links.change("7002", "7003", { cut: true });
    links.mend("7001", "7003");
    await links.apply();
    expect([sender("7001").held, sender("7002").held]).toEqual([[cut2], [cut3]]);
    links.heal();
    await links.apply();
    expect([sender("7001").held, sender("7002").held]).toEqual([[], []]);
  });

  test("who is stopped or dead gets it when it runs again", async () => {
    sender("7001").isAwake = false;
    links.change("7001", "7002", { cut: true });
    await links.apply();
    expect(sender("7001").held).toEqual([]);
    sender("7001").isAwake = true;
    await links.apply();
    expect(sender("7001").held).toEqual([cut2]);
  });

  test("what a sender lost it gets again once that is doubted; what others set there is not touched", async () => {
    links.change("7001", "7002", { cut: true });
    await links.apply();
    sender("7001").lose();
    sender("7001").hold(cut3, "7003");
    links.doubt();
    await links.apply();
    expect(sender("7001").told).toEqual([cut2, cut2]);
    links.heal();
    await links.apply();
    expect(sender("7001").told.at(-1)).toBe("remove 3");
  });

  test("whatever was changed, lost and slept through, in the end everybody holds what is wanted", async () => {
    const name = fc.constantFrom("7001", "7002", "7003");
    const happening: fc.Arbitrary<Happening> = fc.record({
      kind: fc.constantFrom("change", "change", "change", "mend", "heal", "lose", "sleep", "wake", "apply"),
      from: name,
      to: name,
      change: fc.constantFrom(...CHANGES),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 30 }), async (happenings) => {
        begin();
        const wanted = new Map<string, Partial<Conditions>>();
        for (const each of happenings) await happen(each, wanted);
        for (const each of senders.values()) each.isAwake = true;
        await links.apply();
        for (const [from, { held }] of senders) expect([...held].sort()).toEqual(linesOf(from, wanted));
      }),
    );
  });
});
