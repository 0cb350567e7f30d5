import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Effect, Party, Speech } from "../../src/core/protocol.ts";
import type { FaultyEffect, PeerEffect } from "../../src/peer/machine.ts";
import { Peer } from "../../src/peer/peer.ts";
import type { GossipMessage } from "../../src/wire/gossip-message.ts";
import { at, CUT, LATE, linked, OPTIONS, Rig } from "./rig.ts";
import { spies } from "./spies.ts";

vi.mock("../../src/protocols/notification/notification.ts", async () => ({
  Notification: (await import("./spies.ts")).Notification,
}));
vi.mock("../../src/protocols/gossip/gossip.ts", async () => ({ Gossip: (await import("./spies.ts")).Gossip }));

const NOTIFY: GossipMessage = { kind: "notify", dataType: 1 };
const VALID: GossipMessage = { kind: "validation", messageId: 1, valid: true };
const ANNOUNCE: GossipMessage = { kind: "announce", ttl: 0, dataType: 1, data: Buffer.from("x") };
const PULL: GossipMessage = { kind: "pull", address: at(9000) };
const RESPONSE: GossipMessage = { kind: "response", ids: [] };
const TOLD = { kind: "notification", messageId: 1, dataType: 1, data: Buffer.from("x") } as const;
const TALK = { kind: "talk", said: [TOLD, TOLD] };

const from = (session: number): Party => ({ session });
const send = (session: number, message: unknown): Effect<Speech> => ({
  kind: "send",
  to: { session },
  message,
  after: 0,
});
const close = (session: number): Effect<Speech> => ({ kind: "close", session, reason: "enough" });
/** All but what is told. */
const asked = (effects: readonly FaultyEffect[]) => effects.filter(({ kind }) => kind !== "event");

let rig: Rig;

beforeEach(() => {
  rig = new Rig();
});

const up = (session: number): FaultyEffect[] => rig.give({ kind: "program-up", session, address: at(40_000) });
const say = (session: number, ...said: readonly GossipMessage[]): FaultyEffect[] =>
  rig.give({ kind: "program", session, said });
const down = (session: number): FaultyEffect[] => rig.give({ kind: "session-down", session, reason: "closed" });

describe("what a program says", () => {
  test("goes to the protocol that deals with it, neighbours of the API in one go", () => {
    up(2);
    say(2, NOTIFY, ANNOUNCE, PULL, VALID, RESPONSE, PULL, NOTIFY);
    down(2);
    const session = { kind: "session", session: 2 };
    const message = (said: unknown) => ({ kind: "message", from: from(2), message: said });
    expect(spies.notification.onSessions).toEqual([
      { ...session, up: true, address: at(40_000) },
      message({ kind: "talk", said: [NOTIFY, ANNOUNCE] }),
      message({ kind: "talk", said: [VALID] }),
      message({ kind: "talk", said: [NOTIFY] }),
      { ...session, up: false, reason: "closed" },
    ]);
    expect(spies.gossip.onSessions).toEqual([
      { ...session, up: true, address: at(40_000) },
      ...[PULL, RESPONSE, PULL].map(message),
      { ...session, up: false, reason: "closed" },
    ]);
  });

  test("is nobody's on a connection that is gone, was never there, or is a link", () => {
    up(2);
    down(2);
    rig.link(4);
    for (const session of [2, 4, 6]) say(session, NOTIFY, PULL);
    expect(spies.notification.onSessions).toHaveLength(2);
    expect(spies.gossip.onSessions).toHaveLength(2);
  });
});

