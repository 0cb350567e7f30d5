import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { GossipSocket } from "../support/gossip-socket.ts";
import { Lab, type PeerProcess, until } from "../support/processes.ts";
import { Tool } from "../support/tool.ts";

const TYPE = 1337;

let lab: Lab;
let peers: readonly PeerProcess[];
let tools: Tool[];
let sockets: GossipSocket[];

/** The peers of this file's tests, all linked. */
function useCluster(count: number): void {
  beforeAll(async () => {
    lab = new Lab();
    [tools, sockets] = [[], []];
    peers = await lab.cluster(count);
  });
  afterEach(async () => {
    for (const tool of tools) tool.kill();
    await Promise.all(tools.splice(0).map(({ ended }) => ended));
    for (const socket of sockets.splice(0)) socket.close();
  });
  afterAll(() => lab.close());
}

function peer(at: number): PeerProcess {
  const found = peers[at];
  if (found === undefined) throw new Error(`there is no peer ${at}`);
  return found;
}

function run(command: "announce" | "subscribe", to: PeerProcess, ...flags: readonly string[]): Tool {
  const tool = new Tool(command, String(to.port), "--type", String(TYPE), ...flags);
  tools.push(tool);
  return tool;
}

/** Runs `subscribe`, and waits until the peer has subscribed it. */
async function subscribe(to: PeerProcess, ...flags: readonly string[]): Promise<Tool> {
  const seen = to.lines.length;
  const tool = run("subscribe", to, ...flags);
  await to.event("type-subscribed", seen);
  return tool;
}

/** A program that subscribes the type and finds all of it valid. */
async function subscriber(to: PeerProcess): Promise<GossipSocket> {
  const seen = to.lines.length;
  const program = (await GossipSocket.subscriber(to.port, TYPE)).validateAll();
  sockets.push(program);
  await to.event("type-subscribed", seen);
  return program;
}

/** Announces through the command; it has to end well. */
async function announce(to: PeerProcess, flags: readonly string[], stdin?: string): Promise<void> {
  const tool = run("announce", to, ...flags);
  tool.child.stdin.end(stdin);
  expect(await tool.ended).toEqual({ code: 0, stderr: "" });
}

/** Announces these at once, and waits until the peer has taken them. */
async function announceAll(to: PeerProcess, data: readonly string[]): Promise<void> {
  const program = await GossipSocket.to(to.port);
  sockets.push(program);
  program.say(...data.map((text) => ({ kind: "announce", ttl: 0, dataType: TYPE, data: Buffer.from(text) }) as const));
  program.socket.end();
  await program.ended();
}

/** Waits until a peer knows that so many others subscribe the type. */
async function knowsSubscribers(of: PeerProcess, count: number): Promise<void> {
  await until(10_000, `${count} peers that subscribe`, async () => {
    const { types } = (await of.status()).notifications;
    return types.find(({ dataType }) => dataType === TYPE)?.peers.length === count ? true : undefined;
  });
}

async function carryOut(at: PeerProcess, line: string): Promise<void> {
  const tool = new Tool("fault", String(at.port), line);
  tools.push(tool);
  expect(await tool.ended).toEqual({ code: 0, stderr: "" });
}

/** So many different texts of 100 bytes or more. */
function texts(count: number, bytes = 100): readonly string[] {
  return Array.from({ length: count }, (_, n) => String(n).padStart(bytes, "."));
}

const sorted = (lines: readonly string[]): readonly string[] => [...lines].sort();
const textOf = (line: string): unknown => (JSON.parse(line) as { readonly text?: unknown }).text;

