import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blankBand, flip } from "../../src/core/board.ts";
import { encodeFrame } from "../../src/wire/frame.ts";
import { headOfAnswer, type JobAnswer, type JobRequest, writeJobAnswer } from "../../src/wire/job-message.ts";
import { MAX_JOB_BYTES, writeFrames } from "../../src/wire/more.ts";
import { answersIn, asked, CALLER_HELLO, CallerRig, pinged, STANDING } from "./caller-rig.ts";
import { framesIn, helloBytes } from "./stranger.ts";
import { until } from "./visitor.ts";

const COUNT: JobRequest = { kind: "count-alive", job: 0, since: null };
const COUNTED: JobAnswer = { kind: "count-alive", ...STANDING };

const IDS = Array.from({ length: 16 }, (_, index) => index + 1);

let rig: CallerRig;
beforeEach(() => {
  rig = new CallerRig();
});
afterEach(() => rig.close());

/** A board in which cells live all over. */
function busyBoard(size: number) {
  const board = blankBand(size);
  for (let y = 0; y < size; y++) for (let x = y % 3; x < size; x += 3) flip(board, x, y);
  return board;
}

const answerCount = (count: number) => (bytes: Buffer) => framesIn(bytes).length >= count;

describe("a PING", () => {
  test("is answered with its bytes at once, and the peer is told nothing", async () => {
    await rig.open();
    const program = await rig.program();
    program.send(Buffer.concat([pinged(9, "one"), pinged(0, "unanswered"), pinged(8, "two")]));
    const heard = await program.hear(answerCount(2), "answers");
    expect(framesIn(heard).map(({ type, requestId, payload }) => [type, requestId, payload.toString()])).toEqual([
      [0x81, 9, "one"],
      [0x81, 8, "two"],
    ]);
    expect(rig.inputs).toEqual([]);
  });

  test("is answered however its bytes come", async () => {
    await rig.open();
    const program = await rig.program(Buffer.alloc(0));
    await program.sendSlowly(Buffer.concat([CALLER_HELLO, pinged(1), pinged(2)]), 0);
    expect(framesIn(await program.hear(answerCount(2), "answers"))).toHaveLength(2);
  });
});

