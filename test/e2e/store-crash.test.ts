import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectStore, type StoreClient } from "../../src/client/store-client.ts";
import { recoverSegment } from "../../src/storage/recovery.ts";
import { Lab, leaderOf, type PeerProcess, settled, until } from "../support/processes.ts";

/** Requests of a client that are open at a time. */
const WIDTH = 64;

/** The file to which lines are appended, beside the values that are written. */
const LOG = "log";

/** Longest wait for a peer that is to catch up. */
const LIMIT_MS = 30_000;

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

/** All that was acknowledged: values by their keys, and lines of the log. */
class Ledger {
  readonly values = new Map<string, string>();
  readonly lines: string[] = [];
  #last = 0;

  /** How many changes it holds. */
  get size(): number {
    return this.values.size + this.lines.length;
  }

  /** Makes one change, and takes it down when it is acknowledged. */
  async change(client: StoreClient): Promise<void> {
    const number = this.#last + 1;
    this.#last = number;
    const text = `number ${number}`;
    if (number % 8 === 0) {
      await client.append(LOG, `${text}\n`);
      this.lines.push(text);
    } else {
      await client.write(`k${number}`, text);
      this.values.set(`k${number}`, text);
    }
  }

  /** Makes so many changes, several at a time. */
  async fill(client: StoreClient, count: number): Promise<void> {
    for (let n = 0; n < count; n += WIDTH) {
      await Promise.all(Array.from({ length: WIDTH }, () => this.change(client)));
    }
  }

  /** Everything is there, by value, when it is asked of these peers in turn. */
  async check(peers: readonly PeerProcess[]): Promise<void> {
    const clients = await Promise.all(peers.map((peer) => connectStore([addressOf(peer)])));
    try {
      const asked = [...this.values.keys()].map(async (key, n) => [
        key,
        await clients[n % clients.length]?.readValue(key),
      ]);
      const found = await Promise.all(asked);
      expect(found.filter(([, value]) => value === null)).toEqual([]);
      expect(found).toEqual([...this.values].map(([key, value]) => [key, expect.objectContaining({ key, value })]));
      for (const client of clients) {
        const lines = (await client.read(LOG)).split("\n");
        expect(lines).toEqual(expect.arrayContaining(this.lines));
        expect(new Set(lines).size).toBe(lines.length);
      }
    } finally {
      for (const client of clients) client.close();
    }
  }
}

function addressOf({ port }: PeerProcess): string {
  return `127.0.0.1:${port}`;
}

/** The newest segment of the journal of a peer that does not run. */
function journalOf({ port }: PeerProcess): { readonly file: string; readonly bytes: Buffer } {
  const directory = lab.dataOf(port);
  const name = readdirSync(directory).findLast((entry) => entry.startsWith("journal-"));
  const file = join(directory, name ?? "");
  return { file, bytes: readFileSync(file) };
}

/** Where the next batch of a journal goes. */
function endOf(bytes: Buffer): number {
  const recovery = recoverSegment(bytes);
  return recovery.kind === "recovered" ? recovery.end : expect.unreachable(`the journal is ${recovery.kind}`);
}

/** Three peers with a client, and a log to append to. */
async function begin(): Promise<{ readonly peers: readonly PeerProcess[]; readonly client: StoreClient }> {
  const peers = await lab.cluster(3);
  const client = await connectStore(peers.map(addressOf));
  await client.create(LOG);
  return { peers, client };
}

describe("peers with a store on their disks", () => {
  test("keep all that was acknowledged when all are killed at once while a client writes as fast as it can", async () => {
    const ledger = new Ledger();
    let { peers, client } = await begin();
    for (let round = 1; round <= 3; round++) {
      const before = ledger.size;
      const writers = Array.from({ length: WIDTH }, async () => {
        for (;;) await ledger.change(client);
      });
      const ended = Promise.allSettled(writers);
      await until(LIMIT_MS, "many changes", async () => (ledger.size > before + 500 ? true : undefined));
      await wait(Math.random() * 100);
      await Promise.all(peers.map((peer) => peer.kill()));
      client.close();
      await ended;
      peers = peers.map(({ port }) => lab.start(port));
      await Promise.all(peers.map((peer) => peer.event("listening")));
      await ledger.check(peers);
      client = await connectStore(peers.map(addressOf));
    }
    client.close();
  });

  test("start again as who they were where their journals end in an unfinished write", async () => {
    const ledger = new Ledger();
    const { peers, client } = await begin();
    await ledger.fill(client, 256);
    client.close();
    const before = await settled(peers);
    await Promise.all(peers.map((peer) => peer.kill()));
    for (const peer of peers) {
      const { file, bytes } = journalOf(peer);
      // The beginning of some batch, where the next one would be.
      bytes.copy(bytes, endOf(bytes), 22, 60);
      writeFileSync(file, bytes);
    }
    const again = peers.map(({ port }) => lab.start(port));
    await Promise.all(again.map((peer) => peer.event("listening")));
    const after = await settled(again);
    expect(after.map(({ self }) => self.id)).toEqual(before.map(({ self }) => self.id));
    expect(after.flatMap(({ notices }) => notices)).toEqual([]);
    await ledger.check(again);
  });

  test("name a bit that flipped, set the journal aside, and have it back from the others under a new ID", async () => {
    const ledger = new Ledger();
    const { peers, client } = await begin();
    await ledger.fill(client, 256);
    const leader = await leaderOf(peers);
    const [victim, other] = peers.filter((peer) => peer !== leader);
    if (victim === undefined || other === undefined) return expect.unreachable("too few peers");
    const before = await victim.status();
    await victim.kill();
    const { file, bytes } = journalOf(victim);
    const middle = Math.floor(endOf(bytes) / 2);
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
    writeFileSync(file, bytes);
    // It misses some, too.
    await ledger.fill(client, 64);

    const again = lab.start(victim.port, ["--join", addressOf(leader)]);
    await again.event("listening");
    const aside = join(lab.dataOf(victim.port), "corrupt-1");
    expect(again.stderr).toMatch(/^p2p-node: journal [^\n]* is corrupt at byte \d+ \([^\n]*\n$/);
    expect(again.stderr).toContain(`kept in ${aside}. This peer begins anew under another ID`);
    expect(readFileSync(join(aside, basename(file))).equals(bytes)).toBe(true);
    await settled([leader, other, again]);
    const store = await until(LIMIT_MS, "store like the leader's", async () => {
      const [theirs, its] = await Promise.all([leader.status(), again.status()]);
      return its.raft.lastApplied >= theirs.raft.lastApplied ? [theirs, its] : undefined;
    });
    const [theirs, its] = store.map(({ files, values, self }) => ({ files, values, self }));
    expect(its?.self.id).not.toBe(before.self.id);
    expect({ ...its, self: null }).toEqual({ ...theirs, self: null });
    await ledger.check([again]);
    client.close();
  });
});
