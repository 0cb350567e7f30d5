import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const tutorial = readFileSync("src/protocols/TUTORIAL.md", "utf8");
const blocks = [...tutorial.matchAll(/`(test\/tutorial\/[\w.]+)`:\n\n```ts\n([\s\S]*?)```/g)];

test("the tutorial shows the code that runs, word for word", () => {
  expect(blocks.map(([, file]) => file)).toEqual(["test/tutorial/ring.ts", "test/tutorial/ring.test.ts"]);
  for (const [, file = "", code] of blocks) expect(code, file).toBe(readFileSync(file, "utf8"));
});

test("its protocol and its script take fewer than 100 lines", () => {
  const lines = blocks.flatMap(([, , code = ""]) => code.trimEnd().split("\n"));
  expect(lines.length).toBeLessThan(100);
});
