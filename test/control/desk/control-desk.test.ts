import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Host, HostOptions } from "../../../src/runtime/host.ts";
import { portOfHost, startAlone } from "../../runtime/alone.ts";
import { until } from "../../runtime/visitor.ts";

const hosts: Host[] = [];
const directories: string[] = [];

async function start(changes: Partial<HostOptions> = {}): Promise<Host> {
  const host = await startAlone(changes);
  hosts.push(host);
  return host;
}

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

const idOf = (host: Host): string => host.desk.view().self.id;
const faultsOf = (host: Host) => host.desk.view().faults;
const conditionOf = (host: Host) => host.desk.view().condition;

/** That many peers, all linked, all following one leader. */
async function cluster(
  count: number,
  changesOf: (n: number) => Partial<HostOptions> = () => ({}),
): Promise<readonly Host[]> {
  const founder = await start(changesOf(0));
  const joiners = [];
  for (let n = 1; n < count; n++) joiners.push(await start({ seeds: [founder.address], ...changesOf(n) }));
  const all = [founder, ...joiners];
  await settled(all);
  return all;
}

async function settled(all: readonly Host[]): Promise<void> {
  await until(
    () =>
      all.every(({ desk }) => {
        const { peers, raft } = desk.view();
        const healthy = peers.filter(({ status, linked }) => status === "healthy" && linked);
        return healthy.length === all.length - 1 && raft.leader !== null;
      }) && new Set(all.map(({ desk }) => desk.view().raft.leader)).size === 1,
    "a settled cluster",
  );
}

/** The ports of peers, as one says them in a line. */
function said(...peers: readonly (Host | undefined)[]): string {
  return peers.map((peer) => (peer === undefined ? "" : portOfHost(peer))).join(",");
}

describe("a partition", () => {
  test("said in one window parts all, and undo there joins all again", async () => {
    const all = await cluster(3);
    const [a, b, c] = all;
    const { desk } = all[1] as Host;
    expect(await desk.run(`partition ${said(a)} | ${said(b, c)} for 60s`)).toEqual({ ok: true, text: "applied 3/3" });
    expect(all.map((host) => faultsOf(host).map(({ target }) => target))).toEqual([
      [idOf(b as Host), idOf(c as Host)],
      [idOf(a as Host)],
      [idOf(a as Host)],
    ]);
    for (const host of all)
      for (const fault of faultsOf(host))
        expect(fault).toMatchObject({ direction: "both", by: said(b), remainingMs: expect.any(Number) });
    expect((await desk.run("undo")).text).toMatch(/^undid partition .*: applied 3\/3$/);
    expect(all.flatMap(faultsOf)).toEqual([]);
  });

  test("is healed from any window, past the partition itself", async () => {
    const all = await cluster(3);
    const [a, b, c] = all as [Host, Host, Host];
    await a.desk.run(`partition ${said(a)} | ${said(b, c)}`);
    await until(() => a.desk.view().peers.every(({ status }) => status !== "healthy"), "silence");
    expect(await a.desk.run("heal all")).toEqual({ ok: true, text: "applied 3/3" });
    expect(all.flatMap(faultsOf)).toEqual([]);
    await settled(all);
    expect(await a.desk.run("undo")).toMatchObject({ ok: false, text: expect.stringMatching(/^nothing to undo/) });
  });
});

describe("another peer", () => {
  test("is paused and resumed, and says by whom", async () => {
    const [a, b] = (await cluster(2)) as [Host, Host];
    expect(await a.desk.run(`pause ${said(b)}`)).toEqual({ ok: true, text: "applied 1/1" });
    expect(conditionOf(b).kind).toBe("paused");
    const paused = b.desk.events().find(({ event }) => event.kind === "peer-paused")?.event;
    expect(paused).toMatchObject({ by: said(a) });
    // A peer that stands still still takes lines, and gives them.
    expect(await b.desk.run(`resume ${said(b)}`)).toEqual({ ok: true, text: "applied 1/1" });
    expect(await a.desk.run(`resume ${said(b)}`)).toEqual({
      ok: false,
      text: `applied 0/1 (${said(b)} is not paused)`,
    });
    expect(await a.desk.run("undo")).toEqual({
      ok: false,
      text: `undid pause ${said(b)}: applied 0/1 (${said(b)} is not paused)`,
    });
  });

  test("is crashed, and recovers from its disk as the same peer of a later incarnation", async () => {
    const directory = mkdtempSync(join(tmpdir(), "p2p-node-desk-"));
    directories.push(directory);
    const [a, b] = (await cluster(2, (n) => (n === 1 ? { dataDirectory: () => directory } : {}))) as [Host, Host];
    const { id, incarnation } = b.desk.view().self;
    expect(await a.desk.run(`crash ${said(b)}`)).toEqual({ ok: true, text: "applied 1/1" });
    expect(conditionOf(b).kind).toBe("crashed");
    await until(() => a.desk.view().peers[0]?.linked === false, "the broken link");
    expect(await a.desk.run("undo")).toEqual({ ok: true, text: `undid crash ${said(b)}: applied 1/1` });
    await until(() => conditionOf(b).kind === "running", "the recovery");
    await settled([a, b]);
    expect(b.desk.view().self.id).toBe(id);
    expect(b.desk.view().self.incarnation).toBeGreaterThan(incarnation);
  });

  test("is isolated by a cut that it holds itself, and healed from here", async () => {
    const [a, b, c] = (await cluster(3)) as [Host, Host, Host];
    expect(await a.desk.run(`isolate ${said(b)}`)).toEqual({ ok: true, text: "applied 1/1" });
    expect([a, b, c].map((host) => faultsOf(host).length)).toEqual([0, 1, 0]);
    expect(faultsOf(b)[0]).toMatchObject({ fault: { kind: "cut" }, target: "everybody", by: said(a) });
    expect(await a.desk.run(`heal ${said(b)}`)).toEqual({ ok: true, text: "applied 2/2" });
    expect(faultsOf(b)).toEqual([]);
  });
});

