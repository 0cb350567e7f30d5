import { portOf } from "../core/address.ts";
import { FaultyPeer } from "../peer/faulty-peer.ts";
import type { FaultyEffect } from "../peer/machine.ts";
import type { Entry, InputEntry } from "./format.ts";
import { type Bad, inputOf, optionsOf, recordsOf } from "./input-entry.ts";
import { StateHash } from "./state-hash.ts";

/** Where a replay first went another way than the recording. */
export interface Difference {
  readonly kind: "different";
  /** What the recording calls the peer. */
  readonly peer: number;
  /** Monotonic ms. */
  readonly at: number;
  /** Inputs of this peer until then. */
  readonly inputs: number;
  readonly recorded: string;
  readonly came: string;
}

/** How much of one peer was replayed. */
export interface Tally {
  /** What the recording calls the peer. */
  readonly peer: number;
  /** What it is called: its name or, for want of one, its port. Text from outside. */
  readonly name: string;
  readonly lives: number;
  readonly inputs: number;
  readonly events: number;
  readonly hashes: number;
}

type Started = Extract<Entry, { kind: "started" }>;
type Ended = Extract<Entry, { kind: "ended" }>;

const NOTHING = "nothing";

/** One peer of a recording, made again: it is given what the recorded one was given, and compared with it. */
export class ReplayedPeer {
  readonly #peer: number;
  #name = "";
  #lives = 0;
  #inputs = 0;
  #events = 0;
  #hashes = 0;
  #at = Number.NEGATIVE_INFINITY;
  #isUp = false;
  #machine: FaultyPeer | null = null;
  #hash = new StateHash();
  /** What the peer told at its latest input, as JSON, and how much of that the recording has said. */
  #told: readonly string[] = [];
  #said = 0;
  /** How the peer failed; null while it has not. */
  #failure: string | null = null;

  constructor(peer: number) {
    this.#peer = peer;
  }

  get tally(): Tally {
    return {
      peer: this.#peer,
      name: this.#name,
      lives: this.#lives,
      inputs: this.#inputs,
      events: this.#events,
      hashes: this.#hashes,
    };
  }

  /** Does the next thing that is recorded of this peer; a difference, or why that makes no sense. Never throws. */
  take(entry: Entry): Difference | Bad | null {
    const before = this.#at;
    this.#at = entry.at;
    if (entry.at < before) return this.#bad("its time goes back");
    if (this.#isUp === (entry.kind === "started")) return this.#bad(`"${entry.kind}" comes out of turn`);
    if (entry.kind === "event") return this.#compareEvent(entry.event);
    if (this.#said < this.#told.length) return this.end();
    if (entry.kind === "ended") return this.#compareEnd(entry);
    if (this.#failure !== null) return this.end();
    if (entry.kind === "started") return this.#start(entry);
    return entry.kind === "hash" ? this.#compareHash(entry.hash) : this.#give(entry);
  }

  /** Nothing more is recorded; a difference where the peer did more. */
  end(): Difference | null {
    const came = this.#unsaid();
    return came === NOTHING ? null : this.#different(NOTHING, came);
  }

  #start(entry: Started): Difference | Bad | null {
    const options = optionsOf(entry);
    const records = recordsOf(entry.records);
    if (options === undefined) return this.#bad("its options make no sense");
    if (records === undefined) return this.#bad("a record of it makes no sense");
    this.#name = options.name === "" ? String(portOf(options.address)) : options.name;
    this.#lives += 1;
    this.#isUp = true;
    this.#hash = new StateHash();
    this.#machine = this.#attempt(() => new FaultyPeer(options, records, entry.at)) ?? null;
    return null;
  }

  #give(entry: InputEntry): Bad | null {
    const input = inputOf(entry);
    if (input.kind === "bad") return this.#bad(input.reason);
    this.#inputs += 1;
    const step = (): readonly FaultyEffect[] => this.#machine?.step(input, entry.at) ?? [];
    this.#told = this.#attempt(() => this.#hash.note(step())) ?? [];
    this.#said = 0;
    return null;
  }

  #compareEvent(recorded: string): Difference | null {
    if (this.#told[this.#said] !== recorded) return this.#different(`the event ${recorded}`, this.#unsaid());
    this.#said += 1;
    this.#events += 1;
    return null;
  }

  #compareHash(recorded: string): Difference | null {
    const machine = this.#machine;
    const hash = machine === null ? undefined : this.#attempt(() => this.#hash.of(machine));
    if (hash !== recorded) {
      return this.#different(`the state hash ${recorded}`, hash ?? this.#unsaid());
    }
    this.#hashes += 1;
    return null;
  }

  #compareEnd({ failure: recorded }: Ended): Difference | null {
    if (recorded !== this.#failure) {
      return this.#different(recorded === null ? NOTHING : `the failure "${recorded}"`, this.#unsaid());
    }
    this.#failure = null;
    this.#isUp = false;
    this.#machine = null;
    return null;
  }

  /** What the peer did at its latest input and the recording has not said. */
  #unsaid(): string {
    const event = this.#told[this.#said];
    if (event !== undefined) return `the event ${event}`;
    return this.#failure === null ? NOTHING : `the failure "${this.#failure}"`;
  }

  /** A recording may be of a peer that failed, or damaged so that no peer bears it. */
  #attempt<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  #different(recorded: string, came: string): Difference {
    return { kind: "different", peer: this.#peer, at: this.#at, inputs: this.#inputs, recorded, came };
  }

  #bad(why: string): Bad {
    return { kind: "bad", reason: `what is recorded of peer ${this.#peer} at ${this.#at} ms makes no sense: ${why}` };
  }
}
