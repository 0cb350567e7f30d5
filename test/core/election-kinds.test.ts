import { describe, expect, expectTypeOf, test } from "vitest";
import { ELECTIONS, type ElectionCommand, type ElectionEvent, type ElectionKind } from "../../src/core/election.ts";
import { bully } from "../../src/protocols/bully/definition.ts";
import type { BullySpeech } from "../../src/protocols/bully/message.ts";
import { fixed } from "../../src/protocols/fixed/definition.ts";
import type { FixedSpeech } from "../../src/protocols/fixed/message.ts";
import { raft } from "../../src/protocols/raft/definition.ts";
import type { RaftSpeech } from "../../src/protocols/raft/message.ts";

interface Speeches extends Record<ElectionKind, { event: { readonly kind: string } }> {
  raft: RaftSpeech;
  bully: BullySpeech;
  fixed: FixedSpeech;
}

/** What one of them tells in the words that all of them share. */
type Shared<K extends ElectionKind> = Extract<Speeches[K]["event"], { readonly kind: ElectionEvent["kind"] }>;

/** The compiler does the checking: a speech that falls short does not compile. */
describe("whichever way a leader is found", () => {
  test("all are asked in the same words", () => {
    expectTypeOf<ElectionCommand>().toExtend<RaftSpeech["command"]>();
    expectTypeOf<ElectionCommand>().toExtend<BullySpeech["command"]>();
    expectTypeOf<ElectionCommand>().toExtend<FixedSpeech["command"]>();
  });

  test("all tell of it in the same words", () => {
    expectTypeOf<Shared<ElectionKind>>().toExtend<ElectionEvent>();
    expectTypeOf<Shared<"raft">["kind"]>().toEqualTypeOf<ElectionEvent["kind"]>();
    expectTypeOf<Shared<"bully">["kind"]>().toEqualTypeOf<ElectionEvent["kind"]>();
    expectTypeOf<Shared<"fixed">["kind"]>().toEqualTypeOf<ElectionEvent["kind"]>();
  });

  test("each has a frame type of its own", () => {
    const framings = { raft: raft.framing, bully: bully.framing, fixed: fixed.framing };
    expect(ELECTIONS.map((kind) => framings[kind].types)).toEqual([[0x23], [0x29], [0x2b]]);
  });
});
