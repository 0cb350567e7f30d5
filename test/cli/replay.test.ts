import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { replay } from "../../src/cli/replay.ts";
import { FaultyPeer } from "../../src/peer/faulty-peer.ts";
import type { Facts } from "../../src/recording/format.ts";
import { Recorder } from "../../src/recording/recorder.ts";
import { OPTIONS } from "../peer/rig.ts";
import { entriesOf, FACTS, recordingOf, story, Tape } from "../recording/tape.ts";

let folder = "";
let printed = "";
let complaints = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "p2p-node-replay-"));
  printed = "";
  complaints = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    complaints += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Replays a file of these bytes; the exit code. */
function replayBytes(bytes: Uint8Array, json = false): Promise<number> {
  const file = join(folder, "recording");
  writeFileSync(file, bytes);
  return replay(file, json);
}

function recording(): Buffer {
  const tape = new Tape();
  const [one, two] = [tape.rig(), tape.rig()];
  story(one);
  story(two);
  return tape.finish();
}

describe("replay", () => {
  test("prints what was recorded, a line a peer, and that it went the same way", async () => {
    expect(await replayBytes(recording())).toBe(0);
    const lines = printed.split("\n");
    expect(lines[0]).toBe(`recorded: program ${FACTS.program}, run ${FACTS.run}, seed ${FACTS.seed}`);
    expect(lines[1]).toMatch(/^7001: 1 life, \d+ inputs, \d+ events, \d+ hashes$/);
    expect(lines.slice(2)).toEqual([lines[1], "same", ""]);
    expect(complaints).toBe("");
  });

  test("says how far a recording goes that was cut off", async () => {
    const bytes = recording();
    expect(await replayBytes(bytes.subarray(0, -1))).toBe(0);
    expect(printed).toMatch(`\nsame, as far as it goes: the recording breaks off at byte ${bytes.length - 12}\n`);
  });

  test("shows the first difference, as it was recorded and as it came", async () => {
    const entries = entriesOf(recording()).map((each) =>
      each.kind === "event" ? { ...each, event: each.event.replace("closed", "\u001b[2Jopen") } : each,
    );
    expect(await replayBytes(recordingOf(entries))).toBe(1);
    const [where, recorded, came] = printed.trimEnd().split("\n").slice(-3);
    expect(where).toMatch(/^different: peer 0 at \d+ ms, input \d+$/);
    expect(recorded).toMatch(/^ {2}recorded: the event \{.*\\u\{1b\}\[2Jopen.*\}$/);
    expect(came).toMatch(/^ {2}replayed: the event \{.*closed.*\}$/);
  });

  test("says where a recording is damaged", async () => {
    const bytes = recording();
    bytes.writeUInt8(bytes.readUInt8(500) ^ 1, 500);
    expect(await replayBytes(bytes)).toBe(1);
    expect(printed).toMatch(/\nunreadable: the block at byte \d+ is damaged: its checksum is wrong\n$/);
  });

  test("prints one line of JSON if asked", async () => {
    expect(await replayBytes(recording(), true)).toBe(0);
    expect(printed.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(printed)).toMatchObject({
      facts: FACTS,
      peers: [
        { peer: 0, name: "7001", lives: 1 },
        { peer: 1, name: "7001", lives: 1 },
      ],
      verdict: { kind: "same", isComplete: true },
    });
    printed = "";
    expect(await replayBytes(Buffer.from("something else"), true)).toBe(1);
    expect(JSON.parse(printed)).toEqual({
      facts: null,
      peers: [],
      verdict: { kind: "unreadable", reason: "this is no recording" },
    });
  });

  test.each([false, true])("prints nothing as it came that could steer a terminal (JSON: %s)", async (json) => {
    const hostile = "\u001b[2J\u202e\n";
    const written: Uint8Array[] = [];
    const facts: Facts = { [hostile]: hostile };
    const recorder = new Recorder((bytes) => written.push(bytes), facts);
    const options = { ...OPTIONS, name: hostile };
    recorder.started(0, new FaultyPeer(options, [], 0), options, [], 0);
    recorder.finish();
    expect(await replayBytes(Buffer.concat(written), json)).toBe(0);
    expect(printed).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
    expect(printed.trimEnd().split("\n")).toHaveLength(json ? 1 : 3);
  });

  test("of a file that is not there, or is none, is one line and exit code 1", async () => {
    expect(await replay(join(folder, "nothing\u001b[2J"), false)).toBe(1);
    expect(await replay(folder, true)).toBe(1);
    const lines = complaints.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^p2p-node: cannot read [ -~]+: E(NOENT|ISDIR)/);
    expect(printed).toBe("");
  });
});