describe("what a program is told", () => {
  test("has no envelope, moves no clock, and needs no HELLO", () => {
    up(2);
    const before = rig.peer.peer.own.lamport;
    spies.notification.answer = () => [send(2, TALK)];
    spies.gossip.answer = () => [send(2, RESPONSE)];
    expect(say(2, NOTIFY, PULL)).toEqual([
      { kind: "program", session: 2, said: [TOLD, TOLD] },
      { kind: "program", session: 2, said: [RESPONSE] },
    ]);
    expect(rig.peer.peer.own.lamport).toBe(before);
  });

  test("is dropped without a word where it is gone, as are pauses in reading and closes", () => {
    up(2);
    spies.notification.answer = () => [send(2, TALK), { kind: "reading", session: 2, on: false }, close(2)];
    const counters = rig.peer.peer.own.counters;
    expect(down(2)).toEqual([]);
    expect(rig.peer.peer.own.counters).toEqual(counters);
  });

  test("waits for the life's first save, in order, and for no other", () => {
    const peer = new Peer(OPTIONS, [], 0);
    const step = (input: Parameters<Peer["step"]>[0]): readonly PeerEffect[] =>
      peer.step(input, 0).filter(({ kind }) => kind !== "event" && kind !== "save");
    step({ kind: "timeout" });
    spies.notification.answer = () => [send(2, TALK)];
    expect(step({ kind: "program-up", session: 2, address: at(40_000) })).toEqual([]);
    spies.notification.answer = () => [send(2, TOLD), close(2)];
    expect(step({ kind: "program", session: 2, said: [NOTIFY] })).toEqual([]);
    spies.notification.answer = () => [];
    const saved = step({ kind: "saved", upTo: 1 });
    expect(saved.filter(({ kind }) => kind === "program" || kind === "close")).toEqual([
      { kind: "program", session: 2, said: [TOLD, TOLD] },
      { kind: "program", session: 2, said: [TOLD] },
      close(2),
    ]);

    // A save that is under way holds up nothing.
    const command = { kind: "remember", addresses: [at(7005)] } as const;
    peer.step({ kind: "command", content: { protocol: "discovery", command } }, 0);
    spies.notification.answer = () => [send(4, TALK)];
    expect(step({ kind: "program-up", session: 4, address: at(40_001) })).toEqual([
      { kind: "program", session: 4, said: [TOLD, TOLD] },
    ]);
  });
});

describe("a program that is", () => {
  test("closed by a protocol hears what was said before, and the others hear of its end", () => {
    up(2);
    spies.notification.answer = (input) => (input.kind === "message" ? [send(2, TALK), close(2), send(2, TALK)] : []);
    expect(say(2, NOTIFY)).toEqual([{ kind: "program", session: 2, said: [TOLD, TOLD] }, close(2)]);
    expect(spies.gossip.onSessions.at(-1)).toEqual({ kind: "session", session: 2, up: false, reason: "enough" });
    expect(spies.notification.onSessions.at(-1)).toMatchObject({ kind: "message" });
    // What was under way then is nobody's.
    say(2, PULL);
    down(2);
    expect(spies.gossip.onSessions).toHaveLength(2);
    expect(spies.notification.onSessions).toHaveLength(2);
  });

  test("not to be read for now is left unread, and read on", () => {
    up(2);
    for (const on of [false, true]) {
      spies.notification.answer = () => [{ kind: "reading", session: 2, on }];
      expect(say(2, NOTIFY)).toEqual([{ kind: "reading", session: 2, on }]);
    }
  });
});

