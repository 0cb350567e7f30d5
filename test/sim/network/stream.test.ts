import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, FrameDecoder } from "../../../src/wire/frame.ts";
import { at, connected, Ear, twoStations } from "./stations.ts";

describe("a dial", () => {
  test("takes a round trip, and the other end hears of it with what comes next", () => {
    const { time, a, b } = twoStations();
    a.dial(1, b.address);
    time.run(100);
    expect(a.take()).toEqual([`20: 1 up ${b.address}`]);
    expect(b.take()).toEqual([`30: 2 up ${a.address}`]);
  });

  test("lets what is said before it stands leave when it does, in order", () => {
    const { time, a, b } = twoStations();
    a.dial(1, b.address);
    a.say(1, "one");
    time.run(15);
    a.say(1, "two");
    a.onHeard = () => a.say(1, "three");
    time.run(100);
    expect(b.take()).toEqual([`30: 2 up ${a.address}`, "30: 2 got one", "30: 2 got two", "30: 2 got three"]);
  });

  test("to where nobody listens is refused after a round trip, and what was said is nobody's", () => {
    const { time, network, a } = twoStations();
    a.dial(1, at(7009));
    a.say(1, "hello");
    time.run(15);
    const late = new Ear(network, 7009);
    time.run(5000);
    expect(a.take()).toEqual(["20: 1 down connection refused"]);
    expect(late.take()).toEqual([]);
  });

  test("to a process that is gone when it comes is refused", () => {
    const { time, a, b } = twoStations();
    a.dial(1, b.address);
    time.run(5);
    b.crash();
    time.run(5000);
    expect(a.take()).toEqual(["20: 1 down connection refused"]);
  });

  test.each(["there", "back"])("into silence, %s, times out after three seconds", (direction) => {
    const { time, network, a, b } = twoStations();
    const [from, to] = direction === "there" ? [a, b] : [b, a];
    network.change(from.address, to.address, { cut: true });
    a.dial(1, b.address);
    time.run(10_000);
    expect(a.take()).toEqual(["3000: 1 down timed out"]);
  });

  test("that a cut overtakes on its way there comes to nobody", () => {
    const { time, network, a, b } = twoStations();
    a.dial(1, b.address);
    time.run(5);
    network.change(a.address, b.address, { cut: true });
    time.run(10_000);
    expect(a.take()).toEqual(["3000: 1 down timed out"]);
    expect(b.take()).toEqual([]);
  });

  test("whose answer a cut holds back stands once that is healed", () => {
    const { time, network, a, b } = twoStations();
    network.change(b.address, a.address, { cut: true });
    a.dial(1, b.address);
    a.say(1, "hello");
    time.run(1000);
    expect([a.take(), b.take()]).toEqual([[], []]);
    network.heal();
    time.run(5000);
    expect(a.take()).toEqual([`1000: 1 up ${b.address}`]);
    expect(b.take()).toEqual([`1010: 2 up ${a.address}`, "1010: 2 got hello"]);
  });

  test("that takes longer than three seconds is given up, and the other end hears of its end", () => {
    const { time, a, b } = twoStations({ latencyMs: 2000 });
    a.dial(1, b.address);
    a.say(1, "hello");
    time.run(20_000);
    expect(a.take()).toEqual(["3000: 1 down timed out"]);
    expect(b.take()).toEqual([`5000: 2 up ${a.address}`, "5000: 2 down timed out"]);
  });

  test("that its dialler gives up before it arrives comes to nobody; after that the other end hears both", () => {
    for (const [afterMs, heard] of [
      [5, []],
      [15, ["25: 2 up 127.0.0.1:7001", "25: 2 down enough"]],
    ] as const) {
      const { time, a, b } = twoStations();
      a.dial(1, b.address);
      time.run(afterMs);
      a.end(1, "enough");
      time.run(10_000);
      expect([a.take(), b.take()]).toEqual([[], heard]);
    }
  });
});

