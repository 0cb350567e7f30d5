import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { printEvents } from "../../src/cli/headless.ts";
import type { Host } from "../../src/runtime/host.ts";
import { FakeDesk } from "../ui/fake-desk.ts";
import { at, id, picture, told } from "../ui/pictures.ts";

const HOSTILE = "\x1b[2J\u009b31m\u202e";

let lines: string[];
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.stdout.removeAllListeners("error");
});

const EARLIER = told(1, { kind: "started", peer: id(1), incarnation: 1 });
const ROUTINE = told(2, { kind: "probe-answered", peer: id(2), rttMs: 0.31 }, true);
const JOINED = told(9, { kind: "member-joined", peer: id(2), address: at(2), name: HOSTILE });

/** Prints the events of a peer that tells these two and ends. */
async function print(verbose: boolean): Promise<Readonly<Record<string, unknown>>[]> {
  const desk = new FakeDesk(picture({ self: { name: HOSTILE } }), [EARLIER]);
  let end: (error: null) => void = () => {};
  const ended = new Promise<null>((resolve) => {
    end = resolve;
  });
  const host: Host = { desk, address: at(1), directory: null, notices: [], ended, stop: async () => end(null) };
  const printed = printEvents(host, verbose);
  desk.tell(ROUTINE);
  desk.tell(JOINED);
  end(null);
  await printed;
  for (const line of lines) expect(line).toMatch(/^[ -~]+\n$/);
  return lines.map((line) => JSON.parse(line));
}

describe("headless output", () => {
  test("is a line an event, the first one where it listens, each with time and Lamport time", async () => {
    const printed = await print(false);
    expect(printed.map(({ event }) => event)).toEqual(["listening", "started", "member-joined"]);
    expect(printed[0]).toMatchObject({ address: at(1), id: id(1), dataDirectory: null, lamport: 182 });
    for (const line of printed) expect([typeof line.at, typeof line.lamport]).toEqual(["number", "number"]);
  });

  test("has routine events only where they are asked for", async () => {
    const printed = await print(true);
    expect(printed.map(({ event }) => event)).toEqual(["listening", "started", "probe-answered", "member-joined"]);
  });

  test("carries a hostile name so that it is that name to programs and nothing to a terminal", async () => {
    const printed = await print(false);
    expect(printed[0]?.name).toBe(HOSTILE);
    expect(printed.at(-1)?.name).toBe(HOSTILE);
  });

  test("tells data by its size and its first bytes in hex, and of many notices the first ones", async () => {
    const desk = new FakeDesk(picture());
    let end: (error: null) => void = () => {};
    const ended = new Promise<null>((resolve) => {
      end = resolve;
    });
    const host: Host = { desk, address: at(1), directory: null, notices: [], ended, stop: async () => end(null) };
    const printed = printEvents(host, true);
    const notice = { origin: id(2), life: 1, dataType: 1337, sequence: 42, ttl: 0, hops: 1, lamport: 7 };
    const notices = [
      { ...notice, data: Buffer.from("note") },
      { ...notice, sequence: 43, data: new Uint8Array(65_527).fill(0xab) },
    ];
    desk.tell(told(3, { kind: "notices-received", from: id(3), count: 2, notices }, true));
    const many = new Array<(typeof notices)[number]>(5000).fill({ ...notice, data: Buffer.from("note") });
    desk.tell(told(4, { kind: "notices-accepted", count: 5000, notices: many }, true));
    end(null);
    await printed;
    expect(lines.at(-1)?.length).toBeLessThan(3000);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ event: "notices-accepted", count: 5000 });
    expect(JSON.parse(lines.at(-1) ?? "").notices).toHaveLength(16);
    expect(lines.at(-2)?.length).toBeLessThan(1000);
    expect(JSON.parse(lines.at(-2) ?? "")).toMatchObject({
      event: "notices-received",
      from: id(3),
      count: 2,
      notices: [
        { ...notice, data: { bytes: 4, hex: "6e6f7465" } },
        { ...notice, sequence: 43, data: { bytes: 65_527, hex: "ab".repeat(64) } },
      ],
    });
  });

  test("drops lines that nobody reads, and says how many", async () => {
    const waiting = vi.spyOn(process.stdout, "writableLength", "get");
    const desk = new FakeDesk(picture());
    let end: (error: null) => void = () => {};
    const ended = new Promise<null>((resolve) => {
      end = resolve;
    });
    const host: Host = { desk, address: at(1), directory: null, notices: [], ended, stop: async () => end(null) };
    const printed = printEvents(host, false);
    waiting.mockReturnValue(2 * 1024 * 1024);
    for (let i = 0; i < 7; i++) desk.tell(JOINED);
    waiting.mockReturnValue(0);
    desk.tell(EARLIER);
    end(null);
    await printed;
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(["listening", "lines-dropped", "started"]);
    expect(JSON.parse(lines[1] ?? "").lines).toBe(7);
  });
});
