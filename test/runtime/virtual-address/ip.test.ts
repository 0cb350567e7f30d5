import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import { bundleProgram } from "../../support/bundle.ts";
import { type HostName, Network } from "./network.ts";
import { PeerProcess } from "./peer-process.ts";

const LEASE_MS = 3_000;
const PORT = 7400;

/** Null where namespaces are not to be had. */
const network = openNetwork();

function openNetwork(): Network | null {
  try {
    return new Network();
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    process.stderr.write(`the driver "ip" is not tested: it takes root, iproute2 and arping (${why})\n`);
    return null;
  }
}

const run = promisify(execFile);

describe.skipIf(network === null)("the virtual address on an interface", { timeout: 60_000 }, () => {
  let scratch: string;
  let holding: string;
  let visiting: string;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
    holding = await bundleProgram("test/runtime/virtual-address/hold-address.ts", scratch);
    visiting = await bundleProgram("test/runtime/virtual-address/visit-address.ts", scratch);
  });
  afterAll(() => {
    network?.remove();
    rmSync(scratch, { recursive: true, force: true });
  });

  const on = (host: HostName, ...command: readonly string[]): string[] => network?.on(host, ...command) ?? [];
  const has = (host: HostName, address: string): boolean => network?.has(host, address) ?? false;

  const start = (host: HostName, address: string, driver = "ip"): Promise<PeerProcess> => {
    const place = address.includes(":") ? `[${address}]:${PORT}` : `${address}:${PORT}`;
    return PeerProcess.start(place as Address, on(host, process.execPath, holding, driver));
  };

  /** It wants the address in a term, and its lease is extended for as long as it runs. */
  const lead = (peer: PeerProcess, term: number): void => {
    peer.want(term, LEASE_MS);
    const timer = setInterval(() => {
      if (peer.process.connected) peer.act({ kind: "address-extended", term, until: LEASE_MS });
    }, LEASE_MS / 4);
    peer.process.once("exit", () => clearInterval(timer));
    onTestFinished(() => clearInterval(timer));
  };

  /** Who answers the client there: a process ID, or why nobody does. */
  const visit = async (address: string): Promise<string> => {
    const [command = "", ...args] = on("client", process.execPath, visiting, address, String(PORT));
    return (await run(command, args)).stdout;
  };

  /** Settles when a host has an address no more; how long that took, ms. */
  const untilGone = async (host: HostName, address: string): Promise<number> => {
    const from = performance.now();
    while (has(host, address)) await new Promise((resolve) => setImmediate(resolve));
    return performance.now() - from;
  };

  const families = [
    ["IPv4", "10.77.0.100"],
    ["IPv6", "fd77::100"],
  ] as const;

  test.each(families)(
    "a client that knows nothing else finds whoever holds it, also when that was killed: %s",
    async (_name, address) => {
      const first = await start("h1", address);
      lead(first, 3);
      await first.told("address-taken");
      expect(await visit(address)).toBe(String(first.process.pid));
      first.kill("SIGKILL");
      // The kernel takes it away, by the end of the lease.
      expect(await untilGone("h1", address)).toBeLessThan(LEASE_MS);
      const second = await start("h2", address);
      lead(second, 4);
      await second.told("address-taken");
      // The client still knows at which interface it found the first one.
      expect(await visit(address)).toBe(String(second.process.pid));
    },
  );

  test.each(families)(
    "it is kept for longer than any of its lifetimes, and goes at once when told: %s",
    async (_name, address) => {
      const peer = await start("h1", address);
      lead(peer, 3);
      await peer.told("address-taken");
      const until = performance.now() + LEASE_MS;
      while (performance.now() < until) {
        expect(has("h1", address)).toBe(true);
        await new Promise((resolve) => setImmediate(resolve));
      }
      peer.act({ kind: "address-unwanted", term: 3 });
      expect(await peer.told("address-gone")).toMatchObject({ term: 3, because: "it was let go" });
      expect(has("h1", address)).toBe(false);
    },
  );

  test("a peer that is stopped has it no longer than its lease lasts, and does not take it back", async () => {
    const address = "10.77.0.101";
    const peer = await start("h1", address);
    peer.want(3, 2 * LEASE_MS);
    await peer.told("address-taken");
    peer.kill("SIGSTOP");
    expect(await untilGone("h1", address)).toBeLessThan(2 * LEASE_MS);
    const next = await start("h2", address);
    lead(next, 4);
    await next.told("address-taken");
    peer.kill("SIGCONT");
    await peer.told("address-gone");
    expect(has("h1", address)).toBe(false);
    expect(await visit(address)).toBe(String(next.process.pid));
  });

  test.each(families)("it is not taken while another host has it: %s", async (_name, address) => {
    const [first, second] = [await start("h1", address), await start("h2", address)];
    lead(first, 3);
    await first.told("address-taken");
    lead(second, 4);
    expect((await second.told("address-refused")).because).toMatch(/^another host has/);
    expect(has("h2", address)).toBe(false);
    expect(await visit(address)).toBe(String(first.process.pid));
  });

  test.each([
    ["a lease that is too short for whole seconds", "10.77.0.102", 2_000, /too short/],
    ["an address of no network here", "10.1.1.1", LEASE_MS, /unreachable|name one with --vip-interface/],
  ])("%s is refused", async (_name, address, ms, because) => {
    const peer = await start("h1", address);
    peer.want(3, ms);
    expect((await peer.told("address-refused")).because).toMatch(because);
    expect(has("h1", address)).toBe(false);
  });

  test("dry, it says by which commands, and changes nothing", async () => {
    const address = "10.77.0.103";
    const peer = await start("h1", address, "dry-run");
    peer.want(3, LEASE_MS);
    const lines: (string | undefined)[] = [];
    const until = [`ip address replace ${address}/32 dev eth0`, `arping -U -q -c 1 -w 1 -I eth0 ${address}`];
    while (until.length > 0) {
      const { line = "" } = await peer.told("line");
      lines.push(line);
      if (line.startsWith(until[0] ?? "")) until.shift();
    }
    expect(lines).toEqual([
      `ip -j address show to ${address}`,
      `ip -j route get ${address}`,
      `arping -D -q -c 1 -w 1 -I eth0 ${address}`,
      `ip address replace ${address}/32 dev eth0 valid_lft 1 preferred_lft 1`,
      `arping -A -q -c 1 -w 1 -I eth0 ${address}`,
      `arping -U -q -c 1 -w 1 -I eth0 ${address}`,
    ]);
    peer.act({ kind: "address-unwanted", term: 3 });
    await peer.told("address-gone");
    expect(has("h1", address)).toBe(false);
  });
});
