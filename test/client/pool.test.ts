import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { blankBand, type ConnectOptions, connect, flip, type Pool, PoolError } from "../../src/client/connect.ts";
import { encodeFrame, FrameDecoder } from "../../src/wire/frame.ts";
import type { JobAnswer } from "../../src/wire/job-message.ts";
import { STANDING } from "../runtime/caller-rig.ts";
import { until } from "../runtime/visitor.ts";
import { type FakeCall, FakePool } from "../support/fake-pool.ts";
import { freePorts } from "../support/free-ports.ts";

const begun: { pools: Pool[]; peers: FakePool[]; servers: { close(): void }[] } = { pools: [], peers: [], servers: [] };
afterEach(async () => {
  for (const pool of begun.pools.splice(0)) pool.close();
  for (const server of begun.servers.splice(0)) server.close();
  await Promise.all(begun.peers.splice(0).map((peer) => peer.kill()));
});

async function onePeer(port = 0): Promise<FakePool> {
  const peer = await FakePool.listen(port);
  begun.peers.push(peer);
  return peer;
}

async function clientOf(address: string, options: ConnectOptions = {}): Promise<Pool> {
  const pool = await connect(address, options);
  begun.pools.push(pool);
  return pool;
}

function destroyAll(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.destroy();
}

/** How it fails, as its parts. */
async function failure(work: Promise<unknown>): Promise<Pick<PoolError, "code" | "mayHaveHappened" | "message">> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PoolError)) return expect.fail(`no PoolError: ${String(error)}`);
  const { code, mayHaveHappened, message } = error;
  return { code, mayHaveHappened, message };
}

const standing = (changes: Partial<{ term: number; turn: number; state: typeof STANDING.state }> = {}): JobAnswer => ({
  kind: "count-alive",
  ...STANDING,
  ...changes,
});

const error = (code: Extract<JobAnswer, { kind: "error" }>["code"], text = ""): JobAnswer => ({
  kind: "error",
  code,
  text,
});

/** Answers as somebody in office would. */
function inOffice({ request, answer }: FakeCall): void {
  switch (request.kind) {
    case "count-alive":
      return answer(standing());
    case "flip":
    case "pause":
    case "kill":
      return answer({ ...STANDING, kind: request.kind });
    case "process-gol":
      return answer({ kind: "process-gol", term: 3, job: 7 });
    case "screenshot": {
      const band = blankBand(64, 2);
      flip(band, 5, 1);
      return answer({ kind: "screenshot", ...STANDING, y: 3, rows: 2, band });
    }
    case "process-slice": {
      const { term, job, turn, turns, topology, y, rows, band } = request;
      const result = blankBand(band.size, rows);
      return answer({
        kind: "process-slice",
        term,
        job,
        turn,
        turns,
        topology,
        y,
        rows,
        band: result,
        alive: 0,
        tookUs: 9,
      });
    }
    case "quit":
      return answer({ kind: "quit", term: 3 });
    default:
      return answer(error("refused"));
  }
}

