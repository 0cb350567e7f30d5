/*
 * Every scenario in demo/ passes, and its story is that of test/scripts/NAME.golden. To write those files anew:
 *
 *   UPDATE_GOLDEN=1 npx vitest run test/sim/scripts.test.ts
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Statement } from "../../src/sim/script/script.ts";
import { demoScripts, PLAY_TIMEOUT_MS, play, scriptOf, textOf } from "./demo-scripts.ts";
import { expectGolden } from "./script/golden.ts";

/** What the comment at the top of a scenario says, in this order. */
const PARTS = ["# What happens: ", "# What to look at: ", "# Why it is so: ", "# Where to read: "];

/** The lines before the first that is no comment. */
function commentOf(text: string): readonly string[] {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return lines.slice(0, end);
}

test("there are scenarios", () => {
  expect(demoScripts.length).toBeGreaterThanOrEqual(12);
});

describe.each(demoScripts)("%s", (name) => {
  test("says at its top what happens, what to look at, why it is so, and where to read about it", () => {
    const [title = "", ...comment] = commentOf(textOf(name));
    expect(title).toMatch(/^# \S/);
    const parts = comment.flatMap((line) => PARTS.find((part) => line.startsWith(part)) ?? []);
    expect(parts).toEqual(PARTS);
  });

  test("names its seed, and expects something", () => {
    expect(scriptOf(name)[0]?.kind).toBe("seed");
    expect(textOf(name)).toMatch(/^expect /m);
  });

  test(
    "comes as it says, and as the golden file has it",
    async () => {
      const { failures, story } = await play(name);
      expect(failures).toEqual([]);
      expectGolden(name, story);
    },
    PLAY_TIMEOUT_MS,
  );
});

test("no golden file is left of a scenario that is gone", () => {
  const golden = readdirSync("test/scripts").map((file) => file.replace(/\.golden$/, ""));
  expect(golden.toSorted()).toEqual(demoScripts.toSorted());
});

test("the list of scenarios names each, with its title, and says whether real processes can play it", () => {
  const rows = readFileSync("demo/README.md", "utf8").matchAll(
    /^\| \[(.+?)\]\((.+?)\.script\) +\|.*\| (yes|no) +\|$/gm,
  );
  const listed = [...rows].map(([, title, name, live]) => [name, title, live].join(": "));
  const expected = demoScripts.map((name) => {
    const title = commentOf(textOf(name))[0]?.slice("# ".length);
    return [name, title, scriptOf(name).some(needsSimulator) ? "no" : "yes"].join(": ");
  });
  expect(listed.toSorted()).toEqual(expected.toSorted());
});

function needsSimulator(statement: Statement<unknown>): boolean {
  if (statement.kind === "start") return ["look", "liar", "client", "life"].includes(statement.coming.kind);
  return (
    statement.kind === "tune" ||
    statement.kind === "disk" ||
    statement.kind === "worker" ||
    (statement.kind === "link" && "capacity" in statement.change)
  );
}
