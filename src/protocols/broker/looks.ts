import { type Band, wordsPerRow } from "../../core/board.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Ground } from "./ground.ts";
import type { Sight } from "./job.ts";
import { type BrokerMessage, MAX_PICTURE_SIDE, MAX_SHOWN_BANDS, type Window } from "./message.ts";
import { whole } from "./pool.ts";
import type { ShownBand } from "./round.ts";

/** Pictures for one viewer have so much time between them, ms. */
const PICTURE_INTERVAL_MS = 125;

export type Look = Extract<BrokerMessage, { readonly kind: "look" }>;
export type PictureMessage = Extract<BrokerMessage, { readonly kind: "picture" }>;

/** Who looks at boards that are in the hands of this peer: each look is answered by one picture. */
export class Looks {
  readonly #ground: Ground;
  /** Those who wait for a picture. */
  readonly #looks = new Map<PeerId, Look>();
  /** When the next picture may be sent to each. */
  readonly #notBefore = new Map<PeerId, number>();
  #deadline = Number.POSITIVE_INFINITY;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** When it is seen who may have another picture, monotonic ms. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Those who have looked. */
  get viewers(): Iterable<PeerId> {
    return this.#notBefore.keys();
  }

  look(from: PeerId, look: Look): void {
    const { width, height, scale } = look.window;
    if (width === 0 || height === 0 || scale === 0 || width > MAX_PICTURE_SIDE || height > MAX_PICTURE_SIDE) return;
    this.#looks.set(from, look);
    if (!this.#notBefore.has(from)) this.#notBefore.set(from, 0);
  }

  /** A peer is gone. */
  forget(peer: PeerId): void {
    this.#looks.delete(peer);
    this.#notBefore.delete(peer);
  }

  /** Answers those who see something else than before. */
  settle(
    term: number,
    sightOf: (job: number) => Sight | null,
    show: (to: PeerId, picture: PictureMessage) => void,
  ): void {
    const { now } = this.#ground;
    this.#deadline = Number.POSITIVE_INFINITY;
    for (const [peer, look] of this.#looks) {
      const notBefore = this.#notBefore.get(peer) ?? 0;
      if (notBefore > now) {
        this.#deadline = Math.min(this.#deadline, notBefore);
        continue;
      }
      const sight = sightOf(look.job);
      if (sight === null || !isNews(look, sight)) continue;
      this.#looks.delete(peer);
      this.#notBefore.set(peer, now + PICTURE_INTERVAL_MS);
      show(peer, pictureOf(term, sight, look.window));
    }
  }
}

function isNews({ since, shown }: Look, { turn, edits, row }: Sight): boolean {
  if (turn !== since) return turn > since;
  return shown === null || shown.edits !== edits || shown.state !== row.state;
}

function pictureOf(
  term: number,
  { row, board, turn, alive, edits, turnsPerSecond, bands }: Sight,
  window: Window,
): PictureMessage {
  return {
    ...{ kind: "picture", term, job: row.id, size: row.size, turn, alive, state: row.state, edits, window },
    turnsPerSecond: whole(turnsPerSecond()),
    dots: dotsOf(board, window),
    bands: shownBands(bands),
  };
}

/** The dots of a window: one is set where any of its cells lives. What is beyond the board is blank. */
export function dotsOf(board: Band, { x, y, width, height, scale }: Window): Uint8Array {
  const rowBytes = (width + 7) >>> 3;
  const dots = new Uint8Array(rowBytes * height);
  const bottom = Math.min(board.rows, y + height * scale);
  const right = Math.min(board.size, x + width * scale);
  const perRow = wordsPerRow(board.size);
  for (let row = y; row < bottom; row++) {
    const at = Math.floor((row - y) / scale) * rowBytes;
    for (let index = x >>> 5; index < perRow && 32 * index < right; index++) {
      const word = board.words[row * perRow + index] as number;
      if (word !== 0) setDots(dots, at, word, { left: 32 * index, x, right, scale });
    }
  }
  return dots;
}

/** Sets the dots in which cells of a word live: dot by dot, so that a wide one costs no more than a narrow one. */
function setDots(
  dots: Uint8Array,
  at: number,
  word: number,
  {
    left,
    x,
    right,
    scale,
  }: { readonly left: number; readonly x: number; readonly right: number; readonly scale: number },
): void {
  const end = Math.min(left + 32, right);
  for (let column = Math.max(left, x); column < end; ) {
    const dot = Math.floor((column - x) / scale);
    const next = Math.min(end, x + (dot + 1) * scale);
    // The cells of this dot: from `column` to `next`, 32 at most.
    const mask = (0xffff_ffff >>> (column - left)) & (0xffff_ffff << (left + 32 - next));
    if ((word & mask) !== 0) dots[at + (dot >>> 3)] = (dots[at + (dot >>> 3)] as number) | (0x80 >>> (dot & 7));
    column = next;
  }
}

/** Neighbours of one worker as one band; where there are too many, the last ones are not told. */
function shownBands(bands: readonly ShownBand[]): readonly ShownBand[] {
  const shown: ShownBand[] = [];
  for (const band of bands) {
    const last = shown.at(-1);
    if (last?.worker === band.worker) shown[shown.length - 1] = { ...last, rows: last.rows + band.rows };
    else if (shown.length < MAX_SHOWN_BANDS) shown.push(band);
  }
  return shown;
}
