import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Host, Network } from "./network.ts";
import { cluster } from "./scene.ts";

type Start = (small: Host, large: Host, network: Network) => void;

function pair(): { network: Network; small: Host; large: Host } {
  const network = new Network(["3", "7"]);
  const [small, large] = network.hosts;
  if (small === undefined || large === undefined) throw new Error("a pair is two");
  return { network, small, large };
}

/** What must hold once every frame is delivered. */
function settled(network: Network, small: Host, large: Host): { dialler: Host } {
  expect(network.standing()).toHaveLength(1);
  const verdict = network.agreed(small, large);
  const other = network.agreed(large, small);
  if (verdict === undefined || other === undefined) throw new Error("there is no link");
  expect([verdict.same, other.same]).toEqual([true, true]);
  for (const host of [small, large]) {
    expect(host.established - host.lost).toBe(1);
    expect(host.machine.view().links).toHaveLength(1);
    expect(host.machine.view().dialling).toEqual([]);
  }
  return verdict;
}

/** Replays every order in which frames can be delivered: each lane in order, the lanes in any. */
function everyOrder(start: Start, check: (network: Network, small: Host, large: Host) => void, limit: number): number {
  const choices: { taken: number; of: number }[] = [];
  for (let orders = 1; ; orders++) {
    if (orders > limit) throw new Error(`more than ${limit} orders`);
    const { network, small, large } = pair();
    start(small, large, network);
    for (let depth = 0; network.pending().length > 0; depth++) {
      const lanes = network.pending();
      const choice = choices[depth] ?? { taken: 0, of: lanes.length };
      choices[depth] = choice;
      const lane = lanes[choice.taken];
      if (lane === undefined) throw new Error("a replay differs from the run");
      network.deliver(lane);
    }
    check(network, small, large);
    while (choices.length > 0 && lastOf(choices).taken + 1 === lastOf(choices).of) choices.pop();
    if (choices.length === 0) return orders;
    lastOf(choices).taken += 1;
  }
}

function lastOf<T>(items: readonly T[]): T {
  return items[items.length - 1] as T;
}

function dial(from: Host, to: Host, network: Network, which = 0): void {
  const address = to.addresses[which];
  if (address === undefined) throw new Error("no such address");
  network.command(from, { kind: "connect", address });
}

const bothDial: Start = (small, large, network) => {
  dial(small, large, network);
  dial(large, small, network);
};

describe("of two links between the same peers the one dialled by the smaller ID survives (section 3.1)", () => {
  test("both dial at once: in every order of delivery, with no loss of the link", () => {
    const orders = everyOrder(
      bothDial,
      (network, small, large) => {
        expect(settled(network, small, large).dialler).toBe(small);
        expect([small.lost, large.lost]).toEqual([0, 0]);
      },
      100_000,
    );
    expect(orders).toBeGreaterThanOrEqual(50);
  });

  test("one dials two addresses of the same peer: in every order both keep the same one", () => {
    everyOrder(
      (small, large, network) => {
        dial(large, small, network, 0);
        dial(large, small, network, 1);
      },
      (network, small, large) => {
        settled(network, small, large);
        expect([small.lost, large.lost]).toEqual([0, 0]);
      },
      100_000,
    );
  });

  test("no word said on a link is lost when it is replaced", () => {
    const chooses = fc.array(fc.nat(), { minLength: 10, maxLength: 60 });
    const property = fc.property(chooses, fc.boolean(), (picks, alias) => {
      const { network, small, large } = pair();
      bothDial(small, large, network);
      if (alias) dial(large, small, network, 1);
      for (const pick of picks) {
        for (const host of network.hosts) if (pick % 3 === 0) network.speak(host);
        const lanes = network.pending();
        const lane = lanes[Math.floor(pick / 3) % Math.max(lanes.length, 1)];
        if (lane !== undefined) network.deliver(lane);
      }
      network.deliverAll();
      expect(settled(network, small, large).dialler).toBe(small);
      expect(network.wordsLost).toBe(0);
    });
    fc.assert(property, { numRuns: 400 });
  });

  test("a higher incarnation told on one of two crossed links decides for both sides alike", () => {
    const property = fc.property(fc.array(fc.nat(), { maxLength: 40 }), fc.nat(10), fc.nat(10), (picks, mine, its) => {
      const { network, small, large } = pair();
      bothDial(small, large, network);
      for (const [turn, pick] of picks.entries()) {
        if (turn === mine) network.command(small, introduction(2 + mine));
        if (turn === its) network.command(large, introduction(2 + its));
        const lanes = network.pending();
        const lane = lanes[pick % Math.max(lanes.length, 1)];
        if (lane !== undefined) network.deliver(lane);
      }
      network.deliverAll();
      settled(network, small, large);
      expect([small.lost, large.lost]).toEqual([0, 0]);
    });
    fc.assert(property, { numRuns: 400 });
  });
});

