import { beforeEach, describe, expect, test } from "vitest";
import { InvariantViolation } from "../../../src/core/assert.ts";
import { Effects } from "../../../src/core/effects.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Effect, Input, Protocol } from "../../../src/core/protocol.ts";
import type { Definition } from "../../../src/protocols/definition.ts";
import { oneFrameType } from "../../../src/protocols/definition.ts";
import { raft } from "../../../src/protocols/raft/definition.ts";
import { Ensemble } from "../../../src/sim/ensemble/ensemble.ts";
import { u32 } from "../../../src/wire/codec.ts";
import { id, logOf, optionsOf, records } from "../../protocols/raft/on-bench.ts";

const A = "000000000000000a" as PeerId;
const B = "000000000000000b" as PeerId;

/** Tells all that happens to it; a command tells it what to do. */
interface EchoSpeech {
  message: number;
  record: number;
  command:
    | { readonly kind: "send"; readonly to: PeerId; readonly message: number }
    | { readonly kind: "save-and-send"; readonly to: PeerId; readonly message: number }
    | { readonly kind: "wake"; readonly at: number };
  event: { readonly kind: string };
  view: readonly number[];
  options: null;
}

class Echo implements Protocol<EchoSpeech> {
  deadline = Number.POSITIVE_INFINITY;
  readonly #effects = new Effects<EchoSpeech>();
  /** Of all that it ever saved the latest counts. */
  readonly #saved: number[];

  constructor(saved: Iterable<number>) {
    this.#saved = [...saved];
  }

  step(input: Input<EchoSpeech>, now: number): readonly Effect<EchoSpeech>[] {
    if (input.kind === "command") this.#obey(input.command);
    else this.#effects.event({ kind: wordsFor(input) });
    if (now >= this.deadline) this.deadline = Number.POSITIVE_INFINITY;
    return this.#effects.take();
  }

  view(): readonly number[] {
    return this.#saved;
  }

  checkpoint(): readonly number[] {
    return this.#saved.slice(-1);
  }

  #obey(command: EchoSpeech["command"]): void {
    if (command.kind === "wake") this.deadline = command.at;
    else if (command.kind === "send") this.#effects.send({ peer: command.to }, command.message);
    else {
      this.#saved.push(command.message);
      this.#effects.send({ peer: command.to }, command.message, this.#effects.save(command.message));
    }
  }
}

function wordsFor(input: Exclude<Input<EchoSpeech>, { kind: "command" }>): string {
  if (input.kind === "message") return `message ${input.message}`;
  if (input.kind === "link") return `link ${input.up ? "up" : "down"}`;
  if (input.kind === "saved") return `saved ${input.upTo}`;
  if (input.kind === "resumed") return `resumed ${input.gapMs}`;
  return input.kind;
}

const echo: Definition<EchoSpeech> = {
  framing: oneFrameType(0x7e, u32),
  record: u32,
  routine: new Set(),
  start: (_options, saved) => new Echo(saved),
};

let ensemble: Ensemble<EchoSpeech>;

function start(latencyMs: readonly [number, number] = [3, 3], seed = 1): void {
  ensemble = new Ensemble(echo, {
    seed,
    network: { latencyMs: latencyMs[0], jitterMs: latencyMs[1] - latencyMs[0] },
    diskMs: [10, 10],
  });
  ensemble.add(A, null);
  ensemble.add(B, null);
  ensemble.run(100);
  ensemble.events.length = 0;
}

/** What peers told since the start or the last look: `time peer what`, time counted from 100. */
function told(): string[] {
  return ensemble.events.splice(0).map(({ now, peer, event }) => `${now - 100} ${peer.slice(-1)} ${event.kind}`);
}

beforeEach(() => start());

