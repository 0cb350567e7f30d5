import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import { bundleProgram } from "../../support/bundle.ts";
import { PeerProcess, untilEnded } from "./peer-process.ts";

const isLinux = process.platform === "linux";

/** Every test has an address of its own. */
let last = 10;
const nextHost = (): string => {
  last += 1;
  return `127.77.${process.pid % 250}.${last}`;
};
const PORT = 7400;

/** A lease that nobody waits for to end, ms. */
const LONG_MS = 20_000;

/** A lease whose end is waited for: long enough to take the address on a busy machine, ms. */
const SHORT_MS = 1_500;

let scratch: string;
let program: string;
let guardian: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
  program = await bundleProgram("test/runtime/virtual-address/hold-address.ts", scratch);
  guardian = await bundleProgram("src/runtime/virtual-address/guardian.ts", scratch);
});
afterAll(() => rmSync(scratch, { recursive: true }));

const start = (host: string): Promise<PeerProcess> =>
  PeerProcess.start(`${host}:${PORT}` as Address, [process.execPath, program, "bind", guardian]);

/** Settles when the system lets somebody listen there; how long that took, ms. */
async function untilFree(host: string): Promise<number> {
  const from = performance.now();
  while (!(await isFree(host)));
  return performance.now() - from;
}

function isFree(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen({ host, port: PORT, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function dial(host: string): Socket {
  const socket = connect({ host, port: PORT });
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** What is said on a connection, until there is so much; null where it ends before. */
function hear(socket: Socket, length: number): Promise<string | null> {
  return new Promise((resolve) => {
    let said = "";
    socket.on("data", (data) => {
      said += data.toString();
      if (said.length >= length) resolve(said);
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(null));
  });
}

const ended = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("close", () => resolve("closed"));
  });

test.runIf(isLinux)("connections through the address come to the peer that holds it, and work", async () => {
  const peer = await start(nextHost());
  peer.act({ kind: "address-prepared", address: peer.address });
  peer.want(3, LONG_MS);
  expect(await peer.told("address-taken")).toEqual({ kind: "address-taken", term: 3 });
  const host = peer.address.split(":")[0] ?? "";
  const name = `${peer.process.pid}\n`;
  const sockets = Array.from({ length: 20 }, () => dial(host));
  const answers = sockets.map((socket) => hear(socket, name.length + 5));
  // Said before anybody has taken the connection over; and nothing more will be.
  for (const socket of sockets) socket.end("hello");
  expect(new Set(await Promise.all(answers))).toEqual(new Set([`${name}hello`]));
});

test.runIf(isLinux)(
  "two never hold it: the second is refused as long as the first holds, and then has it",
  async () => {
    const host = nextHost();
    const [first, second] = [await start(host), await start(host)];
    first.want(3, LONG_MS);
    await first.told("address-taken");
    second.want(4, LONG_MS);
    expect(await second.told("address-refused")).toMatchObject({ term: 4, because: "another process listens there" });
    first.act({ kind: "address-unwanted", term: 3 });
    expect(await first.told("address-gone")).toEqual({ kind: "address-gone", term: 3, because: "it was let go" });
    second.want(4, LONG_MS);
    expect(await second.told("address-taken")).toMatchObject({ term: 4 });
  },
);

test.runIf(isLinux)("killed, a peer holds it no more within moments, and leaves no process behind", async () => {
  const host = nextHost();
  const peer = await start(host);
  peer.want(3, LONG_MS);
  await peer.told("address-taken");
  const children = peer.children();
  expect(children).toHaveLength(1);
  peer.kill("SIGKILL");
  expect(await untilFree(host)).toBeLessThan(1_000);
  await untilEnded(children);
});

test.runIf(isLinux)("stopped, a peer holds it until its lease ends, and then everybody who came in knows", async () => {
  const host = nextHost();
  const peer = await start(host);
  const wantedAt = performance.now();
  peer.want(3, SHORT_MS);
  await peer.told("address-taken");
  const early = dial(host);
  await hear(early, 1);
  const earlyEnd = ended(early);
  peer.kill("SIGSTOP");
  const late = dial(host);
  const lateEnd = ended(late);
  late.write("hello");
  await untilFree(host);
  const heldMs = performance.now() - wantedAt;
  expect(heldMs).toBeGreaterThanOrEqual(SHORT_MS - 2);
  expect(heldMs).toBeLessThan(SHORT_MS + 1_000);
  // Not when the peer goes on, which it does not here.
  expect(await earlyEnd).toBe("closed");
  expect(await lateEnd).toBe("closed");
  // Another has it meanwhile.
  const next = await start(host);
  next.want(4, LONG_MS);
  await next.told("address-taken");
  peer.kill("SIGCONT");
  expect(await peer.told("address-gone")).toMatchObject({ term: 3 });
});

test.runIf(isLinux)("a lease that is extended lasts on, and not a moment longer", async () => {
  const host = nextHost();
  const peer = await start(host);
  peer.want(3, SHORT_MS);
  await peer.told("address-taken");
  const extendedAt = performance.now();
  peer.act({ kind: "address-extended", term: 3, until: 2 * SHORT_MS });
  // Of another term, it says nothing.
  peer.act({ kind: "address-extended", term: 2, until: LONG_MS });
  expect(await peer.told("address-gone")).toMatchObject({ term: 3 });
  expect(performance.now() - extendedAt).toBeGreaterThanOrEqual(2 * SHORT_MS - 2);
  expect(await isFree(host)).toBe(true);
});

test.runIf(isLinux)("whoever came in is turned out when it is let go", async () => {
  const host = nextHost();
  const peer = await start(host);
  peer.want(3, LONG_MS);
  await peer.told("address-taken");
  const socket = dial(host);
  await hear(socket, 1);
  const end = ended(socket);
  peer.act({ kind: "address-unwanted", term: 3 });
  expect(await end).toBe("ECONNRESET");
});

test.runIf(isLinux)("a guardian that ends by itself is told, and the address can be had again", async () => {
  const host = nextHost();
  const peer = await start(host);
  peer.want(3, LONG_MS);
  await peer.told("address-taken");
  for (const child of peer.children()) process.kill(child, "SIGKILL");
  expect(await peer.told("address-gone")).toMatchObject({ because: "its guardian ended by SIGKILL" });
  peer.want(3, LONG_MS);
  await peer.told("address-taken");
});

test.runIf(isLinux)("a guardian that stands still is ended", async () => {
  const host = nextHost();
  const peer = await start(host);
  peer.want(3, LONG_MS);
  await peer.told("address-taken");
  for (const child of peer.children()) process.kill(child, "SIGSTOP");
  peer.act({ kind: "address-unwanted", term: 3 });
  expect(await peer.told("address-gone")).toMatchObject({ because: "it was let go" });
  expect(await isFree(host)).toBe(true);
});

test("an address that this machine does not have is refused with a word on what to do", async () => {
  // Of a network for documentation.
  const peer = await start("192.0.2.77");
  peer.want(3, LONG_MS);
  expect((await peer.told("address-refused")).because).toBe(
    "this machine does not have that address: --vip-driver ip adds it",
  );
});

test("what was never held is gone", async () => {
  const peer = await start(nextHost());
  peer.act({ kind: "address-unwanted", term: 3 });
  expect(await peer.told("address-gone")).toMatchObject({ term: 3 });
});

test.runIf(isLinux)("closed, it lets go and leaves no process behind", async () => {
  const host = nextHost();
  const peer = await start(host);
  peer.want(3, LONG_MS);
  await peer.told("address-taken");
  const children = peer.children();
  const exit = new Promise((resolve) => {
    peer.process.once("exit", resolve);
  });
  peer.act({ kind: "close" });
  await exit;
  await untilEnded(children);
  expect(await isFree(host)).toBe(true);
});