describe("pace", () => {
  test("slows everybody, and undo gives each back the pace that it had", async () => {
    const all = (await cluster(3)) as [Host, Host, Host];
    const paces = () => all.map((host) => conditionOf(host).pace);
    expect(await all[2].desk.run("pace 2")).toEqual({ ok: true, text: "applied 3/3" });
    expect(await all[0].desk.run("pace 10")).toEqual({ ok: true, text: "applied 3/3" });
    expect(paces()).toEqual([10, 10, 10]);
    expect(await all[0].desk.run("undo")).toEqual({ ok: true, text: "undid pace 10: applied 3/3" });
    expect(paces()).toEqual([2, 2, 2]);
    expect(await all[1].desk.run("pace 1")).toEqual({ ok: true, text: "applied 3/3" });
    expect(paces()).toEqual([1, 1, 1]);
  });
});

describe("undo", () => {
  test("ends exactly what was set last, and nothing beside it", async () => {
    const [a, b] = (await cluster(2)) as [Host, Host];
    const { desk } = a;
    await desk.run(`latency ${said(b)} 5ms`);
    await desk.run(`duplicate ${said(b)} 20% out`);
    await desk.run(`skew ${said(a)} 1.5x`);
    await desk.run(`skew ${said(a)} 2x`);
    const kinds = () => faultsOf(a).map(({ fault }) => fault.kind);
    expect(await desk.run("undo")).toEqual({ ok: true, text: `undid skew ${said(a)} 2x: applied 1/1` });
    expect(conditionOf(a).skew).toBe(1.5);
    await desk.run("undo");
    expect(conditionOf(a).skew).toBe(1);
    expect(kinds()).toEqual(["latency", "duplicate"]);
    await desk.run("undo");
    expect(kinds()).toEqual(["latency"]);
    await desk.run("undo");
    expect(kinds()).toEqual([]);
    expect(await desk.run("undo")).toMatchObject({ ok: false });
  });

  test("passes over what was removed by its number, or has ended by itself", async () => {
    const [a, b] = (await cluster(2)) as [Host, Host];
    const { desk } = a;
    await desk.run(`latency ${said(b)} 5ms`);
    await desk.run(`duplicate ${said(b)} 20% for 1ms`);
    await desk.run(`reorder ${said(b)} 20%`);
    const last = faultsOf(a).at(-1);
    expect(await desk.run(`remove ${last?.id}`)).toEqual({ ok: true, text: "applied 1/1" });
    await until(() => faultsOf(a).length === 1, "the end of a fault");
    expect((await desk.run("undo")).text).toBe(`undid latency ${said(b)} 5ms: applied 1/1`);
  });
});

describe("a fault that cannot be had", () => {
  test("is said, and nothing is set", async () => {
    const host = await start();
    for (let n = 0; n < 64; n++) expect(await host.desk.run("latency all 1ms")).toMatchObject({ ok: true });
    const outcome = await host.desk.run("latency all 1ms");
    expect(outcome).toEqual({ ok: false, text: `applied 0/1 (${said(host)} holds 64 faults: no room for more)` });
    expect(await host.desk.run("heal")).toEqual({ ok: true, text: "applied 1/1" });
    expect(faultsOf(host)).toEqual([]);
  });
});

describe("a peer that refuses remote faults", () => {
  test("says so to the others, and still breaks itself", async () => {
    const [a, b, c] = (await cluster(3, (n) => ({ remoteFaults: n === 1 ? false : null }))) as [Host, Host, Host];
    expect(await a.desk.run("pace 3")).toEqual({
      ok: false,
      text: `applied 2/3 (${said(b)} refuses remote faults)`,
    });
    expect([a, b, c].map((host) => conditionOf(host).pace)).toEqual([3, 1, 3]);
    expect(await b.desk.run(`cut ${said(a)} in`)).toEqual({ ok: true, text: "applied 1/1" });
  });
});

describe("a heal that somebody missed", () => {
  test("reaches it when it is heard of again", async () => {
    const directory = mkdtempSync(join(tmpdir(), "p2p-node-desk-"));
    directories.push(directory);
    const [a, b] = (await cluster(2, (n) => (n === 1 ? { dataDirectory: () => directory } : {}))) as [Host, Host];
    const port = portOfHost(b);
    await b.stop();
    expect(await a.desk.run("heal all")).toEqual({
      ok: false,
      text: `applied 1/2 (${port} does not answer; it will hear of it)`,
    });
    const again = await start({ port, dataDirectory: () => directory, seeds: [a.address] });
    // Set before anything links the two again.
    expect(await again.desk.run("skew all 1.01x")).toMatchObject({ text: expect.stringMatching(/^applied/) });
    await until(() => conditionOf(again).skew === 1, "the heal that was kept");
    expect(again.desk.events().some(({ event }) => event.kind === "clock-changed" && event.by === said(a))).toBe(true);
  });
});