describe("what is asked of the pool", () => {
  test("is given to the peer together, behind the connection, with what came in one go", async () => {
    await rig.open();
    const program = await rig.program(
      Buffer.concat([CALLER_HELLO, asked(1, COUNT), pinged(2), asked(3, { kind: "kill", job: 7 })]),
    );
    await program.hear(answerCount(1), "PONG");
    expect(rig.inputs).toEqual([
      { kind: "caller-up", session: 2, address: expect.stringMatching(/^127\.0\.0\.1:/) },
      {
        kind: "calls",
        session: 2,
        calls: [
          { requestId: 1, request: COUNT },
          { requestId: 3, request: { kind: "kill", job: 7 } },
        ],
      },
    ]);
  });

  test("is answered in any order, and all that one turn answers leaves in one write", async () => {
    await rig.open();
    const program = await rig.program(Buffer.concat([CALLER_HELLO, ...[1, 2, 3].map((id) => asked(id, COUNT))]));
    await until(() => rig.calls().length === 3, "the requests");
    const before = rig.sockets[0]?.bytesWritten;
    let writes = 0;
    const socket = rig.sockets[0];
    const write = socket?.write.bind(socket);
    if (socket !== undefined && write !== undefined) {
      socket.write = ((bytes: Buffer) => {
        writes += 1;
        return write(bytes);
      }) as typeof socket.write;
    }
    rig.door.write(2, [{ requestId: 3, answer: COUNTED }]);
    rig.door.write(
      2,
      [1, 2].map((requestId) => ({ requestId, answer: COUNTED })),
    );
    expect([before, writes]).toEqual([0, 0]);
    rig.door.flush();
    expect(writes).toBe(1);
    const heard = await program.hear(answerCount(3), "answers");
    expect(answersIn(heard)).toEqual([3, 1, 2].map((id) => [id, COUNTED]));
  });

  test("may be as long as a board, and so may its answer", async () => {
    await rig.open();
    const board = busyBoard(4096);
    const request: JobRequest = { kind: "process-gol", turns: null, pace: 0, topology: "torus", board };
    const program = await rig.program(Buffer.concat([CALLER_HELLO, asked(5, request)]));
    await until(() => rig.calls().length === 1, "the request");
    const [call] = rig.calls();
    expect(
      call?.request.kind === "process-gol" && call.request.board.words.every((word, at) => word === board.words[at]),
    ).toBe(true);
    const answer: JobAnswer = { kind: "screenshot", ...STANDING, y: 0, rows: 4096, band: board };
    const frames = writeFrames(
      { ...headOfAnswer(answer), requestId: 5 },
      (writer) => writeJobAnswer(writer, answer),
      MAX_JOB_BYTES,
    );
    expect(frames.length).toBeGreaterThan(2 * 1024 * 1024);
    rig.answer(2, [5, answer]);
    const heard = await program.hear((bytes) => bytes.length >= frames.length, "the board");
    expect(heard.equals(frames)).toBe(true);
  });

  test("is answered by an ERROR of its own where it cannot be, and the connection goes on", async () => {
    await rig.open();
    const bad = [
      encodeFrame({ type: 0x0a, requestId: 1, imageSize: 0 }, Buffer.of(1, 2, 3)),
      encodeFrame({ type: 0x08, requestId: 2, imageSize: 15 }, Buffer.of(0, 0, 0, 0, 0, 0, 0)),
      asked(3, { kind: "subscribe", speed: 9 }),
    ];
    const program = await rig.program(Buffer.concat([CALLER_HELLO, ...bad, pinged(4)]));
    expect(answersIn(await program.hear(answerCount(4), "answers"))).toEqual([
      [1, { kind: "error", code: "malformed", text: "too short" }],
      [2, { kind: "error", code: "malformed", text: "a board of side 15" }],
      [3, { kind: "error", code: "refused", text: "only peers join the workers" }],
      [4, { kind: "ping", data: Buffer.from("p") }],
    ]);
    expect(rig.inputs).toEqual([]);
  });

  test("is not answered twice, and nothing is that was not asked", async () => {
    await rig.open();
    const program = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, COUNT)]));
    await until(() => rig.calls().length === 1, "the request");
    rig.answer(2, [1, COUNTED], [1, COUNTED], [2, COUNTED]);
    rig.answer(4, [1, COUNTED]);
    program.send(pinged(9));
    expect(answersIn(await program.hear(answerCount(2), "answers")).map(([id]) => id)).toEqual([1, 9]);
    expect(rig.counters.all()).toEqual({ "callers.unasked": 2 });
  });

  test("may be 65,535 at a time", async () => {
    await rig.open();
    const all = Array.from({ length: 65_535 }, (_, index) => index + 1);
    const program = await rig.program(Buffer.concat([CALLER_HELLO, ...all.map((id) => asked(id, COUNT))]));
    await until(() => rig.calls().length === all.length, "all requests");
    rig.answer(2, ...all.toReversed().map((id) => [id, COUNTED] as const));
    // A header, three numbers of 8 bytes, one of 4 and a state.
    await program.hear((bytes) => bytes.length >= all.length * (11 + 29), "all answers");
    expect(answersIn(program.received).map(([id]) => id)).toEqual(all.toReversed());
  });
});

