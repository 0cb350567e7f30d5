import { describe, expect, it } from "vitest";
import { MAX_SESSIONS, Sessions } from "../../src/apps/sessions.ts";
import { type Answer, failed } from "../../src/core/request.ts";
import { Reader } from "../../src/wire/reader.ts";
import { Writer } from "../../src/wire/writer.ts";
import { shown, writtenAt } from "./commands.ts";

const opened = (session: number): Answer => ({ kind: "session", session });
const expired = (session: number): Answer =>
  failed("session-expired", `session ${session} is not known any more: what was asked in it may have happened`, false);
const forgotten = (session: number, sequence: number): Answer =>
  failed("answer-forgotten", `the answer to request ${sequence} of session ${session} is not kept any more`, false);

/** Sessions, those of these IDs opened one behind the other. */
function sessionsOf(...ids: readonly number[]): Sessions {
  const sessions = new Sessions();
  for (const id of ids) sessions.open(id);
  return sessions;
}

/** Keeps answers to requests of a session, as after their application. */
function keep(sessions: Sessions, session: number, sequences: readonly number[], answerTo = writtenAt): void {
  for (const sequence of sequences) {
    expect(sessions.recall({ session, sequence })).toBeUndefined();
    sessions.keep({ session, sequence }, answerTo(sequence));
  }
}

const upTo = (count: number, from = 0): readonly number[] => Array.from({ length: count }, (_, i) => from + i);

/** A text that takes so many bytes as an answer, with the 64 that each takes. */
const answerOf = (bytes: number) => (): Answer => shown("x".repeat(bytes - 64));

describe("a session", () => {
  it("is known from when it is opened", () => {
    const sessions = sessionsOf();
    expect([sessions.resume(5), sessions.recall({ session: 5, sequence: 0 })]).toEqual([expired(5), expired(5)]);
    expect(sessions.open(5)).toEqual(opened(5));
    expect([sessions.resume(5), sessions.size]).toEqual([opened(5), 1]);
  });

  it("answers a request again that it has answered, and has others applied, in whatever order they come", () => {
    const sessions = sessionsOf(1, 2);
    keep(sessions, 1, [7, 3, 2 ** 53 - 1, 0, 100]);
    for (const sequence of [0, 3, 7, 100, 2 ** 53 - 1]) {
      expect(sessions.recall({ session: 1, sequence })).toEqual(writtenAt(sequence));
      expect(sessions.recall({ session: 2, sequence })).toBeUndefined();
    }
    for (const sequence of [1, 2, 4, 99, 101]) expect(sessions.recall({ session: 1, sequence })).toBeUndefined();
  });

  it("answers an error again: what failed once is not tried again", () => {
    const sessions = sessionsOf(1);
    const full = failed("full", "no room", true);
    keep(sessions, 1, [4], () => full);
    expect(sessions.recall({ session: 1, sequence: 4 })).toEqual(full);
  });

  it("keeps the answers to its 512 latest requests, and says of those before that they are forgotten", () => {
    const sessions = sessionsOf(1);
    keep(sessions, 1, upTo(512, 10));
    expect(sessions.recall({ session: 1, sequence: 9 })).toBeUndefined();
    keep(sessions, 1, [2000, 2001]);
    for (const sequence of [0, 9, 10, 11]) {
      expect(sessions.recall({ session: 1, sequence })).toEqual(forgotten(1, sequence));
    }
    for (const sequence of [12, 521, 2001]) {
      expect(sessions.recall({ session: 1, sequence })).toEqual(writtenAt(sequence));
    }
    expect(sessions.recall({ session: 1, sequence: 1999 })).toBeUndefined();
  });

  it("forgets at once what is older than all that it keeps, when it keeps as much as it may", () => {
    const sessions = sessionsOf(1);
    keep(sessions, 1, upTo(512, 10));
    keep(sessions, 1, [5]);
    expect(sessions.recall({ session: 1, sequence: 5 })).toEqual(forgotten(1, 5));
    expect(sessions.recall({ session: 1, sequence: 10 })).toEqual(writtenAt(10));
    expect(sessions.recall({ session: 1, sequence: 6 })).toBeUndefined();
  });

  it("keeps 64 KiB of answers", () => {
    const sessions = sessionsOf(1);
    keep(sessions, 1, upTo(4), answerOf(2 ** 14));
    expect(sessions.recall({ session: 1, sequence: 0 })).toMatchObject({ kind: "display" });
    keep(sessions, 1, [4], answerOf(64));
    expect(sessions.recall({ session: 1, sequence: 0 })).toEqual(forgotten(1, 0));
    expect(sessions.recall({ session: 1, sequence: 1 })).toMatchObject({ kind: "display" });
  });

  it("keeps no answer of more than 16 KiB, but that it was given", () => {
    const sessions = sessionsOf(1);
    keep(sessions, 1, [1], answerOf(64));
    keep(sessions, 1, [2], answerOf(2 ** 14 + 1));
    expect(sessions.recall({ session: 1, sequence: 1 })).toMatchObject({ kind: "display" });
    expect(sessions.recall({ session: 1, sequence: 2 })).toMatchObject({ code: "answer-forgotten", definite: false });
  });

  it("that is dropped in between keeps nothing", () => {
    const sessions = sessionsOf();
    sessions.keep({ session: 1, sequence: 1 }, writtenAt(1));
    expect(sessions.size).toBe(0);
  });
});

