import { expect, test } from "vitest";
import { EnsembleStage, idOf } from "../../src/sim/ensemble/ensemble-stage.ts";
import { runScript } from "../../src/sim/script/run-script.ts";
import type { Scene } from "../../src/sim/script/script.ts";
import * as say from "../../src/sim/script/statements.ts";
import { ring } from "./ring.ts";

type View = ReturnType<ReturnType<typeof ring.start>["view"]>;

test("a token goes around, past a peer that has crashed", async () => {
  const names = ["1", "2", "3"];
  const options = { ring: names.map(idOf), holdMs: 100 };
  const world = { seed: 1, network: { latencyMs: 1 }, diskMs: [1, 1] } as const;
  const stage = new EnsembleStage(ring, (self) => ({ self, ...options }), world);
  const counted = (name: string, least: number) =>
    say.holds<View>(`${name} counts ${least}`, ({ view }: Scene<View>) => (view(name)?.count ?? 0) >= least);
  const { failures } = await runScript<View>(
    [
      ...names.map(say.found),
      say.advanceTime(10),
      say.protocolSpecificEntry("1 begins", () => [
        { peer: "1", message: { kind: "command", command: { kind: "begin" } } },
      ]),
      say.expectThat(counted("3", 3), { within: 500 }),
      say.expectThat(counted("1", 4), { within: 200 }),
      say.crash("2"),
      say.expectThat(counted("3", 5), { within: 500 }),
      say.recover("2"),
      say.expectThat(counted("2", 7), { within: 500 }),
    ],
    stage,
  );
  expect(failures).toEqual([]);
});