describe("what is no frame, or cannot be one of a program, ends the connection with one ERROR", () => {
  const bad: readonly (readonly [string, Buffer, RegExp])[] = [
    ["noise", Buffer.alloc(64, 0xa5), /bad version/],
    ["a length out of range", Buffer.of(1, 0x0a, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0, 0), /bad length/],
    ["a wrong checksum", Buffer.concat([pinged(1).subarray(0, -1), Buffer.of(0)]), /bad checksum/],
    ["a type that is none", encodeFrame({ type: 0x23, requestId: 1, imageSize: 0 }, Buffer.alloc(9)), /type 0x23/],
    ["an answer", encodeFrame({ type: 0x8a, requestId: 1, imageSize: 0 }, Buffer.alloc(9)), /type 0x8a/],
    ["a second HELLO", CALLER_HELLO, /type 0x10/],
    ["a request without an ID", asked(0, COUNT), /without an ID/],
    ["an ID that is under way", Buffer.concat([asked(7, COUNT), asked(7, COUNT)]), /ID 7 twice/],
    ["a piece from the middle", encodeFrame({ type: 0x11, requestId: 1, imageSize: 0 }, Buffer.alloc(99)), /in pieces/],
  ];

  test.each(bad)("%s", async (_, bytes, reason) => {
    await rig.open();
    const program = await rig.program(Buffer.concat([CALLER_HELLO, pinged(1), bytes]));
    program.halfClose();
    await program.closed;
    const [first, second, ...rest] = framesIn(program.received);
    expect([first?.type, second?.type, second?.requestId, rest]).toEqual([0x81, 0x7f, 0, []]);
    expect(answersIn(program.received).at(1)?.[1]).toMatchObject({
      code: "malformed",
      text: expect.stringMatching(reason),
    });
    expect(rig.counters.all()).toMatchObject({ "frames.refused": 1 });
  });

  test("the HELLO of a peer", async () => {
    await rig.open();
    const program = await rig.program(helloBytes(1));
    program.halfClose();
    await program.closed;
    expect(answersIn(program.received)).toMatchObject([[0, { code: "malformed" }]]);
  });

  test("and the peer is told, if it knew of the connection", async () => {
    await rig.open();
    const program = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, COUNT)]));
    await until(() => rig.calls().length === 1, "the request");
    program.send(Buffer.alloc(20, 0xff));
    await until(() => rig.downs().length === 1, "the end");
    expect(rig.downs()).toEqual(["2 bad version"]);
  });
});

describe("a connection", () => {
  test("that is half closed gets all its answers, and then its end", async () => {
    await rig.open();
    const program = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, COUNT), asked(2, COUNT)]));
    program.halfClose();
    await until(() => rig.calls().length === 2, "the requests");
    rig.answer(2, [2, COUNTED]);
    await program.hear(answerCount(1), "an answer");
    expect(rig.downs()).toEqual([]);
    rig.answer(2, [1, COUNTED]);
    await program.closed;
    expect(answersIn(program.received).map(([id]) => id)).toEqual([2, 1]);
    expect(rig.downs()).toEqual(["2 closed by the program"]);
  });

  test("ends behind the answer to QUIT, and nothing behind it is heard", async () => {
    await rig.open();
    const program = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, { kind: "quit" }), asked(2, COUNT)]));
    await until(() => rig.calls().length === 1, "the request");
    rig.answer(2, [1, { kind: "quit", term: 3 }]);
    await program.ended;
    expect(answersIn(program.received)).toEqual([[1, { kind: "quit", term: 3 }]]);
    expect(rig.calls().map(({ requestId }) => requestId)).toEqual([1]);
    expect(rig.downs()).toEqual(["2 quit"]);
  });

  test("that breaks is told once", async () => {
    await rig.open();
    const program = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, COUNT)]));
    await until(() => rig.calls().length === 1, "the request");
    program.reset();
    await until(() => rig.downs().length > 0, "the end");
    rig.answer(2, [1, COUNTED]);
    expect(rig.downs()).toHaveLength(1);
  });

  test("that the peer closes gets what was queued, and is not told of", async () => {
    await rig.open();
    const program = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, COUNT), asked(2, COUNT)]));
    await until(() => rig.calls().length === 2, "the requests");
    rig.door.write(2, [{ requestId: 1, answer: COUNTED }]);
    rig.door.close(2);
    rig.door.flush();
    await program.ended;
    expect(answersIn(program.received).map(([id]) => id)).toEqual([1]);
    program.halfClose();
    await program.closed;
    expect(rig.downs()).toEqual([]);
  });

  test("that the peer does not want to hear waits, and loses nothing", async () => {
    await rig.open();
    const program = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, COUNT)]));
    await until(() => rig.calls().length === 1, "the request");
    rig.door.read(2, false);
    rig.door.flush();
    program.send(Buffer.concat([asked(2, COUNT), pinged(3), asked(4, COUNT)]));
    const other = await rig.program(Buffer.concat([CALLER_HELLO, pinged(1)]));
    await other.hear(answerCount(1), "PONG");
    expect(rig.calls()).toHaveLength(1);
    rig.door.read(2, true);
    rig.door.flush();
    await program.hear(answerCount(1), "PONG");
    expect(rig.calls().map(({ requestId }) => requestId)).toEqual([1, 2, 4]);
  });

  test("on which something was asked is kept however long it says nothing, one on which nothing was is not", async () => {
    await rig.open({ guestTimeoutMs: 50 });
    const caller = await rig.program(Buffer.concat([CALLER_HELLO, pinged(1)]));
    await caller.hear(answerCount(1), "PONG");
    const guest = await rig.program();
    await guest.closed;
    caller.send(pinged(2));
    await caller.hear(answerCount(2), "PONG");
    expect(rig.counters.all()).toEqual({ "callers.silent": 1 });
  });

  test("ends in order with all others", async () => {
    await rig.open();
    const program = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, COUNT)]));
    await until(() => rig.calls().length === 1, "the request");
    rig.door.write(2, [{ requestId: 1, answer: COUNTED }]);
    program.socket.once("end", () => program.halfClose());
    await rig.door.closeAll();
    await program.closed;
    expect(answersIn(program.received).map(([id]) => id)).toEqual([1]);
  });
});

