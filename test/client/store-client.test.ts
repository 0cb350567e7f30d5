import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { connectStore } from "../../src/client/store-client.ts";
import { freePorts } from "../support/free-ports.ts";
import { clientOf, endAll, failure, onePeer } from "./rig.ts";

afterEach(endAll);

describe("a client of a store that is well", () => {
  test("has answers of their own kinds", async () => {
    const client = await clientOf([await onePeer()]);
    expect(await client.ping()).toBe("fake");
    expect(await client.list()).toEqual([]);
    await client.create("notes");
    await client.append("notes", "héllo\n");
    await client.create("others");
    expect(await client.read("notes")).toBe("héllo\n");
    expect(await client.list()).toEqual(["notes", "others"]);
    await client.delete("others");
    expect(
      await client.atomic([
        { kind: "create", name: "a" },
        { kind: "read", name: "notes" },
      ]),
    ).toBe("created a\nhéllo\n");
    expect(await client.write("k", "v")).toBe(1);
    expect(await client.write("k", "w", 41)).toBe(42);
    expect(await client.readValue("k")).toEqual({ key: "k", value: "w", writtenAt: 42 });
    expect(await client.readValue("k", { version: "1" })).toEqual({ key: "k", value: "v", writtenAt: 1 });
    expect(await client.readValue("k", { time: 41 })).toEqual({ key: "k", value: "v", writtenAt: 1 });
    expect(await client.readValue("none")).toBeNull();
  });

  test("holds a lock until it is released, or lost", async () => {
    const peer = await onePeer();
    const client = await clientOf([peer]);
    const held = await client.lock("l");
    expect([held.name, held.token, held.lost.aborted]).toEqual(["l", 7, false]);
    await held.release();
    expect(peer.heard.at(-1)).toBe('{"Unlock":"l"}');
    const other = await client.lock("m");
    const lost = once(other.lost, "abort");
    peer.say('{"Error":{"code":"lock-lost","message":"its lease has expired","definite":false}}\n');
    await lost;
    expect(other.lost.reason).toMatchObject({ code: "lock-lost", message: "its lease has expired" });
    await other.release();
  });

  test("does not wait for a lock longer than it was told to", async () => {
    const peer = await onePeer();
    const client = await clientOf([peer]);
    peer.manner = (request) => (request.kind === "lock" ? undefined : { kind: "pong", text: "fake" });
    expect(await failure(client.lock("l", { timeoutMs: 50 }))).toMatchObject({ code: "timed-out", definite: true });
    const stop = new AbortController();
    const waiting = failure(client.lock("l", { signal: stop.signal }));
    stop.abort();
    expect(await waiting).toMatchObject({ code: "closed" });
  });

  test("says every change in one session, and reads without it", async () => {
    const peer = await onePeer();
    const client = await clientOf([peer]);
    await client.read("f").catch(() => {});
    await client.create("f");
    await client.append("f", "x");
    await client.read("f");
    expect(peer.heard).toEqual([
      '"Ping"',
      '{"Read":"f"}',
      '{"Session":null}',
      '{"Do":[1,{"Create":"f"}]}',
      '{"Do":[2,{"Append":["f","x"]}]}',
      '{"Read":"f"}',
    ]);
  });

  test("learns why something was not done", async () => {
    const client = await clientOf([await onePeer()]);
    await client.create("f");
    expect(await failure(client.create("f"))).toEqual({
      code: "exists",
      definite: true,
      message: "there is a file f",
    });
    expect(await failure(client.read("g"))).toMatchObject({ code: "not-found", definite: true });
    expect(await failure(client.create("a\nb"))).toMatchObject({ code: "malformed", definite: true });
  });

  test("asks many things at once on one connection, in order", async () => {
    const peer = await onePeer();
    const client = await clientOf([peer]);
    const times = await Promise.all(Array.from({ length: 2000 }, (_, n) => client.write(`k${n}`, "v")));
    expect(times).toEqual(Array.from({ length: 2000 }, (_, n) => n + 1));
    expect(peer.visits).toBe(1);
  });

  test("lets 256 requests be under way at most", async () => {
    const peer = await onePeer();
    const client = await clientOf([peer]);
    await client.create("f");
    const before = peer.heard.length;
    peer.manner = () => undefined;
    for (let n = 0; n < 300; n++) void client.append("f", `${n}`).catch(() => {});
    await expect.poll(() => peer.heard.length).toBe(before + 256);
    // A ping on a connection of its own comes behind whatever else was sent.
    const other = failure(connectStore([peer.address], { timeoutMs: 50 }));
    expect(await other).toMatchObject({ code: "timed-out" });
    expect(peer.heard.length).toBe(before + 257);
  });

  test("closed, it fails what is not answered and asks nothing more", async () => {
    const peer = await onePeer();
    const client = await clientOf([peer]);
    await client.create("f");
    peer.manner = () => undefined;
    const [read, sent] = [failure(client.read("f")), failure(client.append("f", "x"))];
    await expect.poll(() => peer.heard.length).toBe(5);
    client.close();
    expect(await read).toMatchObject({ code: "closed", definite: true });
    expect(await sent).toMatchObject({ code: "closed", definite: false });
    expect(await failure(client.append("f", "x"))).toMatchObject({ code: "closed", definite: true });
  });
});

describe("connecting", () => {
  test("fails soon where no address leads to a peer, and says why", async () => {
    const [one, two] = await freePorts(2);
    const error = await failure(connectStore([`127.0.0.1:${one}`, `127.0.0.1:${two}`]));
    expect(error).toMatchObject({ code: "unreachable", definite: true });
    expect(error.message).toMatch(new RegExp(`^127.0.0.1:${two}: connect ECONNREFUSED`));
  });

  test("goes past addresses where nobody is", async () => {
    const [port] = await freePorts(1);
    const peer = await onePeer();
    const client = await connectStore([`127.0.0.1:${port}`, peer.address]);
    expect(await client.ping()).toBe("fake");
    client.close();
  });

  test.each([[["localhost"]], [["127.0.0.1"]], [[]]])("takes no address like %j", async (addresses) => {
    expect(await failure(connectStore(addresses))).toMatchObject({ code: "unreachable", definite: true });
  });
});
