import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { client } from "../../src/cli/client.ts";
import { type Answer, failed, type Request } from "../../src/core/request.ts";
import { FakeState, FakeStore } from "../support/fake-store.ts";
import { freePorts } from "../support/free-ports.ts";

let printed = "";
let complaints = "";
const peers: FakeStore[] = [];
beforeEach(() => {
  [printed, complaints] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    complaints += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.stdout.removeAllListeners("error");
  await Promise.all(peers.splice(0).map((peer) => peer.kill()));
});

async function peerWith(manner?: FakeStore["manner"], state = new FakeState()): Promise<FakeStore> {
  const peer = await FakeStore.listen(state, manner);
  peers.push(peer);
  return peer;
}

/** Lets stdin say these chunks and end. */
function stdinSays(...chunks: readonly (string | Buffer)[]): void {
  const stdin = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  // The rest of what makes stdin what it is plays no part here.
  vi.spyOn(process, "stdin", "get").mockReturnValue(stdin as unknown as typeof process.stdin);
}

/** The exit code of the command when stdin says these lines. */
function run(some: readonly FakeStore[], lines: readonly string[], flags: { json?: true } = {}): Promise<number> {
  stdinSays(lines.map((line) => `${line}\n`).join(""));
  return client(
    some.map(({ address }) => address),
    { timeout: 5, ...flags },
  );
}

describe("commands of a pipe", () => {
  test("are carried out, and their answers printed, for people", async () => {
    const lines = [
      ...["create notes", 'append notes "hello\\n"', "append notes bye", "read notes", "list", "delete notes", "list"],
      ...["write k v", "write k w 41", "read k", "get k", "get k at 41", "get k version 1", "get none"],
      ...["atomic", "create a", "append a x", "read a", "end", "ping", "exit", "create never"],
    ];
    expect(await run([await peerWith()], lines)).toBe(0);
    expect(printed.split("\n")).toEqual([
      ...["created notes", "appended 6 bytes to notes", "appended 3 bytes to notes", "hello", "bye", "notes"],
      ...["deleted notes", "written at 1", "written at 42", "w", "written at 42: w", "written at 1: v"],
      ...["written at 1: v", "none", "created a", "appended 1 bytes to a", "x", "fake", "goodbye", ""],
    ]);
    expect(complaints).toBe("");
  });

  test("are answered in JSON, whole and in ASCII", async () => {
    const lines = [
      "create é\u202e",
      'append é\u202e "\\u{1b}\\n"',
      "read é\u202e",
      "list",
      "get k",
      "oops",
      "delete f",
    ];
    expect(await run([await peerWith()], lines, { json: true })).toBe(1);
    expect(printed).toMatch(/^[ -~\n]+$/);
    expect(
      printed
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { HumanDisplay: "created é\u202e" },
      { HumanDisplay: "appended 2 bytes to é\u202e" },
      { HumanDisplay: "\x1b\n" },
      { HumanDisplay: "é\u202e" },
      { Value: null },
      { Error: { code: "malformed", message: "no such command; help lists what there is", definite: true } },
      { Error: { code: "not-found", message: "there is no file f", definite: true } },
    ]);
    expect(complaints).toBe("");
  });

  test("need no line feed at the end, and may be parted anywhere", async () => {
    stdinSays("cre", "ate é".slice(0, -1), Buffer.from([0xc3]), Buffer.from([0xa9]), "\r\n\r\nli", "st");
    const peer = await peerWith();
    expect(await client([peer.address], { timeout: 5 })).toBe(0);
    expect(printed).toBe("created é\né\n");
  });

  test("read the file where there is one, else the value", async () => {
    const lines = ["write both value", "create both", "append both file", "read both", "delete both", "read both"];
    expect(await run([await peerWith()], [...lines, "read neither"])).toBe(1);
    expect(printed).toBe("written at 1\ncreated both\nappended 4 bytes to both\nfile\ndeleted both\nvalue\n");
    expect(complaints).toBe(
      "p2p-node: read neither: there is no file and no value of that name: it definitely did not happen\n",
    );
  });

  test("print nothing that could steer a terminal, and all of what they show", async () => {
    const peer = await peerWith();
    const state = peer.state;
    state.files.set("escapes", "\x1b[2J\u202e\ta\n\nb");
    state.files.set("long", "e\u0301".repeat(100_000));
    expect(await run([peer], ["read escapes", "read long"])).toBe(0);
    expect(printed).toBe(`\\u{1b}[2J\\u{202e}\\u{9}a\n\nb\n${"e\u0301".repeat(100_000)}\n`);
  });

  test("that touch different things may overtake each other, those that touch the same may not", async () => {
    const state = new FakeState();
    const peer = await peerWith(undefined, state);
    const lines = Array.from({ length: 1000 }, (_, n) => `write k${n % 500} v${n}`);
    expect(await run([peer], lines)).toBe(0);
    expect(printed.match(/written at \d+/g)).toHaveLength(1000);
    for (let n = 0; n < 500; n++) {
      expect(state.values.get(`k${n}`)?.map(({ value }) => value)).toEqual([`v${n}`, `v${n + 500}`]);
    }
  });

  test("that touch the same thing happen one after another", async () => {
    // Nothing is answered until all that comes together is there: who asks ahead is seen.
    const state = new FakeState();
    const waiting: string[] = [];
    const together: string[] = [];
    const peer = await peerWith((request, { session }) => {
      if (request.kind === "do") {
        waiting.push(request.request.kind);
        setImmediate(() => {
          if (waiting.length > 0) together.push(waiting.splice(0).join(" "));
        });
      }
      return state.answer(request, session);
    }, state);
    const lines = ["create f", "append f 1", "append f 2", "write a 1", "write b 1", "write a 2", "list", "create g"];
    expect(await run([peer], lines)).toBe(0);
    expect(together).toEqual(["create write write", "append write", "append", "create"]);
    expect(state.files.get("f")).toBe("12");
  });
});

