import { union } from "../../wire/codec.ts";
import type { Definition } from "../definition.ts";
import { type MutexSpeech, mutexFraming } from "./message.ts";
import { Mutex } from "./mutex.ts";

/** What a peer uses unless told otherwise. */
export const MUTEX_DEFAULTS = {
  kind: "lamport",
  leaseMs: 10_000,
  settleMs: 1000,
  patienceMs: 2000,
} as const satisfies Partial<MutexSpeech["options"]>;

/** Mutual exclusion as the registry holds it. It keeps nothing on disk: what it held in an earlier life is void. */
export const mutex: Definition<MutexSpeech> = {
  framing: mutexFraming,
  record: union({}),
  routine: new Set(),
  internal: new Set(["granted", "refused", "revoked", "submit", "link-disordered"]),
  start: (options, _saved, _random, now) => new Mutex(options, now),
};
