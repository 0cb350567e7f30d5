import type { PeerId } from "../../src/core/peer-id.ts";
import { type Effect, type Input, NO_EFFECTS, type Protocol } from "../../src/core/protocol.ts";
import { type Definition, oneFrameType } from "../../src/protocols/definition.ts";
import { struct, type TypeOf, u32 } from "../../src/wire/codec.ts";

const token = struct({ count: u32 });

export interface RingSpeech {
  message: TypeOf<typeof token>;
  record: TypeOf<typeof token>;
  command: { readonly kind: "begin" };
  event: { readonly kind: "token-taken"; readonly count: number };
  view: { readonly hasToken: boolean; readonly count: number };
  options: { readonly self: PeerId; readonly ring: readonly PeerId[]; readonly holdMs: number };
}

class Ring implements Protocol<RingSpeech> {
  deadline = Number.POSITIVE_INFINITY;
  readonly #options: RingSpeech["options"];
  readonly #up = new Set<PeerId>();
  #count = 0;

  constructor(options: RingSpeech["options"]) {
    this.#options = options;
  }

  step(input: Input<RingSpeech>, now: number): readonly Effect<RingSpeech>[] {
    if (input.kind === "link" && input.up) this.#up.add(input.peer);
    if (input.kind === "link" && !input.up) this.#up.delete(input.peer);
    if (input.kind === "command") return this.#take(1, now);
    if (input.kind === "message") return this.#take(input.message.count + 1, now);
    return now >= this.deadline ? this.#handOn(now) : NO_EFFECTS;
  }

  view(): RingSpeech["view"] {
    return { hasToken: this.deadline < Number.POSITIVE_INFINITY, count: this.#count };
  }

  checkpoint(): readonly RingSpeech["record"][] {
    return [];
  }

  #take(count: number, now: number): readonly Effect<RingSpeech>[] {
    this.#count = count;
    this.deadline = now + this.#options.holdMs;
    return [{ kind: "event", event: { kind: "token-taken", count } }];
  }

  #handOn(now: number): readonly Effect<RingSpeech>[] {
    const { ring, self } = this.#options;
    const at = ring.indexOf(self);
    const next = [...ring.slice(at + 1), ...ring.slice(0, at)].find((peer) => this.#up.has(peer));
    this.deadline = next === undefined ? now + this.#options.holdMs : Number.POSITIVE_INFINITY;
    if (next === undefined) return NO_EFFECTS;
    return [{ kind: "send", to: { peer: next }, message: { count: this.#count }, after: 0 }];
  }
}

export const ring: Definition<RingSpeech> = {
  framing: oneFrameType(0x7e, token),
  record: token,
  routine: new Set(),
  start: (options) => new Ring(options),
};
