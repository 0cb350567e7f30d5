import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { freePorts } from "../support/free-ports.ts";
import { GossipSocket } from "../support/gossip-socket.ts";
import { Lab } from "../support/processes.ts";
import { openPeer, type Terminal } from "../support/terminal.ts";

const TYPE = 1337;

describe.skipIf(!inject("tmux"))("the Notices panel of a peer of two", () => {
  let lab: Lab;
  let me: Terminal;
  let port: number;
  /** At the other peer. */
  let program: GossipSocket;

  beforeAll(async () => {
    lab = new Lab();
    const [own = 0, other = 0] = await freePorts(2);
    port = other;
    await lab.start(port, ["--found"]).event("leader-elected");
    me = await openPeer(own, ["--data-dir", lab.dataOf(own), "--join", `127.0.0.1:${port}`]);
    await me.until(new RegExp(`^ ${own} .*leader ${port}`, "m"), "leader");
    program = (await GossipSocket.subscriber(port, TYPE)).validateAll();
    await me.keys("6");
    await me.until(/\[6 Notices\]/, "focus on the panel");
  });
  afterAll(async () => {
    program.close();
    await me.close();
    await lab.close();
  });

  const announce = (data: string | Buffer): void =>
    program.say({ kind: "announce", ttl: 0, dataType: TYPE, data: Buffer.from(data) });

  test("s subscribes the type that others subscribe, and what another peer announces stands there", async () => {
    await me.until(/^>types +1337: 1 peer$/m, "type that the other peer subscribes");
    await me.keys("s");
    await me.until(/^>types +1337: 1 here, 1 peer$/m, "subscription");
    announce("good news");
    await me.until(new RegExp(`^> .* ${TYPE} ${port}#1 +accepted .* 9 B good news$`, "m"), "notice");
  });

  test("Enter shows all of a notice", async () => {
    await me.keys("Enter");
    const card = await me.until(new RegExp(`^╌+ Notice ${port}#1 `, "m"), "details");
    expect(card).toMatch(/^ text +good news$/m);
    expect(card).toMatch(/^ known at +2 of 2 peers/m);
    expect(card).toMatch(new RegExp(`^ from +${port}$`, "m"));
    expect(card).toMatch(/^ hops +1 crossed, without limit$/m);
    expect(card).toMatch(new RegExp(`^ type +${TYPE}$`, "m"));
    expect(card).toMatch(/^ hex +67 6f 6f 64 20 6e 65 77 {2}73$/m);
    await me.keys("Escape");
    await me.until(/╌ Raft ╌/, "panels");
  });

  test("what would steer a terminal is shown, and does nothing", async () => {
    const title = await me.title();
    announce("\u001b]0;owned\u0007\u001b[3;3Hsteered");
    announce("\u009b3;3Hsteered");
    announce("\u202eeno dab\r\nsecond \u2066line");
    const screen = await me.until(new RegExp(` ${port}#4 `), "all of them");
    expect(screen).toMatch(new RegExp(` ${port}#2 .* hex 1b5d303b6f776e6564071b5b333b334873746565[0-9a-f]*~$`, "m"));
    expect(screen).toMatch(new RegExp(` ${port}#3 .* hex c29b333b334873746565726564$`, "m"));
    expect(screen).toMatch(new RegExp(` ${port}#4 .*eno dab second .*line$`, "m"));
    await me.keys("Enter");
    const card = await me.until(new RegExp(`^╌+ Notice ${port}#4 `, "m"), "details");
    expect(card).toMatch(/^ text +.*eno dab$/m);
    await me.keys("Escape");
    await me.until(/╌ Raft ╌/, "panels");
    expect(card).not.toMatch(/steered/);
    expect(me.written()).not.toMatch(/owned|steered|[\u0080-\u009f\u202e\u2066]/);
    expect(await me.title()).toBe(title);
  });

  test("a announces, to those who subscribe at the other peer", async () => {
    await me.keys(":", "announce 1337 told by hand", "Enter");
    await program.hear("notification", 1);
    expect(program.told).toEqual(["told by hand"]);
    await me.until(/ 12 B told by hand$/m, "own notice");
    await me.keys("Escape");
  });

  test("s on a notice of a subscribed type ends that", async () => {
    await me.keys("g", "s");
    await me.until(/unsubscribed type 1337/, "end of the subscription");
    await me.keys("Escape");
    await me.keys(":", "subscribe 1337", "Enter");
    await me.until(/: subscribe 1337 {2}subscribed type 1337/, "subscription by the palette");
    await me.keys("Escape");
    announce("still there");
    await me.until(/ 11 B still there$/m, "notice");
  });
});
