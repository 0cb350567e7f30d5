import type { Answer } from "../core/request.ts";
import type { StoreView } from "../core/store-view.ts";
import type { StateMachine } from "../core/total-order.ts";
/** Stands in until the real one is there. */
export class Store implements StateMachine {
  apply(): Answer {
    return { kind: "unknown" };
  }
  query(): Answer {
    return { kind: "unknown" };
  }
  snapshot(): Uint8Array {
    return new Uint8Array(0);
  }
  restore(): boolean {
    return true;
  }
  clear(): void {}
  view(): StoreView {
    return {
      files: { count: 0, bytes: 0, recent: [] },
      values: { count: 0, versions: 0, bytes: 0, clock: 0, recent: [] },
      sessions: 0,
      room: { used: 0, capacity: 1 },
    };
  }
}
