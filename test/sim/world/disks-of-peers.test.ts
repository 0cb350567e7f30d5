import { describe, expect, test, vi } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import { SegmentImage } from "../../../src/sim/disk/segment-image.ts";
import { World } from "../../../src/sim/world/world.ts";
import { agreedLeader, cluster, FIVE, isWhole, leaderOf, statusOf, THREE, without } from "../cluster.ts";
import { aFollower, expectOneLeaderATerm, five, LONG } from "../five.ts";

const by = "test";

describe("a full disk", () => {
  test("ends the process with the first write that fails; emptied, it comes back as who it was, with all that it had", () => {
    const world = cluster(THREE);
    world.run(2000);
    const victim = leaderOf(world, THREE);
    const [rest, before] = [without(THREE, victim), world.view(victim)];
    world.peer(victim).disk.isFull = true;
    world.start(7004, { seeds: rest });
    expect(world.runUntil(() => !world.peer(victim).isUp, 10_000)).toBeDefined();
    expect(world.runUntil(() => agreedLeader(world, rest) !== undefined, 5000)).toBeDefined();
    // Nothing else is wrong with it: it ends as often as it is started.
    world.restart(victim);
    expect(world.runUntil(() => !world.peer(victim).isUp, 10_000)).toBeDefined();
    world.peer(victim).disk.isFull = false;
    world.restart(victim);
    const knowsAll = (): boolean => world.view(victim).raft.commitIndex >= before.raft.commitIndex;
    expect(world.runUntil(() => isWhole(world, [...THREE, 7004]) && knowsAll(), 20_000)).toBeDefined();
    expect(world.peer(victim).ids).toEqual([before.self.id]);
    expect(world.view(victim).self.incarnation).toBeGreaterThan(before.self.incarnation);
  });

  test("leaves nothing of what it refused, and a leader never counts on it", () => {
    const world = cluster(THREE, { diskMs: [20, 20] });
    world.run(2000);
    const leader = leaderOf(world, THREE);
    const followers = without(THREE, leader);
    for (const port of followers) world.peer(port).disk.isFull = true;
    const { commitIndex } = world.view(leader).raft;
    world.start(7004, { seeds: [leader] });
    expect(world.runUntil(() => followers.every((port) => !world.peer(port).isUp), 10_000)).toBeDefined();
    world.run(1000);
    expect(world.view(leader).raft.commitIndex).toBe(commitIndex);
  });
});

describe("a flipped bit", () => {
  test.each([1, 2, 3, 4])(
    "makes another of the process that finds it, which joins the others again (seed %i)",
    (seed) => {
      const world = five(seed);
      const victim = aFollower(world);
      const [old, before] = [world.peer(victim).id, world.view(victim)];
      expect(world.peer(victim).disk.flipBit()).toBe(true);
      // It is found by whoever reads: until then nothing is amiss.
      world.run(1000);
      expect(isWhole(world, FIVE)).toBe(true);
      world.crash(victim);
      world.restart(victim);
      const peer = world.peer(victim);
      expect(peer.ids).toEqual([old, peer.id]);
      expect(peer.id).not.toBe(old);
      expect(peer.disk.setAside).toHaveLength(1);
      expect(world.view(victim).raft.voters).toEqual([]);
      // It takes the place of the old one, which is removed in time.
      const hasJoined = (): boolean =>
        agreedLeader(world, FIVE) !== undefined && world.view(victim).raft.voters.includes(peer.id);
      expect(world.runUntil(hasJoined, 120_000)).toBeDefined();
      expect(world.view(victim).self.clusterId).toBe(before.self.clusterId);
      for (const port of without(FIVE, victim)) {
        expect(statusOf(world, port, victim)).toBe("healthy");
        expect(world.view(port).raft.voters).not.toContain(old);
      }
      expectOneLeaderATerm(world);
    },
  );

  test("of the founder brings it back into the cluster that it founded, after a crash of either kind", () => {
    for (const isInjected of [true, false]) {
      const world = five();
      const before = world.view(7001).self;
      world.peer(7001).disk.flipBit();
      if (isInjected) world.fault(7001, { kind: "crash", by, forMs: 2000 });
      else world.crash(7001);
      world.run(3000);
      if (!isInjected) world.restart(7001);
      const isBack = (): boolean => {
        const { self, raft } = world.view(7001);
        return self.id !== before.id && self.clusterId === before.clusterId && raft.leader !== null;
      };
      expect(world.runUntil(isBack, 30_000)).toBeDefined();
      expect(agreedLeader(world, FIVE)).toBeDefined();
    }
  });
});

interface Vote {
  readonly voter: number;
  /** Who it was then. */
  readonly id: PeerId;
  readonly term: number;
  readonly candidate: number;
}

interface Watched {
  readonly world: World;
  /** Votes that were given, to oneself as well, in words that leave. */
  readonly votes: readonly Vote[];
  /** The ports at the other end of links by `port session`. */
  readonly linked: ReadonlyMap<string, number>;
}

/** To whom somebody gave a vote in a term, nobody twice. */
function candidatesOf(votes: readonly Vote[], id: PeerId, term: number): readonly number[] {
  const given = votes.filter((vote) => vote.id === id && vote.term === term);
  return [...new Set(given.map(({ candidate }) => candidate))];
}

