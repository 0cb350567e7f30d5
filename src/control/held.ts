import { isEnded } from "../core/job.ts";
import type { PeerView } from "../peer/peer-view.ts";

/** What there is by name or number, as far as it is shown here: files, keys, locks and jobs. Completion offers it. */
export interface Held {
  readonly files: readonly string[];
  readonly keys: readonly string[];
  readonly locks: readonly string[];
  readonly jobs: readonly number[];
}

/** All of it in a picture; of files and keys what was written last first, of jobs those that have not ended. */
export function heldIn({
  files,
  values,
  mutex,
  broker,
}: Pick<PeerView, "files" | "values" | "mutex" | "broker">): Held {
  return {
    files: files.recent.map(({ name }) => name),
    keys: values.recent.map(({ key }) => key),
    locks: mutex.locks.map(({ name }) => name),
    jobs: broker.jobs.filter((job) => !isEnded(job)).map(({ id }) => id),
  };
}
