import { afterEach, describe, expect, inject, test } from "vitest";
import { FakeStore } from "../support/fake-store.ts";
import { Lab, leaderOf, PROGRAM } from "../support/processes.ts";
import { Terminal } from "../support/terminal.ts";
import { Tool } from "../support/tool.ts";

const peers: FakeStore[] = [];
const tools: Tool[] = [];
const terminals: Terminal[] = [];
afterEach(async () => {
  for (const tool of tools.splice(0)) tool.kill();
  await Promise.all(terminals.splice(0).map((terminal) => terminal.close()));
  await Promise.all(peers.splice(0).map((peer) => peer.kill()));
});

async function listen(): Promise<FakeStore> {
  const peer = await FakeStore.listen();
  peers.push(peer);
  return peer;
}

function start(...words: readonly string[]): Tool {
  const tool = new Tool("client", ...words);
  tools.push(tool);
  return tool;
}

describe("client on pipes", () => {
  test("answers each command as soon as it is said, and ends with its input", async () => {
    const tool = start((await listen()).address);
    tool.child.stdin.write("create notes\n");
    expect(await tool.printed(1)).toEqual(["created notes"]);
    tool.child.stdin.write("append notes hello\nread notes\n");
    expect(await tool.printed(3)).toEqual(["created notes", "appended 5 bytes to notes", "hello"]);
    tool.child.stdin.end();
    expect(await tool.ended).toEqual({ code: 0, stderr: "" });
  });

  test("prints answers on stdout and errors on stderr, and ends with 1 where there was any", async () => {
    const tool = start((await listen()).address);
    tool.child.stdin.end("read notes\nping\nexit\n");
    expect(await tool.ended).toEqual({
      code: 1,
      stderr: "p2p-node: read notes: there is no file and no value of that name: it definitely did not happen\n",
    });
    expect(tool.lines).toEqual(["fake", "goodbye"]);
  });
});

describe("client of three peers, of which the leader", () => {
  const LINES = 2000;

  test.each(["SIGKILL", "SIGSTOP"] as const)(
    "takes a %s meanwhile, does every line once and in order",
    async (signal) => {
      const lab = new Lab();
      try {
        const all = await lab.cluster(3);
        const leader = await leaderOf(all);
        // It is asked first, so that it is the one that is lost.
        const ports = [leader, ...all.filter((peer) => peer !== leader)].map(({ port }) => port);
        const tool = start(ports.join(","));
        const numbers = Array.from({ length: LINES }, (_, n) => `${n}`);
        tool.child.stdin.write(["create log", ...numbers.map((n) => `append log "${n}\\n"`)].join("\n"));
        await tool.printed(LINES / 4);
        leader.signal(signal);
        tool.child.stdin.end("\nread log\n");
        expect(await tool.ended).toEqual({ code: 0, stderr: "" });
        expect(tool.lines.slice(1 + LINES)).toEqual(numbers);
      } finally {
        await lab.close();
      }
    },
  );
});

describe.skipIf(!inject("tmux"))("client on a terminal", () => {
  async function show(peer: FakeStore): Promise<Terminal> {
    const terminal = await Terminal.open([process.execPath, PROGRAM, "client", peer.address]);
    terminals.push(terminal);
    await terminal.until(/^>$/m, "prompt");
    return terminal;
  }

  test("prompts, completes, remembers and says goodbye", async () => {
    const peer = await listen();
    const terminal = await show(peer);
    // What comes with more in one go is taken for pasted, tabs too.
    const type = async (begun: string, whole: string): Promise<void> => {
      await terminal.keys(begun);
      await terminal.until(new RegExp(`${begun}$`, "m"), "typed word");
      await terminal.keys("Tab");
      await terminal.until(new RegExp(`^> ${whole}$`, "m"), "completed word");
    };
    await type("crea", "create");
    await terminal.keys("notes", "Enter");
    await terminal.until(/^created notes\n>$/m, "answer");
    await type("app", "append");
    await type("no", "append notes");
    await terminal.keys("hello", "Enter");
    await terminal.until(/^appended 5 bytes to notes\n>$/m, "answer");
    await terminal.keys("Up", "Up", "Enter");
    await terminal.until(/there is a file notes: it definitely did not happen\n>$/m, "error");
    for (const line of ["atomic", "read notes"]) await terminal.keys(line, "Enter");
    await terminal.until(/^atomic> read notes\natomic>$/m, "prompt of a list");
    // In one word it would be the key of that name.
    await terminal.keys("en", "d", "Enter");
    await terminal.until(/^hello\n>$/m, "what the list tells");
    await terminal.keys("exit", "Enter");
    expect(await terminal.exitCode()).toBe(1);
    expect(await terminal.screen()).toMatch(/^> exit\ngoodbye\n/m);
  });

  test("ends with 0 by ^D, and by ^C while it waits", async () => {
    const peer = await listen();
    const idle = await show(peer);
    await idle.keys("C-d");
    expect(await idle.exitCode()).toBe(0);
    const waiting = await show(peer);
    peer.manner = () => undefined;
    await waiting.keys("list", "Enter");
    await waiting.until(() => peer.heard.includes('"List"'), "request");
    await waiting.keys("C-c");
    expect(await waiting.exitCode()).toBe(1);
    expect(await waiting.screen()).toMatch(/list: the client was closed before there was an answer/);
  });
});
