import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { LINK_FRAME, REFUSAL } from "../../src/protocols/link/message.ts";
import type { Host, HostOptions } from "../../src/runtime/host.ts";
import type { JournalListener } from "../../src/runtime/journal/journal.ts";
import { openJournal } from "../../src/runtime/journal/open-journal.ts";
import { StartError } from "../../src/runtime/start-error.ts";
import type { openState } from "../../src/runtime/state.ts";
import { portOfHost, startAlone } from "./alone.ts";
import { framesIn, linkTo, visit } from "./stranger.ts";
import { until } from "./visitor.ts";

/** Whom the journals of the hosts of a test tell, oldest first. */
const listeners: JournalListener[] = [];
vi.mock("../../src/runtime/state.ts", async (importOriginal) => {
  const real = await importOriginal<typeof import("../../src/runtime/state.ts")>();
  return {
    ...real,
    openState: (...[directory, fresh, listener]: Parameters<typeof openState>) => {
      listeners.push(listener);
      return real.openState(directory, fresh, listener);
    },
  };
});

const hosts: Host[] = [];
const directories: string[] = [];

async function start(changes: Partial<HostOptions> = {}): Promise<Host> {
  const host = await startAlone(changes);
  hosts.push(host);
  return host;
}

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "p2p-node-host-"));
  directories.push(directory);
  return directory;
}

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
  listeners.length = 0;
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** Two peers that see each other, the founder first, both voters or at least both members. */
async function pair(): Promise<readonly [Host, Host]> {
  const founder = await start();
  const joiner = await start({ seeds: [founder.address] });
  await until(() => [founder, joiner].every((host) => host.desk.view().peers[0]?.linked === true), "a link");
  await until(() => joiner.desk.view().raft.leader === founder.desk.view().self.id, "a leader");
  return [founder, joiner];
}

const errorIn = (bytes: Buffer) => framesIn(bytes).find(({ type }) => type === LINK_FRAME.error);

describe("a founder whose state is corrupt", () => {
  test("founds no second cluster: it begins anew and joins the one that is there", async () => {
    const directory = newDirectory();
    const dataDirectory = (): string => directory;
    const founder = await start({ dataDirectory });
    const joiner = await start({ seeds: [founder.address] });
    await until(() => joiner.desk.view().raft.leader !== null, "a leader");
    const { clusterId, id } = founder.desk.view().self;
    await founder.stop();
    const journal = join(directory, readdirSync(directory).find((name) => name.startsWith("journal-")) ?? "");
    const bytes = readFileSync(journal);
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    writeFileSync(journal, bytes);

    const again = await start({ dataDirectory, found: true, seed: 2, seeds: [joiner.address] });
    expect(again.notices.join()).toContain("corrupt");
    await until(() => again.desk.view().self.clusterId !== null, "a cluster");
    expect(again.desk.view().self.clusterId).toBe(clusterId);
    expect(again.desk.view().self.id).not.toBe(id);
  });
});

describe("stop", () => {
  test("is quick, says that it will be back, and lets go of the port", async () => {
    const host = await start();
    const stranger = await linkTo(host);
    const port = portOfHost(host);
    const started = performance.now();
    await host.stop();
    expect(performance.now() - started).toBeLessThan(500);
    expect(await host.ended).toBeNull();
    await stranger.closed;
    expect(errorIn(stranger.received)?.payload.readUInt16BE(12)).toBe(REFUSAL.stopping);
    const next = await start({ port });
    expect(portOfHost(next)).toBe(port);
  });

  test("says so too when it is asked for while something happens", async () => {
    const host = await start();
    const stranger = await linkTo(host);
    host.desk.subscribe(({ event }) => {
      if (event.kind === "link-established") void host.stop();
    });
    const other = await linkTo(host, 2);
    await Promise.all([host.ended, stranger.closed, other.closed]);
    expect(errorIn(stranger.received)?.payload.readUInt16BE(12)).toBe(REFUSAL.stopping);
  });

  test("twice is once", async () => {
    const host = await start();
    await Promise.all([host.stop(), host.stop()]);
    await host.stop();
    expect(await host.ended).toBeNull();
  });

  test("waits a second at most for who does not close", async () => {
    const host = await start();
    const rude = await linkTo(host);
    rude.socket.allowHalfOpen = true;
    const started = performance.now();
    await host.stop();
    expect(performance.now() - started).toBeLessThan(2500);
    rude.socket.destroy();
  });

  test("ends connections that have said nothing, and HTTP ones in the middle of a request", async () => {
    const host = await start();
    const [silent, asking] = [await visit(host), await visit(host)];
    asking.send("GET /healthz HT");
    await host.stop();
    await Promise.all([silent.closed, asking.closed]);
  });
});

