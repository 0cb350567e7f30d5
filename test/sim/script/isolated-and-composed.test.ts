import { describe, expect, test } from "vitest";
import { RAFT_DEFAULTS, raft } from "../../../src/protocols/raft/definition.ts";
import type { RaftSpeech } from "../../../src/protocols/raft/message.ts";
import { idOf } from "../../../src/sim/ensemble/ensemble-stage.ts";
import { runScript } from "../../../src/sim/script/run-script.ts";
import type { Script } from "../../../src/sim/script/script.ts";
import {
  advanceTime,
  crash,
  expectThat,
  holds,
  protocolSpecificEntry,
  recover,
  restrictPerTimeStepChannelCapacity,
} from "../../../src/sim/script/statements.ts";
import { composed, isolated, type Playground, THREE } from "./playground.ts";

type RaftCommand = RaftSpeech["command"];

/** What both the machine and the whole peer show of Raft. */
type Seen = Pick<RaftSpeech["view"], "role" | "currentTerm" | "voters">;

/** The only statements are those of the plan of the test framework, besides what is expected. */
function handOverAndCrash<View>(on: Playground<View, RaftCommand, Seen>): Script<View> {
  const leads = (peer: string, term: number) =>
    holds<View>(`${peer} leads in term ${term}`, (scene) => {
      const seen = on.seen(scene, peer);
      return seen?.role === "leader" && seen.currentTerm === term;
    });
  const someoneLeads = holds<View>("one of those that run leads in a later term", (scene) =>
    THREE.some((peer) => on.seen(scene, peer)?.role === "leader" && (on.seen(scene, peer)?.currentTerm ?? 0) > 2),
  );
  return [
    expectThat(
      holds<View>("three vote", (scene) => on.seen(scene, "7001")?.voters.length === 3),
      { within: 20_000 },
    ),
    expectThat(leads("7001", 1)),
    protocolSpecificEntry("7001 hands over to 7002", (scene) => {
      const heir = on.seen(scene, "7001")?.voters.find((voter) => scene.nameOf(voter) === "7002");
      return heir === undefined ? [] : [on.command("7001", { kind: "transfer", to: heir })];
    }),
    expectThat(leads("7002", 2), { within: 2000 }),
    restrictPerTimeStepChannelCapacity("7002", "7003", 2, 100),
    advanceTime(3000),
    expectThat(leads("7002", 2)),
    crash("7002"),
    expectThat(someoneLeads, { within: 3000 }),
    recover("7002"),
    expectThat(someoneLeads, { within: 2000, lasting: 3000 }),
  ];
}

/** What membership would tell the machines. */
const opening: Script<RaftSpeech["view"]> = [
  protocolSpecificEntry("7001 founds, and all are healthy", () => [
    { peer: "7001", message: { kind: "command", command: { kind: "found" } } },
    ...THREE.flatMap((peer) =>
      THREE.filter((other) => other !== peer).map((other) => ({
        peer,
        message: { kind: "command", command: { kind: "member", peer: idOf(other), status: "healthy" } },
      })),
    ),
  ]),
];

async function failuresOn<View>(on: Playground<View, RaftCommand, Seen>): Promise<readonly string[]> {
  const { failures } = await runScript<View>([...on.opening, ...handOverAndCrash(on)], on.stage);
  return failures.map(({ text }) => text);
}

describe("the same script over Raft", () => {
  test("in isolation", async () => {
    const on = isolated(
      raft,
      (peer) => ({ peer, ...RAFT_DEFAULTS }),
      (view): Seen => view,
      opening,
    );
    expect(await failuresOn(on)).toEqual([]);
  });

  test("within whole peers", async () => {
    expect(await failuresOn(composed<RaftCommand, Seen>("raft", ({ raft }) => raft))).toEqual([]);
  });
});