describe("a client", () => {
  test("asks for whatever a pool does, and understands the answers", async () => {
    const peer = await onePeer();
    peer.manner = inOffice;
    const pool = await clientOf(peer.address);
    const board = blankBand(64);
    flip(board, 1, 2);
    expect(Buffer.from(await pool.ping(Buffer.from("hello"))).toString()).toBe("hello");
    expect(await pool.begin({ board, turns: 1000 })).toBe(7);
    expect(await pool.begin({ board, topology: "plane" })).toBe(7);
    expect(await pool.countAlive()).toEqual(STANDING);
    expect(await pool.countAlive({ job: 7, since: 9 })).toEqual(STANDING);
    expect(await pool.pause()).toEqual(STANDING);
    expect(await pool.resume(7)).toEqual(STANDING);
    expect(await pool.step(7, 3)).toEqual(STANDING);
    expect(await pool.flip(board)).toEqual(STANDING);
    expect(await pool.screenshot({ job: 7, y: 3, rows: 2 })).toMatchObject({
      ...STANDING,
      y: 3,
      rows: 2,
      band: { size: 64 },
    });
    expect(await pool.slice({ band: blankBand(64, 8), turns: 2, topology: "torus", y: 0, rows: 4 })).toMatchObject({
      tookUs: 9,
    });
    expect(await pool.kill(7)).toEqual(STANDING);
    await pool.quit();
    expect(peer.calls.map(({ request }) => request)).toMatchObject([
      { kind: "process-gol", turns: 1000, topology: "torus", board },
      { kind: "process-gol", turns: null, topology: "plane" },
      { kind: "count-alive", job: 0, since: null },
      { kind: "count-alive", job: 7, since: 9 },
      { kind: "pause", job: 0, action: "pause", turns: 0 },
      { kind: "pause", job: 7, action: "resume", turns: 0 },
      { kind: "pause", job: 7, action: "step", turns: 3 },
      { kind: "flip", job: 0, board },
      { kind: "screenshot", job: 7, rows: { y: 3, rows: 2 } },
      { kind: "process-slice", turns: 2, rows: 4 },
      { kind: "kill", job: 7 },
      { kind: "quit" },
    ]);
  });

  test("matches answers that come in any order", async () => {
    const peer = await onePeer();
    const pool = await clientOf(peer.address);
    const turns = Array.from({ length: 2000 }, (_, index) => index);
    const asked = turns.map((since) => pool.countAlive({ since }));
    await until(() => peer.calls.length === turns.length, "all requests");
    const shuffled = peer.calls.toSorted(
      (one, other) => ((one.requestId * 7919) % 2003) - ((other.requestId * 7919) % 2003),
    );
    for (const { request, answer } of shuffled) {
      answer(standing({ turn: request.kind === "count-alive" ? (request.since ?? 0) : 0 }));
    }
    expect((await Promise.all(asked)).map(({ turn }) => turn)).toEqual(turns);
  });

  test("has 65,535 requests under way, of which each gets its answer, and refuses the next", async () => {
    const peer = await onePeer();
    const pool = await clientOf(peer.address, { timeoutMs: 30_000 });
    const asked = Array.from({ length: 65_535 }, (_, since) => pool.countAlive({ since }));
    expect(await failure(pool.countAlive())).toMatchObject({ code: "busy", mayHaveHappened: false });
    await until(() => peer.calls.length === asked.length, "all requests");
    expect(new Set(peer.calls.map(({ requestId }) => requestId)).size).toBe(65_535);
    for (const { request, answer } of peer.calls.toReversed()) {
      answer(standing({ turn: request.kind === "count-alive" ? (request.since ?? 0) : 0 }));
    }
    expect((await Promise.all(asked)).every(({ turn }, at) => turn === at)).toBe(true);
  });

  test("sends what is asked in one turn of the event loop in one write", async () => {
    const peer = await onePeer();
    peer.manner = inOffice;
    const pool = await clientOf(peer.address);
    const chunks: number[] = [];
    peer.sockets[0]?.on("data", (chunk: Buffer) => chunks.push(chunk.length));
    const sizes = [1, 10, 100];
    for (const size of sizes) {
      const some = Array.from({ length: size }, () => pool.countAlive());
      // Also what is asked only when earlier promises have settled in the same turn.
      await Promise.all([...some, Promise.resolve().then(() => pool.kill(1))]);
    }
    expect(chunks).toHaveLength(sizes.length);
  });

  test("is told where an address is none", async () => {
    expect(await failure(connect("localhost"))).toMatchObject({
      code: "unreachable",
      message: expect.stringMatching(/IP/),
    });
  });

  test("fails in time where nobody listens", async () => {
    const [port] = await freePorts(1);
    expect(await failure(connect(`127.0.0.1:${port}`, { timeoutMs: 150 }))).toMatchObject({
      code: "unreachable",
      mayHaveHappened: false,
      message: expect.stringMatching(/ECONNREFUSED/),
    });
  });

  test.each([
    ["silence", Buffer.alloc(0)],
    ["noise", Buffer.alloc(100, 0xa5)],
    ["another program", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["an answer of no pool", encodeFrame({ type: 0x82, requestId: 1, imageSize: 0 }, Buffer.alloc(3))],
  ])("fails in time where it hears %s", async (_, said) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on("error", () => {}));
      socket.write(said);
    });
    begun.servers.push(server.listen(0, "127.0.0.1"), { close: () => destroyAll(sockets) });
    await until(() => server.listening, "the server");
    const { port } = server.address() as { port: number };
    expect(await failure(connect(`127.0.0.1:${port}`, { timeoutMs: 150 }))).toMatchObject({
      code: expect.stringMatching(/unreachable|timed-out/),
    });
  });
});

