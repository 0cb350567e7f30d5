import { afterEach, describe, expect, test } from "vitest";
import { failed, type Request } from "../../src/core/request.ts";
import { EXPIRED } from "../support/fake-store.ts";
import { answerFirst, clientOf, endAll, failure, onePeer, twoPeers } from "./rig.ts";

afterEach(endAll);

const isDo = (request: Request): boolean => request.kind === "do";

describe("a peer that dies", () => {
  test("is replaced by the next, and nothing is done twice or not at all", async () => {
    const [first, second] = await twoPeers();
    const client = await clientOf([first, second]);
    await client.create("f");
    // It does the third of five, and dies before it says so.
    const usual = first.manner;
    let done = 0;
    first.manner = (request, connection) => {
      const answer = usual(request, connection);
      done += 1;
      if (done < 3) return answer;
      void first.kill();
      return undefined;
    };
    await Promise.all(["1", "2", "3", "4", "5"].map((digit) => client.append("f", digit)));
    expect(await client.read("f")).toBe("12345");
    expect(second.state.applied).toEqual(["create f", ...new Array<string>(5).fill("append f")]);
    // Some of its answers may have come before the end.
    const again = ["1", "2", "3", "4", "5"].map((digit, index) => `{"Do":[${index + 2},{"Append":["f","${digit}"]}]}`);
    const [session, ...changes] = second.heard.slice(0, -1);
    expect(session).toBe('{"Session":1}');
    expect(changes.length).toBeGreaterThanOrEqual(3);
    expect(changes).toEqual(again.slice(-changes.length));
  });

  test("while nothing is asked costs nothing", async () => {
    const [first, second] = await twoPeers();
    const client = await clientOf([first, second]);
    await client.write("k", "v");
    await first.kill();
    await client.write("k", "w");
    expect(second.heard).toEqual(['{"Session":1}', '{"Do":[2,{"Write":["k","w",0]}]}']);
  });

  test("and comes back is found again, though it is the only one", async () => {
    const peer = await onePeer();
    const client = await clientOf([peer], { silenceMs: 200 });
    await client.create("f");
    let resets = 3;
    answerFirst(peer, (_request, { socket }) => {
      if (resets === 0) return undefined;
      resets -= 1;
      socket.resetAndDestroy();
      return failed("busy", "nobody hears this", true);
    });
    await client.append("f", "x");
    expect(peer.state.applied).toEqual(["create f", "append f"]);
    expect(peer.visits).toBe(4);
  });

  test("with all others leaves what was sent in doubt, and what was not undone", async () => {
    const peer = await onePeer();
    const client = await clientOf([peer], { timeoutMs: 300 });
    await client.create("f");
    peer.manner = () => undefined;
    const [read, sent] = [failure(client.read("f")), failure(client.append("f", "x"))];
    await expect.poll(() => peer.heard.length).toBe(5);
    await peer.kill();
    expect(await read).toMatchObject({ code: "timed-out", definite: true });
    expect(await sent).toMatchObject({ code: "timed-out", definite: false });
    const unsent = await failure(client.append("f", "y"));
    expect(unsent).toMatchObject({ code: "timed-out", definite: true });
    expect(unsent.message).toMatch(/^no outcome within 300 ms; the latest trouble: 127.0.0.1:\d+: .*ECONN/);
  });
});

describe("a peer that hangs", () => {
  test("is left for the next when it has been silent for long", async () => {
    const [first, second] = await twoPeers();
    const client = await clientOf([first, second], { silenceMs: 50 });
    await client.create("f");
    answerFirst(first, () => undefined);
    first.manner = () => undefined;
    await client.append("f", "x");
    expect(await client.read("f")).toBe("x");
    expect(second.state.applied).toEqual(["create f", "append f"]);
  });

  test("from the start is left as well", async () => {
    const [first, second] = await twoPeers();
    first.manner = () => undefined;
    const client = await clientOf([first, second], { silenceMs: 50 });
    expect(await client.ping()).toBe("fake");
    expect(second.visits).toBe(1);
  });

  test("is not left where nothing is asked of it", async () => {
    const [first, second] = await twoPeers();
    const client = await clientOf([first, second], { silenceMs: 20 });
    await client.create("f");
    const begun = performance.now();
    await expect.poll(() => performance.now() - begun).toBeGreaterThan(60);
    await client.read("f");
    expect([first.visits, second.visits]).toEqual([1, 0]);
  });
});