function introduction(incarnation: number) {
  return { kind: "introduce", cluster: cluster("c"), incarnation, yielding: false } as const;
}

type Act =
  | { readonly kind: "deliver" | "break" | "break silently" | "speak"; readonly pick: number }
  | { readonly kind: "crash" | "refute"; readonly who: number }
  | { readonly kind: "wait"; readonly ms: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("deliver" as const), pick: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("speak", "break", "break silently"), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("crash", "refute"), who: fc.nat(1) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(6000) }) },
);

function perform(network: Network, deed: Act): void {
  if (deed.kind === "wait") {
    const end = network.now + deed.ms;
    network.advance(end);
    network.now = end;
  } else if ("who" in deed) {
    const host = network.hosts[deed.who] as Host;
    if (deed.kind === "refute") {
      host.incarnation += 1;
      network.command(host, introduction(host.incarnation));
    } else {
      network.crash(host);
      dialOther(network, host);
    }
  } else if (deed.kind === "speak") {
    network.speak(network.hosts[deed.pick % 2] as Host);
  } else {
    const lanes = network.pending();
    const lane = lanes[deed.pick % Math.max(lanes.length, 1)];
    if (lane === undefined) return;
    if (deed.kind === "deliver") network.deliver(lane);
    else network.break(lane, deed.kind === "break silently");
  }
}

function dialOther(network: Network, host: Host): void {
  for (const other of network.hosts) if (other !== host) dial(host, other, network);
}

/** No more faults: everything is delivered at once and time passes. */
function heal(network: Network, ms: number): void {
  const end = network.now + ms;
  network.deliverAll();
  while (network.advance(end)) network.deliverAll();
}

describe("whatever breaks, a pair that wants a link has one again", () => {
  test("after breaks, half-open connections, restarts and refutations", () => {
    const property = fc.property(fc.array(act, { maxLength: 60 }), (deeds) => {
      const { network, small, large } = pair();
      bothDial(small, large, network);
      for (const deed of deeds) perform(network, deed);
      heal(network, 30_000);
      settled(network, small, large);
      const lost = [small.lost, large.lost];
      heal(network, 60_000);
      expect([small.lost, large.lost]).toEqual(lost);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("a peer that restarts while its old connection is half-open is linked again at once, without a loss", () => {
    for (const [who, other] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const { network, small, large } = pair();
      bothDial(small, large, network);
      network.deliverAll();
      const restarted = network.hosts[who] as Host;
      network.crash(restarted);
      dialOther(network, restarted);
      network.deliverAll();
      expect(network.agreed(small, large)).toEqual({ dialler: restarted, same: true });
      expect((network.hosts[other] as Host).lost).toBe(0);
    }
  });

  test("a side that lost the link alone dials, and its dial replaces what the other still holds", () => {
    for (const who of [0, 1] as const) {
      const { network, small, large } = pair();
      bothDial(small, large, network);
      network.deliverAll();
      const loser = network.hosts[who] as Host;
      const other = network.hosts[1 - who] as Host;
      const lane = loser.lanes.get(loser.up.get(other.peer) ?? 0);
      if (lane === undefined) throw new Error("there is no link");
      network.break(lane, true);
      heal(network, 100);
      expect(network.agreed(small, large)).toEqual({ dialler: loser, same: true });
      expect([loser.lost, other.lost]).toEqual([1, 0]);
    }
  });
});