describe("a request that has no answer in time", () => {
  test("fails, and its late answer is nobody's", async () => {
    const peer = await onePeer();
    const pool = await clientOf(peer.address, { timeoutMs: 60 });
    expect(await failure(pool.kill(1))).toMatchObject({ code: "timed-out", mayHaveHappened: true });
    peer.calls[0]?.answer({ kind: "kill", ...STANDING, turn: 1 });
    peer.manner = ({ answer }) => answer({ kind: "kill", ...STANDING, turn: 2 });
    expect(await pool.kill(2)).toMatchObject({ turn: 2 });
  });
});

describe("when the connection is lost", () => {
  test("what may have happened fails at once, what may be repeated is, and so is what was not sent", async () => {
    const peer = await onePeer();
    const pool = await clientOf(peer.address);
    const asked = [pool.kill(1), pool.countAlive(), pool.screenshot()] as const;
    await until(() => peer.calls.length === 3, "the requests");
    peer.manner = inOffice;
    peer.breakAll();
    expect(await failure(asked[0])).toMatchObject({ code: "connection-lost", mayHaveHappened: true });
    expect(await asked[1]).toEqual(STANDING);
    expect(await asked[2]).toMatchObject({ band: { size: 64 } });
    expect(await pool.kill(1)).toEqual(STANDING);
  });

  test("it is dialled again until somebody listens there", async () => {
    const peer = await onePeer();
    const { port } = peer;
    const pool = await clientOf(peer.address);
    await peer.kill();
    const asked = pool.countAlive();
    await until(() => peer.sockets.every(({ destroyed }) => destroyed), "the end");
    const next = await onePeer(port);
    next.manner = inOffice;
    expect(await asked).toEqual(STANDING);
  });

  test("a peer that stands still is left for the next that listens there", async () => {
    const sockets: Socket[] = [];
    // It takes connections and answers the first PING, and nothing more.
    const server = createServer((socket) => {
      sockets.push(socket.on("error", () => {}));
      const decoder = new FrameDecoder();
      socket.on("data", (chunk) => {
        for (const { type, requestId, payload } of decoder.push(chunk)) {
          if (type !== 0x01 || payload.length > 0 || sockets.length > 1 || socket.bytesWritten > 0) continue;
          socket.write(encodeFrame({ type: 0x81, requestId, imageSize: 0 }, payload));
        }
      });
    });
    server.listen(0, "127.0.0.1");
    begun.servers.push({ close: () => destroyAll(sockets) });
    await until(() => server.listening, "the server");
    const { port } = server.address() as { port: number };
    const pool = await clientOf(`127.0.0.1:${port}`);
    const asked = pool.countAlive();
    server.close();
    const peer = await onePeer(port);
    peer.manner = inOffice;
    expect(await asked).toEqual(STANDING);
  });
});