describe("announce and subscribe, with three peers", () => {
  useCluster(3);

  test("whoever subscribes anywhere gets what is announced anywhere, as text or as JSON", async () => {
    const plain = await subscribe(peer(0), "--count", "1");
    const json = await subscribe(peer(1), "--json", "--count", "1");
    const here = await subscribe(peer(2), "--count", "1");
    await announce(peer(2), ["h\u00e9llo"]);
    for (const tool of [plain, json, here]) expect(await tool.ended).toEqual({ code: 0, stderr: "" });
    expect(plain.lines).toEqual([`${TYPE} valid h\u00e9llo`]);
    expect(here.lines).toEqual(plain.lines);
    expect(json.lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        at: expect.any(Number),
        messageId: expect.any(Number),
        dataType: TYPE,
        text: "h\u00e9llo",
        valid: true,
      },
    ]);
  });

  test("all of stdin is one message, even where it takes several frames", async () => {
    const long = "0123456789".repeat(6500);
    const [first, second] = [await subscribe(peer(0), "--json"), await subscribe(peer(1), "--json")];
    await announce(peer(2), ["-"], long);
    for (const tool of [first, second]) expect((await tool.printed(1)).map(textOf)).toEqual([long]);
  });

  test("each line of stdin is a message with --lines, and bytes that are no text come as hex", async () => {
    const [plain, json] = [await subscribe(peer(0)), await subscribe(peer(1), "--json")];
    const lines = texts(200, 10);
    await announce(peer(2), ["--lines"], `${lines.join("\n")}\n`);
    expect(sorted(await plain.printed(200))).toEqual(sorted(lines.map((line) => `${TYPE} valid ${line}`)));
    expect(sorted((await json.printed(200)).map(String).map((line) => String(textOf(line))))).toEqual(sorted(lines));
    await announce(peer(2), ["--hex", "ff00"]);
    expect((await plain.printed(201)).at(-1)).toBe(`${TYPE} valid 0xff00`);
    expect(JSON.parse((await json.printed(201)).at(-1) ?? "")).toMatchObject({ hex: "ff00", valid: true });
  });

  test("what one rejects does not spread on from there, but comes to others another way", async () => {
    const rejecting = await subscribe(peer(0), "--reject", "^bad");
    const other = await subscriber(peer(1));
    await knowsSubscribers(peer(2), 2);
    await carryOut(peer(2), `cut ${peer(1).port} both`);
    await announceAll(peer(2), ["bad", "good"]);
    expect(sorted(await rejecting.printed(2))).toEqual([`${TYPE} rejected bad`, `${TYPE} valid good`]);
    await other.hear("notification", 1);
    const { notices } = (await peer(0).status()).notifications;
    expect(notices.slice(-2).map(({ state }) => state)).toEqual(["rejected", "accepted"]);
    // By what came later: it would have come before, had it spread on.
    await announceAll(peer(0), ["later"]);
    await other.hear("notification", 2);
    expect(other.told).toEqual(["good", "later"]);
    await carryOut(peer(2), "heal all");
    await other.hear("notification", 3);
    expect(other.told).toEqual(["good", "later", "bad"]);
  });
});

describe("a subscriber that never reads", () => {
  useCluster(3);

  test("is disconnected and the reason is told, and all others get everything", async () => {
    const others = await Promise.all(peers.map(subscriber));
    const [seen, count] = [peer(1).lines.length, 25_000];
    const deaf = await GossipSocket.subscriber(peer(1).port, TYPE);
    sockets.push(deaf);
    await peer(1).event("type-subscribed", seen);
    deaf.socket.pause();
    await announceAll(peer(0), texts(count));
    await Promise.all(others.map((program) => program.hear("notification", count)));
    const refused = await peer(1).event("program-refused");
    expect(refused).toMatchObject({ session: expect.any(Number), reason: expect.stringMatching(/too slow/) });
    deaf.socket.resume();
    // Behind all that it was told comes a reset, or what its system makes of both.
    await deaf.ended();
    for (const { told } of others) expect(new Set(told)).toEqual(new Set(texts(count)));
    for (const { told } of others) expect(told).toHaveLength(count);
  });
});

describe("peers that fail", () => {
  useCluster(4);

  test("what has reached one peer comes to the rest, though its origin is killed", async () => {
    const origin = peer(3);
    const [first, ...rest] = await Promise.all(peers.slice(0, 3).map(subscriber));
    if (first === undefined) throw new Error("nobody subscribes");
    // It may spread on once it has been found valid, which is when nobody else can bring it any more.
    first.onMessage = () => {};
    await knowsSubscribers(origin, 3);
    await carryOut(origin, `cut ${peer(1).port},${peer(2).port} both`);
    await announceAll(origin, ["testament"]);
    const [notification] = await first.hear("notification", 1);
    await origin.kill();
    expect(rest.map(({ told }) => told)).toEqual([[], []]);
    first.say({ kind: "validation", messageId: notification?.messageId ?? 0, valid: true });
    await Promise.all(rest.map((program) => program.hear("notification", 1)));
    expect([first, ...rest].map(({ told }) => told)).toEqual([["testament"], ["testament"], ["testament"]]);
  });
});

describe("a peer that stands still", () => {
  useCluster(4);

  test("holds nobody up, and gets all of it when it goes on", async () => {
    const programs = await Promise.all(peers.map(subscriber));
    await knowsSubscribers(peer(0), 3);
    const data = texts(2000, 1000);
    peer(3).signal("SIGSTOP");
    await announceAll(peer(0), data);
    const [frozen, ...running] = programs.toReversed();
    await Promise.all(running.map((program) => program.hear("notification", data.length)));
    expect(frozen?.told).toEqual([]);
    peer(3).signal("SIGCONT");
    await frozen?.hear("notification", data.length);
    // By what comes last: none of it comes twice.
    await announceAll(peer(0), ["last"]);
    for (const program of programs) await program.until(() => program.told.includes("last"), "last one");
    for (const { told } of programs) expect(sorted(told)).toEqual(sorted([...data, "last"]));
  });
});