describe("of too many sessions", () => {
  it("the least recently used are dropped; a retry is a use, asking whether it is known is none", () => {
    const sessions = sessionsOf(...upTo(MAX_SESSIONS));
    keep(sessions, 0, [1]);
    sessions.open(5000);
    expect([sessions.resume(1), sessions.resume(0)]).toEqual([expired(1), opened(0)]);
    sessions.recall({ session: 0, sequence: 1 });
    sessions.recall({ session: 2, sequence: 1 });
    sessions.resume(3);
    for (const id of upTo(MAX_SESSIONS - 2, 6000)) sessions.open(id);
    expect([2, 3, 0, 4095, 5000].map((id) => sessions.resume(id).kind)).toEqual([
      "session",
      "error",
      "session",
      "error",
      "error",
    ]);
    expect(sessions.size).toBe(MAX_SESSIONS);
  });

  it("with too large answers together the least recently used are dropped", () => {
    const sessions = sessionsOf(...upTo(1025));
    for (const session of upTo(1024)) keep(sessions, session, upTo(4), answerOf(2 ** 14));
    expect(sessions.size).toBe(1025);
    sessions.recall({ session: 0, sequence: 1 });
    keep(sessions, 1024, [1], answerOf(64));
    expect([sessions.size, sessions.resume(0), sessions.resume(1)]).toEqual([1024, opened(0), expired(1)]);
    keep(sessions, 5, [4], answerOf(2 ** 14));
    expect([sessions.size, sessions.recall({ session: 5, sequence: 0 })]).toEqual([1024, forgotten(5, 0)]);
  });
});

describe("sessions that were saved", () => {
  const saved = (write: (writer: Writer) => void): Reader => {
    const writer = new Writer();
    write(writer);
    return new Reader(writer.take());
  };

  it("come back with what is forgotten and in the order of their use", () => {
    const sessions = sessionsOf(...upTo(MAX_SESSIONS));
    keep(sessions, 0, upTo(518), (sequence) => (sequence % 2 === 0 ? writtenAt(sequence) : shown("text")));
    const copy = sessionsOf();
    const reader = saved((writer) => sessions.save(writer));
    copy.load(reader);
    expect([reader.failure, reader.remaining]).toEqual([undefined, 0]);
    copy.open(5000);
    expect([copy.resume(0), copy.resume(1), copy.resume(2)]).toEqual([opened(0), expired(1), opened(2)]);
    expect(copy.recall({ session: 0, sequence: 5 })).toEqual(forgotten(0, 5));
    expect(copy.recall({ session: 0, sequence: 6 })).toEqual(writtenAt(6));
  });

  /** One session of an ID, without answers. */
  const bare = (writer: Writer, id: number): void => {
    writer.u64(id);
    writer.u8(0);
    writer.u16(0);
  };
  /** One session that has forgotten 5 and keeps answers of so many bytes to these requests. */
  const keeping = (writer: Writer, sequences: readonly number[], bytes = 64): void => {
    writer.u16(1);
    writer.u64(1);
    writer.u8(1);
    writer.u64(5);
    writer.u16(sequences.length);
    for (const sequence of sequences) {
      writer.u64(sequence);
      writer.u8(1);
      writer.u32(bytes - 64);
      writer.bytes(Buffer.alloc(bytes - 64, "x"));
    }
  };

  it.each<[string, (writer: Writer) => void, string | undefined]>([
    ["as many as there may be", (w) => save(w, upTo(MAX_SESSIONS)), undefined],
    ["more than there may be", (w) => save(w, upTo(MAX_SESSIONS + 1)), "more sessions than there may be"],
    ["two of one ID", (w) => save(w, [1, 2, 1]), "two sessions of one ID"],
    ["answers behind what is forgotten", (w) => keeping(w, [6, 8]), undefined],
    ["an answer to what is forgotten", (w) => keeping(w, [5]), "an answer out of its place"],
    ["an answer twice", (w) => keeping(w, [6, 6]), "an answer out of its place"],
    ["answers in disorder", (w) => keeping(w, [8, 7]), "an answer out of its place"],
    ["as many answers as one keeps", (w) => keeping(w, upTo(512, 6)), undefined],
    ["more answers than one keeps", (w) => keeping(w, upTo(513, 6)), "more answers than a session keeps"],
    ["larger answers than one keeps", (w) => keeping(w, upTo(3, 6), 400_000), "more answers than a session keeps"],
  ])("with %s are taken or refused: %#", (_what, write, failure) => {
    const reader = saved(write);
    sessionsOf().load(reader);
    expect(reader.failure).toBe(failure);
  });

  function save(writer: Writer, ids: readonly number[]): void {
    writer.u16(ids.length);
    for (const id of ids) bare(writer, id);
  }
});