describe("limits", () => {
  test("one program too many is told that it is, and the next is taken when one has gone", async () => {
    await rig.open({ maxCallers: 1 });
    const first = await rig.program(Buffer.concat([CALLER_HELLO, pinged(1)]));
    await first.hear(answerCount(1), "PONG");
    const second = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, COUNT)]));
    second.halfClose();
    await second.closed;
    expect(answersIn(second.received)).toMatchObject([[0, { code: "busy", text: "too many programs at a time" }]]);
    first.reset();
    await until(() => rig.sockets[0]?.destroyed === true, "the end of the first");
    const third = await rig.program(Buffer.concat([CALLER_HELLO, pinged(1)]));
    await third.hear(answerCount(1), "PONG");
  });

  test("a program whose requests hold as much as they may is not read until half of it is answered", async () => {
    const board = busyBoard(512);
    await rig.open({ maxAskedBytes: 2 * board.words.byteLength });
    const program = await rig.program();
    for (const id of [1, 2, 3, 4]) program.send(asked(id, { kind: "flip", job: 7, board }));
    program.send(pinged(5));
    await until(() => rig.calls().length === 2, "two requests");
    const other = await rig.program(Buffer.concat([CALLER_HELLO, pinged(1)]));
    await other.hear(answerCount(1), "PONG");
    expect(rig.calls()).toHaveLength(2);
    rig.answer(2, [2, { kind: "flip", ...STANDING }]);
    rig.answer(2, [1, { kind: "flip", ...STANDING }]);
    await until(() => rig.calls().length === 4, "all requests");
  });

  test("no program is read while the requests of all hold as much as they may", async () => {
    const board = busyBoard(512);
    await rig.open({ maxAllAskedBytes: board.words.byteLength });
    const one = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, { kind: "flip", job: 7, board })]));
    await until(() => rig.calls().length === 1, "a request");
    const other = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, COUNT)]));
    await until(() => (rig.sockets[1]?.bytesRead ?? 0) > CALLER_HELLO.length, "the bytes of the other");
    expect(rig.calls()).toHaveLength(1);
    rig.answer(2, [1, { kind: "flip", ...STANDING }]);
    await until(() => rig.calls().length === 2, "the other request");
    one.reset();
    other.reset();
  });

  test("a program that does not read its answers is not read, and cut off when too much waits", async () => {
    const board = busyBoard(2048);
    const shot: JobAnswer = { kind: "screenshot", ...STANDING, y: 0, rows: 2048, band: board };
    await rig.open({ maxWaitingBytes: 8 * 1024 * 1024 });
    const requests = Array.from({ length: 100 }, (_, id) => asked(id + 1, { kind: "screenshot", job: 0, rows: null }));
    const program = await rig.program();
    program.socket.pause();
    program.send(Buffer.concat(requests));
    await until(() => rig.calls().length === 100, "the requests");
    for (let id = 1; id <= 100 && rig.downs().length === 0; id++) rig.answer(2, [id, shot]);
    expect(rig.downs()).toEqual(["2 takes its answers too slowly"]);
    expect(rig.counters.all()).toEqual({ "callers.too-slow": 1 });
  });

  test("a program that takes nothing for long is cut off", async () => {
    const board = busyBoard(2048);
    await rig.open({ stallTimeoutMs: 100 });
    const program = await rig.program(Buffer.concat([CALLER_HELLO, ...IDS.map((id) => asked(id, COUNT))]));
    program.socket.pause();
    await until(() => rig.calls().length === 16, "the requests");
    for (let id = 1; id <= 16; id++)
      rig.answer(2, [id, { kind: "screenshot", ...STANDING, y: 0, rows: 2048, band: board }]);
    await until(() => rig.downs().length === 1, "the cut");
    expect(rig.downs()).toEqual(["2 takes nothing"]);
  });

  test("a message that begins must end in time, and all that have begun share their room", async () => {
    await rig.open({ messageTimeoutMs: 50, maxAllBegunBytes: 100_000 });
    const piece = (total: number): Buffer => {
      const payload = Buffer.alloc(1000);
      payload.writeUInt32BE(total);
      return encodeFrame({ type: 0x11, requestId: 1, imageSize: 0 }, payload);
    };
    const slow = await rig.program(Buffer.concat([CALLER_HELLO, piece(1_000_000)]));
    const late = await rig.program(Buffer.concat([CALLER_HELLO, piece(1_000_000)]));
    late.halfClose();
    await late.closed;
    expect(answersIn(late.received)).toMatchObject([[0, { code: "busy" }]]);
    await slow.closed;
    expect(rig.counters.all()).toMatchObject({ "callers.unfinished": 1 });
  });
});

