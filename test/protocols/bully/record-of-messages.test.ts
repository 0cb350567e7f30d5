import { expect, test } from "vitest";
import { MAX_PARTICIPANTS } from "../../../src/protocols/bully/message.ts";
import { A, among, answer, B, C, coordinator, D, heartbeat, id, LEADER_TIMEOUT_MS, leading } from "./on-bench.ts";

test("the messages of the latest election are shown, sent and received, and no heartbeats", () => {
  const peer = among([A, D]);
  peer.wait(LEADER_TIMEOUT_MS);
  const at = peer.now;
  peer.receive(D, answer(true, 3));
  peer.receive(D, coordinator({ priority: 3, holdMs: 20 }));
  peer.receive(D, heartbeat({ priority: 3 }));
  expect(peer.view.messages).toEqual([
    { at, from: C, to: D, kind: "election", text: "priority 0" },
    { at, from: D, to: C, kind: "answer", text: "priority 3, objects" },
    { at, from: D, to: C, kind: "coordinator", text: "priority 3, for 20 ms at least" },
  ]);
  peer.now += LEADER_TIMEOUT_MS;
  peer.receive(D, { kind: "resign" });
  expect(peer.view.messages.map(({ kind }) => kind)).toEqual(["resign", "coordinator", "coordinator"]);
});

test("the latest 32 are kept", () => {
  const peer = leading([A, B]);
  for (let i = 0; i < 40; i++) peer.receive(A, { kind: "election", priority: 0 });
  expect(peer.view.messages).toHaveLength(32);
  expect(peer.view.messages.at(-1)).toMatchObject({ from: C, to: A, kind: "coordinator" });
});

test("the list of participants has an end: whoever comes later is not listened to", () => {
  const peer = among(Array.from({ length: MAX_PARTICIPANTS }, (_, i) => id((i + 0x1000).toString(16))));
  expect(peer.receive(id("ffff"), heartbeat())).toEqual([]);
  expect(peer.view.participants).toHaveLength(MAX_PARTICIPANTS);
});
