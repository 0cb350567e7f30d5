import type { ClusterId, PeerId } from "../../core/peer-id.ts";
import { majority } from "../../core/quorum.ts";
import type { AnyRecord } from "../../peer/registry.ts";
import type { World } from "../world/world.ts";
import { Firsts } from "./firsts.ts";
import { type Invariant, invariant, type Watch } from "./invariant.ts";
import { type Life, nameOf, PerLife } from "./life.ts";

/** Who had a board on disk at any time, and how many were to have it when it was saved first. */
interface Kept {
  readonly by: Set<PeerId>;
  readonly wanted: number;
}

/** Boards on disks, by their names. A watch to put before those that ask it. */
class KeptBoards implements Watch {
  readonly #world: World;
  readonly #boards = new Firsts<string, Kept>();
  readonly #underWay = new PerLife<{ hash: string; token: number }[]>(() => []);

  constructor(world: World) {
    this.#world = world;
  }

  began(life: Life, records: readonly AnyRecord[]): void {
    for (const hash of boardsIn(records)) this.#note(life, hash).by.add(life.id);
  }

  saving(life: Life, records: readonly AnyRecord[], token: number): void {
    for (const hash of boardsIn(records)) {
      this.#note(life, hash);
      this.#underWay.of(life).push({ hash, token });
    }
  }

  saved(life: Life, upTo: number): void {
    const underWay = this.#underWay.of(life);
    while (underWay[0] !== undefined && underWay[0].token <= upTo) {
      const { hash } = underWay.shift() as (typeof underWay)[number];
      this.#note(life, hash).by.add(life.id);
    }
  }

  /** Who has had it on disk. */
  keepersOf(cluster: ClusterId, hash: string): ReadonlySet<PeerId> {
    return this.#boards.get(cluster, hash)?.by ?? new Set();
  }

  /** How many are to have it before it is marked: the members may have become more or fewer meanwhile. */
  wantedOf(life: Life, hash: string): number {
    return Math.min(this.#majorityAt(life), this.#boards.get(life.cluster, hash)?.wanted ?? Number.POSITIVE_INFINITY);
  }

  #note(life: Life, hash: string): Kept {
    const known = this.#boards.get(life.cluster, hash);
    return known ?? this.#boards.note(life.cluster, hash, { by: new Set(), wanted: this.#majorityAt(life) });
  }

  #majorityAt({ port }: Life): number {
    const peer = this.#world.peer(port);
    // A process that begins has no machine yet: then nothing is known.
    if (!peer.isUp) return Number.POSITIVE_INFINITY;
    const { raft, zab } = { raft: peer.machine.peer.view("raft"), zab: peer.machine.peer.view("zab") };
    return majority(zab.active ? zab.ensemble.length : raft.voters.length);
  }
}

function* boardsIn(records: readonly AnyRecord[]): Generator<string, void> {
  for (const { protocol, record } of records) if (protocol === "broker" && record.kind === "board") yield record.hash;
}

/** Told by the first who hears of a mark: that is whoever has had it put into the order, or hardly later another. */
const markedBoardsAreKept = invariant({
  name: "marked-boards-are-kept",
  source: "the head of checkpoint.ts: whoever leads next was elected by a majority, one of which has it",
  text: "A board that the order names has been on the disks of a majority of those whose majority decides.",
  watch: (broken, world) => {
    const boards = new KeptBoards(world);
    return [
      boards,
      {
        told: (life, { event }) => {
          if (event.kind !== "job-marked") return;
          const { job, mark } = event;
          const keepers = boards.keepersOf(life.cluster, mark.hash);
          if (keepers.size >= boards.wantedOf(life, mark.hash)) return;
          const names = [...keepers].map(nameOf).join(", ") || "nobody";
          broken(
            `peer ${life.port} has marked job ${job} at turn ${mark.turn}, and its board is kept by ${names} alone`,
          );
        },
      },
    ];
  },
});

/** What must hold of the boards that are kept for whoever leads next. */
export const keptBoardInvariants: readonly Invariant[] = [markedBoardsAreKept];
