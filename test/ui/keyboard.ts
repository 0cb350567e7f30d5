import { keyToAction } from "../../src/ui/keys.ts";
import { type Model, vocabularyOf } from "../../src/ui/model.ts";
import { type Ask, act, passTime } from "../../src/ui/state.ts";
import { type ModelSaid, modelOf } from "./models.ts";

/** A screen that keys are pressed on. */
export function screen(said: ModelSaid = {}) {
  let model: Model = modelOf(said);
  const asks: Ask[] = [];
  return {
    press(...keys: string[]) {
      for (const key of keys) {
        const action = keyToAction(key, model.state.mode.kind, model.state.focus, vocabularyOf(model));
        if (action === null) continue;
        const step = act(model, action);
        model = { ...model, state: step.state };
        asks.push(...step.asks);
      }
      return this;
    },
    write(text: string) {
      return this.press(...[...text].map((character) => (character === " " ? "space" : character)));
    },
    wait(ms: number) {
      const now = model.now + ms;
      model = { ...model, now, state: passTime(model.state, now) };
      return this;
    },
    see(more: ModelSaid) {
      model = { ...modelOf({ ...said, ...more }), state: model.state, timeline: model.timeline };
      return this;
    },
    get model() {
      return model;
    },
    get state() {
      return model.state;
    },
    asks,
  };
}
