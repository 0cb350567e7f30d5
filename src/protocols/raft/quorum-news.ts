import type { PeerId } from "../../core/peer-id.ts";
import type { RaftState } from "./state.ts";

/** Tells once that no majority can be heard, and once that one can be heard again. */
export class QuorumNews {
  readonly #state: RaftState;
  #lost = false;

  constructor(state: RaftState) {
    this.#state = state;
  }

  /** No majority of the voters can be heard. */
  lost(missing: readonly PeerId[]): void {
    this.#tell("quorum-lost", missing);
  }

  /** A leader was elected or heard, so there is a majority. */
  regained(missing: readonly PeerId[]): void {
    this.#tell("quorum-regained", missing);
  }

  #tell(kind: "quorum-lost" | "quorum-regained", missing: readonly PeerId[]): void {
    if (this.#lost === (kind === "quorum-lost")) return;
    this.#lost = !this.#lost;
    this.#state.effects.event({ kind, missing, voters: this.#state.log.configuration.voters.length });
  }
}
