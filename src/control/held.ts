import type { PeerView } from "../peer/peer-view.ts";

/** What the replicated store holds, by name, as far as it is shown here: what completion offers. */
export interface Held {
  readonly files: readonly string[];
  readonly keys: readonly string[];
}

/** The files and keys of a picture, what was written last first. */
export function heldIn({ files, values }: Pick<PeerView, "files" | "values">): Held {
  return { files: files.recent.map(({ name }) => name), keys: values.recent.map(({ key }) => key) };
}
