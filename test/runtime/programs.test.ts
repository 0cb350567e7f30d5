import { afterEach, describe, expect, test, vi } from "vitest";
import { portOf } from "../../src/core/address.ts";
import type { Host, HostOptions } from "../../src/runtime/host.ts";
import { GossipDecoder } from "../../src/wire/gossip-decoder.ts";
import type { GossipMessage } from "../../src/wire/gossip-message.ts";
import { encodeTalk } from "../../src/wire/gossip-talk.ts";
import { at } from "../peer/rig.ts";
import { spies } from "../peer/spies.ts";
import { freePorts } from "../support/free-ports.ts";
import { counterOf, portOfHost, startAlone } from "./alone.ts";
import { linkTo } from "./stranger.ts";
import { until, Visitor } from "./visitor.ts";

vi.mock("../../src/protocols/notification/notification.ts", async () => ({
  Notification: (await import("../peer/spies.ts")).Notification,
}));

const NOTIFY: GossipMessage = { kind: "notify", dataType: 1337 };
const TOLD: GossipMessage = { kind: "notification", messageId: 1, dataType: 1337, data: Buffer.from("x") };

const hosts: Host[] = [];

/** A peer whose notification answers all that it hears by one notification. */
async function start(changes: Partial<HostOptions> = {}): Promise<Host> {
  const host = await startAlone(changes);
  hosts.push(host);
  spies.notification.answer = (input) =>
    input.kind === "message"
      ? [{ kind: "send", to: input.from, message: { kind: "talk", said: [TOLD] }, after: 0 }]
      : [];
  return host;
}

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

/** Says this to a port; what is answered. */
async function answerOf(port: number, ...said: readonly GossipMessage[]): Promise<readonly GossipMessage[]> {
  const visitor = await Visitor.to(port);
  visitor.send(encodeTalk(said));
  const messages = (bytes: Buffer) => new GossipDecoder().push(bytes);
  const answer = messages(await visitor.hear((bytes) => messages(bytes).length > 0, "the answer"));
  visitor.reset();
  return answer;
}

describe("a program", () => {
  test("is answered on the one port, beside links", async () => {
    const host = await start();
    const stranger = await linkTo(host);
    expect(await answerOf(portOfHost(host), NOTIFY)).toEqual([TOLD]);
    stranger.reset();
    await linkTo(host, 2);
    // One sequence of numbers for both.
    const sessions = spies.notification.onSessions.flatMap((input) =>
      input.kind === "session" ? [input.session] : [],
    );
    expect(sessions[0]).toBe(4);
  });

  test("is answered on a listener of its own, where nothing else is", async () => {
    const [port = 0] = await freePorts(1);
    const host = await start({ api: at(port) });
    expect(await answerOf(port, NOTIFY)).toEqual([TOLD]);
    expect(await answerOf(portOf(host.address), NOTIFY)).toEqual([TOLD]);
    const browser = await Visitor.to(port);
    browser.send("GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await browser.closed;
    expect(browser.text).toBe("");
    expect(counterOf(host, "connections.refused-http")).toBe(1);
  });

  test("that says nonsense is thrown out only where the API is strict", async () => {
    const nonsense = Buffer.concat([encodeTalk([NOTIFY]), Buffer.from("000401ff", "hex")]);
    for (const strict of [false, true]) {
      const host = await start({ tuning: { notification: { strict } } });
      const visitor = await Visitor.to(portOfHost(host));
      visitor.send(nonsense);
      await until(() => counterOf(host, "gossip.malformed") === 1, "the count");
      if (strict) await visitor.closed;
      else expect(await answerOf(portOfHost(host), NOTIFY)).toEqual([TOLD]);
      visitor.reset();
    }
  });

  test("is told that the peer stops by an end in order, behind all that was said", async () => {
    const host = await start();
    const visitor = await Visitor.to(portOfHost(host));
    visitor.send(encodeTalk([NOTIFY]));
    await until(() => spies.notification.onSessions.length === 2, "the NOTIFY");
    void host.stop();
    await visitor.ended;
    expect(new GossipDecoder().push(visitor.received)).toEqual([TOLD]);
  });
});

describe("a peer does not start", () => {
  test("where its listener for programs is taken, says so in a line, and lets go of the port", async () => {
    const taken = await start();
    const [port = 0] = await freePorts(1);
    await expect(startAlone({ port, api: taken.address })).rejects.toThrow(
      `TCP port ${portOfHost(taken)} on 127.0.0.1 is in use: stop what listens there, or choose another with --api`,
    );
    const host = await start({ port });
    expect(portOfHost(host)).toBe(port);
  });

  test("where this machine does not have its address", async () => {
    const api = "192.0.2.1:6001" as HostOptions["api"];
    await expect(startAlone({ api })).rejects.toThrow(
      "TCP port 6001 on 192.0.2.1 cannot be bound: this machine does not have that address; choose another with --api",
    );
  });
});

test("a peer takes no more connections than it is told to", async () => {
  const host = await start({ maxConnections: 2 });
  const [one, two] = [await linkTo(host), await Visitor.to(portOfHost(host))];
  const three = await Visitor.to(portOfHost(host)).then(
    (visitor) => visitor.closed,
    () => undefined,
  );
  expect(three).toBeUndefined();
  await until(() => counterOf(host, "connections.dropped") === 1, "the count");
  one.reset();
  two.reset();
});
