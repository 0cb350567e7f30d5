import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../../src/core/assert.ts";
import type { Program, ProgramEffect, ProgramInput } from "../../../src/sim/world/program.ts";
import { World } from "../../../src/sim/world/world.ts";
import { cluster, falseVerdicts, isConverged, THREE } from "../cluster.ts";
import { at } from "../network/stations.ts";

/** A program that notes what comes to it, a line each, and does what a test says. */
class Scripted implements Program {
  deadline = Number.POSITIVE_INFINITY;
  readonly heard: string[] = [];
  readonly #does: (input: ProgramInput, now: number) => readonly ProgramEffect[];

  constructor(does: (input: ProgramInput, now: number) => readonly ProgramEffect[]) {
    this.#does = does;
  }

  step(input: ProgramInput, now: number): readonly ProgramEffect[] {
    this.heard.push(`${Math.floor(now)}: ${inWords(input)}`);
    return this.#does(input, now);
  }
}

function inWords(input: ProgramInput): string {
  switch (input.kind) {
    case "session-up":
      return `${input.session} up ${input.address}`;
    case "session-down":
      return `${input.session} down ${input.reason}`;
    case "bytes":
      return `${input.session} got ${input.bytes.toString()}`;
    case "packet":
      return `packet ${input.bytes.toString()} from ${input.from}`;
    default:
      return input.kind;
  }
}

const say = (session: number, text: string): ProgramEffect => ({ kind: "bytes", session, bytes: Buffer.from(text) });
const dial = (session: number, port: number): ProgramEffect => ({ kind: "dial", session, address: at(port) });

/** Says again what is said to it, and lets go of who says `bye`. */
function echo(): Scripted {
  return new Scripted((input) => {
    if (input.kind === "packet") return [{ kind: "packet", to: input.from, from: null, bytes: input.bytes }];
    if (input.kind !== "bytes") return [];
    const text = input.bytes.toString();
    const said = say(input.session, text);
    return text === "bye" ? [said, { kind: "close", session: input.session, reason: "as you wish" }] : [said];
  });
}

function host(world: World, port: number, program: Scripted): Scripted {
  world.host(port, () => program);
  return program;
}

describe("programs of a world", () => {
  test("dial, say, hear, and part, beside peers that take no notice", () => {
    const world = cluster(THREE, { network: { latencyMs: 10 } });
    world.run(2000);
    const start = world.now;
    const told = world.events.filter(({ routine }) => !routine).length;
    const server = host(world, 9000, echo());
    const client = host(
      world,
      9001,
      new Scripted((input) => {
        if (input.kind === "started") return [dial(1, 9000), say(1, "early")];
        if (input.kind === "session-up") return [say(1, "hello")];
        if (input.kind === "bytes" && input.bytes.toString() === "hello") return [say(1, "bye")];
        return [];
      }),
    );
    world.run(1000);
    const since = ({ heard }: Scripted) =>
      heard.map((line) => line.replace(/^\d+/, (ms) => String(Number(ms) - Math.floor(start))));
    expect(since(client)).toEqual([
      "0: started",
      "20: 1 up 127.0.0.1:9000",
      "40: 1 got early",
      "40: 1 got hello",
      "60: 1 got bye",
      "60: 1 down as you wish",
    ]);
    expect(since(server)).toEqual([
      "0: started",
      "30: 2 up 127.0.0.1:9001",
      "30: 2 got early",
      "30: 2 got hello",
      "50: 2 got bye",
    ]);
    expect(isConverged(world, THREE)).toBe(true);
    expect(world.events.filter(({ routine }) => !routine)).toHaveLength(told);
  });

  test("hear why a dial came to nothing", () => {
    const world = new World({ network: { latencyMs: 10 } });
    world.cut(9001, 9002);
    const client = host(
      world,
      9001,
      new Scripted((input) => (input.kind === "started" ? [dial(1, 9000), dial(3, 9002)] : [])),
    );
    world.run(5000);
    expect(client.heard.slice(1)).toEqual(["20: 1 down connection refused", "3000: 3 down timed out"]);
  });

  test("send packets, also in the name of others", () => {
    const world = new World({ network: { latencyMs: 10 } });
    const server = host(world, 9000, echo());
    const bytes = Buffer.from("hello");
    const send = (input: ProgramInput, from: number | null): readonly ProgramEffect[] =>
      input.kind === "started" ? [{ kind: "packet", to: at(9000), from: from === null ? null : at(from), bytes }] : [];
    const honest = host(world, 9001, new Scripted((input) => send(input, null)));
    const liar = host(world, 9002, new Scripted((input) => send(input, 9003)));
    const victim = host(world, 9003, new Scripted(() => []));
    world.run(100);
    expect(server.heard.slice(1)).toEqual([
      "10: packet hello from 127.0.0.1:9001",
      "10: packet hello from 127.0.0.1:9003",
    ]);
    const answered = ["20: packet hello from 127.0.0.1:9000"];
    expect([honest, liar, victim].map(({ heard }) => heard.slice(1))).toEqual([answered, [], answered]);
  });

  test("are woken when they say, as often as they say", () => {
    const world = new World();
    const program: Scripted = new Scripted((_input, now) => {
      program.deadline = now < 250 ? now + 100 : Number.POSITIVE_INFINITY;
      return [];
    });
    host(world, 9000, program);
    world.run(10_000);
    expect(program.heard).toEqual(["0: started", "100: timeout", "200: timeout", "300: timeout"]);
  });

  test("cannot take the place of a peer, nor a peer theirs", () => {
    const world = new World();
    world.start(7001, { found: true });
    host(world, 9000, echo());
    expect(() => host(world, 7001, echo())).toThrow(InvariantViolation);
    expect(() => world.start(9000)).toThrow(InvariantViolation);
  });

  test.each([
    ["even", [2]],
    ["in use", [1, 1]],
  ])("cannot dial by a number that is %s", (_why, sessions) => {
    const world = new World();
    const program = new Scripted((input) => (input.kind === "started" ? sessions.map((each) => dial(each, 7001)) : []));
    expect(() => host(world, 9000, program)).toThrow(InvariantViolation);
  });
});