describe("order", () => {
  test("is kept under jitter, resends and duplicates: up, all that was said, down", () => {
    const rough = fc.record({
      latencyMs: fc.integer({ min: 0, max: 100 }),
      jitterMs: fc.integer({ min: 0, max: 200 }),
      resendPercent: fc.integer({ min: 0, max: 30 }),
      duplicatePercent: fc.integer({ min: 0, max: 100 }),
      reorderPercent: fc.integer({ min: 0, max: 100 }),
    });
    const said = Array.from({ length: 50 }, (_, i) => String(i));
    fc.assert(
      fc.property(rough, fc.nat(1e6), (usual, seed) => {
        const { time, a, b } = twoStations(usual, seed);
        const what = (ear: Ear) => ear.take().map((line) => line.replace(/^\d+: \d /, ""));
        a.dial(1, b.address);
        b.onHeard = (line) => {
          if (!line.endsWith(`up ${a.address}`)) return;
          for (const text of said) b.say(2, text);
          b.end(2, "enough");
        };
        for (const text of said) a.say(1, text);
        // It is given up where it does not stand in time.
        time.run(2999);
        fc.pre(a.heard.length > 0 || b.heard.length > 0);
        time.run(60_000);
        const got = said.map((text) => `got ${text}`);
        expect(what(a)).toEqual([`up ${b.address}`, ...got, "down enough"]);
        // It has let go of the connection when most of what was said to it comes.
        const heard = what(b);
        expect(heard).toEqual([`up ${a.address}`, ...got].slice(0, heard.length));
      }),
      { numRuns: 200 },
    );
  });

  test("is kept each way by itself: two connections may overtake each other", () => {
    const { time, a, b } = connected({ jitterMs: 100 }, 3);
    a.dial(3, b.address);
    time.run(1000);
    b.take();
    for (let i = 0; i < 20; i++) {
      a.say(1, `a${i}`);
      a.say(3, `b${i}`);
    }
    time.run(1000);
    const heard = b.take().map((line) => line.split("got ")[1] ?? "");
    expect(heard).toHaveLength(40);
    for (const each of ["a", "b"]) {
      const own = heard.filter((text) => text.startsWith(each));
      expect(own).toEqual(Array.from({ length: 20 }, (_, i) => `${each}${i}`));
    }
    expect(heard.indexOf("b0")).toBeLessThan(heard.indexOf("a19"));
    expect(heard.indexOf("a0")).toBeLessThan(heard.indexOf("b19"));
  });
});

describe("a cut", () => {
  test("holds back what is said and what is under way, and a heal lets it arrive at once, in order", () => {
    const { time, network, a, b } = connected();
    a.say(1, "under way");
    time.run(5);
    network.change(a.address, b.address, { cut: true });
    a.say(1, "in the cut");
    time.run(5000);
    a.say(1, "late in the cut");
    expect(b.take()).toEqual([]);
    time.run(5);
    network.heal();
    expect(b.take()).toEqual(["5110: 2 got under way", "5110: 2 got in the cut"]);
    a.say(1, "after");
    time.run(50);
    expect(b.take()).toEqual(["5115: 2 got late in the cut", "5120: 2 got after"]);
  });

  test("one way leaves the other way alone", () => {
    const { time, network, a, b } = connected();
    network.change(a.address, b.address, { cut: true });
    a.say(1, "hello");
    b.say(2, "hello");
    time.run(100);
    expect(a.take()).toEqual(["110: 1 got hello"]);
    expect(b.take()).toEqual([]);
  });

  test("that is only moved to the other way lets what it held back arrive", () => {
    const { time, network, a, b } = connected();
    network.change(a.address, b.address, { cut: true });
    a.say(1, "hello");
    time.run(100);
    network.change(b.address, a.address, { cut: true });
    network.mend(a.address, b.address);
    expect(b.take()).toEqual(["200: 2 got hello"]);
  });

  test("holds back an end as well, behind what was said", () => {
    const { time, network, a, b } = connected();
    network.change(a.address, b.address, { cut: true });
    a.say(1, "goodbye");
    a.crash();
    time.run(60_000);
    expect(b.take()).toEqual([]);
    network.heal();
    expect(b.take()).toEqual(["60100: 2 got goodbye", "60100: 2 down connection reset"]);
  });

  test("holds nothing back for an end that has let go meanwhile", () => {
    const { time, network, a, b } = connected();
    network.change(a.address, b.address, { cut: true });
    a.say(1, "hello");
    time.run(100);
    b.end(2, "enough");
    network.heal();
    time.run(100);
    expect(b.take()).toEqual([]);
    expect(a.take()).toEqual(["210: 1 down enough"]);
  });
});

describe("a narrow way", () => {
  test("lets pieces wait for the next step, in order, and the end behind them", () => {
    const { time, network, a, b } = connected();
    network.change(a.address, b.address, { capacity: { things: 2, stepMs: 100 } });
    for (const text of ["one", "two", "three"]) a.say(1, text);
    a.end(1, "enough");
    time.run(1000);
    expect(b.take()).toEqual(["110: 2 got one", "110: 2 got two", "210: 2 got three", "210: 2 down enough"]);
  });
});

