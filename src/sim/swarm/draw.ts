import { type Random, sample, seededRandom } from "../../core/random.ts";
import type { ReadMode } from "../../core/total-order.ts";
import type { Name, Names, Script, Statement, Ways } from "../script/script.ts";
import { type Agreement, drawAgreement, type Topic } from "./draw-agreement.ts";
import { JobsByChance } from "./draw-jobs.ts";
import { LocksByChance } from "./draw-locks.ts";
import { NoticesByChance } from "./draw-notices.ts";
import { StoreByChance } from "./draw-store.ts";

/** Peers of a swarm stand on ports from here up. */
const FIRST_PORT = 7001;

/** Where somebody lies about being a peer, in some runs. */
const LIAR = "7900";

/** Peers that may come later, beside those of the start. */
const MAX_NEWCOMERS = 2;

/** Peers that may leave for good. */
const MAX_LEAVERS = 1;

/** Things that go wrong in one run. */
const ACTIONS = [10, 50] as const;

/** Between two of them, ms; most are short. */
const GAPS_MS = [
  [1, 50],
  [50, 500],
  [500, 4000],
] as const;

/** How fast clocks may go, in hundredths: a lease holds while their rates differ by a tenth, no more. */
const RATES: Readonly<Record<ReadMode, readonly [number, number]>> = { "read-index": [70, 150], lease: [95, 104] };

/** Who is there, as far as it can be told beforehand: a full disk ends a process, too. */
interface Cast {
  readonly random: Random;
  readonly notices: NoticesByChance;
  readonly store: StoreByChance;
  readonly locks: LocksByChance;
  readonly jobs: JobsByChance;
  readonly agreement: Agreement;
  readonly names: Name[];
  readonly down: Set<Name>;
  readonly paused: Set<Name>;
  readonly gone: Set<Name>;
  newcomers: number;
  leavers: number;
  /** Corrupt state costs a voter: more than one could cost the quorum for good. */
  mayFlip: boolean;
}

/** Something that goes wrong; undefined where it cannot just now. */
type Draw = (cast: Cast) => Statement | undefined;

/**
 * The scenario of a seed: peers of one cluster, and what goes wrong with their network, disks, clocks and processes. All
 * that it draws stands in the script, so that the script alone repeats the run.
 *
 * @param peers between how many and how many peers there are at the start
 * @param topic what the peers agree by; null for chance
 */
export function drawScript(seed: number, peers: readonly [number, number], topic: Topic | null = null): Script {
  const random = seededRandom(seed);
  const count = random.between(...peers);
  const names = Array.from({ length: count }, (_, i) => String(FIRST_PORT + i));
  const chances = seededRandom(seed).fork().fork().fork();
  const agreement = drawAgreement(chances, names, topic);
  const cast: Cast = {
    random,
    notices: new NoticesByChance(seededRandom(seed).fork()),
    store: new StoreByChance(seededRandom(seed).fork().fork(), agreement),
    locks: new LocksByChance(chances, agreement.topic),
    jobs: new JobsByChance(chances, agreement.topic),
    agreement,
    names,
    down: new Set(),
    paused: new Set(),
    gone: new Set(),
    newcomers: 0,
    leavers: 0,
    mayFlip: count >= 3,
  };
  return [
    { kind: "seed", seed },
    ...agreement.settings.map((setting): Statement => ({ kind: "tune", setting })),
    ...cast.store.tune(),
    ...drawStart(cast),
    ...cast.notices.begin(names),
    ...cast.locks.begin(names),
    ...cast.jobs.begin(),
    ...drawTrouble(cast),
  ];
}

