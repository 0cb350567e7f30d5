import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FaultyPeer } from "../../src/peer/faulty-peer.ts";
import type { AnyRecord } from "../../src/peer/registry.ts";
import type { Entry } from "../../src/recording/format.ts";
import { Replay } from "../../src/recording/replay.ts";
import type { Difference } from "../../src/recording/replayed-peer.ts";
import { OPTIONS } from "../peer/rig.ts";
import { cutAt } from "../wire/arbitraries.ts";
import { type Action, actions, live } from "./actions.ts";
import { entriesOf, FACTS, NEVER, only, recorded, recordingOf, replayOf, story, Tape } from "./tape.ts";

describe("whatever a peer lives through", () => {
  test("is recorded and, replayed in any chunks, goes the same way to the same hashes", () => {
    fc.assert(
      fc.property(actions, actions, fc.array(fc.nat(), { maxLength: 5 }), (one, other, places) => {
        const tape = new Tape();
        const rigs = [tape.rig(), tape.rig()] as const;
        live(rigs[0], ...one);
        live(rigs[1], ...other);
        const bytes = tape.finish();
        const entries = entriesOf(bytes);
        const { facts, peers, verdict } = replayOf(...cutAt(bytes, places));
        expect(verdict).toEqual({ kind: "same", isComplete: true, bytes: bytes.length });
        expect(facts).toEqual(FACTS);
        expect(peers.map(({ inputs }) => inputs)).toEqual(rigs.map(({ inputs }) => inputs.length));
        for (const { peer, lives, events, hashes } of peers) {
          const own = entries.filter((each) => each.peer === peer);
          expect([lives, events, hashes]).toEqual([1, only(own, "event").length, only(own, "hash").length]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("leads to another hash when one input is another", () => {
    fc.assert(
      fc.property(actions, fc.nat(255), fc.nat(255), (before, one, other) => {
        expect(lastHash(before, one) === lastHash(before, other)).toBe(one === other);
      }),
      { numRuns: 30 },
    );
  });

  function lastHash(before: readonly Action[], nonce: number): string | undefined {
    const tape = new Tape(NEVER);
    const rig = tape.rig();
    live(rig, ...before);
    // Whatever was done to it, now it answers.
    rig.heal();
    live(rig, { do: "recover" });
    const packet = { kind: "syn", nonce: new Uint8Array(16).fill(nonce) } as const;
    rig.give({ kind: "packet", from: OPTIONS.address, packet });
    return only(entriesOf(tape.finish()), "hash").at(-1)?.hash;
  }
});

/** What comes of these entries, which must be a difference. */
function difference(entries: readonly Entry[]): Difference {
  const { verdict } = replayOf(recordingOf(entries));
  if (verdict.kind !== "different") throw new Error(verdict.kind);
  return verdict;
}

/** The entries with the last one of a kind changed. */
function changed<Kind extends Entry["kind"]>(
  entries: readonly Entry[],
  kind: Kind,
  change: (entry: Extract<Entry, { kind: Kind }>) => Partial<Extract<Entry, { kind: Kind }>>,
): readonly Entry[] {
  const entry = only(entries, kind).at(-1);
  if (entry === undefined) throw new Error(`no ${kind}`);
  return entries.with(entries.indexOf(entry), { ...entry, ...change(entry) });
}

describe("a recording that was changed", () => {
  const entries = recorded();

  test("is the same as long as nothing was", () => {
    expect(replayOf(recordingOf(entries)).verdict.kind).toBe("same");
  });

  test.each<[string, readonly Entry[]]>([
    ["a session that broke for another reason", changed(entries, "session-down", () => ({ reason: "reset" }))],
    ["another session", changed(entries, "session-down", () => ({ session: 4 }))],
    ["a packet from elsewhere", changed(entries, "packet", () => ({ from: OPTIONS.address }))],
    ["another nonce", changed(entries, "packet", ({ packet }) => ({ packet: packet.map((byte) => byte || 1) }))],
    ["a longer gap", changed(entries, "resumed", () => ({ gapMs: 801 }))],
    [
      "other bytes in a command",
      changed(entries, "command", ({ command }) => ({ command: command.replaceAll("A", "B") })),
    ],
    [
      "another fault",
      changed(entries, "faults", ({ command }) => ({ command: command.replace('"delayMs":5', '"delayMs":6') })),
    ],
    [
      "a message that came twice",
      entries.flatMap((each): Entry[] => (each.kind === "message" ? [each, each] : [each])),
    ],
    ["a timer that fired at another instant", changed(entries, "timeout", ({ at }) => ({ at: at - 1e-9 }))],
    [
      "another seed",
      changed(entries, "started", ({ options }) => ({ options: options.replace('"seed":1', '"seed":2') })),
    ],
    [
      "another name",
      changed(entries, "started", ({ options }) => ({ options: options.replace('"name":""', '"name":"x"') })),
    ],
  ])("%s is found", (_what, other) => {
    expect(other).not.toEqual(entries);
    const { verdict } = replayOf(recordingOf(other));
    expect(verdict.kind).toBe("different");
  });

  test("an event that reads otherwise is shown both ways, with where and when", () => {
    const last = only(entries, "event").at(-1);
    const until = entries.slice(0, entries.lastIndexOf(last as Entry));
    expect(difference(changed(entries, "event", ({ event }) => ({ event: event.replace("closed", "open") })))).toEqual({
      kind: "different",
      peer: 0,
      at: last?.at,
      inputs: until.filter(({ kind }) => !["started", "event", "hash"].includes(kind)).length,
      recorded: `the event ${last?.event.replace("closed", "open")}`,
      came: `the event ${last?.event}`,
    });
  });

  test("an event too many or too few is found", () => {
    const last = only(entries, "event").at(-1) as Entry & { kind: "event" };
    const at = entries.indexOf(last);
    expect(difference(entries.toSpliced(at, 1))).toMatchObject({
      recorded: "nothing",
      came: `the event ${last.event}`,
    });
    expect(difference(entries.slice(0, at))).toMatchObject({ recorded: "nothing", came: `the event ${last.event}` });
    // The first one that its input ends with: the recording goes on with a hash.
    const first = entries.findIndex((each, index) => each.kind === "event" && entries[index + 1]?.kind === "hash");
    expect(difference(entries.toSpliced(first, 1))).toMatchObject({ inputs: 1, recorded: "nothing" });
    expect(difference(entries.toSpliced(at, 0, last, last))).toMatchObject({
      recorded: `the event ${last.event}`,
      came: "nothing",
    });
  });

  test("another hash is found, and so is another peer's", () => {
    const came = only(entries, "hash").at(-1)?.hash;
    expect(difference(changed(entries, "hash", () => ({ hash: "0123456789abcdef" })))).toMatchObject({
      recorded: "the state hash 0123456789abcdef",
      came,
    });
  });

  test("without any hash between, what a peer said and did not tell is found at the end", () => {
    const rare = recorded(NEVER);
    expect(only(rare, "hash")).toHaveLength(2);
    const other = changed(rare, "packet", () => ({ from: OPTIONS.address }));
    expect(difference(other).recorded).toMatch(/^the state hash/);
  });
});

/** A life begins from these records. */
function begin(tape: Tape, records: readonly AnyRecord[], now: number): void {
  const options = { ...OPTIONS, name: "anna" };
  tape.recorder.started(0, new FaultyPeer(options, records, now), options, records, now);
}

describe("lives", () => {
  test("follow one another, each from the records of those before", () => {
    const tape = new Tape();
    const { recorder } = tape;
    const rig = tape.rig();
    story(rig);
    recorder.ended(0, rig.now);
    begin(tape, rig.disk, rig.now);
    recorder.ended(0, rig.now + 5);
    const { peers, verdict } = replayOf(tape.finish());
    expect(verdict.kind).toBe("same");
    expect(peers).toMatchObject([{ name: "anna", lives: 2 }]);
    const { hash } = only(entriesOf(tape.bytes), "hash").at(-1) as { hash: string };
    const fresh = new Tape();
    begin(fresh, [], rig.now);
    expect(only(entriesOf(fresh.finish()), "hash").at(-1)?.hash).not.toBe(hash);
  });

  test("that end in a failure end in the same one", () => {
    const tape = new Tape();
    const rig = tape.rig();
    const input = { kind: "faults", command: { kind: "skew", rate: 0, by: "test" } } as const;
    expect(() => rig.peer.step(input, 5)).toThrow("a clock runs at 0");
    tape.recorder.failed(0, input, 5, "a clock runs at 0");
    const bytes = tape.finish();
    expect(replayOf(bytes).verdict).toEqual({ kind: "same", isComplete: true, bytes: bytes.length });
    const entries = entriesOf(bytes);
    expect(difference(changed(entries, "ended", () => ({ failure: "another" })))).toMatchObject({
      recorded: 'the failure "another"',
      came: 'the failure "a clock runs at 0"',
    });
    for (const other of [changed(entries, "ended", () => ({ failure: null })), entries.slice(0, -1)]) {
      expect(difference(other)).toMatchObject({ recorded: "nothing", came: 'the failure "a clock runs at 0"' });
    }
    const { at, peer } = entries.at(-1) as Entry;
    const goesOn = [...entries.slice(0, -1), { kind: "timeout", peer, at }] as const;
    expect(difference(goesOn)).toMatchObject({ inputs: rig.inputs.length + 1, recorded: "nothing" });
    const well = entries.filter(({ kind }) => kind !== "faults");
    expect(difference(well)).toMatchObject({ recorded: 'the failure "a clock runs at 0"', came: "nothing" });
  });
});

describe("entries that make no sense", () => {
  const [started, hash, ...rest] = recorded() as [Entry & { kind: "started" }, Entry, ...Entry[]];
  const TIMEOUT = { kind: "timeout", peer: 0, at: 0 } as const;
  const prefix = "what is recorded of peer 0 at 0 ms makes no sense: ";

  test.each<[string, readonly Entry[], string]>([
    ["an input before a life", [TIMEOUT], '"timeout" comes out of turn'],
    ["an event before a life", [{ ...TIMEOUT, kind: "event", event: "{}" }], '"event" comes out of turn'],
    ["a life within a life", [started, hash, started], '"started" comes out of turn'],
    [
      "time that goes back",
      [
        { ...started, at: 5 },
        { ...TIMEOUT, at: 0 },
      ],
      "its time goes back",
    ],
    ["no options", [{ ...started, options: "{" }], "its options make no sense"],
    [
      "options of nobody",
      [{ ...started, options: started.options.replace(OPTIONS.id, "00") }],
      "its options make no sense",
    ],
    [
      "options of nowhere",
      [{ ...started, options: started.options.replace("7001", "0") }],
      "its options make no sense",
    ],
    [
      "no such record",
      [{ ...started, records: [{ tag: 0x7e, bytes: Buffer.of(1) }] }],
      "a record of it makes no sense",
    ],
    ["no such command", [started, { ...TIMEOUT, kind: "command", command: "{}" }], "bad command"],
  ])("%s ends the replay with a reason", (_what, entries, reason) => {
    expect(replayOf(recordingOf(entries)).verdict).toEqual({ kind: "unreadable", reason: `${prefix}${reason}` });
  });

  test("are not looked at once the outcome is known", () => {
    const bytes = recordingOf([started, started, hash, ...rest]);
    const replay = new Replay();
    replay.push(bytes);
    expect(replay.isOver).toBe(true);
    replay.push(Buffer.from("whatever"));
    expect(replay.end()).toEqual(replayOf(bytes));
    expect(replayOf(bytes).peers).toMatchObject([{ lives: 1, inputs: 0 }]);
  });
});
