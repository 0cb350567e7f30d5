import { expect, test } from "vitest";
import { USUAL_MODES } from "../../../src/core/modes.ts";
import { invariants, watchInvariants } from "../../../src/sim/invariants/registry.ts";
import { World } from "../../../src/sim/world/world.ts";

/** Three peers that wait for one lock, held by the first; at last it lets go. Null: nobody says otherwise. */
function play(claimant: number | null): void {
  const world = new World({ modes: USUAL_MODES });
  watchInvariants(
    world,
    invariants.filter(({ name }) => name === "earlier-requests-go-first"),
  );
  world.start(7001, { found: true });
  for (const port of [7002, 7003]) world.start(port, { seeds: [7001] });
  world.run(3000);
  for (const port of [7001, 7002, 7003]) {
    world.peer(port).command({ protocol: "mutex", command: { kind: "acquire", ticket: 0, name: "door" } });
    world.run(100);
  }
  const stateOf = (port: number) => world.view(port).mutex.locks[0]?.state;
  expect([7001, 7002, 7003].map(stateOf)).toEqual(["held", "waiting", "waiting"]);
  if (claimant !== null) claim(world, claimant);
  world.peer(7001).command({ protocol: "mutex", command: { kind: "release", ticket: 0, name: "door" } });
  world.run(100);
  expect([7001, 7002, 7003].map(stateOf)).toEqual(["idle", "held", "waiting"]);
}

/** A peer is seen to hold the lock, though it does not. */
function claim(world: World, port: number): void {
  const peer = world.peer(port);
  const event = { kind: "lock-acquired", name: "door", peer: peer.id, token: 1, waitedMs: 0 } as const;
  const effect = { kind: "event", event: { now: peer.now, lamport: 1, routine: false, event } } as const;
  for (const observer of world.observers) observer.stepped?.(peer, { kind: "timeout" }, peer.now, [effect]);
}

test("whoever asked first is the next", () => {
  expect(() => play(null)).not.toThrow();
  expect(() => play(7002)).not.toThrow();
});

test("one that passes an earlier request breaks it", () => {
  expect(() => play(7003)).toThrow(
    /^earlier-requests-go-first at .*: peer 7003 holds door, asked for at \d+, and peer 7002 has waited since \d+/,
  );
});
