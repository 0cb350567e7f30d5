import { type Random, sample } from "../../core/random.ts";
import type { Name, Statement } from "../script/script.ts";

/** Critics stand on ports from here up. */
const FIRST_CRITIC = 8001;

/** Local programs of one run, at most. */
const MAX_CRITICS = 2;

/** The data types that are announced; a critic subscribes all but the last. */
const TYPES = [1, 2, 3, 40_000] as const;

const TTLS = [0, 0, 0, 1, 2, 3, 255] as const;

/** Letters that stand behind the number of an announcement: a line of a script has room for no more. */
const LETTERS = [0, 10, 900] as const;

/** Announcements in one burst. */
const BURST = [1, 8] as const;

/**
 * What is announced and subscribed in a scenario while other things go wrong. It draws from chances of its own, so that
 * what goes wrong is the same without it.
 */
export class NoticesByChance {
  readonly #random: Random;
  /** Some runs know no notices. */
  readonly #isSilent: boolean;
  #announced = 0;
  #critics = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#isSilent = random.below(5) === 0;
  }

  /** Who of those that are there from the beginning subscribes what. */
  begin(peers: readonly Name[]): readonly Statement[] {
    if (this.#isSilent) return [];
    return peers.flatMap((peer) => (this.#random.below(4) === 0 ? [] : [this.#subscribe(peer)]));
  }

  /** What happens between two troubles, at one of these peers; often nothing. */
  draw(peers: readonly Name[]): readonly Statement[] {
    const [peer, other] = sample(this.#random, peers, 2);
    if (this.#isSilent || peer === undefined) return [];
    switch (this.#random.below(10)) {
      case 0:
      case 1:
      case 2:
        return this.#announce(peer);
      case 6:
        // What is on its way comes to somebody who does not want it any more.
        return [...this.#announce(peer), ...TYPES.flatMap((type) => (other === undefined ? [] : [leave(other, type)]))];
      case 3:
        return [this.#subscribe(peer)];
      case 4:
        return [leave(peer, this.#type())];
      case 5:
        return this.#addCritic(peer);
      default:
        return [];
    }
  }

  #announce(peer: Name): readonly Statement[] {
    return Array.from({ length: this.#random.between(...BURST) }, () => {
      this.#announced += 1;
      const ttl = TTLS[this.#random.below(TTLS.length)];
      const letters = "x".repeat(LETTERS[this.#random.below(LETTERS.length)] ?? 0);
      return { kind: "entry", peer, text: `announce ${this.#type()} ttl ${ttl} ${this.#announced}${letters}` };
    });
  }

  #subscribe(peer: Name): Statement {
    return { kind: "entry", peer, text: `subscribe ${this.#type()}` };
  }

  #addCritic(peer: Name): readonly Statement[] {
    if (this.#critics === MAX_CRITICS) return [];
    const name = String(FIRST_CRITIC + this.#critics);
    this.#critics += 1;
    return [{ kind: "start", peers: [name], coming: { kind: "critic", of: peer } }];
  }

  #type(): number {
    return TYPES[this.#random.below(TYPES.length)] ?? TYPES[0];
  }
}

function leave(peer: Name, dataType: number): Statement {
  return { kind: "entry", peer, text: `unsubscribe ${dataType}` };
}
