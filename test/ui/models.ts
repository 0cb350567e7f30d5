import { namesIn, type SimulationPicture } from "../../src/control/desk/simulation-desk.ts";
import type { PeerEvent } from "../../src/peer/peer-event.ts";
import { INITIAL, type Model, type ScreenState } from "../../src/ui/model.ts";
import { TimelineStore } from "../../src/ui/timeline-store.ts";
import { picture, type Said, STORY } from "./pictures.ts";

/** What may be said of a model. */
export interface ModelSaid extends Said {
  readonly columns?: number;
  readonly lines?: number;
  readonly state?: Partial<ScreenState>;
  readonly story?: readonly PeerEvent[];
  readonly now?: number;
  readonly simulation?: SimulationPicture | null;
}

/** A frame's model over a picture: 120x40 and the usual story, but for what is said. */
export function modelOf(said: ModelSaid = {}): Model {
  const view = picture(said);
  const simulation = said.simulation ?? null;
  const timeline = new TimelineStore();
  for (const event of said.story ?? STORY) timeline.add(event);
  return {
    view,
    names: namesIn(view, simulation),
    simulation,
    timeline,
    state: { ...INITIAL, ...said.state },
    columns: said.columns ?? 120,
    rows: said.lines ?? 40,
    now: said.now ?? 1000,
  };
}