describe("an ERROR", () => {
  test("elsewhere is followed, and what is asked next goes there at once", async () => {
    const [one, other] = [await onePeer(), await onePeer()];
    one.manner = ({ answer }) => answer(error("elsewhere", other.address));
    other.manner = inOffice;
    const pool = await clientOf(one.address);
    expect(await Promise.all([pool.kill(1), pool.countAlive()])).toEqual([STANDING, STANDING]);
    expect(await pool.kill(2)).toEqual(STANDING);
    expect([one.calls.length, other.calls.length]).toEqual([2, 3]);
    await other.kill();
    one.manner = inOffice;
    expect(await pool.countAlive()).toEqual(STANDING);
  });

  test.each(["nowhere", "127.0.0.1:99999", ""])("elsewhere with the address %j is tried again here", async (text) => {
    const peer = await onePeer();
    peer.manner = (call) => {
      if (peer.calls.length < 3) call.answer(error("elsewhere", text));
      else inOffice(call);
    };
    const pool = await clientOf(peer.address);
    expect(await pool.kill(1)).toEqual(STANDING);
  });

  test("elsewhere in a circle does not make a storm of it", async () => {
    const [one, other] = [await onePeer(), await onePeer()];
    one.manner = ({ answer }) => answer(error("elsewhere", other.address));
    other.manner = ({ answer }) => answer(error("elsewhere", one.address));
    const pool = await clientOf(one.address, { timeoutMs: 500 });
    expect(await failure(pool.kill(1))).toMatchObject({ code: "timed-out", mayHaveHappened: false });
    expect(one.calls.length + other.calls.length).toBeLessThan(40);
  });

  test.each(["no-leader", "busy"] as const)("%s is over some time: it is asked again", async (code) => {
    const peer = await onePeer();
    peer.manner = (call) => {
      if (peer.calls.length < 4) call.answer(error(code));
      else inOffice(call);
    };
    const pool = await clientOf(peer.address);
    expect(await pool.kill(1)).toEqual(STANDING);
  });

  test.each(["no-job", "refused", "malformed"] as const)("%s is final, and nothing happened", async (code) => {
    const peer = await onePeer();
    peer.manner = ({ answer }) => answer(error(code, "because"));
    const pool = await clientOf(peer.address);
    expect(await failure(pool.kill(1))).toMatchObject({
      code,
      mayHaveHappened: false,
      message: expect.stringMatching(/because/),
    });
    expect(peer.calls).toHaveLength(1);
  });

  test.each(["office-lost", "timed-out"] as const)(
    "%s may have happened: only what harms nobody is asked again",
    async (code) => {
      const peer = await onePeer();
      peer.manner = (call) => {
        if (call.request.kind === "kill" || peer.calls.length < 3) call.answer(error(code));
        else inOffice(call);
      };
      const pool = await clientOf(peer.address);
      expect(await failure(pool.kill(1))).toMatchObject({ code, mayHaveHappened: true });
      expect(await pool.countAlive()).toEqual(STANDING);
    },
  );
});

describe("an answer", () => {
  test("of an earlier term than was heard is not believed", async () => {
    const peer = await onePeer();
    const pool = await clientOf(peer.address);
    peer.manner = ({ answer }) => answer(standing({ term: 9 }));
    await pool.countAlive();
    const before = peer.calls.length;
    peer.manner = ({ answer }) =>
      answer(standing({ term: peer.calls.length < before + 3 ? 8 : 9, turn: peer.calls.length }));
    expect(await pool.countAlive()).toMatchObject({ term: 9, turn: before + 3 });
    peer.manner = ({ answer }) => answer({ kind: "kill", ...STANDING, term: 8 });
    expect(await failure(pool.kill(1))).toMatchObject({ code: "office-lost", mayHaveHappened: true });
  });

  test("to another question is none", async () => {
    const peer = await onePeer();
    const pool = await clientOf(peer.address);
    peer.manner = ({ answer }) => answer({ kind: "kill", ...STANDING });
    expect(await failure(pool.pause(1))).toMatchObject({ code: "not-understood", mayHaveHappened: true });
  });

  test("as long as a board is put together", async () => {
    const peer = await onePeer();
    const band = blankBand(4096);
    for (let at = 0; at < band.words.length; at++) band.words[at] = Math.imul(at, 0x9e3779b1);
    peer.manner = ({ answer }) => answer({ kind: "screenshot", ...STANDING, y: 0, rows: 4096, band });
    const pool = await clientOf(peer.address);
    const { band: shown } = await pool.screenshot();
    expect(Buffer.from(shown.words.buffer).equals(Buffer.from(band.words.buffer))).toBe(true);
  });
});

