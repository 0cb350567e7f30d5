import { Effects } from "../../core/effects.ts";
import type { Random } from "../../core/random.ts";
import { Audience } from "./audience.ts";
import { Branches } from "./branches.ts";
import { Holdings } from "./holdings.ts";
import type { NotificationSpeech } from "./message.ts";
import { Neighbours } from "./neighbours.ts";
import { Recent } from "./recent.ts";
import { emptyTally, type Tally } from "./tally.ts";

/** What the parts of one machine share. */
export interface Parts {
  readonly options: NotificationSpeech["options"];
  readonly effects: Effects<NotificationSpeech>;
  readonly random: Random;
  readonly audience: Audience;
  readonly holdings: Holdings;
  readonly neighbours: Neighbours;
  readonly branches: Branches;
  readonly recent: Recent;
  readonly tally: Tally;
}

/** The parts of a machine that begins. */
export function newParts(options: NotificationSpeech["options"], random: Random): Parts {
  const tally = emptyTally();
  const neighbours = new Neighbours();
  return {
    options,
    effects: new Effects<NotificationSpeech>(),
    random,
    audience: new Audience(options),
    holdings: new Holdings({ notices: options.cacheSize, bytes: options.cacheBytes }, tally),
    neighbours,
    branches: new Branches(options.degree, random, neighbours, tally),
    recent: new Recent(),
    tally,
  };
}
