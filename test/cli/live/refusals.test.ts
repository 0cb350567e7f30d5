import { expect, test } from "vitest";
import { refusalOf } from "../../../src/cli/live/refusals.ts";

const look = { kind: "start", peers: ["7001"], coming: { kind: "look" } } as const;

test("who looks around is refused where it would find all peers of the machine", () => {
  expect(refusalOf(look, "linux")).toBeNull();
  expect(refusalOf(look, "darwin")).toMatch(/^live, only Linux/);
  expect(refusalOf({ ...look, coming: { kind: "found" } }, "darwin")).toBeNull();
});

test("whoever is no peer is refused", () => {
  expect(refusalOf({ ...look, coming: { kind: "critic", of: "7001" } }, "linux")).toMatch(
    /^live, .*p2p-node subscribe/,
  );
  expect(refusalOf({ ...look, coming: { kind: "liar" } }, "linux")).toMatch(/^live, /);
});
