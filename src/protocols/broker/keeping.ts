import type { Band } from "../../core/board.ts";
import { isEnded } from "../../core/job.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { Checkpoint, type CheckpointName } from "./checkpoint.ts";
import { Fetching } from "./fetching.ts";
import { type Ground, termOf } from "./ground.ts";
import { Intake, type Piece } from "./intake.ts";
import { type BrokerMessage, type BrokerSpeech, MAX_PIECE_BYTES } from "./message.ts";
import { boardOf, type NamedBoard, nameBoard } from "./named-board.ts";

type About<K extends BrokerMessage["kind"]> = Extract<BrokerMessage, { readonly kind: K }>;

/** With this board a job may yet begin so long after it was said to, ms: longer than anybody waits for the order. */
const BEGIN_GRACE_MS = 60_000;

const NEVER = Number.POSITIVE_INFINITY;

/** A board that is kept here. */
interface Kept {
  readonly board: NamedBoard;
  name: CheckpointName;
  /** Until when a job may begin with it, monotonic ms; -Infinity where none does, null where an earlier life was told so. */
  begunUntil: number | null;
  /** The save by which it is on disk; 0 where an earlier life saved it. */
  readonly token: number;
}

/**
 * The boards from which whoever leads next goes on with the jobs: kept here for others, and by others for this peer.
 *
 * A board is dropped when no row of a job names it, and none can any more: a later term is in office, so what was said in
 * its own is void, or its job stands at a later mark, which never goes back, or nobody waits for it to begin any more.
 */
export class Keeping {
  readonly #ground: Ground;
  /** By hash, in the order in which they were last said to be needed. */
  readonly #kept = new Map<string, Kept>();
  readonly #intake = new Intake();
  readonly #fetching: Fetching;
  readonly #checkpoints = new Set<Checkpoint>();
  /** When nobody waits any more for the first of those to begin that no row names. */
  #graceEndsAt = NEVER;
  #savedUpTo = 0;
  #bytes = 0;

  constructor(ground: Ground, saved: Iterable<BrokerSpeech["record"]>) {
    this.#ground = ground;
    this.#fetching = new Fetching(ground);
    for (const record of saved) {
      if (record.kind === "board-dropped") this.#remove(record.hash);
      else {
        const { term, job, turn, hash, size, data } = record;
        const begunUntil = job === 0 ? null : Number.NEGATIVE_INFINITY;
        this.#put({ board: { hash, size, data }, name: { term, job, turn }, begunUntil, token: 0 });
      }
    }
  }