/** The first founds, the others join it sooner or later; in some runs trouble begins before they have. */
function drawStart({ random, names }: Cast): Statement[] {
  const [first = "", ...others] = names;
  const statements: Statement[] = [{ kind: "start", peers: [first], coming: { kind: "found" } }];
  const isLiedTo = random.below(4) === 0;
  if (isLiedTo) statements.push({ kind: "start", peers: [LIAR], coming: { kind: "liar" } });
  for (const name of others) {
    if (random.below(2) === 0) statements.push(advance(random.between(1, 300)));
    const via = isLiedTo && random.below(2) === 0 ? [LIAR, first] : [first];
    statements.push({ kind: "start", peers: [name], coming: { kind: "join", via } });
  }
  return [...statements, advance(random.below(3) === 0 ? random.between(1, 500) : random.between(1000, 4000))];
}

function drawTrouble(cast: Cast): Statement[] {
  const { random } = cast;
  const statements: Statement[] = [];
  // Some runs know few kinds of trouble, and so each of them better.
  const kinds = sample(random, DRAWS, random.between(3, DRAWS.length));
  const count = random.between(...ACTIONS);
  for (let i = 0; i < count; i++) {
    const statement = (kinds[random.below(kinds.length)] as Draw)(cast);
    if (statement === undefined) continue;
    const meanwhile = [
      ...cast.notices.draw(running(cast)),
      ...cast.store.draw(cast.names),
      ...cast.locks.draw(cast.names),
      ...cast.jobs.draw(cast.names),
    ];
    statements.push(statement, ...meanwhile, advance(drawGap(random)));
  }
  return statements;
}

function drawGap(random: Random): number {
  const [least, most] = GAPS_MS[random.below(GAPS_MS.length)] as (typeof GAPS_MS)[number];
  return random.between(least, most);
}

const DRAWS: readonly Draw[] = [
  (cast) =>
    onOne(cast, running(cast), (peer) => {
      cast.down.add(peer);
      cast.paused.delete(peer);
      return { kind: "crash", peers: [peer], tear: cast.random.below(2) === 0 };
    }),
  recovery,
  recovery,
  (cast) =>
    onOne(cast, running(cast), (peer) => {
      cast.paused.add(peer);
      return { kind: "pause", peers: [peer] };
    }),
  (cast) =>
    onOne(cast, [...cast.paused], (peer) => {
      cast.paused.delete(peer);
      return { kind: "resume", peers: [peer] };
    }),
  (cast) => ({ kind: "partition", groups: twoGroups(cast) }),
  () => ({ kind: "heal" }),
  () => ({ kind: "heal" }),
  (cast) => ({ kind: "mend", ways: ways(cast) }),
  (cast) => ({ kind: "link", ways: ways(cast), change: { cut: true } }),
  (cast) => ({ kind: "link", ways: ways(cast), change: { lossPercent: cast.random.between(1, 60) } }),
  (cast) => ({ kind: "link", ways: ways(cast), change: { resendPercent: cast.random.between(1, 40) } }),
  (cast) => ({ kind: "link", ways: ways(cast), change: { duplicatePercent: cast.random.between(1, 80) } }),
  (cast) => ({ kind: "link", ways: ways(cast), change: { reorderPercent: cast.random.between(1, 80) } }),
  (cast) => ({ kind: "link", ways: ways(cast), change: { corruptPercent: cast.random.between(1, 10) } }),
  ({ random, ...cast }) => ({
    kind: "link",
    ways: ways({ random, ...cast }),
    change: { latencyMs: random.between(1, 300), jitterMs: random.between(0, 300) },
  }),
  (cast) => ({ kind: "link", ways: ways(cast), change: { bytesPerSecond: cast.random.between(300, 20_000) } }),
  ({ random, ...cast }) => ({
    kind: "link",
    ways: ways({ random, ...cast }),
    change: { capacity: { things: random.between(1, 20), stepMs: random.between(10, 200) } },
  }),
  (cast) =>
    onOne(cast, cast.names, (peer) => {
      const least = cast.random.between(1, 60);
      return {
        kind: "disk",
        peers: [peer],
        change: { kind: "slow", ms: [least, least + cast.random.between(0, 100)] },
      };
    }),
  (cast) => onOne(cast, running(cast), (peer) => ({ kind: "disk", peers: [peer], change: { kind: "full" } })),
  (cast) => onOne(cast, cast.names, (peer) => ({ kind: "disk", peers: [peer], change: { kind: "well" } })),
  (cast) => (cast.mayFlip ? onOne(cast, withoutEnsemble(cast, [...cast.down]), (peer) => flip(cast, peer)) : undefined),
  (cast) =>
    onOne(cast, running(cast), (peer) => ({
      kind: "clock",
      peers: [peer],
      change: { kind: "rate", rate: cast.random.between(...RATES[lenience(cast)]) / 100 },
    })),
  // Who has jumped ahead no longer keeps what it promised to a leader with a lease.
  (cast) =>
    onOne(cast, lenience(cast) === "lease" ? [] : running(cast), (peer) => ({
      kind: "clock",
      peers: [peer],
      change: { kind: "jump", aheadMs: cast.random.between(1, 5000) },
    })),
  (cast) => onOne(cast, running(cast), (peer) => ({ kind: "entry", peer, text: "transfer" })),
  (cast) => onOne(cast, running(cast), (peer) => ({ kind: "entry", peer, text: "exchange" })),
  (cast) => onOne(cast, running(cast), (peer) => ({ kind: "entry", peer, text: "test all" })),
  newcomer,
  leaver,
];

