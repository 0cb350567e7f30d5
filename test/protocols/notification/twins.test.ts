import { describe, expect, it } from "vitest";
import { idOf, Town, TYPE } from "./town.ts";

/** Two peers that belong to another network as well, and a third one; each with a program that subscribes. */
function gateways(): Town {
  const town = new Town(3, { options: { isGateway: true } });
  for (let i = 0; i < 3; i++) town.program(i);
  town.run(100);
  return town;
}

function imports(town: Town, peer: number, text: string): void {
  town.ensemble.command(idOf(peer), { kind: "import", dataType: TYPE, ttl: 0, data: Buffer.from(text) });
}

const told = (town: Town): readonly (readonly string[])[] => town.programs.map(({ data }) => data);

describe("a notice that comes by this network and by another one", () => {
  it("is delivered once where the other network brings it later", () => {
    const town = gateways();
    town.announce(town.programs[0] as never, "hello");
    town.run(50);
    imports(town, 1, "hello");
    imports(town, 0, "hello");
    town.run(5000);
    expect(told(town)).toEqual([[], ["hello"], ["hello"]]);
  });

  it("is delivered once where the other network is quicker, and the announcer gets no copy", () => {
    const town = gateways();
    for (const other of [1, 2]) town.link(0, other, false);
    town.run(10);
    town.announce(town.programs[0] as never, "hello");
    imports(town, 1, "hello");
    town.run(50);
    for (const other of [1, 2]) town.link(0, other, true);
    town.run(20_000);
    expect(told(town)).toEqual([[], ["hello"], ["hello"]]);
  });

  it("has one twin: what is announced twice is delivered twice", () => {
    const town = gateways();
    for (let i = 0; i < 2; i++) {
      town.announce(town.programs[0] as never, "hello");
      town.run(50);
    }
    imports(town, 1, "hello");
    town.run(5000);
    expect(told(town)).toEqual([[], ["hello", "hello"], ["hello", "hello"]]);
  });
});
