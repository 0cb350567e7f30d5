import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { lock } from "../../src/cli/lock.ts";
import { failed } from "../../src/core/request.ts";
import { lineOf } from "../../src/wire/client-answer.ts";
import { FakeState, FakeStore } from "../support/fake-store.ts";
import { freePorts } from "../support/free-ports.ts";

let complaints = "";
let directory = "";
const peers: FakeStore[] = [];

beforeEach(async () => {
  complaints = "";
  directory = await mkdtemp(join(tmpdir(), "p2p-node-lock-"));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    complaints += String(text);
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(peers.splice(0).map((peer) => peer.kill()));
  await rm(directory, { recursive: true });
});

async function peerWith(manner?: FakeStore["manner"]): Promise<FakeStore> {
  const peer = await FakeStore.listen(new FakeState(), manner);
  peers.push(peer);
  return peer;
}

/** What a peer answers that never gives a lock. */
const NEVER: FakeStore["manner"] = (request) => (request.kind === "lock" ? undefined : { kind: "pong", text: "fake" });

const node = (script: string): readonly string[] => [process.execPath, "-e", script];

/** A command that says that it has begun, and then waits for long. */
function patient(mark: string, script = ""): readonly string[] {
  return node(`${script}; require("fs").writeFileSync(${JSON.stringify(mark)}, "begun"); setTimeout(() => {}, 60000)`);
}

/** Waits until a command has said that it has begun. */
async function begun(mark: string): Promise<void> {
  await vi.waitFor(() => readFile(mark), { timeout: 5000, interval: 10 });
}

describe("a command under a lock", () => {
  test("runs when the lock is held, finds its token, and the lock is let go when it has ended", async () => {
    const peer = await peerWith();
    const file = join(directory, "seen");
    const script = `const { P2P_NODE_LOCK_TOKEN: t, P2P_NODE_LOCK_NAME: n } = process.env;
      require("fs").writeFileSync(${JSON.stringify(file)}, n + " " + t + " " + process.argv.slice(1))`;
    expect(await lock([peer.address], "my lock", [...node(script), "a b", "c"], {})).toBe(0);
    expect(await readFile(file, "utf8")).toBe("my lock 7 a b,c");
    expect(peer.heard).toEqual(['"Ping"', '{"Lock":"my lock"}', '{"Unlock":"my lock"}']);
    expect(complaints).toBe("");
  });

  test.each([
    ["process.exit(37)", 37],
    ["process.kill(process.pid, 'SIGKILL')", 137],
  ])("that does %s ends it all with %i", async (script, code) => {
    expect(await lock([(await peerWith()).address], "l", node(script), {})).toBe(code);
  });

  test("that cannot be run is named", async () => {
    const peer = await peerWith();
    expect(await lock([peer.address], "l", [join(directory, "nothing")], {})).toBe(127);
    expect(complaints).toMatch(/^p2p-node: lock: .*nothing: .*ENOENT\n$/);
    expect(await lock([peer.address], "l", [directory], {})).toBe(126);
    expect(peer.heard.filter((line) => line.startsWith('{"Unlock"'))).toHaveLength(2);
  });

  test("gets the signals that come", async () => {
    const peer = await peerWith();
    const mark = join(directory, "begun");
    const running = lock([peer.address], "l", patient(mark, 'process.on("SIGHUP", () => process.exit(5))'), {});
    await begun(mark);
    process.emit("SIGHUP");
    expect(await running).toBe(5);
    expect(process.listenerCount("SIGHUP")).toBe(0);
  });
});

describe("a lock that is lost while the command runs", () => {
  test.each<[what: string, lose: (peer: FakeStore) => Promise<void> | void, because: RegExp]>([
    ["by the peer's word", (peer) => peer.say(lineOf(failed("lock-lost", "its lease\nhas expired", false))), /expired/],
    ["with the peer", (peer) => peer.kill(), /the connection|the peer|ECONNRESET/],
  ])("%s ends it, in one line", async (_what, lose, because) => {
    const peer = await peerWith();
    const mark = join(directory, "begun");
    const running = lock([peer.address], "l", patient(mark), {});
    await begun(mark);
    await lose(peer);
    expect(await running).toBe(1);
    expect(complaints).toMatch(/^p2p-node: lock: l is lost: .*: ending the command\n$/);
    expect(complaints).toMatch(because);
  });
});

describe("a lock that is not had", () => {
  test("in time is given up", async () => {
    const peer = await peerWith(NEVER);
    expect(await lock([peer.address], "l", node("process.exit(9)"), { timeout: 0.2 })).toBe(1);
    expect(complaints).toBe("p2p-node: lock: the lock l is held by another all the time\n");
  });

  test("is given up at a signal", async () => {
    const peer = await peerWith(NEVER);
    const waiting = lock([peer.address], "l", node("process.exit(9)"), {});
    await vi.waitFor(() => expect(peer.heard).toContain('{"Lock":"l"}'));
    process.emit("SIGTERM");
    expect(await waiting).toBe(143);
  });

  test("as it is refused is told why", async () => {
    const peer = await peerWith((request) => {
      return request.kind === "lock" ? failed("full", "256 wait", true) : { kind: "pong", text: "fake" };
    });
    expect(await lock([peer.address], "l", node(""), {})).toBe(1);
    expect(complaints).toBe("p2p-node: lock: 256 wait\n");
  });

  test("at a peer that cannot just now is asked for at the next", async () => {
    const busy = await peerWith((request) => {
      return request.kind === "lock" ? failed("no-leader", "nobody leads", true) : { kind: "pong", text: "fake" };
    });
    const peer = await peerWith();
    expect(await lock([busy.address, peer.address], "l", node(""), {})).toBe(0);
    expect(busy.heard).toContain('{"Lock":"l"}');
  });

  test("where nobody is, is told so", async () => {
    const [port] = await freePorts(1);
    expect(await lock([String(port)], "l", node(""), {})).toBe(1);
    expect(complaints).toMatch(/^p2p-node: lock: 127\.0\.0\.1:\d+: .*ECONNREFUSED.*\. Is a peer running there\?\n$/);
  });

  test("from what is no peer is told so", async () => {
    const peer = await peerWith(() => ({ kind: "unknown" }));
    expect(await lock([peer.address], "l", node(""), {})).toBe(1);
    expect(complaints).toContain("what answers there is no peer's store");
  });

  test.each(["", "a\nb", "x".repeat(65)])("as nothing can be called %j", async (name) => {
    expect(await lock(["7001"], name, node(""), {})).toBe(2);
    expect(complaints).toMatch(/^p2p-node: lock: a lock's name has 1 to 64 characters/);
  });

  test("without an address is wrong usage", async () => {
    expect(await lock([], "l", node(""), {})).toBe(2);
  });
});
