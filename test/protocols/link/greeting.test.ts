import { describe, expect, test } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import { type Modes, USUAL_MODES } from "../../../src/core/modes.ts";
import { NO_CLUSTER } from "../../../src/core/peer-id.ts";
import { composeHello } from "../../../src/protocols/link/greeting.ts";
import { HELLO_TAG, type Hello, REFUSAL, type RefusalReason } from "../../../src/protocols/link/message.ts";
import { cluster, dialled, events, helloOf, kinds, LARGE, OUR_ADDRESS, ourHello, Scene, SMALL, send } from "./scene.ts";

const OTHER = cluster("d");

/** What a HELLO says of how its sender agrees with others, beyond what every one says. */
const tagged = (tag: number, text: string): Partial<Hello> => ({ tagged: [{ tag, value: Buffer.from(text) }] });

describe("a connection that comes in", () => {
  test("is awaited in silence, answered with HELLO, and then is the link", () => {
    const scene = new Scene();
    const { session, effects } = scene.accept();
    expect(effects).toEqual([]);
    expect(scene.hear(session, helloOf(SMALL, { incarnation: 9 }))).toEqual([
      send(session, ourHello(0)),
      {
        kind: "event",
        event: {
          ...{ kind: "link-established", peer: SMALL.peer, session, address: SMALL.address, name: "three" },
          ...{ incarnation: 9, cluster: cluster("c"), dialledBy: "them" },
        },
      },
    ]);
  });

  test("is closed when it has not said HELLO within 5 s", () => {
    const scene = new Scene();
    const { session } = scene.accept();
    expect(scene.pass(4999)).toEqual([]);
    expect(scene.pass(1)).toEqual([{ kind: "close", session, reason: "no HELLO within 5000 ms" }]);
    expect(scene.machine.deadline).toBe(Infinity);
  });

  test("is closed and counted when it says anything else first", () => {
    for (const message of [
      { kind: "ping", requestId: 1 },
      { kind: "pong", requestId: 1 },
      { kind: "error", code: 1, text: "" },
    ] as const) {
      const scene = new Scene();
      const { session } = scene.accept();
      expect(scene.hear(session, message)).toEqual([
        { kind: "close", session, reason: `${message.kind} before HELLO` },
      ]);
      expect(scene.machine.view().refused).toBe(1);
    }
  });

  test("that is gone before its HELLO leaves nothing behind", () => {
    const scene = new Scene();
    const { session } = scene.accept();
    expect(scene.down(session)).toEqual([]);
    expect(scene.machine.deadline).toBe(Infinity);
  });
});

