import type { PeerView } from "../peer/peer-view.ts";

/** What there is by name, as far as it is shown here: files and keys of the store, and locks. Completion offers it. */
export interface Held {
  readonly files: readonly string[];
  readonly keys: readonly string[];
  readonly locks: readonly string[];
}

/** The files, keys and locks of a picture; of files and keys what was written last first. */
export function heldIn({ files, values, mutex }: Pick<PeerView, "files" | "values" | "mutex">): Held {
  return {
    files: files.recent.map(({ name }) => name),
    keys: values.recent.map(({ key }) => key),
    locks: mutex.locks.map(({ name }) => name),
  };
}
