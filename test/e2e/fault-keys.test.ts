import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { freePorts } from "../support/free-ports.ts";
import { openPeer, type Terminal } from "../support/terminal.ts";

/** Three windows in the order of their ports, which is that of their rows. */
let windows: readonly Terminal[] = [];
let ports: readonly number[] = [];
let data = "";

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
  ports = (await freePorts(3)).toSorted((a, b) => a - b);
  const [first] = ports;
  const opened: Terminal[] = [];
  for (const port of ports) {
    const how = port === first ? ["--found"] : ["--join", `127.0.0.1:${first}`];
    const terminal = await openPeer(port, ["--data-dir", join(data, String(port)), ...how]);
    opened.push(terminal);
    await terminal.until(/Peers/, "a screen");
  }
  windows = opened;
  for (const terminal of windows) await terminal.until(/quorum 3\/3/, "three voters", 30_000);
});
afterEach(async () => {
  await Promise.all(windows.map((terminal) => terminal.close()));
  rmSync(data, { recursive: true, force: true });
});

function at(index: number): Terminal {
  const terminal = windows[index];
  if (terminal === undefined) throw new Error(`no window ${index}`);
  return terminal;
}

const calm = (screen: string): boolean => !(screen.split("\n")[0] ?? "").includes("!!");

describe.skipIf(!inject("tmux"))("faults by keys, read off the screens", () => {
  test("a cut from one window shows there, blocks, and is undone", async () => {
    await at(0).keys("j", "f");
    await at(0).until(/c cut/, "what may follow f");
    await at(0).keys("c");
    await at(0).until(/!! 1 FAULT/, "a header that shouts");
    await at(0).until(/x--x cut/, "the link that is cut");
    await at(0).until(/\d+ blocked/, "what it blocked");
    await at(0).keys("u");
    await at(0).until(calm, "a calm header");
    await at(0).until(new RegExp(`${ports[1]}\\s+healthy 3/3`), "a peer that is healthy again", 20_000);
  });

  test("a value is edited before it is set; panel 5 lists it and d removes it", async () => {
    await at(0).keys("j", "f", "d");
    await at(0).until(/:drop \d+ 30/, "a prefilled line");
    await at(0).keys("Enter");
    await at(0).until(/!! 1 FAULT/, "a header that shouts");
    await at(0).keys("5");
    await at(0).until(/\[5 Faults\][\s\S]*(30% drop|drop 30%)/, "the list of faults");
    await at(0).keys("d");
    await at(0).until(calm, "a calm header");
  });

  test("another window's peer is paused, and goes on", async () => {
    await at(0).keys("j", "f", "p");
    await at(1).until(/PAUSED/, "the paused peer's own header");
    await at(2).until(new RegExp(`${ports[1]}\\s+(at risk|unhealthy)`), "what the third sees", 20_000);
    await at(0).keys("u");
    await at(1).until(calm, "a calm header");
    await at(2).until(new RegExp(`${ports[1]}\\s+healthy 3/3`), "what the third sees", 20_000);
  });

  test("a crash asks first, with another key; the others see what follows; heal brings the peer back", async () => {
    await at(1).keys("f", "k");
    await at(1).until(/y = crash/, "the question");
    await at(1).keys("n");
    await at(1).until((screen) => !screen.includes("y = crash"), "the end of the question");
    expect(calm(await at(0).screen())).toBe(true);
    await at(1).keys("f", "k");
    await at(1).until(/y = crash/, "the question");
    await at(1).keys("y");
    await at(0).until(/CRASHED/, "the crashed peer's own header");
    await at(2).until(new RegExp(`${ports[0]}\\s+(at risk|unhealthy)`), "what the third sees", 20_000);
    await at(1).keys("f", "H");
    await at(0).until(calm, "a calm header", 20_000);
    await at(2).until(new RegExp(`${ports[0]}\\s+healthy 3/3`), "what the third sees", 20_000);
  });
});