  /** When something is sent or asked again, monotonic ms. */
  get deadline(): number {
    let earliest = this.#fetching.deadline;
    for (const checkpoint of this.#checkpoints) earliest = Math.min(earliest, checkpoint.deadline);
    return Math.min(earliest, this.#graceEndsAt);
  }

  /** How many are kept here, and their bytes. */
  get size(): { readonly count: number; readonly bytes: number } {
    return { count: this.#kept.size, bytes: this.#bytes };
  }

  /** The fewest records from which all is kept that is. */
  records(): readonly BrokerSpeech["record"][] {
    return [...this.#kept.values()].map(({ board, name }) => ({ kind: "board", ...name, ...board }));
  }

  /** The board of that name; null where it is not here, and then others are asked for it. */
  find(hash: string): Band | null {
    const kept = this.#kept.get(hash);
    const board = kept === undefined ? null : boardOf(kept.board);
    if (board === null) this.#fetching.want(hash);
    return board;
  }

  /** Begins to bring a board, of which so many cells live, to a majority of the keepers, this peer's disk included. */
  begin(name: CheckpointName, board: Band, alive: number): Checkpoint {
    const named = nameBoard(board, alive);
    const checkpoint = new Checkpoint(this.#ground, name, named);
    this.#checkpoints.add(checkpoint);
    const { token } = this.#keep(name, named);
    if (token <= this.#savedUpTo) this.#acknowledge(checkpoint);
    return checkpoint;
  }

  /** It is safe, or needed no more. */
  end(checkpoint: Checkpoint): void {
    this.#checkpoints.delete(checkpoint);
  }

  /** Nobody brings anything to others any more. */
  endAll(): void {
    this.#checkpoints.clear();
    this.#fetching.clear();
  }

  hear(from: PeerId, message: About<"board-piece" | "board-kept" | "board-wanted" | "board-unknown">): void {
    switch (message.kind) {
      case "board-piece":
        return this.#take(from, message);
      case "board-kept":
        for (const checkpoint of this.#checkpoints)
          if (checkpoint.board.hash === message.hash) checkpoint.acknowledge(from, message.offset);
        return;
      case "board-wanted":
        return this.#give(from, message);
      case "board-unknown":
        return this.#fetching.unknownTo(from, message.hash);
    }
  }

  /** What was saved up to this token is on disk. */
  saved(upTo: number): void {
    this.#savedUpTo = upTo;
    for (const checkpoint of this.#checkpoints) {
      const kept = this.#kept.get(checkpoint.board.hash);
      if (kept !== undefined && kept.token <= upTo) this.#acknowledge(checkpoint);
    }
  }

  link(peer: PeerId): void {
    for (const checkpoint of this.#checkpoints) checkpoint.link(peer);
    this.#fetching.link();
  }

  unlink(peer: PeerId): void {
    this.#intake.unlink(peer);
    this.#fetching.unlink(peer);
    for (const checkpoint of this.#checkpoints) checkpoint.unlink(peer);
  }

  /** Time has passed. */
  pass(): void {
    const { now } = this.#ground;
    if (this.#fetching.deadline <= now) this.#fetching.pass();
    for (const checkpoint of this.#checkpoints) if (checkpoint.deadline <= now) checkpoint.pass();
    if (this.#graceEndsAt <= now) this.tidy();
  }

  /** The order holds something else: drops what is not needed any more. */
  tidy(): void {
    const { table, now } = this.#ground;
    const named = new Set(table.jobs.filter(({ state }) => state !== "killed").map(({ mark }) => mark.hash));
    for (const { id, mark } of table.jobs) {
      const kept = this.#kept.get(mark.hash);
      // From now on it is of that job, whatever it was sent for: where it was begun, it had none.
      if (kept !== undefined && kept.name.job === 0) kept.name = { ...kept.name, job: id };
    }
    this.#graceEndsAt = NEVER;
    for (const [hash, kept] of this.#kept) {
      kept.begunUntil ??= now + BEGIN_GRACE_MS;
      if (kept.begunUntil > now && !named.has(hash)) this.#graceEndsAt = Math.min(this.#graceEndsAt, kept.begunUntil);
    }
    const needless = [...this.#kept].filter(([hash, kept]) => !named.has(hash) && this.#isSpent(kept));
    if (needless.length === 0) return;
    for (const [hash] of needless) this.#remove(hash);
    this.#ground.effects.save(...needless.map(([hash]) => ({ kind: "board-dropped", hash }) as const));
  }

  /** The cluster was given up: nothing of it is needed. */
  forget(): void {
    this.endAll();
    const hashes = [...this.#kept.keys()];
    if (hashes.length === 0) return;
    for (const hash of hashes) this.#remove(hash);
    this.#ground.effects.save(...hashes.map((hash) => ({ kind: "board-dropped", hash }) as const));
  }

  /** Whether no row can come to name a board that none names. */
  #isSpent({ name: { term, job, turn }, begunUntil }: Kept): boolean {
    const { table, now } = this.#ground;
    if (term < termOf(table)) return true;
    if (begunUntil === null || begunUntil > now) return false;
    const row = table.jobs.find(({ id }) => id === job);
    // Jobs have ever higher IDs: one that is not there beside a later one has ended and is forgotten.
    if (row === undefined) return job === 0 || table.jobs.some(({ id }) => id > job);
    if (isEnded(row) || row.mark.turn > turn) return true;
    return row.mark.turn === turn && this.#isBehind(turn, job, row.mark.hash);
  }

  /** Whether the board of that name was said to be needed after any other of its job and turn: they come in their order. */
  #isBehind(turn: number, job: number, hash: string): boolean {
    const ofTurn = [...this.#kept.values()].filter(({ name }) => name.job === job && name.turn === turn);
    return ofTurn.at(-1)?.board.hash === hash;
  }

  #take(from: PeerId, piece: Piece): void {
    const { effects, table } = this.#ground;
    const { term, hash, total } = piece;
    if (term < termOf(table)) return;
    const kept = this.#kept.get(hash);
    if (kept !== undefined) {
      const { token } = this.#keep({ term, job: piece.job, turn: piece.turn }, kept.board);
      effects.send({ peer: from }, { kind: "board-kept", term, hash, offset: total }, token);
      return;
    }
    const taken = this.#intake.take(from, piece);
    if (taken === null) return;
    if (taken.kind === "part") {
      const { received } = taken;
      if (this.#fetching.received(from, hash, received)) return;
      return effects.send({ peer: from }, { kind: "board-kept", term, hash, offset: received });
    }
    const { token } = this.#keep(taken.name, taken.board);
    effects.send({ peer: from }, { kind: "board-kept", term, hash, offset: total }, token);
  }

  /** Another peer needs a board that may be here. */
  #give(peer: PeerId, { term, hash, offset }: About<"board-wanted">): void {
    const { effects } = this.#ground;
    const kept = this.#kept.get(hash);
    if (kept === undefined) return effects.send({ peer }, { kind: "board-unknown", term, hash });
    const { size, data } = kept.board;
    const piece = data.subarray(offset, offset + MAX_PIECE_BYTES);
    const { job, turn } = kept.name;
    effects.send(
      { peer },
      { kind: "board-piece", term, job, turn, hash, size, total: data.length, offset, data: piece },
    );
  }

  /** Keeps a board, on disk where it is not yet; and what it was last needed for. */
  #keep(name: CheckpointName, board: NamedBoard): Kept {
    const before = this.#kept.get(board.hash);
    this.#fetching.forget(board.hash);
    // What an earlier save says of it may be dropped with an earlier term: so it is saved anew where it says something else.
    const isSame = before?.name.term === name.term && before.name.job === name.job && before.name.turn === name.turn;
    const begunUntil = this.#graceOf(name, before);
    if (before !== undefined && isSame) {
      before.begunUntil = begunUntil;
      return before;
    }
    const token = this.#ground.effects.save({ kind: "board", ...name, ...board });
    const kept = { board, name, begunUntil, token };
    this.#put(kept);
    return kept;
  }

  /** Until when a job may begin with a board that is needed for this, and was for something else before. */
  #graceOf({ job }: CheckpointName, before: Kept | undefined): number {
    const earlier = before?.begunUntil ?? Number.NEGATIVE_INFINITY;
    if (job !== 0) return earlier;
    const graceEndsAt = this.#ground.now + BEGIN_GRACE_MS;
    this.#graceEndsAt = Math.min(this.#graceEndsAt, graceEndsAt);
    return Math.max(earlier, graceEndsAt);
  }

  #put(kept: Kept): void {
    this.#remove(kept.board.hash);
    this.#kept.set(kept.board.hash, kept);
    this.#bytes += kept.board.data.length;
  }

  #remove(hash: string): void {
    this.#bytes -= this.#kept.get(hash)?.board.data.length ?? 0;
    this.#kept.delete(hash);
  }

  #acknowledge(checkpoint: Checkpoint): void {
    checkpoint.acknowledge(this.#ground.options.peer, checkpoint.board.data.length);
  }
}