describe("a program that says to a peer what no peer says", () => {
  const frame = (type: number, payload: string): string => {
    const bytes = Buffer.from(payload);
    return Buffer.concat([Buffer.from([1, type, 0, 0, 0, 0, 0, 0, bytes.length, 0, 0]), bytes]).toString("latin1");
  };

  test.each([
    ["nothing that begins as a frame", "\u0007\u0003 no peer lives here"],
    ["HTTP", "GET /v1/status HTTP/1.1\r\n\r\n"],
    ["a frame with a wrong checksum", frame(0x10, "hello")],
    ["zeros", "\u0000".repeat(5000)],
  ])("%s, is turned away, and the cluster does not care", (_what, text) => {
    const world = cluster(THREE);
    world.run(2000);
    const told = world.events.length;
    const bytes = Buffer.from(text, "latin1");
    const rude = host(
      world,
      9000,
      new Scripted((input) => {
        if (input.kind === "started") return THREE.map((port, i) => dial(2 * i + 1, port));
        return input.kind === "session-up" ? [{ kind: "bytes", session: input.session, bytes }] : [];
      }),
    );
    world.run(1000);
    const downs = rude.heard.filter((line) => line.endsWith("down bad bytes"));
    expect(downs).toHaveLength(3);
    world.run(10_000);
    expect(isConverged(world, THREE)).toBe(true);
    expect(world.events.slice(told).filter(({ routine }) => !routine)).toEqual([]);
    expect(falseVerdicts(world, THREE)).toEqual([]);
  });

  test("nothing at all, is turned away as well, later", () => {
    const world = cluster(THREE);
    const mute = host(world, 9000, new Scripted((input) => (input.kind === "started" ? [dial(1, 7001)] : [])));
    world.run(60_000);
    expect(mute.heard.filter((line) => line.includes("1 down"))).toHaveLength(1);
    expect(isConverged(world, THREE)).toBe(true);
  });

  test("garbage packets, is not answered", () => {
    const world = cluster(THREE);
    world.run(2000);
    const told = world.events.length;
    const rude = host(
      world,
      9000,
      new Scripted((input) =>
        input.kind !== "started"
          ? []
          : ["", "x", "\u0001".repeat(16), "\u0002".repeat(17), "\u0003".repeat(17), "x".repeat(600)].map((text) => ({
              kind: "packet",
              to: at(7001),
              from: null,
              bytes: Buffer.from(text),
            })),
      ),
    );
    world.run(5000);
    expect(rude.heard.slice(1)).toEqual([]);
    expect(world.events.slice(told).filter(({ routine }) => !routine)).toEqual([]);
  });
});
