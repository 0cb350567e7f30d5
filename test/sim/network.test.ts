import { beforeEach, describe, expect, test } from "vitest";
import { type Address, addressOf } from "../../src/core/address.ts";
import { assert } from "../../src/core/assert.ts";
import { seededRandom } from "../../src/core/random.ts";
import type { Conditions } from "../../src/sim/conditions.ts";
import { Network } from "../../src/sim/network.ts";
import type { Station } from "../../src/sim/station.ts";
import type { Stream } from "../../src/sim/stream.ts";
import { VirtualTime } from "../../src/sim/virtual-time.ts";

/** Virtual ms that everything takes. */
const LATENCY_MS = 4;

/** Notes what comes, and when. */
class Tap implements Station {
  readonly address: Address;
  readonly isUp = true;
  readonly heard: string[] = [];

  constructor(address: Address) {
    this.address = address;
  }

  accept(): number {
    return 2;
  }

  connected(): void {}

  receive(_session: number, bytes: Buffer): void {
    this.heard.push(`${time.now} ${bytes}`);
  }

  disconnected(): void {}

  packet(_from: Address, bytes: Buffer): void {
    this.heard.push(`${time.now} ${bytes}`);
  }
}

let time: VirtualTime;
let network: Network;
let a: Tap;
let b: Tap;
let stream: Stream;

function tap(port: number): Tap {
  const address = addressOf("127.0.0.1", port);
  assert(address !== undefined, "the address of a tap is one");
  const made = new Tap(address);
  network.add(made);
  return made;
}

/** From now on the way from a to b is like this. */
function change(conditions: Partial<Conditions>): void {
  network.change(a.address, b.address, conditions);
}

function send(...pieces: readonly string[]): void {
  for (const piece of pieces) stream.send(a, Buffer.from(piece));
}

/** What came to b until an instant. */
function heardUntil(instant: number): readonly string[] {
  time.run(instant - time.now);
  return b.heard.splice(0);
}

beforeEach(() => {
  time = new VirtualTime();
  network = new Network(time, seededRandom(1), { latencyMs: LATENCY_MS });
  a = tap(7001);
  b = tap(7002);
  stream = network.connect(a, 1, b.address);
  time.run(1000);
});

describe("so many things in a step of time", () => {
  test("pass of a stream, and the rest waits for the next steps", () => {
    change({ capacity: { things: 2, stepMs: 100 } });
    send("1", "2", "3", "4", "5");
    expect(heardUntil(2000)).toEqual(["1004 1", "1004 2", "1104 3", "1104 4", "1204 5"]);
  });

  test("pass of packets, and the rest is lost", () => {
    change({ capacity: { things: 2, stepMs: 100 } });
    for (const packet of ["1", "2", "3"]) network.sendPacket(a.address, b.address, Buffer.from(packet));
    expect(heardUntil(1100)).toEqual(["1004 1", "1004 2"]);
    network.sendPacket(a.address, b.address, Buffer.from("4"));
    expect(heardUntil(2000)).toEqual(["1104 4"]);
  });

  test("are counted anew in steps of another length", () => {
    change({ capacity: { things: 2, stepMs: 10 } });
    send("1", "2", "3");
    expect(heardUntil(1100)).toEqual(["1004 1", "1004 2", "1014 3"]);
    change({ capacity: { things: 2, stepMs: 1000 } });
    send("4", "5", "6");
    expect(heardUntil(3000)).toEqual(["1104 4", "1104 5", "2004 6"]);
  });
});

describe("what waits for a narrow line", () => {
  test.each<[string, Partial<Conditions>]>([
    ["its capacity", { capacity: { things: 1, stepMs: 500 } }],
    ["its width", { bytesPerSecond: 2 }],
  ])("because of %s passes when it is mended, before what is sent then", (_what, narrow) => {
    change(narrow);
    send("1", "2", "3");
    time.run(600);
    network.mend(a.address, b.address);
    send("4");
    const heard = heardUntil(10_000);
    expect(heard.map((line) => line.slice(-1))).toEqual(["1", "2", "3", "4"]);
    expect(heard.slice(2)).toEqual(["1604 3", "1604 4"]);
  });

  test("passes when everything heals", () => {
    change({ capacity: { things: 1, stepMs: 60_000 } });
    send("1", "2", "3");
    time.run(100);
    network.heal();
    expect(heardUntil(2000).slice(-2)).toEqual(["1104 2", "1104 3"]);
  });

  test("does not wait longer when the line gets narrower still", () => {
    change({ capacity: { things: 1, stepMs: 100 } });
    send("1", "2");
    change({ capacity: { things: 1, stepMs: 50_000 } });
    expect(heardUntil(2000)).toEqual(["1004 1", "1104 2"]);
  });

  test("waits on behind a cut, and is in order when it heals", () => {
    change({ capacity: { things: 1, stepMs: 100 } });
    send("1", "2", "3");
    time.run(150);
    change({ cut: true });
    send("4");
    expect(heardUntil(5000)).toEqual(["1004 1", "1104 2"]);
    network.heal();
    expect(heardUntil(6000)).toEqual(["5000 3", "5000 4"]);
  });
});