describe("failures", () => {
  test("each are told in one line, with what became of the command", async () => {
    const errors: Record<string, Answer> = {
      gone: failed("answer-forgotten", "the answer is not kept any more", false),
      big: failed("too-large", "a file holds no more\x1b", true),
    };
    const state = new FakeState();
    const peer = await peerWith(
      (request, { session }) =>
        (request.kind === "do" && "name" in request.request ? errors[request.request.name] : undefined) ??
        state.answer(request, session),
      state,
    );
    const lines = ["create gone", "create big", "crate x", 'create "x', "create fine", "atomic", "create y"];
    expect(await run([peer], lines)).toBe(1);
    expect(printed).toBe("created fine\n");
    expect(complaints.trimEnd().split("\n")).toEqual([
      "p2p-node: create gone: the answer is not kept any more: it may have happened",
      "p2p-node: create big: a file holds no more\\u{1b}: it definitely did not happen",
      "p2p-node: crate x: no such command; did you mean create? help lists what there is: it definitely did not happen",
      'p2p-node: create "x: a " is not closed: it definitely did not happen',
      "p2p-node: atomic: the list has no end: it definitely did not happen",
    ]);
  });

  test("of an atomic list are told once, by its name", async () => {
    expect(await run([await peerWith()], ["atomic", "create a", "create a", "end", "list"])).toBe(1);
    expect(complaints).toBe("p2p-node: atomic: there is a file a: it definitely did not happen\n");
    expect(printed).toBe("");
  });

  test("are lines that are too long, and bytes that are no UTF-8", async () => {
    const peer = await peerWith();
    stdinSays(`create ${"x".repeat(1_048_576)}\n`, Buffer.from([0x61, 0xff, 0x0a]), "ping\n");
    expect(await client([peer.address], { timeout: 5 })).toBe(1);
    expect(printed).toBe("fake\n");
    expect(complaints).toMatch(
      /^p2p-node: too-long: a line has 1048576 bytes at most: it def.*\n.*: a line is UTF-8: /,
    );
  });

  test("of a peer are made good by the next", async () => {
    const state = new FakeState();
    const [first, second] = [await peerWith(undefined, state), await peerWith(undefined, state)];
    let asked = 0;
    const usual = first.manner;
    first.manner = (request: Request, connection) => {
      const answer = usual(request, connection);
      asked += request.kind === "do" ? 1 : 0;
      if (asked < 3) return answer;
      void first.kill();
      return undefined;
    };
    const lines = ["create f", ...Array.from({ length: 9 }, (_, n) => `append f ${n}`), "read f"];
    expect(await run([first, second], lines)).toBe(0);
    expect(printed).toMatch(/\n012345678\n$/);
    expect(complaints).toBe("");
  });

  test("from the start end with 1 and one line", async () => {
    const [port] = await freePorts(1);
    expect(await client([`127.0.0.1:${port}`], { timeout: 5 })).toBe(1);
    expect(complaints).toMatch(/^p2p-node: 127\.0\.0\.1:\d+: connect ECONNREFUSED .*\. Is a peer running there\?\n$/);
    complaints = "";
    expect(await client(["nonsense"], { timeout: 5 })).toBe(1);
    expect(complaints).toMatch(/^p2p-node: client nonsense: an address is host:port/);
    complaints = "";
    expect(await client([], { timeout: 5 })).toBe(2);
    expect(complaints).toMatch(/^p2p-node: client: say the address of a peer/);
  });

  test("a peer that never answers is given up in time", async () => {
    const peer = await peerWith();
    stdinSays("create f\n");
    const usual = peer.manner;
    peer.manner = (request, connection) => (request.kind === "do" ? undefined : usual(request, connection));
    expect(await client([peer.address], { timeout: 1 })).toBe(1);
    expect(complaints).toMatch(/^p2p-node: create f: no outcome within 1000 ms.*: it may have happened\n$/);
  });
});

test("whoever does not read on is a good end, and nothing more is asked", async () => {
  const peer = await peerWith();
  stdinSays("ping\nping\n");
  vi.mocked(process.stdout.write).mockImplementation((text) => {
    printed += String(text);
    // As a pipe whose other end is closed.
    process.nextTick(() => process.stdout.emit("error", new Error("EPIPE")));
    return false;
  });
  expect(await client([peer.address], { timeout: 5 })).toBe(0);
  expect(printed).toBe("fake\n");
});
