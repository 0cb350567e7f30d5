import type { PeerEvent } from "../../peer/peer-event.ts";
import type { PeerView } from "../../peer/peer-view.ts";

/** What became of a command: what was done, or which word is wrong and what would be right. One line. */
export interface Outcome {
  readonly ok: boolean;
  readonly text: string;
}

/** What whoever watches and steers a peer holds: the terminal, the HTTP routes, a simulation's viewer. */
export interface Desk {
  /** The picture as of now. */
  view(): PeerView;
  /** The latest events, oldest first, routine ones included; bounded. */
  events(): readonly PeerEvent[];
  /** Calls `listener` for every event from now on; the answer ends it. */
  subscribe(listener: (event: PeerEvent) => void): () => void;
  /** Carries out a line of the palette, such as `test 7002`. Never rejects. */
  run(line: string): Promise<Outcome>;
}
