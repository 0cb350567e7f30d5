import { union } from "../../wire/codec.ts";
import type { Definition } from "../definition.ts";
import { Fixed } from "./fixed.ts";
import { type FixedSpeech, fixedFraming } from "./message.ts";

/** A leader that is named beforehand, as the registry holds it. It keeps nothing on disk. */
export const fixed: Definition<FixedSpeech> = {
  framing: fixedFraming,
  record: union({}),
  routine: new Set(),
  start: (options) => new Fixed(options),
};
