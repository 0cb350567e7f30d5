import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Effect, Speech } from "../../../src/core/protocol.ts";
import { World } from "../../../src/sim/world/world.ts";
import type { GossipMessage } from "../../../src/wire/gossip-message.ts";
import { encodeTalk } from "../../../src/wire/gossip-talk.ts";
import { spies } from "../../peer/spies.ts";
import { GossipProgram } from "../gossip-program.ts";
import { at } from "../network/stations.ts";

vi.mock("../../../src/protocols/notification/notification.ts", async () => ({
  Notification: (await import("../../peer/spies.ts")).Notification,
}));
vi.mock("../../../src/protocols/gossip/gossip.ts", async () => ({
  Gossip: (await import("../../peer/spies.ts")).Gossip,
}));

const PEER = 7001;
const PROGRAM = 9001;

let world: World;

/** What the peer has heard of its programs, a line each, with the session. */
function heard(spy = spies.notification): readonly string[] {
  return spy.onSessions.map((input) => {
    if (input.kind === "session")
      return `${input.session} ${input.up ? `up ${input.address}` : `down ${input.reason}`}`;
    if (input.kind !== "message" || !("session" in input.from)) return input.kind;
    const message = input.message as GossipMessage | { kind: "talk"; said: readonly GossipMessage[] };
    return `${input.from.session} ${(message.kind === "talk" ? message.said : [message]).map(inWords).join(", ")}`;
  });
}

function inWords(message: GossipMessage): string {
  switch (message.kind) {
    case "announce":
      return `announce ${message.dataType} ${Buffer.from(message.data).toString()}`;
    case "notify":
      return `notify ${message.dataType}`;
    case "validation":
      return `${message.messageId} ${message.valid ? "valid" : "invalid"}`;
    default:
      return message.kind;
  }
}

function told(session: number, ...ids: readonly number[]): Effect<Speech> {
  const said = ids.map((messageId) => ({
    kind: "notification",
    messageId,
    dataType: 1,
    data: Buffer.from(`${messageId}`),
  }));
  return { kind: "send", to: { session }, message: { kind: "talk", said }, after: 0 };
}

/** From now on the peer answers an ANNOUNCE by these effects, once. */
function onAnnounce(...effects: readonly Effect<Speech>[]): void {
  let left = effects;
  spies.notification.answer = (input) => {
    const isAnnounce = input.kind === "message" && JSON.stringify(input.message).includes('"announce"');
    if (!isAnnounce) return [];
    const now = left;
    left = [];
    return now;
  };
}

beforeEach(() => {
  world = new World({ network: { latencyMs: 10 } });
  world.start(PEER, { found: true });
  world.run(100);
});

