import { expect, test } from "vitest";
import { refusalOf } from "../../../src/cli/live/refusals.ts";

const look = { kind: "start", peers: ["7001"], coming: { kind: "look" } } as const;

test("who looks around is refused where it would find all peers of the machine", () => {
  expect(refusalOf(look, "linux")).toBeNull();
  expect(refusalOf(look, "darwin")).toMatch(/^live, only Linux/);
  expect(refusalOf({ ...look, coming: { kind: "found" } }, "darwin")).toBeNull();
});

test("a liar is refused: it is no peer", () => {
  expect(refusalOf({ ...look, coming: { kind: "liar" } }, "linux")).toMatch(/^live, /);
});
