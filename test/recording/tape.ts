import type { FaultyPeer } from "../../src/peer/faulty-peer.ts";
import { BlockReader } from "../../src/recording/block-reader.ts";
import { BlockWriter } from "../../src/recording/block-writer.ts";
import type { Entry, Facts } from "../../src/recording/format.ts";
import { type HashInterval, Recorder } from "../../src/recording/recorder.ts";
import { Replay, type ReplayOutcome } from "../../src/recording/replay.ts";
import { at, OPTIONS, Rig } from "../peer/rig.ts";

export const FACTS: Facts = { program: "p2p-node 0.1.0", run: "a test", seed: 1 };

const ALWAYS: HashInterval = { inputs: 1, ms: 0 };

/** The state is hashed at the beginning and at the end only. */
export const NEVER: HashInterval = { inputs: 1e9, ms: 1e9 };

/** A recording in memory, and rigs that are recorded on it. */
export class Tape {
  /** The bytes, as they were written: the head, then a block each. */
  readonly written: Buffer[] = [];
  readonly recorder: Recorder;
  #rigs = 0;

  /** Hashes the state after every input, unless told otherwise. */
  constructor(interval: HashInterval = ALWAYS) {
    this.recorder = new Recorder((bytes) => this.written.push(Buffer.from(bytes)), FACTS, interval);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.written);
  }

  /** A rig that is recorded from its first moment on; the first is peer 0. */
  rig(): Rig {
    const peer = this.#rigs++;
    return new Rig({
      made: (machine: FaultyPeer) => this.recorder.started(peer, machine, OPTIONS, [], 0),
      stepped: (input, now, effects) => this.recorder.stepped(peer, input, now, effects),
    });
  }

  /** Ends the recording; its bytes. */
  finish(): Buffer {
    this.recorder.finish();
    return this.bytes;
  }
}

/** What is recorded in these bytes, which must be good. */
export function entriesOf(bytes: Uint8Array): readonly Entry[] {
  const reader = new BlockReader();
  const entries = reader.push(bytes);
  reader.end();
  if (reader.failure !== null) throw new Error(reader.failure);
  return entries;
}

/** A recording of these entries, well formed whatever they say. */
export function recordingOf(entries: readonly Entry[]): Buffer {
  const written: Uint8Array[] = [];
  const blocks = new BlockWriter((bytes) => written.push(bytes), FACTS);
  for (const each of entries) {
    blocks.add(each);
    blocks.mayEnd();
  }
  blocks.finish();
  return Buffer.concat(written);
}

/** What comes of a replay of these bytes. */
export function replayOf(...chunks: readonly Uint8Array[]): ReplayOutcome {
  const replay = new Replay();
  for (const chunk of chunks) replay.push(chunk);
  return replay.end();
}

/** A peer founds a cluster, is linked and asked, and time passes: a bit of everything. */
export function story(rig: Rig): void {
  const bytes = Uint8Array.from({ length: 1600 }, (_, at) => at % 16);
  rig.give({ kind: "command", content: { protocol: "health", command: { kind: "check", address: at(7002) } } });
  rig.give({ kind: "command", content: { protocol: "health", command: { kind: "entropy", bytes } } });
  rig.link(2);
  rig.pass(1500);
  rig.ping(2);
  rig.syn();
  rig.set({ kind: "latency", delayMs: 5, jitterMs: 2 }, { forMs: 1000 });
  rig.give({ kind: "resumed", gapMs: 800 });
  rig.ping(2, 7);
  rig.give({ kind: "program-up", session: 4, address: at(40_004) });
  rig.give({ kind: "program", session: 4, said: [{ kind: "notify", dataType: 1337 }] });
  rig.give({ kind: "session-down", session: 4, reason: "closed by the program" });
  rig.pass(100);
  rig.give({ kind: "session-down", session: 2, reason: "closed" });
}

/** The entries of that story. */
export function recorded(interval?: HashInterval): readonly Entry[] {
  const tape = new Tape(interval);
  story(tape.rig());
  return entriesOf(tape.finish());
}

/** The entries of one kind. */
export function only<Kind extends Entry["kind"]>(entries: readonly Entry[], kind: Kind) {
  return entries.filter((each): each is Extract<Entry, { kind: Kind }> => each.kind === kind);
}