describe("messages", () => {
  test("travel as long as the latency says", () => {
    ensemble.command(A, { kind: "send", to: B, message: 7 });
    ensemble.run(50);
    expect(told()).toEqual(["3 b message 7"]);
  });

  test("keep their order on a link, whatever their latency", () => {
    start([1, 50]);
    for (let i = 0; i < 20; i++) ensemble.command(A, { kind: "send", to: B, message: i });
    ensemble.run(100);
    expect(told().map((line) => Number(line.split(" ").at(-1)))).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test("are lost one way by a cut, until it heals", () => {
    ensemble.cut(A, B);
    ensemble.command(A, { kind: "send", to: B, message: 1 });
    ensemble.command(B, { kind: "send", to: A, message: 2 });
    ensemble.run(10);
    ensemble.heal();
    ensemble.command(A, { kind: "send", to: B, message: 3 });
    ensemble.run(10);
    expect(told()).toEqual(["3 a message 2", "13 b message 3"]);
  });

  test("are lost both ways by a partition", () => {
    ensemble.partition([A], [B]);
    ensemble.command(A, { kind: "send", to: B, message: 1 });
    ensemble.command(B, { kind: "send", to: A, message: 2 });
    ensemble.run(10);
    expect(told()).toEqual([]);
  });
});

describe("disks", () => {
  test("a send waits until the save it depends on is on disk", () => {
    ensemble.command(A, { kind: "save-and-send", to: B, message: 7 });
    ensemble.run(50);
    expect(told()).toEqual(["10 a saved 1", "13 b message 7"]);
    expect(ensemble.disk(A)).toEqual([7]);
  });

  test("a crash loses what is not on disk yet, and what waited for it; the rest is there after a restart", () => {
    ensemble.command(A, { kind: "save-and-send", to: B, message: 1 });
    ensemble.run(20);
    ensemble.command(A, { kind: "save-and-send", to: B, message: 2 });
    ensemble.run(5);
    ensemble.crash(A);
    ensemble.run(20);
    ensemble.restart(A);
    ensemble.run(20);
    expect(ensemble.machine(A).view()).toEqual([1]);
    expect(told().filter((line) => line.includes("message"))).toEqual(["13 b message 1"]);
  });
});

describe("disks that are compacted", () => {
  function save(...messages: readonly number[]): void {
    for (const message of messages) ensemble.command(A, { kind: "save-and-send", to: B, message });
  }

  test("have what their machine needs to start anew, and what is saved later", () => {
    save(1, 2);
    ensemble.run(50);
    ensemble.compact(A);
    expect(ensemble.disk(A)).toEqual([2]);
    save(3);
    ensemble.run(50);
    expect(ensemble.disk(A)).toEqual([2, 3]);
  });

  test("are left alone while a save is under way, and while nobody runs on them", () => {
    save(1, 2);
    ensemble.run(5);
    ensemble.compact(A);
    ensemble.run(50);
    expect(ensemble.disk(A)).toEqual([1, 2]);
    ensemble.crash(A);
    ensemble.compact(A);
    expect(ensemble.disk(A)).toEqual([1, 2]);
  });
});

describe("lives", () => {
  test("the others see the links of a crashed peer break, and come up again", () => {
    ensemble.crash(A);
    ensemble.run(10);
    expect(ensemble.runs(A)).toBe(false);
    ensemble.restart(A);
    ensemble.run(10);
    expect(told().sort()).toEqual(["13 a link up", "13 b link up", "3 b link down"]);
  });

  test("what was on its way to an earlier life does not reach the next one", () => {
    ensemble.command(B, { kind: "send", to: A, message: 7 });
    ensemble.crash(A);
    ensemble.restart(A);
    ensemble.run(10);
    expect(told()).not.toContain("3 a message 7");
  });

  test("a second crash is news to nobody", () => {
    ensemble.crash(A);
    ensemble.crash(A);
    ensemble.run(10);
    expect(told()).toEqual(["3 b link down"]);
  });

  test("what was on its way to an earlier life holds up nothing that is sent to the next one", () => {
    ensemble.link(B, A, { bytesPerSecond: 1 });
    ensemble.command(B, { kind: "send", to: A, message: 1 });
    ensemble.heal();
    ensemble.crash(A);
    ensemble.restart(A);
    ensemble.command(B, { kind: "send", to: A, message: 2 });
    ensemble.run(10);
    expect(told()).toContain("3 a message 2");
    ensemble.run(100_000);
    expect(told()).toEqual([]);
  });

  test("a peer is added once", () => {
    expect(() => ensemble.add(A, null)).toThrow(InvariantViolation);
  });

  test("a paused peer gets nothing until it goes on; then it learns of the gap first", () => {
    ensemble.command(A, { kind: "save-and-send", to: B, message: 1 });
    ensemble.command(A, { kind: "wake", at: ensemble.now + 5 });
    ensemble.pause(A);
    ensemble.command(B, { kind: "send", to: A, message: 7 });
    ensemble.run(40);
    expect(told()).toEqual([]);
    ensemble.resume(A);
    ensemble.run(40);
    expect(told()).toEqual(["40 a resumed 40", "40 a message 7", "40 a saved 1", "43 b message 1"]);
  });
});

describe("time", () => {
  test("jumps to the next deadline, and a due timeout comes after what arrives at the same instant", () => {
    ensemble.command(B, { kind: "wake", at: ensemble.now + 3 });
    ensemble.command(A, { kind: "send", to: B, message: 7 });
    ensemble.command(A, { kind: "wake", at: ensemble.now + 1_000 });
    ensemble.run(2_000);
    expect(told()).toEqual(["3 b message 7", "1000 a timeout"]);
    expect(ensemble.now).toBe(2_100);
  });

  test("stops where a condition holds", () => {
    ensemble.command(A, { kind: "send", to: B, message: 7 });
    expect(ensemble.runUntil(() => ensemble.events.length > 0, 50)).toBe(true);
    expect(ensemble.now).toBe(103);
    expect(ensemble.runUntil(() => false, 50)).toBe(false);
    expect(ensemble.now).toBe(153);
  });

  test("a machine whose deadline never moves on is a bug that is named", () => {
    const stuck: Definition<EchoSpeech> = {
      ...echo,
      start: () => ({ deadline: 0, step: () => [], view: () => [], checkpoint: () => [] }),
    };
    const world = new Ensemble(stuck, { seed: 1, network: {}, diskMs: [1, 1] });
    world.add(A, null);
    expect(() => world.run(10)).toThrow(InvariantViolation);
  });
});

describe("a narrow link", () => {
  test("lets so many messages pass in each step, and loses the others", () => {
    ensemble.link(A, B, { capacity: { things: 2, stepMs: 50 } });
    for (let i = 1; i <= 4; i++) ensemble.command(A, { kind: "send", to: B, message: i });
    for (let i = 1; i <= 3; i++) ensemble.command(B, { kind: "send", to: A, message: i });
    ensemble.run(50);
    for (let i = 5; i <= 7; i++) ensemble.command(A, { kind: "send", to: B, message: i });
    ensemble.run(50);
    const lines = told();
    expect(lines.filter((line) => line.includes(" b "))).toEqual([
      "3 b message 1",
      "3 b message 2",
      "53 b message 5",
      "53 b message 6",
    ]);
    expect(lines.filter((line) => line.includes(" a "))).toHaveLength(3);
  });

  test("weighs messages that are no bytes alike", () => {
    const plain = new Ensemble(echo, {
      seed: 1,
      network: { latencyMs: 3, bytesPerSecond: 6400 },
      diskMs: [1, 1],
      encoded: false,
    });
    for (const peer of [A, B]) plain.add(peer, null);
    plain.run(100);
    for (let i = 1; i <= 2; i++) plain.command(A, { kind: "send", to: B, message: i });
    plain.run(50);
    const arrived = plain.events.filter(({ event }) => event.kind.startsWith("message"));
    expect(arrived.map(({ now }) => now)).toEqual([113, 123]);
  });
});

describe("machines of Raft", () => {
  const peers = ["a", "b", "c", "d", "e"].map(id);

  /** All that five tell in a rough minute. */
  function story(encoded: boolean): string {
    const network = { latencyMs: 2, jitterMs: 20, lossPercent: 10, duplicatePercent: 10, reorderPercent: 10 };
    const five = new Ensemble(raft, { seed: 7, network, diskMs: [1, 20], encoded });
    for (const peer of peers) five.add(peer, optionsOf(peer), records(1, logOf([1], peers)));
    for (let i = 0; i < 12; i++) {
      const victim = peers[i % 5] ?? id("a");
      five.run(1000);
      // Longer than a frame.
      const commands = [Buffer.alloc(40_000, i), Buffer.of(i)];
      for (const peer of peers) five.command(peer, { kind: "propose", ticket: i, commands });
      five.run(2000);
      five.crash(victim);
      five.pause(peers[(i + 2) % 5] ?? id("c"));
      five.run(1000);
      five.resume(peers[(i + 2) % 5] ?? id("c"));
      five.run(1000);
      five.restart(victim);
    }
    expect(five.events.filter(({ event }) => event.kind === "leader-elected").length).toBeGreaterThan(20);
    expect(five.events.filter(({ event }) => event.kind === "proposed").length).toBeGreaterThan(5);
    return JSON.stringify(five.events);
  }

  test("do the same whether what they say travels as bytes or as it is", () => {
    expect(story(true) === story(false)).toBe(true);
  });

  test("can be a thousand: they are added in seconds, and a crash is news to all", () => {
    const many = Array.from({ length: 1000 }, (_, i) => (i + 1).toString(16).padStart(16, "0") as PeerId);
    const started = performance.now();
    const crowd = new Ensemble(echo, { seed: 1, network: {}, diskMs: [1, 1] });
    for (const peer of many) crowd.add(peer, null);
    crowd.run(100);
    // A million links come up, one machine after the other.
    expect(crowd.events).toHaveLength(999_000);
    crowd.events.length = 0;
    crowd.crash(many[500] ?? A);
    crowd.run(100);
    expect(crowd.events).toHaveLength(999);
    expect(performance.now() - started).toBeLessThan(30_000);
  }, 60_000);
});

test("the same seed gives the same run, another one another", () => {
  const run = (seed: number) => {
    start([1, 1_000], seed);
    for (let i = 0; i < 5; i++) {
      ensemble.command(A, { kind: "send", to: B, message: i });
      ensemble.command(B, { kind: "send", to: A, message: i });
    }
    ensemble.run(5_000);
    return told();
  };
  expect(run(1)).toEqual(run(1));
  expect(run(1)).not.toEqual(run(2));
});