describe("a program at a simulated peer", () => {
  test("subscribes, announces, is notified and answers by its rule", () => {
    const rule = ({ messageId }: { readonly messageId: number }) =>
      (["valid", "invalid", "never", { validAfterMs: 500 }] as const)[messageId % 4] ?? "never";
    const program = GossipProgram.join(world, PROGRAM, PEER, { types: [1, 2], rule });
    world.run(100);
    onAnnounce(told(2, 0, 1), told(2, 2, 3));
    program.announce(1, "hello");
    world.run(100);
    expect(heard()).toEqual([
      "2 up 127.0.0.1:9001",
      "2 notify 1, notify 2",
      "2 announce 1 hello",
      "2 0 valid",
      "2 1 invalid",
    ]);
    expect(program.texts).toEqual(["0", "1", "2", "3"]);
    world.run(500);
    expect(heard().slice(5)).toEqual(["2 3 valid"]);
    program.leave();
    world.run(100);
    expect(heard().slice(6)).toEqual(["2 down closed by the program"]);
    expect(program.unexpected).toEqual([]);
  });

  test("is heard a byte at a time, and however malformed", () => {
    const program = GossipProgram.join(world, PROGRAM, PEER);
    for (const byte of encodeTalk([{ kind: "notify", dataType: 3 }])) program.sayBytes(Buffer.of(byte));
    program.sayBytes(Buffer.from("000401ff000801f500000004", "hex"));
    world.run(100);
    expect(heard()).toEqual(["2 up 127.0.0.1:9001", "2 notify 3", "2 notify 4"]);
    program.sayBytes(Buffer.from("0003", "hex"));
    world.run(100);
    expect(heard().slice(3)).toEqual(["2 down a message whose size is less than its header"]);
    expect(program.ends).toEqual(["bad bytes"]);
  });

  test("is left unread for a while", () => {
    const program = GossipProgram.join(world, PROGRAM, PEER, { types: [1] });
    world.run(100);
    onAnnounce({ kind: "reading", session: 2, on: false });
    program.announce(1, "one");
    for (const word of ["two", "three", "four"]) program.announce(1, word);
    world.run(1000);
    const seen = heard().length;
    expect(heard().at(-1)).toBe("2 announce 1 one");

    // Read on, it is left unread again at the next word.
    const reading = (on: boolean): Effect<Speech> => ({ kind: "reading", session: 2, on });
    spies.notification.answer = (input) => [reading(input.kind !== "message")];
    world.peer(PEER).command({ protocol: "notification", command: { kind: "subscribe", dataType: 9 } });
    world.run(100);
    expect(heard().slice(seen)).toEqual(["2 announce 1 two"]);
    spies.notification.answer = () => [reading(true)];
    world.peer(PEER).command({ protocol: "notification", command: { kind: "subscribe", dataType: 9 } });
    world.run(100);
    expect(heard().slice(seen)).toEqual(["2 announce 1 two", "2 announce 1 three", "2 announce 1 four"]);
  });

  test("is thrown out when more waits unread than anybody would hold", () => {
    const program = GossipProgram.join(world, PROGRAM, PEER, { types: [1] });
    world.run(100);
    onAnnounce({ kind: "reading", session: 2, on: false });
    program.announce(1, "x");
    for (let i = 0; i < 20; i++) program.sayBytes(Buffer.alloc(1024 * 1024));
    world.run(1000);
    expect(heard().at(-1)).toBe("2 down more than 16777216 bytes wait unread");
  });

  test("is held up by a cut, and comes through after it", () => {
    const program = GossipProgram.join(world, PROGRAM, PEER, { types: [1] });
    world.run(100);
    world.partition([PROGRAM], [PEER]);
    program.announce(1, "late");
    world.run(5000);
    expect(heard()).toHaveLength(2);
    onAnnounce(told(2, 7));
    world.heal();
    world.run(100);
    expect(heard().slice(2)).toEqual(["2 announce 1 late", "2 7 valid"]);
  });

  test.each(["process", "fault"])("loses its connection with the peer (%s), and connects again", (what) => {
    const program = GossipProgram.join(world, PROGRAM, PEER, { types: [1], reconnectMs: 200 });
    world.run(100);
    if (what === "process") world.crash(PEER);
    else world.fault(PEER, { kind: "crash", by: "test", forMs: null });
    world.run(1000);
    expect(program.ends.length).toBeGreaterThan(2);
    if (what === "process") world.restart(PEER);
    else world.fault(PEER, { kind: "recover" });
    world.run(1000);
    expect(heard()).toEqual([expect.stringMatching(/ up 127.0.0.1:9001$/), expect.stringMatching(/ notify 1$/)]);
  });

  test("that never says anything is let go", () => {
    const program = GossipProgram.join(world, PROGRAM, PEER);
    world.run(6000);
    expect(program.ends).toEqual(["said nothing"]);
    expect(heard()).toEqual([]);
  });
});

describe("a peer that dials in the gossip dialect", () => {
  const SESSION = 2 ** 32 + 1;
  const PULL: GossipMessage = { kind: "pull", address: at(PEER) };

  test("speaks to whoever is there, and hears the answer", () => {
    const bytes: Buffer[] = [];
    world.host(9000, () => ({
      deadline: Number.POSITIVE_INFINITY,
      step: (input) => {
        if (input.kind !== "bytes") return [];
        bytes.push(input.bytes);
        return [{ kind: "bytes", session: input.session, bytes: encodeTalk([{ kind: "response", ids: [] }]) }];
      },
    }));
    spies.gossip.answer = (input) =>
      input.kind === "command"
        ? [
            { kind: "dial", session: SESSION, address: at(9000) },
            { kind: "send", to: { session: SESSION }, message: PULL, after: 0 },
          ]
        : [];
    world.peer(PEER).command({ protocol: "gossip", command: { kind: "exchange" } });
    world.run(100);
    expect(Buffer.concat(bytes)).toEqual(encodeTalk([PULL]));
    expect(heard(spies.gossip)).toEqual([`${SESSION} up 127.0.0.1:9000`, `${SESSION} response`]);
  });

  test("to nobody, hears why", () => {
    spies.gossip.answer = (input) =>
      input.kind === "command" ? [{ kind: "dial", session: SESSION, address: at(9000) }] : [];
    world.peer(PEER).command({ protocol: "gossip", command: { kind: "exchange" } });
    world.run(100);
    expect(heard(spies.gossip)).toEqual([`${SESSION} down connection refused`]);
  });
});