describe("a job that is followed", () => {
  /** The standings that are told, until it ends. */
  async function followed(peer: FakePool, said: readonly JobAnswer[]): Promise<readonly string[]> {
    let next = 0;
    peer.manner = ({ answer }) => {
      const answers = said[Math.min(next, said.length - 1)];
      next += 1;
      if (answers !== undefined) answer(answers);
    };
    const pool = await clientOf(peer.address);
    const told: string[] = [];
    for await (const { turn, state, alive } of pool.follow()) told.push(`${turn} ${state} ${alive}`);
    return told;
  }

  test("is told turn by turn until it is finished, and goes on as the same job", async () => {
    const peer = await onePeer();
    const said = [standing({ turn: 1 }), standing({ turn: 5 }), standing({ turn: 9, state: "finished" as never })];
    expect(await followed(peer, said)).toEqual(["1 running 5", "5 running 5", "9 finished 5"]);
    expect(peer.calls.map(({ request }) => request)).toMatchObject([
      { job: 0, since: null },
      { job: 7, since: 1 },
      { job: 7, since: 5 },
    ]);
  });

  test("never steps back when the next in office goes on from an earlier turn, nor ends before where it was", async () => {
    const peer = await onePeer();
    const said = [
      standing({ turn: 100 }),
      standing({ turn: 60, term: 4 }),
      standing({ turn: 99, term: 4 }),
      error("no-leader"),
      standing({ turn: 101, term: 4 }),
      standing({ turn: 80, term: 5, state: "killed" as never }),
    ];
    expect(await followed(peer, said)).toEqual(["100 running 5", "101 running 5", "101 killed 5"]);
  });

  test("survives that the connection breaks, and goes on", async () => {
    const peer = await onePeer();
    let turn = 0;
    peer.manner = ({ answer }) => {
      turn += 1;
      if (turn % 5 === 0) peer.breakAll();
      else answer(standing({ turn, state: (turn > 20 ? "finished" : "running") as never }));
    };
    const pool = await clientOf(peer.address);
    const told: number[] = [];
    for await (const each of pool.follow(7)) told.push(each.turn);
    expect(told).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18, 19, 21]);
  });

  test("ends when that is wanted", async () => {
    const peer = await onePeer();
    const stop = new AbortController();
    peer.manner = ({ answer }) => answer(standing({ turn: peer.calls.length, state: "paused" as never }));
    const pool = await clientOf(peer.address);
    let count = 0;
    for await (const _ of pool.follow(7, { signal: stop.signal })) {
      count += 1;
      stop.abort();
    }
    expect(count).toBe(1);
  });
});

describe("a client that is closed", () => {
  test("fails what is under way and what is asked later", async () => {
    const peer = await onePeer();
    const pool = await clientOf(peer.address);
    const asked = pool.countAlive();
    await until(() => peer.calls.length === 1, "the request");
    pool.close();
    expect(await failure(asked)).toMatchObject({ code: "closed", mayHaveHappened: true });
    expect(await failure(pool.ping())).toMatchObject({ code: "closed", mayHaveHappened: false });
    peer.calls[0]?.answer(standing());
    await until(() => peer.sockets.every(({ destroyed }) => destroyed), "the end of the connection");
  });

  test("is closed by its signal, before and after it stands", async () => {
    const peer = await onePeer();
    expect(await failure(connect(peer.address, { signal: AbortSignal.abort() }))).toMatchObject({ code: "closed" });
    const stop = new AbortController();
    const pool = await clientOf(peer.address, { signal: stop.signal });
    const asked = pool.countAlive();
    stop.abort();
    expect(await failure(asked)).toMatchObject({ code: "closed" });
  });
});