describe("an end", () => {
  test("comes behind all that was said before, and once", () => {
    const { time, a, b } = connected({ jitterMs: 30 });
    a.say(1, "one");
    a.say(1, "two");
    a.end(1, "enough");
    a.end(1, "enough, I say");
    time.run(1000);
    expect(b.take().map((line) => line.split(": ")[1])).toEqual(["2 got one", "2 got two", "2 down enough"]);
    expect(a.take()).toEqual([]);
  });

  test("of both at a time is news to neither", () => {
    const { time, a, b } = connected();
    a.end(1, "enough");
    b.end(2, "enough");
    time.run(1000);
    expect([a.take(), b.take()]).toEqual([[], []]);
  });

  test("makes what is said to whoever has let go nobody's", () => {
    const { time, a, b } = connected();
    b.say(2, "under way");
    a.end(1, "enough");
    time.run(5);
    b.say(2, "too late");
    time.run(1000);
    expect(a.take()).toEqual([]);
    expect(b.take()).toEqual(["110: 2 down enough"]);
    b.say(2, "to nobody");
    time.run(1000);
    expect(a.take()).toEqual([]);
  });

  test("of a process: what it had said arrives, what was under way to it does not, whatever comes after it", () => {
    const { time, a, b } = connected();
    a.say(1, "to the dead");
    b.say(2, "last words");
    b.crash();
    b.isUp = true;
    time.run(1000);
    expect(a.take()).toEqual(["110: 1 got last words", "110: 1 down connection reset"]);
    expect(b.take()).toEqual([]);
    a.dial(3, b.address);
    a.say(3, "to the living");
    time.run(1000);
    expect(b.take()).toEqual([`1130: 4 up ${a.address}`, "1130: 4 got to the living"]);
  });

  test("of the process that was dialled, before it has heard of that, is what the dialler hears next", () => {
    const { time, a, b } = twoStations();
    a.dial(1, b.address);
    a.say(1, "hello");
    time.run(15);
    b.crash();
    time.run(1000);
    expect(a.take()).toEqual([`20: 1 up ${b.address}`, "25: 1 down connection reset"]);
    expect(b.take()).toEqual([]);
  });
});

describe("damage", () => {
  const frame = encodeFrame({ type: 0x20, requestId: 0, imageSize: 0 }, Buffer.from("what a frame carries"));

  test("reaches the receiver, beside what was sent, which stays as it was", () => {
    const { time, network, a, b } = connected();
    network.change(a.address, b.address, { corruptPercent: 100 });
    const original = Buffer.from(frame);
    a.streams.get(1)?.send(a, frame);
    time.run(100);
    const [damage] = b.damaged;
    expect(damage?.sent).toEqual(original);
    expect(damage?.bytes).toHaveLength(original.length);
    expect(damage?.bytes).not.toEqual(original);
    expect(frame).toEqual(original);
  });

  test("of a frame is a burst that its checksum finds, every time", () => {
    const { time, network, a, b } = connected();
    network.change(a.address, b.address, { corruptPercent: 100 });
    for (let i = 0; i < 500; i++) a.streams.get(1)?.send(a, frame);
    time.run(100);
    expect(b.damaged).toHaveLength(500);
    for (const { bytes } of b.damaged) {
      const decoder = new FrameDecoder();
      expect(decoder.push(bytes)).toEqual([]);
      expect(decoder.failure).toBe("checksum");
    }
    expect(new Set(b.damaged.map(({ bytes }) => bytes.toString("hex"))).size).toBeGreaterThan(400);
  });

  test("of anything else is one bit", () => {
    const { time, network, a, b } = connected();
    network.change(a.address, b.address, { corruptPercent: 100 });
    for (const text of ["x", "GET / HTTP/1.1", "\u0001 short"]) a.say(1, text);
    time.run(100);
    for (const { bytes, sent } of b.damaged) {
      const differences = [...bytes].map((byte, i) => byte ^ (sent[i] ?? 0)).filter((bits) => bits !== 0);
      expect(differences).toEqual([1]);
    }
    expect(b.damaged).toHaveLength(3);
  });

  test("meets the share that the way says, and what is spared comes with nothing beside it", () => {
    const { time, network, a, b } = connected();
    network.change(a.address, b.address, { corruptPercent: 20 });
    for (let i = 0; i < 2000; i++) a.say(1, "hello");
    time.run(100);
    expect(b.heard).toHaveLength(2000);
    expect(b.damaged.length).toBeGreaterThan(340);
    expect(b.damaged.length).toBeLessThan(460);
  });
});