describe("a connection that a protocol other than link dials", () => {
  const SESSION = 2 ** 32 + 1;

  beforeEach(() => {
    up(2);
    spies.gossip.answer = () => [{ kind: "dial", session: SESSION, address: at(9000) }, send(SESSION, PULL)];
    expect(say(2, PULL)).toEqual([
      { kind: "dial", session: SESSION, address: at(9000), as: "program" },
      { kind: "program", session: SESSION, said: [PULL] },
    ]);
    spies.gossip.answer = () => [];
  });

  test("is that protocol's, with all that comes on it", () => {
    rig.give({ kind: "program-up", session: SESSION, address: at(9000) });
    say(SESSION, RESPONSE, NOTIFY, VALID);
    down(SESSION);
    expect(spies.gossip.onSessions.slice(2)).toEqual([
      { kind: "session", session: SESSION, up: true, address: at(9000) },
      ...[RESPONSE, NOTIFY, VALID].map((message) => ({ kind: "message", from: from(SESSION), message })),
      { kind: "session", session: SESSION, up: false, reason: "closed" },
    ]);
    expect(spies.notification.onSessions).toHaveLength(1);
  });

  test("that comes to nothing is told to it alone", () => {
    down(SESSION);
    expect(spies.gossip.onSessions.at(-1)).toEqual({ kind: "session", session: SESSION, up: false, reason: "closed" });
    expect(spies.notification.onSessions).toHaveLength(1);
  });

  test("is closed by it", () => {
    spies.gossip.answer = () => [close(SESSION)];
    expect(say(SESSION, RESPONSE)).toEqual([close(SESSION)]);
  });
});

test("a link is dialled as one", () => {
  const command = { kind: "connect", address: at(7002) } as const;
  const effects = rig.give({ kind: "command", content: { protocol: "link", command } });
  expect(effects.filter(({ kind }) => kind === "dial")).toEqual([
    { kind: "dial", session: 1, address: at(7002), as: "link" },
  ]);
});

describe("faults", () => {
  const telling = (): void => {
    spies.notification.answer = (input) => (input.kind === "message" ? [send(4, TALK)] : []);
  };
  const told = { kind: "program", session: 4, said: [TOLD, TOLD] };

  test.each([CUT, { kind: "cut", reset: true } as const, LATE, { kind: "drop", percent: 100 } as const])(
    "of links spare programs: %o",
    (fault) => {
      rig = linked();
      up(4);
      telling();
      expect(
        asked(rig.set(fault, { target: "everybody" })).filter((effect) => "session" in effect && effect.session === 4),
      ).toEqual([]);
      expect(say(4, NOTIFY)).toEqual([told]);
      up(6);
      expect(spies.notification.onSessions.at(-1)).toMatchObject({ session: 6, up: true });
      down(6);
      expect(spies.notification.onSessions.at(-1)).toMatchObject({ session: 6, up: false });
      spies.gossip.answer = () => [{ kind: "dial", session: 2 ** 32 + 1, address: at(7002) }, close(4)];
      expect(asked(say(4, PULL))).toEqual([
        { kind: "dial", session: 2 ** 32 + 1, address: at(7002), as: "program" },
        close(4),
      ]);
    },
  );

  test("pause: what programs say waits, and little of it, until the peer goes on", () => {
    up(4);
    telling();
    rig.command({ kind: "pause", by: "", forMs: null });
    expect(say(4, NOTIFY)).toEqual([{ kind: "reading", session: 4, on: false }]);
    expect(say(4, VALID)).toEqual([]);
    up(6);
    expect(spies.notification.onSessions).toHaveLength(1);
    expect(asked(rig.command({ kind: "resume", by: "" })).filter(({ kind }) => kind !== "packet")).toEqual([
      { kind: "reading", session: 4, on: true },
      told,
      told,
    ]);
    expect(spies.notification.onSessions.at(-1)).toMatchObject({ session: 6, up: true });
  });

  test("crash: programs are thrown out, refused, and taken in again after it", () => {
    up(4);
    telling();
    expect(asked(rig.command({ kind: "crash", by: "", forMs: null }))).toEqual([
      { kind: "close", session: 4, reason: "crashed" },
      { kind: "crash" },
    ]);
    expect(up(6)).toEqual([{ kind: "close", session: 6, reason: "nobody to answer" }]);
    expect(say(6, NOTIFY)).toEqual([]);
    rig.command({ kind: "recover" });
    rig.give({ kind: "restored", id: OPTIONS.id, records: rig.disk });
    telling();
    expect(say(4, NOTIFY)).toEqual([]);
    up(4);
    expect(say(4, NOTIFY)).toEqual([told]);
  });
});