/** Leases forbid clocks that go wrong by more than their bound, whatever they are for. */
function lenience({ store, agreement }: Cast): ReadMode {
  return agreement.hasLeases ? "lease" : store.reads;
}

/** Nobody takes the place of a member of an ensemble that has lost its disk. */
function withoutEnsemble({ agreement }: Cast, names: readonly Name[]): readonly Name[] {
  return names.filter((name) => !agreement.ensemble.includes(name));
}

function recovery(cast: Cast): Statement | undefined {
  return onOne(
    cast,
    [...cast.down].filter((name) => !cast.gone.has(name)),
    (peer) => {
      cast.down.delete(peer);
      return { kind: "recover", peers: [peer] };
    },
  );
}

function flip(cast: Cast, peer: Name): Statement {
  cast.mayFlip = false;
  return { kind: "disk", peers: [peer], change: { kind: "flip" } };
}

function newcomer(cast: Cast): Statement | undefined {
  const [via] = sample(cast.random, running(cast), 1);
  if (cast.newcomers === MAX_NEWCOMERS || via === undefined) return undefined;
  cast.newcomers += 1;
  const name = String(FIRST_PORT + cast.names.length);
  cast.names.push(name);
  return { kind: "start", peers: [name], coming: { kind: "join", via: [via] } };
}

function leaver(cast: Cast): Statement | undefined {
  if (cast.leavers === MAX_LEAVERS || running(cast).length < 4) return undefined;
  return onOne(cast, running(cast), (peer) => {
    cast.leavers += 1;
    cast.down.add(peer);
    cast.gone.add(peer);
    return { kind: "leave", peers: [peer] };
  });
}

function running({ names, down }: Cast): readonly Name[] {
  return names.filter((name) => !down.has(name));
}

function onOne({ random }: Cast, names: readonly Name[], make: (peer: Name) => Statement): Statement | undefined {
  const [peer] = sample(random, names, 1);
  return peer === undefined ? undefined : make(peer);
}

/** One way, both ways between two, or all ways to or from one. */
function ways({ random, names }: Pick<Cast, "random" | "names">): Ways {
  const [from, to] = sample(random, names, 2);
  const some = (name: Name | undefined): Names => (name === undefined || random.below(4) === 0 ? "all" : [name]);
  return { from: some(from), to: some(to), both: random.below(2) === 0 };
}

function twoGroups({ random, names }: Cast): readonly (readonly Name[])[] {
  const shuffled = sample(random, names, names.length);
  const size = random.between(1, Math.max(1, names.length - 1));
  return [shuffled.slice(0, size), shuffled.slice(size)].filter((group) => group.length > 0);
}

function advance(ms: number): Statement {
  return { kind: "advance", ms };
}
