import { describe, expectTypeOf, test } from "vitest";
import type { ElectionCommand, ElectionEvent } from "../../src/core/election.ts";
import type { BullySpeech } from "../../src/protocols/bully/message.ts";
import type { FixedSpeech } from "../../src/protocols/fixed/message.ts";
import type { RaftSpeech } from "../../src/protocols/raft/message.ts";

/** Of what an election tells, what every election tells. */
type Shared<S extends { event: { readonly kind: string } }> = Extract<
  S["event"],
  { readonly kind: ElectionEvent["kind"] }
>;

/** The compiler does the checking: a speech that falls short does not compile. */
describe("whichever way a leader is found, it is asked and told of in the same words", () => {
  test("raft", () => {
    expectTypeOf<ElectionCommand>().toExtend<RaftSpeech["command"]>();
    expectTypeOf<Shared<RaftSpeech>>().toExtend<ElectionEvent>();
    expectTypeOf<ElectionEvent["kind"]>().toExtend<RaftSpeech["event"]["kind"]>();
  });

  test("bully", () => {
    expectTypeOf<ElectionCommand>().toExtend<BullySpeech["command"]>();
    expectTypeOf<Shared<BullySpeech>>().toExtend<ElectionEvent>();
    expectTypeOf<ElectionEvent["kind"]>().toExtend<BullySpeech["event"]["kind"]>();
  });

  test("fixed", () => {
    expectTypeOf<ElectionCommand>().toExtend<FixedSpeech["command"]>();
    expectTypeOf<Shared<FixedSpeech>>().toExtend<ElectionEvent>();
    expectTypeOf<ElectionEvent["kind"]>().toExtend<FixedSpeech["event"]["kind"]>();
  });
});