describe("a HELLO with which there can be no link is refused by an ERROR that says why", () => {
  const cases: readonly (readonly [string, Partial<Hello>, RefusalReason, string])[] = [
    ["versions that are all newer", { leastVersion: 2, mostVersion: 9 }, "version", "we speak version 1, you 2 to 9"],
    ["versions that are all older", { leastVersion: 0, mostVersion: 0 }, "version", "we speak version 1, you 0 to 0"],
    ["a range that is none", { leastVersion: 2, mostVersion: 0 }, "version", "we speak version 1, you 2 to 0"],
    ["a client", { role: "client" }, "modes", "only peers are served here, clients are not"],
    ["another election", { election: "bully" }, "modes", "our election is raft, yours bully"],
    ["another broadcast", { broadcast: "zab" }, "modes", "our broadcast is raft, yours zab"],
    ["another mutex", tagged(HELLO_TAG.mutex, "lease"), "modes", "our mutex is lamport, yours lease"],
    ["another ensemble", tagged(HELLO_TAG.ensemble, "0123"), "modes", "our ensemble is none, yours 0123"],
    ["another fixed leader", tagged(HELLO_TAG.leader, "[::1]:1"), "modes", "our leader is none, yours [::1]:1"],
    ["another vip", tagged(HELLO_TAG.vip, "[::1]:1"), "modes", "our virtual address is none, yours [::1]:1"],
    [
      "an address where nobody listens",
      { address: "0.0.0.0:7007" as Hello["address"] },
      "malformed",
      "nobody can be reached at 0.0.0.0:7007",
    ],
    ["our own address", { address: OUR_ADDRESS }, "malformed", `${OUR_ADDRESS} is our own address`],
  ];

  for (const [what, changes, reason, text] of cases) {
    test(what, () => {
      const scene = new Scene();
      const { session } = scene.accept();
      const hello = helloOf(LARGE, changes);
      expect(scene.hear(session, hello)).toEqual([
        send(session, { kind: "error", code: REFUSAL[reason], text }),
        { kind: "close", session, reason: text },
        { kind: "event", event: { kind: "link-refused", address: hello.address, by: "us", reason, text } },
      ]);
      expect(scene.machine.view()).toEqual({ links: [], dialling: [], refused: 1 });
    });
  }

  test("the order in which an ensemble is named does not matter, its members do", () => {
    const [one, other, third] = [SMALL.address, LARGE.address, OUR_ADDRESS];
    const modesWith = (...ensemble: readonly Address[]): Modes => ({ ...USUAL_MODES, broadcast: "zab", ensemble });
    const scene = new Scene({ modes: modesWith(one, other) });
    const helloFrom = (modes: Modes): Partial<Hello> => {
      const them = {
        ...LARGE,
        cluster: cluster("c"),
        incarnation: 1,
        yielding: false,
        reads: "read-index",
        vip: null,
      } as const;
      const hello = composeHello({ ...them, modes }, 1);
      return hello.kind === "hello" ? { broadcast: "zab", tagged: hello.tagged } : {};
    };
    scene.linkedBy(LARGE, helloFrom(modesWith(other, one)));
    expect(scene.machine.view().links).toHaveLength(1);
    const { session } = scene.accept();
    scene.hear(session, helloOf(SMALL, helloFrom(modesWith(one, third))));
    expect(scene.machine.view()).toMatchObject({ refused: 1 });
  });

  test("a range of versions that holds ours is none of these", () => {
    const scene = new Scene();
    scene.linkedBy(LARGE, { leastVersion: 0, mostVersion: 255 });
    expect(scene.machine.view().links).toHaveLength(1);
  });

  test("the same refusal is told once, until a link to that address stood", () => {
    const scene = new Scene();
    const refuse = () => {
      const { session } = scene.accept();
      return events(scene.hear(session, helloOf(LARGE, { leastVersion: 2, mostVersion: 2 }))).length;
    };
    expect([refuse(), refuse(), refuse()]).toEqual([1, 0, 0]);
    scene.down(scene.linkedBy(LARGE));
    expect([refuse(), refuse()]).toEqual([1, 0]);
    expect(scene.machine.view().refused).toBe(5);
  });
});

describe("a refusal by the other side", () => {
  test("is told with its reason, and the address is dialled again later", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    expect(scene.error(1, REFUSAL.version, "old")).toEqual([
      { kind: "close", session: 1, reason: "refused" },
      {
        kind: "event",
        event: { kind: "link-refused", address: LARGE.address, by: "them", reason: "version", text: "old" },
      },
    ]);
    expect(dialled(scene.pass(50))).toBe(3);
  });

  test("with a code that nobody knows is `unknown`, and its text is cut to 200 characters", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    const [refused] = events(scene.error(1, 65_535, "\u{1f427}".repeat(500)));
    expect(refused).toMatchObject({ kind: "link-refused", reason: "unknown", text: "\u{1f427}".repeat(200) });
  });

  test("as a duplicate is silent, and the address is dialled again later", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    expect(kinds(scene.error(1, REFUSAL.duplicate))).toEqual(["close 1"]);
    expect(dialled(scene.pass(50))).toBe(3);
  });

  test("because it leaves ends the wish for that address, because it stops does not", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    expect(kinds(scene.error(1, REFUSAL.leaving))).toEqual(["close 1", "link-refused"]);
    expect(scene.machine.deadline).toBe(Infinity);
    scene.connect(SMALL.address);
    expect(kinds(scene.error(3, REFUSAL.stopping))).toEqual(["close 3", "link-refused"]);
    expect(dialled(scene.pass(50))).toBe(5);
  });
});