describe("a peer that cannot do it", () => {
  test.each([
    failed("no-leader", "nobody leads", true),
    failed("busy", "too much is under way", true),
    failed("leader-lost", "the leader is lost", false),
    failed("no-leader", "another leads", true),
    failed("timed-out", "no outcome", false),
    failed("no-session", "Do is for sessions", true),
  ])("as it says by $code is left for the next, which is asked the same", async (error) => {
    const [first, second] = await twoPeers();
    const client = await clientOf([first, second]);
    await client.create("f");
    answerFirst(first, (request) => (isDo(request) ? error : undefined));
    await Promise.all([client.append("f", "1"), client.append("f", "2"), client.append("f", "3")]);
    expect(await client.read("f")).toBe("123");
    expect(second.heard.slice(0, 4)).toEqual([
      '{"Session":1}',
      '{"Do":[2,{"Append":["f","1"]}]}',
      '{"Do":[3,{"Append":["f","2"]}]}',
      '{"Do":[4,{"Append":["f","3"]}]}',
    ]);
  });

  test("until there is a leader is asked again and again, less and less often", async () => {
    const all = await twoPeers();
    const client = await clientOf(all);
    const asked: number[] = [];
    for (const peer of all) {
      answerFirst(peer, ({ kind }) => {
        if (kind === "read-value" && asked.push(performance.now()) < 6)
          return failed("no-leader", "nobody leads", true);
        return undefined;
      });
    }
    expect(await client.readValue("k")).toBeNull();
    expect(asked).toHaveLength(6);
    const waits = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    // 10, 20, 40 and 80 ms, a quarter less at least.
    for (const [index, least] of [0, 7, 15, 30, 60].entries()) expect(waits[index]).toBeGreaterThanOrEqual(least);
  });

  test("for as long as there is time leaves it in doubt only if it may have been done", async () => {
    const all = await twoPeers();
    const client = await clientOf(all, { timeoutMs: 200 });
    await client.create("f");
    for (const peer of all) answerFirst(peer, (request) => (isDo(request) ? failed("busy", "busy", true) : undefined));
    expect(await failure(client.append("f", "x"))).toMatchObject({ code: "timed-out", definite: true });
    const errors = [failed("leader-lost", "lost", false), failed("busy", "busy", true)];
    for (const [index, peer] of all.entries())
      answerFirst(peer, (request) => (isDo(request) ? errors[index] : undefined));
    // Tried at both, whichever comes first.
    expect(await failure(client.append("f", "x"))).toMatchObject({ code: "timed-out", definite: false });
  });

  test("opens no session is left for the next", async () => {
    const [first, second] = await twoPeers();
    answerFirst(first, ({ kind }) => (kind === "open-session" ? { kind: "unknown" } : undefined));
    const client = await clientOf([first, second]);
    await client.create("f");
    expect(second.heard).toEqual(['{"Session":null}', '{"Do":[1,{"Create":"f"}]}']);
  });

  test.each([
    ["no line of the dialect", "HTTP/1.1 400 Bad Request\r\n"],
    ["more than was asked", '{"Pong":"a"}\n{"Pong":"b"}\n'],
    ["a line without end", "x".repeat(6_000_000)],
  ])("answers %s is left for the next", async (_what, bytes) => {
    const [first, second] = await twoPeers();
    const client = await clientOf([first, second]);
    answerFirst(first, (_request, { socket }) => {
      socket.write(bytes);
      return undefined;
    });
    first.manner = (_request, { socket }) => {
      socket.write(bytes);
      return undefined;
    };
    await Promise.all([client.write("k", "v"), client.ping(), client.ping()]);
    expect(second.visits).toBe(1);
  });

  test("answers something else fails the request, which may have been done", async () => {
    const peer = await onePeer();
    const client = await clientOf([peer]);
    answerFirst(peer, (request) => (isDo(request) ? { kind: "pong", text: "x" } : undefined));
    expect(await failure(client.create("f"))).toMatchObject({ code: "not-understood", definite: false });
  });
});

describe("a session that has expired", () => {
  test("fails what was under way, and gives way to another", async () => {
    const [first, second] = await twoPeers();
    const client = await clientOf([first, second]);
    await client.create("f");
    first.manner = (request, { session }) => {
      first.state.answer(request, session);
      first.state.sessions.delete(1);
      void first.kill();
      return undefined;
    };
    const sent = failure(client.append("f", "1"));
    expect(await sent).toMatchObject({ code: "session-expired", definite: false });
    await client.append("f", "2");
    expect(second.heard[0]).toBe('{"Session":1}');
    expect(second.heard.slice(-2)).toEqual(['{"Session":null}', '{"Do":[1,{"Append":["f","2"]}]}']);
    expect(await client.read("f")).toBe("12");
  });

  test("as a peer says of a change fails that one, and the next is done in another", async () => {
    const peer = await onePeer();
    const client = await clientOf([peer]);
    await client.create("f");
    peer.state.sessions.clear();
    expect(await failure(client.append("f", "1"))).toMatchObject({ code: "session-expired", definite: false });
    await client.append("f", "2");
    expect(await client.read("f")).toBe("2");
  });

  test("before a change was ever asked in it costs nothing, where the peer knows that for sure", async () => {
    const peer = await onePeer();
    const client = await clientOf([peer]);
    await client.create("f");
    let expired = 0;
    answerFirst(peer, (request) => {
      if (!isDo(request) || expired === 3) return undefined;
      expired += 1;
      peer.state.sessions.clear();
      return { ...EXPIRED, definite: true };
    });
    await Promise.all([client.append("f", "1"), client.append("f", "2"), client.append("f", "3")]);
    expect((await client.read("f")).split("").sort()).toEqual(["1", "2", "3"]);
  });
});