/** Five whose every vote is seen. */
function watchedFive(seed: number): Watched {
  const world = new World({ seed });
  const votes: Vote[] = [];
  const linked = new Map<string, number>();
  world.subscribe(({ port, event }) => {
    if (event.kind !== "link-established" && event.kind !== "link-replaced") return;
    linked.set(`${port} ${event.session}`, Number(event.address.split(":")[1]));
  });
  world.observers.push({
    stepped: (peer, _input, _now, effects) => {
      for (const effect of effects) {
        if (effect.kind !== "message" || effect.content.protocol !== "raft") continue;
        const { message } = effect.content;
        const { port, id } = peer;
        if (message.kind === "request-vote") votes.push({ voter: port, id, term: message.term, candidate: port });
        if (message.kind !== "vote-answer" || !message.granted) continue;
        const candidate = linked.get(`${port} ${effect.session}`) ?? 0;
        votes.push({ voter: port, id, term: message.term, candidate });
      }
    },
  });
  for (const port of FIVE) world.start(port, port === 7001 ? { found: true } : { seeds: [7001] });
  expect(world.runUntil(() => isWhole(world, FIVE), 20_000)).toBeDefined();
  return { world, votes, linked };
}

/** Lets a cluster lose its leaders, by processes that end and by silence, while disks are slow and lie. */
function unsettle(world: World, random: Random, steps: number, onCrash: (port: number) => void): void {
  for (const port of FIVE) world.peer(port).disk.writeMs = [1, 60];
  for (let i = 0; i < steps; i++) {
    const [port = 0] = sample(random, FIVE, 1);
    const leader = agreedLeader(
      world,
      FIVE.filter((each) => world.peer(each).isUp),
    );
    if (leader !== undefined && random.below(2) === 0) world.fault(leader, { kind: "pause", by, forMs: 800 });
    world.run(random.between(1, 600));
    if (world.peer(port).isUp) {
      onCrash(port);
      world.run(random.between(1, 30));
      world.restart(port);
    }
    world.run(random.between(1, 600));
  }
}

describe("votes", () => {
  test.each(["whole", "torn", "corrupt"])(
    "given with the last word of a process bind the next one on that disk, which is %s, whoever asks it in that term",
    (disk) => {
      for (const seed of [1, 2, 3, 4]) {
        const { world, votes, linked } = watchedFive(seed);
        world.fault(leaderOf(world, FIVE), { kind: "pause", by, forMs: 60_000 });
        const earlier = votes.length;
        const given = (): Vote | undefined => votes.slice(earlier).find(({ voter, candidate }) => voter !== candidate);
        expect(world.runUntil(() => given() !== undefined, 5000)).toBeDefined();
        const { voter: port, id, term, candidate } = given() ?? expect.unreachable();
        const voter = world.peer(port);
        if (disk === "corrupt") voter.disk.flipBit();
        world.crash(port, disk === "torn");
        world.restart(port);
        world.run(400);
        const links = [...linked].filter(([at, other]) => at.startsWith(`${port} `) && other !== candidate);
        expect(links.length).toBeGreaterThan(0);
        for (const [at] of links) {
          const message = { kind: "request-vote", term, lastLogIndex: 1e6, lastLogTerm: term, transfer: true } as const;
          const session = Number(at.split(" ")[1]);
          const content = { protocol: "raft", message } as const;
          voter.give({ kind: "message", session, content, envelope: { lamport: 1, sequence: 1 } });
          world.run(50);
        }
        expect(candidatesOf(votes, id, term)).toEqual([candidate]);
        // Where it has forgotten all, it is somebody else: then its vote is another.
        expect(voter.id === id).toBe(disk !== "corrupt");
      }
    },
  );

  test.each([1, 2, 3, 4, 5, 6])(
    "are given once in a term, by a process and by all that come after it on that disk, torn or corrupt (seed %i)",
    (seed) => {
      const { world, votes } = watchedFive(seed);
      const random = seededRandom(seed);
      unsettle(world, random, 40, (port) => {
        // One at a time: of a cluster that has lost most of its disks nothing can be asked.
        const areWell = FIVE.every((each) => world.view(each).raft.voters.includes(world.peer(each).id));
        if (areWell && random.below(3) === 0) world.peer(port).disk.flipBit();
        world.crash(port, random.below(2) === 0);
      });
      expect(votes.length).toBeGreaterThan(10);
      for (const { id, term } of votes) expect(candidatesOf(votes, id, term)).toHaveLength(1);
      expectOneLeaderATerm(world);
    },
    LONG,
  );
});

describe("a torn write", () => {
  test("is never taken for corruption: all come back as who they were, and what was committed is there", () => {
    const tears = vi.spyOn(SegmentImage.prototype, "tear");
    const world = five();
    const ids = FIVE.map((port) => world.peer(port).id);
    let writing: number | null = null;
    world.observers.push({
      stepped: ({ port }, _input, _now, effects) => {
        if (effects.some(({ kind }) => kind === "save")) writing ??= port;
      },
    });
    let committed = 0;
    for (const port of FIVE) world.peer(port).disk.writeMs = [5, 5];
    for (let i = 0; i < 40; i++) {
      writing = null;
      world.fault(FIVE[i % 5] ?? 0, { kind: "pause", by, forMs: 800 });
      if (world.runUntil(() => writing !== null, 3000) === undefined) continue;
      committed = Math.max(committed, ...world.peers.map((peer) => peer.view().raft.commitIndex));
      world.crash(writing ?? 0, true);
      world.restart(writing ?? 0);
      world.run(300);
    }
    expect(tears.mock.calls.length).toBeGreaterThan(20);
    tears.mockRestore();
    expect(FIVE.map((port) => world.peer(port).ids)).toEqual(ids.map((id) => [id]));
    expect(world.runUntil(() => isWhole(world, FIVE), 30_000)).toBeDefined();
    expect(Math.min(...FIVE.map((port) => world.view(port).raft.commitIndex))).toBeGreaterThanOrEqual(committed);
  });
});
