import { describe, expect, test } from "vitest";
import { encodeMessage, MessageReceiver } from "../../src/peer/frames.ts";
import { ANNA, acks, at, BORIS, CUT, LATE, linked, onConnections, pongs, Rig, reasonOf, told } from "./rig.ts";

function lostInLinks(rig: Rig): number | undefined {
  return rig.peer.peer.own.counters["messages.lost-in-links"];
}

function counters(rig: Rig): object {
  return rig.peer.faults[0]?.counters ?? {};
}

describe("messages on a link", () => {
  test.each([
    ["in", 0],
    ["out", 1],
    ["both", 0],
  ] as const)(
    "cut %s: the answer does not come, and the receiver sees what was lost by the gap",
    (direction, heard) => {
      const rig = linked();
      rig.set(CUT, { direction });
      expect(pongs([...rig.ping(2, 1), ...rig.ping(2, 2)])).toEqual([]);
      expect(counters(rig)).toMatchObject({ blocked: 2 });
      rig.heal();
      expect(pongs(rig.ping(2, 3))).toEqual([3]);
      expect(lostInLinks(rig)).toBe(heard === 1 ? 0 : 2);
    },
  );

  test("drop: a message that is lost on its way in is counted as a gap by the receiver", () => {
    const rig = linked();
    rig.set({ kind: "drop", percent: 100 }, { direction: "in" });
    expect(pongs(rig.ping(2, 1))).toEqual([]);
    rig.heal();
    rig.ping(2, 2);
    expect(lostInLinks(rig)).toBe(1);
  });

  test("faults on one peer leave the others alone", () => {
    const rig = linked();
    rig.link(4, BORIS, at(7003));
    rig.set(CUT);
    expect(pongs(rig.ping(4, 7))).toEqual([7]);
  });

  test("duplicate: the copy bears the number of the first", () => {
    const rig = linked();
    rig.set({ kind: "duplicate", percent: 100 }, { direction: "out" });
    const sent = rig.ping(2, 5).filter((effect) => effect.kind === "message");
    expect(pongs(sent)).toEqual([5, 5]);
    expect(sent[0]).toEqual(sent[1]);
  });

  test("latency: nothing arrives before its time, everything in order, and the peer is woken for it", () => {
    const rig = linked();
    rig.set(LATE, { direction: "out" });
    expect(pongs(rig.ping(2, 1))).toEqual([]);
    rig.now += 40;
    expect(pongs(rig.ping(2, 2))).toEqual([]);
    expect(pongs(rig.pass(59.9))).toEqual([]);
    expect(pongs(rig.pass(0.1))).toEqual([1]);
    expect(pongs(rig.pass(40))).toEqual([2]);
  });

  test("what latency holds arrives at once and in order when the fault ends, before anything said later", () => {
    for (const end of [(rig: Rig) => rig.heal(), (rig: Rig) => rig.command({ kind: "remove", id: 1 })]) {
      const rig = linked();
      rig.set({ kind: "latency", delayMs: 10_000, jitterMs: 9000 }, { direction: "out" });
      for (let i = 1; i <= 9; i++) rig.ping(2, i);
      expect(pongs(end(rig))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(pongs(rig.ping(2, 10))).toEqual([10]);
      expect(pongs(rig.pass(20_000))).toEqual([]);
    }
  });

  test("what is said because a fault ends comes behind what that fault still held, and nothing overtakes either", () => {
    const rig = linked();
    rig.set({ kind: "latency", delayMs: 10_000, jitterMs: 0 }, { direction: "out" });
    rig.set(LATE, { direction: "in" });
    rig.ping(2, 1);
    rig.pass(100);
    rig.ping(2, 2);
    expect(pongs(rig.heal())).toEqual([1, 2]);
    expect(pongs(rig.ping(2, 3))).toEqual([3]);
    expect(pongs(rig.pass(20_000))).toEqual([]);
  });

  test("a peer that is woken late still says everything in order", () => {
    const rig = linked();
    rig.set({ kind: "latency", delayMs: 5, jitterMs: 50 });
    const order: number[] = [];
    for (let i = 1; i <= 200; i++) {
      order.push(...pongs(rig.ping(2, i)));
      rig.now += 9;
    }
    order.push(...pongs(rig.pass(1000)));
    expect(order).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  });

  test("what another fault still delays goes on travelling when one ends", () => {
    const rig = linked();
    rig.link(4, BORIS, at(7003));
    rig.set(LATE, { direction: "out" });
    rig.set(LATE, { target: BORIS, direction: "out" });
    rig.ping(2, 1);
    rig.ping(4, 2);
    expect(pongs(rig.heal(ANNA))).toEqual([1]);
    expect(pongs(rig.pass(100))).toEqual([2]);
  });

  test("bandwidth: a message takes as long as its bytes", () => {
    const rig = linked();
    rig.set({ kind: "bandwidth", bytesPerSecond: 1000 }, { direction: "out" });
    rig.ping(2, 1);
    const bytes = 11 + 12;
    expect(pongs(rig.pass(bytes - 0.1))).toEqual([]);
    expect(pongs(rig.pass(0.2))).toEqual([1]);
  });

  test("corrupt, on the way in: the checksum finds it, the connection closes and the peer hears why", () => {
    const rig = linked();
    rig.set({ kind: "corrupt", percent: 100 }, { direction: "in" });
    const effects = rig.ping(2);
    expect(onConnections(effects)).toContain("close 2");
    expect(reasonOf(effects, "link-lost")).toBe("bad checksum");
    expect(counters(rig)).toMatchObject({ corrupted: 1 });
    expect(pongs(rig.ping(2))).toEqual([]);
  });

  test("corrupt, on the way out: the receiver refuses the bytes for their checksum", () => {
    const rig = linked();
    rig.set({ kind: "corrupt", percent: 100 }, { direction: "out" });
    const [sent] = rig.ping(2).filter((effect) => effect.kind === "message");
    if (sent?.kind !== "message") throw new Error("nothing was sent");
    const receiver = new MessageReceiver(1);
    expect(receiver.push(encodeMessage(sent))).toEqual([]);
    expect(receiver.failure).toBe("bad checksum");
  });

  test("HELLO meets no fault but a cut", () => {
    const rig = new Rig();
    for (const kind of ["drop", "corrupt", "duplicate"] as const) rig.set({ kind, percent: 100 });
    rig.set(LATE);
    expect(onConnections(rig.link(2))).toEqual(["hello 2"]);
    expect(rig.peer.peer.peerOf(2)).toBe(ANNA);
  });
});

describe("packets", () => {
  test("are cut, dropped and corrupted by whoever is known at their address, and by everybody's faults for strangers", () => {
    const rig = linked();
    for (const fault of [CUT, { kind: "drop", percent: 100 }, { kind: "corrupt", percent: 100 }] as const) {
      rig.set(fault);
      expect([acks(rig.syn()), acks(rig.syn(7999))]).toEqual([0, 1]);
      rig.heal();
      rig.set(fault, { target: "everybody" });
      expect([acks(rig.syn()), acks(rig.syn(7999))]).toEqual([0, 0]);
      rig.heal();
    }
    expect(acks(rig.syn())).toBe(1);
  });

  test("belong to whoever is at their address now, not to who was there before", () => {
    const rig = linked();
    rig.give({ kind: "session-down", session: 2, reason: "closed" });
    rig.link(4, BORIS);
    rig.set(CUT, { target: ANNA });
    expect(acks(rig.syn())).toBe(1);
    rig.set(CUT, { target: BORIS });
    expect(acks(rig.syn())).toBe(0);
  });

  test("are doubled and delayed", () => {
    const rig = linked();
    rig.set({ kind: "duplicate", percent: 100 }, { direction: "out" });
    rig.set(LATE, { direction: "out" });
    expect(acks(rig.syn())).toBe(0);
    expect(acks(rig.pass(100))).toBe(2);
  });
});

describe("connections and cuts", () => {
  /** Anna's link is lost and is to be dialled again. */
  function unlinked(): Rig {
    const rig = linked();
    rig.pass(1000);
    rig.give({ kind: "session-down", session: 2, reason: "closed" });
    return rig;
  }

  test.each(["in", "out", "both"] as const)(
    "a dial into a cut (%s) leaves when the cut ends, with its HELLO",
    (direction) => {
      const rig = unlinked();
      rig.set(CUT, { direction, forMs: 2000 });
      expect(onConnections(rig.pass(1999))).toEqual([]);
      expect(onConnections(rig.pass(1))).toEqual(["dial 1", "hello 1"]);
    },
  );

  test("a dial into a cut that lasts fails for the peer, and the transport never hears of it", () => {
    const rig = unlinked();
    rig.set(CUT);
    const effects = rig.pass(8000);
    expect(onConnections(effects)).toEqual([]);
    expect(told(effects)).toContain("dial-failed");
  });

  test("a connection from a cut peer hears nothing; its HELLO is heard when the cut ends", () => {
    const rig = new Rig();
    rig.set(CUT, { direction: "out" });
    expect(onConnections(rig.link(2))).toEqual([]);
    expect(onConnections(rig.heal())).toEqual(["hello 2"]);
    expect(pongs(rig.ping(2, 3))).toEqual([3]);
  });

  test("a connection from a cut peer that was given up leaves nothing behind", () => {
    const rig = new Rig();
    rig.set(CUT);
    rig.link(2);
    rig.give({ kind: "session-down", session: 2, reason: "closed" });
    rig.link(4);
    expect(onConnections(rig.pass(5000))).toEqual(["close 4"]);
    expect(rig.heal().filter(({ kind }) => kind !== "event")).toEqual([]);
  });

  test("neither side hears through a cut that the other has closed; both do when it ends", () => {
    const rig = linked();
    rig.set(CUT);
    expect(told(rig.give({ kind: "session-down", session: 2, reason: "closed" }))).toEqual([]);
    expect(told(rig.heal())).toContain("link-lost");

    const other = linked();
    other.set(CUT);
    const silent = other.pass(16_000);
    expect(told(silent)).toContain("link-lost");
    expect(onConnections(silent)).toEqual([]);
    expect(onConnections(other.heal())).toContain("close 2");
  });

  test("of a connection that the peer has closed itself nothing more is heard", () => {
    const rig = linked();
    rig.set(CUT);
    rig.give({ kind: "session-down", session: 2, reason: "closed" });
    expect(told(rig.pass(16_000)).filter((kind) => kind === "link-lost")).toHaveLength(1);
    expect(told(rig.heal())).not.toContain("link-lost");
  });

  test("cut with reset breaks the connections of its target at once, and is silent from then on", () => {
    const rig = linked();
    rig.link(4, BORIS, at(7003));
    const effects = rig.set({ kind: "cut", reset: true });
    expect(onConnections(effects)).toEqual(["close 2"]);
    expect(reasonOf(effects, "link-lost")).toBe("connection reset (injected)");
    expect(onConnections(rig.pass(4000))).toEqual([]);
    expect(pongs(rig.ping(4, 9))).toEqual([9]);
  });

  test("a close follows what was sent before it and is delayed", () => {
    const rig = linked();
    rig.set(LATE, { direction: "out" });
    rig.ping(2, 1);
    rig.give({ kind: "command", content: { protocol: "link", command: { kind: "leave", reason: "stopping" } } });
    const effects = rig.pass(100);
    expect(pongs(effects)).toEqual([1]);
    expect(onConnections(effects)).toEqual(["error 2", "close 2"]);
  });

  test("the end of a connection is heard after what came before it and is delayed", () => {
    const rig = linked();
    rig.set(LATE, { direction: "in" });
    rig.ping(2, 1);
    expect(told(rig.give({ kind: "session-down", session: 2, reason: "closed" }))).toEqual([]);
    const effects = rig.pass(100);
    expect(pongs(effects)).toEqual([1]);
    expect(told(effects)).toContain("link-lost");
  });
});
