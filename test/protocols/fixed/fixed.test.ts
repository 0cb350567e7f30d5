import { describe, expect, test } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import { InvariantViolation } from "../../../src/core/assert.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { fixed } from "../../../src/protocols/fixed/definition.ts";
import type { FixedSpeech, LossCause } from "../../../src/protocols/fixed/message.ts";
import { Reader } from "../../../src/wire/reader.ts";
import { Writer } from "../../../src/wire/writer.ts";

const [A, B] = ["000000000000000a", "000000000000000b"] as [PeerId, PeerId];
const [OWN, NAMED, OTHER] = ["127.0.0.1:7001", "127.0.0.1:7002", "127.0.0.1:7003"] as [Address, Address, Address];

class Bench {
  readonly machine;
  now = 1_000;

  constructor(leader: Address | null, active = true) {
    const options = { peer: A, address: OWN, active, leader };
    this.machine = fixed.start(options, [], seededRandom(1), this.now);
  }

  command(command: FixedSpeech["command"]): unknown[] {
    return this.#told(this.machine.step({ kind: "command", command }, this.now));
  }

  link(peer: PeerId, up: boolean): unknown[] {
    return this.#told(this.machine.step({ kind: "link", peer, up }, this.now));
  }

  member(status: "healthy" | "doubted" | "unhealthy" | "left", peer = B): unknown[] {
    return this.command({ kind: "member", peer, status, mayLead: true });
  }

  met(address = NAMED, peer = B): unknown[] {
    return this.command({ kind: "met", peer, address });
  }

  /** Events; anything else fails the test that sees it. */
  #told(effects: ReturnType<typeof this.machine.step>): unknown[] {
    return effects.map((effect) => (effect.kind === "event" ? effect.event : effect));
  }
}

/** Follows B, which lives at the named address. */
function following(): Bench {
  const bench = new Bench(NAMED);
  bench.command({ kind: "begin" });
  bench.met();
  bench.link(B, true);
  return bench;
}

const elected = (leader: PeerId, previous: PeerId | null = null) => ({ kind: "leader-elected", leader, previous });
const lost = (because: LossCause, leader = B) => ({ kind: "leader-lost", leader, because });

describe("the peer at the named address leads", () => {
  const steps: Record<string, (bench: Bench) => unknown[]> = {
    "this peer belongs to a cluster": (bench) => bench.command({ kind: "begin" }),
    "a peer was met there": (bench) => bench.met(),
    "its link stands": (bench) => bench.link(B, true),
    "it is not unhealthy": (bench) => bench.member("healthy"),
  };

  test.each(Object.keys(steps))("once the last of all conditions holds: %s", (last) => {
    const bench = new Bench(NAMED);
    bench.member("unhealthy");
    for (const [name, happen] of Object.entries(steps)) if (name !== last) expect(happen(bench)).toEqual([]);
    expect(steps[last]?.(bench)).toEqual([elected(B)]);
    expect(bench.machine.view()).toEqual({
      active: true,
      role: "follower",
      leader: B,
      leaderSince: bench.now,
      address: NAMED,
    });
  });

  test.each([
    ["link-broke", (bench: Bench) => bench.link(B, false), (bench: Bench) => bench.link(B, true)],
    ["unhealthy", (bench: Bench) => bench.member("unhealthy"), (bench: Bench) => bench.member("healthy")],
    ["unhealthy", (bench: Bench) => bench.member("unhealthy"), (bench: Bench) => bench.member("doubted")],
    ["left", (bench: Bench) => bench.member("left"), (bench: Bench) => bench.met()],
    ["moved", (bench: Bench) => bench.met(OTHER), (bench: Bench) => bench.met()],
    [
      "forgotten",
      (bench: Bench) => bench.command({ kind: "forget" }),
      (bench: Bench) => bench.command({ kind: "begin" }),
    ],
  ] as const)("until: %s; and again when that is over", (because, end, again) => {
    const bench = following();
    expect(end(bench)).toEqual([lost(because)]);
    expect(bench.machine.view()).toMatchObject({ leader: null, leaderSince: null });
    expect(again(bench)).toEqual([elected(B, B)]);
  });

  test("until another peer lives there", () => {
    const bench = following();
    const successor = "000000000000000c" as PeerId;
    bench.link(successor, true);
    expect(bench.met(NAMED, successor)).toEqual([lost("moved"), elected(successor, B)]);
  });

  test("whatever becomes of the others", () => {
    const bench = following();
    const other = "000000000000000c" as PeerId;
    expect([...bench.met(OTHER, other), ...bench.link(other, true), ...bench.member("left", other)]).toEqual([]);
    expect([...bench.met(), ...bench.member("doubted")]).toEqual([]);
  });
});

describe("this peer leads where the address is its own", () => {
  function leading(): Bench {
    const bench = new Bench(OWN);
    expect(bench.command({ kind: "begin" })).toEqual([elected(A)]);
    return bench;
  }

  test("from its beginning", () => {
    const bench = leading();
    expect(bench.machine.view()).toMatchObject({ role: "leader", leader: A });
    expect(bench.command({ kind: "begin" })).toEqual([]);
    expect(bench.met(OWN, B)).toEqual([]);
  });

  test("until it leaves", () => {
    const bench = leading();
    expect(bench.command({ kind: "leave" })).toEqual([lost("left", A), { kind: "left-office" }]);
    expect(bench.command({ kind: "begin" })).toEqual([]);
  });

  test("and hands nothing over", () => {
    const refused = { kind: "transfer-failed", to: B, because: "leader-is-fixed" };
    expect(leading().command({ kind: "transfer", to: B })).toEqual([refused]);
  });
});

test("who only follows may leave at once, and has nothing to hand over", () => {
  const bench = following();
  const refused = { kind: "transfer-failed", to: null, because: "not-leader" };
  expect(bench.command({ kind: "transfer", to: null })).toEqual([refused]);
  expect(bench.command({ kind: "leave" })).toEqual([{ kind: "left-office" }]);
});

test.each([
  ["no address is named", new Bench(null)],
  ["it is not active", new Bench(OWN, false)],
])("there is no leader where %s", (_name, bench) => {
  expect([...bench.command({ kind: "begin" }), ...bench.met(OTHER), ...bench.link(B, true)]).toEqual([]);
  expect(bench.machine.view().leader).toBeNull();
  expect(bench.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  expect(bench.machine.checkpoint()).toEqual([]);
});

test("it has no messages: bytes of its frame type are malformed", () => {
  const reader = new Reader(Uint8Array.of(1));
  fixed.framing.read({ type: 0x2b, requestId: 0, imageSize: 0 }, reader);
  expect(reader.failure).toBe("a leader named beforehand needs no messages");
  expect(() => fixed.framing.write(new Writer(16), undefined as never)).toThrow(InvariantViolation);
});
