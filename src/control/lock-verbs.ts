import { isLockName, MAX_LOCK_NAME } from "../core/lock.ts";
import { type Argument, verb, wrong } from "./grammar.ts";
import { naming } from "./store-arguments.ts";

/** What a lock is called. */
const lockName: Argument<string> = naming(
  "NAME",
  ({ locks }) => locks,
  (name) =>
    isLockName(name)
      ? { ok: true, value: name }
      : wrong(`a lock's name has 1 to ${MAX_LOCK_NAME} characters, none of them a control character`),
);

/** How the person here takes part in mutual exclusion, in the order in which help lists it. */
export const lockVerbs = {
  lock: verb({
    arguments: { name: lockName },
    help: "wait for a lock, which one peer at a time holds, and hold it until it is unlocked",
    key: { key: "l", scope: "mutex", opens: true },
    takesUnder: "lock",
    inverse: { line: "unlock {lock}" },
  }),
  unlock: verb({
    arguments: { name: lockName },
    help: "release a lock that you hold, or wait for it no more",
    key: { key: "x", scope: "mutex" },
    takesUnder: "lock",
    inverse: { none: "another may hold it by now: lock it again" },
  }),
};