describe("a connection to which nothing may be written at times", () => {
  test("is served like any other while it may be", async () => {
    rig.mayWrite = () => true;
    await rig.open();
    const program = await rig.program(Buffer.concat([CALLER_HELLO, pinged(1)]));
    await program.hear(answerCount(1), "PONG");
  });

  test.each([
    ["a PING", pinged(2)],
    ["a request that is answered", asked(2, COUNT)],
    ["what is refused", Buffer.alloc(20, 0xff)],
  ])("is reset by %s when it may not, and nothing is written", async (_, bytes) => {
    let may = true;
    rig.mayWrite = () => may;
    await rig.open();
    rig.answering(() => COUNTED);
    const program = await rig.program(Buffer.concat([CALLER_HELLO, asked(1, COUNT)]));
    await program.hear(answerCount(1), "an answer");
    may = false;
    program.send(bytes);
    await program.closed;
    expect(framesIn(program.received)).toHaveLength(1);
    expect(rig.downs()).toEqual(["2 nothing may be written to it any more"]);
    expect(rig.counters.all()).toMatchObject({ "callers.forbidden": 1 });
  });

  test("is reset with all its like as soon as that is told, others are not", async () => {
    let may = true;
    await rig.open();
    const always = await rig.program(Buffer.concat([CALLER_HELLO, pinged(1)]));
    await always.hear(answerCount(1), "PONG");
    rig.mayWrite = () => may;
    const program = await rig.program(Buffer.concat([CALLER_HELLO, pinged(1)]));
    await program.hear(answerCount(1), "PONG");
    may = false;
    rig.door.resetForbidden();
    await program.closed;
    always.send(pinged(2));
    await always.hear(answerCount(2), "PONG");
  });
});