describe("clusters", () => {
  const text = `we belong to cluster ${cluster("c")}, you to ${OTHER}`;
  const met = {
    kind: "event",
    event: { kind: "other-cluster-met", peer: LARGE.peer, address: LARGE.address, cluster: OTHER, yielding: false },
  };
  const refused = {
    kind: "event",
    event: { kind: "link-refused", address: LARGE.address, by: "us", reason: "other-cluster", text },
  };
  const error = { kind: "error", code: REFUSAL["other-cluster"], text } as const;

  test("who is dialled from another cluster says HELLO before it refuses, so both know both", () => {
    const scene = new Scene();
    const { session } = scene.accept();
    expect(scene.hear(session, helloOf(LARGE, { cluster: OTHER }))).toEqual([
      send(session, ourHello(0)),
      met,
      send(session, error),
      { kind: "close", session, reason: text },
      refused,
    ]);
  });

  test("who dialled learns of the other cluster from that HELLO", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    expect(scene.hear(1, helloOf(LARGE, { cluster: OTHER }))).toEqual([
      met,
      send(1, error),
      { kind: "close", session: 1, reason: text },
      refused,
    ]);
    expect(dialled(scene.pass(50))).toBe(3);
  });

  test("the tag of a founder that would yield is told", () => {
    const scene = new Scene();
    const yielding = (value: Uint8Array) => {
      const { session } = scene.accept();
      const tagged = [
        { tag: 200, value: Buffer.of(1) },
        { tag: HELLO_TAG.yielding, value },
      ];
      return events(scene.hear(session, helloOf(LARGE, { cluster: OTHER, tagged })))[0];
    };
    expect(yielding(Buffer.of(1))).toMatchObject({ kind: "other-cluster-met", yielding: true });
    expect(yielding(Buffer.of(0))).toMatchObject({ kind: "other-cluster-met", yielding: false });
    expect(yielding(Buffer.of(1, 1))).toMatchObject({ kind: "other-cluster-met", yielding: false });
  });

  test("who seeks one links to everybody, and everybody to it", () => {
    const seeker = new Scene({ cluster: NO_CLUSTER });
    seeker.linkedBy(LARGE, { cluster: OTHER });
    seeker.linkedBy(SMALL);
    expect(seeker.machine.view().links).toHaveLength(2);
    const member = new Scene();
    member.linkedBy(LARGE, { cluster: NO_CLUSTER });
    expect(member.machine.view().links).toHaveLength(1);
  });

  test("`introduce` changes what later HELLOs say", () => {
    const scene = new Scene({ cluster: NO_CLUSTER });
    scene.command({ kind: "introduce", cluster: OTHER, incarnation: 7, yielding: true });
    const tagged = [...ourHello(1).tagged, { tag: HELLO_TAG.yielding, value: Buffer.of(1) }];
    const effects = scene.connect(LARGE.address);
    expect(effects[1]).toEqual(send(1, ourHello(1, { cluster: OTHER, incarnation: 7, tagged })));
  });

  test("`introduce` into another cluster ends the links to members of the old one, not those to seekers", () => {
    const scene = new Scene();
    const session = scene.linkedBy(LARGE);
    scene.linkedBy(SMALL, { cluster: NO_CLUSTER, dials: 1 });
    const effects = scene.command({ kind: "introduce", cluster: OTHER, incarnation: 1, yielding: false });
    const says = `we belong to cluster ${OTHER} now, you to ${cluster("c")}`;
    const reason = `other-cluster: ${says}`;
    expect(effects).toEqual([
      send(session, { kind: "error", code: REFUSAL["other-cluster"], text: says }),
      { kind: "close", session, reason },
      { kind: "event", event: { kind: "link-lost", peer: LARGE.peer, address: LARGE.address, reason, goodbye: null } },
    ]);
    expect(scene.machine.view().links.map(({ peer }) => peer)).toEqual([SMALL.peer]);
  });

  test("a dial that told the cluster before an `introduce` is judged by what it told, as the other side does", () => {
    const scene = new Scene();
    scene.connect(LARGE.address);
    scene.command({ kind: "introduce", cluster: OTHER, incarnation: 1, yielding: false });
    expect(kinds(scene.hear(1, helloOf(LARGE, { cluster: OTHER })))).toEqual(["error on 1", "close 1", "link-refused"]);
  });
});
