import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blankBand, connect, flip, isAlive, type Pool, PoolError } from "../../src/client/connect.ts";
import { gliderBoard } from "../support/glider.ts";
import { Lab, type PeerProcess } from "../support/processes.ts";

const lab = new Lab();
const pools: Pool[] = [];
let peers: readonly PeerProcess[];
beforeAll(async () => {
  peers = await lab.cluster(3);
});
afterAll(async () => {
  for (const pool of pools) pool.close();
  await lab.close();
});

async function clientOf(peer: PeerProcess | undefined): Promise<Pool> {
  const pool = await connect(`127.0.0.1:${peer?.port}`, { timeoutMs: 20_000 });
  pools.push(pool);
  return pool;
}

describe("a program", () => {
  test("has as many PINGs under way as there are IDs, and gets each back", async () => {
    const pool = await clientOf(peers[0]);
    const numbers = Array.from({ length: 65_535 }, (_, number) => number);
    const asked = numbers.map((number) => {
      const data = Buffer.alloc(4);
      data.writeUInt32BE(number);
      return pool.ping(data);
    });
    const answers = await Promise.all(asked);
    expect(answers.map((data) => Buffer.from(data).readUInt32BE())).toEqual(numbers);
  });

  test("asks any peer, and is led to the one in office", async () => {
    const board = gliderBoard(64);
    const pool = await clientOf(peers[1]);
    const job = await pool.begin({ board, turns: 400 });
    const turns: number[] = [];
    for await (const { turn, alive } of pool.follow(job)) {
      expect(alive).toBe(5);
      turns.push(turn);
    }
    expect(turns).toEqual(turns.toSorted((a, b) => a - b));
    expect(turns.at(-1)).toBe(400);
    // A glider goes one cell down and right every four turns.
    const { band, state } = await (await clientOf(peers[2])).screenshot({ job });
    expect(state).toBe("finished");
    expect(isAlive(band, (2 + 100) % 64, (1 + 100) % 64)).toBe(true);
    await expect(pool.kill(job + 1000)).rejects.toMatchObject({ code: "no-job", mayHaveHappened: false });
    await expect(pool.kill(job + 1000)).rejects.toBeInstanceOf(PoolError);
    await pool.quit();
  });

  test("has a slice computed", async () => {
    const band = blankBand(64, 8);
    for (const x of [10, 11, 12]) flip(band, x, 3);
    const pool = await clientOf(peers[0]);
    const { band: next, alive } = await pool.slice({ band, turns: 1, topology: "torus", y: 5, rows: 6 });
    expect(alive).toBe(3);
    expect([1, 2, 3].map((y) => isAlive(next, 11, y))).toEqual([true, true, true]);
  });
});
