import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import { assert } from "../../../src/core/assert.ts";
import { DeadlineQueue } from "../../../src/core/deadline-queue.ts";
import type { Input } from "../../../src/core/protocol.ts";
import { gossip } from "../../../src/protocols/gossip/definition.ts";
import type { GossipSpeech } from "../../../src/protocols/gossip/message.ts";
import { Reader } from "../../../src/wire/reader.ts";
import { Writer } from "../../../src/wire/writer.ts";
import { at, Bench, eventsOf, INTERVAL, messagesOf, peer, v4, v6 } from "./harness.ts";

describe("whatever happens", () => {
  const address = fc.oneof(
    fc.nat(40).map(v4),
    fc.nat(5).map(v6),
    fc.constantFrom(at("0.0.0.0"), at("255.255.255.255")),
  );
  const ids = fc.array(address, { maxLength: 120 });
  const input: fc.Arbitrary<Input<GossipSpeech>> = fc.oneof(
    fc.record({
      kind: fc.constant("message" as const),
      from: fc.record({ peer: fc.nat(5).map(peer) }),
      message: fc.oneof(
        fc.record({ kind: fc.constant("pull" as const), address }),
        fc.record({ kind: fc.constant("response" as const), ids }),
        fc.record({ kind: fc.constant("push" as const), address, ids }),
      ),
    }),
    fc.record({ kind: fc.constant("link" as const), peer: fc.nat(5).map(peer), up: fc.boolean() }),
    fc.record({
      kind: fc.constant("command" as const),
      command: fc.oneof(
        fc.record({ kind: fc.constantFrom("verified" as const, "expired" as const), address }),
        fc.constant({ kind: "exchange" as const }),
      ),
    }),
    fc.constant({ kind: "timeout" as const }),
  );

  it("what is sent fits the wire and reads back as it was", () => {
    fc.assert(
      fc.property(fc.constantFrom(v4(0), v6(0)), ids, (own, verified) => {
        const bench = new Bench({ address: own });
        bench.link(1);
        bench.verified(...verified);
        const effects = [...bench.exchange(), ...bench.exchange(), ...bench.hear(1, { kind: "pull", address: v4(1) })];
        const messages = messagesOf(effects);
        expect(messages).toHaveLength(3);
        for (const message of messages) {
          const writer = new Writer();
          gossip.framing.write(writer, message);
          const head = gossip.framing.head(message);
          expect(head).toEqual({ type: 0x24, requestId: 0, imageSize: 0 });
          expect(gossip.framing.read(head, new Reader(writer.take()))).toEqual(message);
        }
      }),
    );
  });

  it("only what was verified is told on, and a message leads to 33 checks at most", () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 150 }), (inputs) => {
        const bench = new Bench({ capacity: 8 });
        const held = new Set<Address>();
        for (const each of inputs) {
          bench.now += 300;
          const effects = bench.step(each);
          for (const event of eventsOf(effects)) {
            if (event.kind === "id-added") held.add(event.address);
            if (event.kind === "id-removed") held.delete(event.address);
            if (event.kind === "id-heard") expect(held.has(event.address)).toBe(false);
          }
          expect(eventsOf(effects).filter((event) => event.kind === "id-heard").length).toBeLessThanOrEqual(33);
          for (const message of messagesOf(effects)) {
            for (const id of message.kind === "pull" ? [] : message.ids) expect(held).toContain(id);
          }
          expect(bench.ids()).toEqual([...held]);
          expect(held.size).toBeLessThanOrEqual(8);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("machines that gossip", () => {
  // A hop takes two rounds on average (one of two neighbours, PUSH or PULL), and an ID has five hops to go.
  it("all hold all IDs within thirty rounds, ten of them linked in a ring", () => {
    const size = 10;
    const benches = Array.from({ length: size }, (_, n) => new Bench({ address: v4(n) }, n + 1));
    const flying = new DeadlineQueue<{ to: number; input: Input<GossipSpeech> }>();
    const run = (me: number, input: Input<GossipSpeech>, now: number): void => {
      const bench = benches[me];
      assert(bench !== undefined, "a machine");
      bench.now = now;
      for (const effect of bench.step(input)) {
        if (effect.kind === "event" && effect.event.kind === "id-heard") {
          // Everybody here is healthy: a check would say so.
          const { address } = effect.event;
          flying.set({ to: me, input: { kind: "command", command: { kind: "verified", address } } }, now + 1);
        }
        if (effect.kind !== "send" || !("peer" in effect.to)) continue;
        const { to, message } = effect;
        const receiver = [...benches.keys()].find((n) => peer(n) === to.peer) ?? 0;
        flying.set({ to: receiver, input: { kind: "message", from: { peer: peer(me) }, message } }, now + 1);
      }
    };
    for (const [me, bench] of benches.entries()) {
      bench.link((me + 1) % size, (me + size - 1) % size);
      run(me, { kind: "command", command: { kind: "verified", address: v4((me + 1) % size) } }, 1000);
    }
    for (let now = 1000; now < 1000 + 30 * INTERVAL; now++) {
      for (let due = flying.takeDue(now); due !== undefined; due = flying.takeDue(now)) run(due.to, due.input, now);
      for (const [me, { gossip: machine }] of benches.entries()) {
        if (machine.deadline <= now) run(me, { kind: "timeout" }, now);
      }
    }
    for (const bench of benches) expect(bench.ids()).toHaveLength(size - 1);
  });
});
