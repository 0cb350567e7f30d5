import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressOf } from "../../src/core/address.ts";
import { USUAL_MODES } from "../../src/core/modes.ts";
import type { PeerId } from "../../src/core/peer-id.ts";
import { Driver } from "../../src/runtime/driver.ts";
import { type Host, startHost } from "../../src/runtime/host.ts";
import { UdpPort } from "../../src/runtime/udp.ts";
import { HEALTH_PACKET_BYTES } from "../../src/wire/health-packet.ts";
import { bundleProgram } from "../support/bundle.ts";
import { until } from "../support/processes.ts";
import { within } from "./bare.ts";
import { type Goal, type Row, under } from "./figure.ts";
import type { Bench, Group } from "./group.ts";

const ROUNDS = 20;
const CHECKS_PER_ROUND = 200;
const WARM_UP_ROUNDS = 5;
const ROUND_LIMIT_MS = 20_000;

/** What one health check took, in microseconds: handing it over until control returned, and until its answer was processed. */
interface Check {
  readonly handOverUs: number;
  /** Of the hand-over, what the peer itself did before and after the socket had the packet. */
  readonly ownUs: number;
  readonly roundTripUs: number;
}

/** What a health check costs a peer on real sockets, beside bare datagrams between the same two processes. */
export const health: Group = {
  about: "health checks of a peer in another process, one at a time; a sample a check",
  takes: "10 s",
  measure: async (bench) => {
    const target = await startTarget(bench);
    const check = await checker(bench, target.peer);
    const bareCheck = await bareChecker(bench, target.echo);
    const checks: Check[] = [];
    const bare: Check[] = [];
    const rounds = bench.reps ?? ROUNDS;
    // They take turns, so that a busy moment of the machine touches both.
    for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
      if (round === WARM_UP_ROUNDS) checks.length = bare.length = 0;
      checks.push(...(await within(ROUND_LIMIT_MS, "answers to health checks", oneRound(check))));
      bare.push(...(await within(ROUND_LIMIT_MS, "bare datagrams back", oneRound(bareCheck))));
    }
    return [
      row(
        "command given until control returns, the send included",
        "handOverUs",
        "a bare send",
        checks,
        bare,
        under(14.6),
      ),
      row("of that the peer's own work, without the socket", "ownUs", "a bare send", checks, bare),
      row("round trip, until the answer is processed", "roundTripUs", "a bare round trip", checks, bare),
    ];
  },
};

function row(
  name: string,
  part: keyof Check,
  besideName: string,
  checks: readonly Check[],
  bare: readonly Check[],
  goal?: Goal,
): Row {
  const beside = { name: `${besideName} of ${HEALTH_PACKET_BYTES} B`, samples: bare.map((check) => check[part]) };
  const samples = checks.map((check) => check[part]);
  return { name, unit: "us", samples, beside, ...(goal === undefined ? {} : { goal }) };
}

async function oneRound(check: () => Promise<Check>): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (let at = 0; at < CHECKS_PER_ROUND; at++) checks.push(await check());
  return checks;
}

/** Starts the process that is asked; the ports of its peer and of its bare echo. */
async function startTarget(bench: Bench): Promise<{ readonly peer: number; readonly echo: number }> {
  const directory = await mkdtemp(join(tmpdir(), "p2p-node-bench-"));
  bench.onEnd(() => rm(directory, { recursive: true, force: true }));
  const program = await bundleProgram("test/bench/health-target.ts", directory);
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  bench.onEnd(() => void child.kill("SIGKILL"));
  const [line] = await once(child.stdout, "data", { signal: AbortSignal.timeout(10_000) });
  return JSON.parse(String(line)) as { peer: number; echo: number };
}

/** Checks the peer at `port` from a whole peer of this process. */
async function checker(bench: Bench, port: number): Promise<() => Promise<Check>> {
  const address = addressOf("127.0.0.1", port);
  if (address === undefined) throw new Error(`${port} is no port`);
  const { host, driver, sending } = await startDriven({
    host: "127.0.0.1",
    port: 0,
    advertise: null,
    name: "",
    seeds: [address],
    found: false,
    dataDirectory: () => null,
    fresh: false,
    seed: null,
    remoteFaults: null,
    api: null,
    maxConnections: null,
    modes: USUAL_MODES,
    vipInterface: null,
    tuning: {},
  });
  bench.onEnd(() => host.stop());
  const peer = await until(10_000, "link to the peer that is checked", async () => {
    return host.desk.view().peers.find(({ linked }) => linked)?.id;
  });
  return () => checkOnce(host, driver, sending, peer);
}

function checkOnce(host: Host, driver: Driver, sending: { tookMs: number }, peer: PeerId): Promise<Check> {
  return new Promise((resolve) => {
    const unsubscribe = host.desk.subscribe(({ event }) => {
      if (event.kind !== "probe-answered") return;
      const answeredAt = performance.now();
      unsubscribe();
      // The next check begins on a stack of its own, once the driver is done with this answer.
      setImmediate(() => resolve(checkOf(givenAt, sendMs, returnedAt, answeredAt)));
    });
    sending.tookMs = 0;
    const givenAt = performance.now();
    driver.give({ kind: "command", content: { protocol: "health", command: { kind: "probe", peer } } });
    const returnedAt = performance.now();
    const sendMs = sending.tookMs;
  });
}

/** Of instants and a duration in milliseconds. */
function checkOf(givenAt: number, sendMs: number, returnedAt: number, answeredAt: number): Check {
  const handOverUs = (returnedAt - givenAt) * 1000;
  return { handOverUs, ownUs: handOverUs - sendMs * 1000, roundTripUs: (answeredAt - givenAt) * 1000 };
}

/** A host with its driver, to which it hands its inputs, and the time that its packets have taken in the socket. */
interface Driven {
  readonly host: Host;
  readonly driver: Driver;
  readonly sending: { tookMs: number };
}

/** Starts a host such that what it keeps to itself can be measured. */
async function startDriven(options: Parameters<typeof startHost>[0]): Promise<Driven> {
  const { start } = Driver.prototype;
  const { send } = UdpPort.prototype;
  const started: Driver[] = [];
  const sending = { tookMs: 0 };
  Driver.prototype.start = function (this: Driver): void {
    started.push(this);
    start.call(this);
  };
  UdpPort.prototype.send = function (this: UdpPort, to, packet): void {
    const startedAt = performance.now();
    send.call(this, to, packet);
    sending.tookMs += performance.now() - startedAt;
  };
  const host = await startHost(options);
  const [driver] = started;
  if (driver === undefined) throw new Error("the host starts no driver");
  return { host, driver, sending };
}

/** Sends a datagram to the echo on `port` and waits until it is back. */
async function bareChecker(bench: Bench, port: number): Promise<() => Promise<Check>> {
  const socket = createSocket("udp4");
  bench.onEnd(() => void socket.close());
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  const packet = Buffer.alloc(HEALTH_PACKET_BYTES, 1);
  return () =>
    new Promise((resolve) => {
      socket.once("message", () => {
        const answeredAt = performance.now();
        setImmediate(() => resolve(checkOf(givenAt, 0, returnedAt, answeredAt)));
      });
      const givenAt = performance.now();
      socket.send(packet);
      const returnedAt = performance.now();
    });
}
