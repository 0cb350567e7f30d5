import { describe, expect, test } from "vitest";
import { PeerDesk } from "../../src/control/desk/peer-desk.ts";
import { namesIn, type SimulationPicture } from "../../src/control/desk/simulation-desk.ts";
import { verbNamed } from "../../src/control/grammar.ts";
import { PeerNames } from "../../src/control/peer-names.ts";
import { simulationVerbs } from "../../src/control/simulation-verbs.ts";
import { SPEEDS, speedWord } from "../../src/control/speed.ts";
import { complete, helpRows, parseLine, verbs } from "../../src/control/verbs.ts";
import { OF_PEERS, OF_SIMULATIONS } from "../../src/control/vocabulary.ts";
import { at, id, picture } from "../ui/pictures.ts";
import { WoundClock } from "./desk/wound-clock.ts";

const view = picture({ peers: 3 });
const names = new PeerNames(view.self, view.peers);
const own = Object.keys(simulationVerbs).filter((name) => verbNamed(verbs, name) === undefined);
const all = Object.keys(OF_SIMULATIONS.verbs);

describe("at a simulation", () => {
  test("everything can be said that a peer takes, and what belongs to a simulation", () => {
    expect(new Set(all)).toEqual(new Set([...Object.keys(simulationVerbs), ...Object.keys(verbs)]));
    expect(complete("", names, OF_SIMULATIONS.verbs)).toEqual(all);
    expect(complete("help ", names, OF_SIMULATIONS.verbs)).toEqual(all);
    expect(helpRows(null, OF_SIMULATIONS.verbs).map(({ usage }) => usage.split(" ")[0])).toEqual(all);
    for (const name of all) {
      const reading = OF_SIMULATIONS.parse(name, names);
      expect(reading.ok ? reading.value.verb : reading.text.split(" ")[0]).toBe(name);
    }
  });

  test("every verb has a key or a reason why it has none", () => {
    for (const [name, { key, faultKeys, keyless }] of Object.entries(OF_SIMULATIONS.verbs))
      expect([name, (key !== null || faultKeys.length > 0) !== (keyless !== null)]).toEqual([name, true]);
  });

  test("what takes a verb back is a line that is understood", () => {
    for (const { inverse } of Object.values(simulationVerbs))
      if ("line" in inverse) expect(OF_SIMULATIONS.parse(inverse.line, names).ok).toBe(true);
  });

  test.each([
    ["watch 7002", { verb: "watch", peer: id(2) }],
    ["speed 0.1x", { verb: "speed", speed: 0.1 }],
    ["speed 100", { verb: "speed", speed: 100 }],
    ["speed max", { verb: "speed", speed: "max" }],
    ["halt", { verb: "halt" }],
    ["go", { verb: "go" }],
    ["step", { verb: "step" }],
    ["q", { verb: "quit" }],
    ["quit", { verb: "quit" }],
    ["leave", { verb: "leave" }],
    ["help watch", { verb: "help", about: "watch" }],
    ["cut 7002", { verb: "cut", peers: [id(2)], direction: null, reset: null, lasting: null }],
  ])("%s is understood", (line, command) => {
    expect(OF_SIMULATIONS.parse(line, names)).toEqual({ ok: true, value: command });
  });

  test.each([
    ["speed", "speed needs 0.1x..100x|max: speed 0.1x..100x|max", 5],
    ["speed 500", "speed: 500 is not between 0.1 and 100, or max for as fast as it goes", 6],
    ["speed quick", "speed: quick is no factor: say 10x, or max for as fast as it goes", 6],
    ["watch 7009", "watch: no peer is called 7009: say 7001, 7002, 7003", 6],
    ["halt now", "halt: now is one word too many: halt", 5],
  ])("%s is not: %s", (line, text, at) => {
    expect(OF_SIMULATIONS.parse(line, names)).toEqual({ ok: false, text, at });
  });

  test("speeds and peers are offered", () => {
    expect(complete("speed ", names, OF_SIMULATIONS.verbs)).toEqual(SPEEDS.map(speedWord));
    expect(complete("watch ", names, OF_SIMULATIONS.verbs)).toEqual(["7001", "7002", "7003"]);
  });
});

describe("a real peer", () => {
  test.each(own)("does not offer %s, and says where it belongs", async (name) => {
    expect(complete("", names)).not.toContain(name);
    expect(helpRows(name)).toEqual([]);
    expect(Object.hasOwn(OF_PEERS.verbs, name)).toBe(false);
    const desk = new PeerDesk(
      {
        view: () => view,
        give: () => {},
        leave: () => Promise.resolve(),
        inject: () => {},
        ask: () => Promise.reject(new Error("nobody")),
      },
      new WoundClock(),
    );
    const refusal = { ok: false, text: `${name} belongs to a simulation: p2p-node sim FILE --ui takes it` };
    expect(parseLine(` ${name} 7002`, names)).toEqual({ ...refusal, at: 1 });
    expect(await desk.run(name)).toEqual(refusal);
    expect(await desk.answer({ to: null, by: "", line: name })).toEqual({ ...refusal, undo: "" });
  });

  test("takes quit for leave, as ever", () => {
    for (const word of ["q", "quit"]) expect(parseLine(word, names)).toEqual({ ok: true, value: { verb: "leave" } });
  });
});

describe("names in a simulation", () => {
  const simulation = (...others: readonly [number, number][]): SimulationPicture => ({
    nowMs: 0,
    speed: 1,
    isHalted: false,
    line: null,
    said: null,
    outcome: null,
    peers: others.map(([n, place]) => ({
      id: id(n),
      name: "",
      address: at(place),
      label: String(7000 + place),
      condition: "running",
      isWatched: n === 1,
    })),
  });

  test("everybody has one, also whom the peer has never heard of", () => {
    const everybody = namesIn(view, simulation([1, 1], [2, 2], [3, 3], [9, 9]));
    expect(everybody.labels).toEqual(["7001", "7002", "7003", "7009"]);
    expect(everybody.find("7009")).toEqual({ ok: true, peer: id(9) });
  });

  test("an address that the peer knows means whom it knows there", () => {
    expect(namesIn(view, simulation([1, 1], [22, 2])).find("7002")).toEqual({ ok: true, peer: id(2) });
  });
});