describe("leave", () => {
  test("tells the others, ends the peer, and is not taken for a failure", async () => {
    const [founder, joiner] = await pair();
    expect(await joiner.desk.run("leave")).toEqual({ ok: true, text: "left" });
    expect(await joiner.ended).toBeNull();
    await until(() => founder.desk.view().peers[0]?.status === "left", "the goodbye heard");
    expect(founder.desk.view().raft.role).toBe("leader");
  });

  test("of the only peer of a cluster ends it", async () => {
    const host = await start();
    await until(() => host.desk.view().raft.role === "leader", "a leader");
    expect(await host.desk.run("leave")).toEqual({ ok: true, text: "left" });
    expect(await host.ended).toBeNull();
  });
});

describe("a journal that fails", () => {
  test("ends the peer with its line, and nothing is said any more", async () => {
    const [founder, joiner] = await pair();
    const failed = performance.now();
    listeners[0]?.onFailure({
      code: "ENOSPC",
      message: "data directory /x cannot be written: no space left",
    });
    const error = await founder.ended;
    expect(error).toBeInstanceOf(StartError);
    expect(error?.message).toBe("data directory /x cannot be written: no space left");
    expect(error?.code).toBe("ENOSPC");
    await until(() => joiner.desk.events().some(({ event }) => event.kind === "link-lost"), "the loss");
    const lost = joiner.desk.events().find(({ event }) => event.kind === "link-lost")?.event;
    expect(lost).toMatchObject({ goodbye: null });
    expect(founder.desk.events().every(({ now }) => now <= failed + 5)).toBe(true);
  });
});

describe("the desk", () => {
  test("answers commands in one line, and never rejects", async () => {
    const host = await start();
    await until(() => host.desk.view().raft.role === "leader", "a leader");
    const text = async (line: string): Promise<string> => {
      const outcome = await host.desk.run(line);
      expect(outcome.text).not.toContain("\n");
      return `${outcome.ok} ${outcome.text}`;
    };
    expect(await text("test")).toBe("false nobody to test: no other peer is known");
    expect(await text("exchange")).toBe("false nobody to exchange with: no link stands");
    expect(await text("frobnicate")).toMatch(/^false no command is called frobnicate/);
    expect(await text("")).toMatch(/^false say one of/);
    expect(await text("help")).toMatch(/^false/);
    expect(await text("transfer")).toMatch(/^false not handed over to the standby/);
  });

  test("tests, exchanges and hands over between two peers", async () => {
    const [founder, joiner] = await pair();
    expect(await founder.desk.run("test all")).toMatchObject({ ok: true });
    expect(await founder.desk.run("exchange")).toMatchObject({ ok: true });
    expect(await joiner.desk.run("transfer")).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^only the leader/),
    });
  });

  test("keeps events up to a bound", async () => {
    const host = await start();
    for (let i = 0; i < 5000; i++) await host.desk.run("test");
    expect(host.desk.events().length).toBeLessThanOrEqual(3000);
  });
});

describe("saved state", () => {
  test("makes a peer that starts again the same peer, with a higher incarnation and no lower Lamport time", async () => {
    const directory = newDirectory();
    const first = await start({ dataDirectory: () => directory });
    await until(() => first.desk.view().raft.role === "leader", "a leader");
    const before = first.desk.view();
    await first.stop();
    const second = await start({ dataDirectory: () => directory });
    const after = second.desk.view();
    expect(after.self).toMatchObject({ id: before.self.id, clusterId: before.self.clusterId });
    expect(after.self.incarnation).toBeGreaterThan(before.self.incarnation);
    expect(after.lamport).toBeGreaterThanOrEqual(before.lamport);
    expect(second.notices).toEqual([]);
  });

  test("with records of no known kind is set aside, and the peer begins anew and says so", async () => {
    const directory = newDirectory();
    const opened = await openJournal(directory, { onSaved: () => {}, onFailure: () => {} });
    if (opened.kind !== "opened") throw new Error("no journal");
    opened.journal.append([{ tag: 0xee, bytes: Buffer.of(1, 2, 3) }], 1);
    await opened.journal.close();
    const host = await start({ dataDirectory: () => directory });
    expect(host.notices).toEqual([
      expect.stringMatching(/no known kind; kept in .*This peer begins anew under another ID/),
    ]);
    expect(host.desk.view().notices).toEqual(host.notices);
  });

  test("that another peer uses is refused, and the port is free again", async () => {
    const directory = newDirectory();
    await start({ dataDirectory: () => directory });
    let tried = 0;
    const second = startAlone({
      dataDirectory: (port) => {
        tried = port;
        return directory;
      },
    });
    await expect(second).rejects.toThrow(/is in use by/);
    expect(portOfHost(await start({ port: tried }))).toBe(tried);
  });
});
